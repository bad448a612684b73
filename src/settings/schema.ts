/**
 * Every setting there is. Order here is order in the manual. In the file and in environment variables names are
 * written with underscores: `stanzaBytes` is `stanza_bytes` and `SOTTO_LIMITS_STANZA_BYTES`.
 */

import { bytestreams, components, push, turn } from './alongside.ts'
import { federation } from './federation.ts'
import { archive, files, retention, seal } from './keeping.ts'
import {
  addressList,
  contactList,
  domainName,
  ipAddress,
  linkList,
  networkList,
  oneOf,
  path,
  port,
  section,
  toggle,
  type ValuesOf,
  webAddress,
} from './kit.ts'
import { mail } from './mail.ts'
import { accounts, passwords, registration } from './people.ts'
import { provider } from './provider.ts'
import { rooms } from './rooms.ts'
import { site } from './site.ts'
import { limits, streams } from './traffic.ts'

export const schema = {
  service: section('The service', 'Who this service is and where its data lives.', {
    domain: domainName({
      default: 'localhost',
      help:
        'The part after the @ of every address. Choose it once: contacts on other services know people by it, ' +
        'so changing it later makes everybody a stranger.',
    }),
    data: path({
      default: './data',
      help:
        'The directory of the database and of everything else that is kept. It is created if missing and must be ' +
        'readable by nobody but the service. Who can read it can read what the service can read.',
    }),
  }),
  listen: section('Listening', 'Where clients and other servers reach the service.', {
    address: ipAddress({
      default: '127.0.0.1',
      help:
        'The network address of all public ports. The default is reachable from this machine only; ' +
        '"::" (or "0.0.0.0" without IPv6) opens the service to the network.',
    }),
    c2s: port({
      default: 5222,
      help: 'Clients, beginning in plain text and upgrading with STARTTLS before anything else.',
    }),
    c2sTls: port({ default: 5223, help: 'Clients, TLS from the first byte (XEP-0368).' }),
    s2s: port({ default: 5269, help: 'Other servers, upgrading with STARTTLS.' }),
    s2sTls: port({ default: 5270, help: 'Other servers, TLS from the first byte (XEP-0368).' }),
    https: port({
      default: 5443,
      help:
        'HTTPS: files, WebSocket (`/xmpp-websocket`), BOSH (`/http-bind`) and `/.well-known/`. May be the same port as ' +
        '`c2s_tls`, typically 443, where most networks let people through: clients are told apart by ALPN then.',
    }),
    webAddress: webAddress({
      default: '',
      shownDefault: '`https://` with the domain and the port `https`',
      help:
        'Where people reach the HTTPS port, as `/.well-known/host-meta` and the links of files tell it. To be set where ' +
        'a proxy or another name stands before it. The certificate has to hold that name, too.',
    }),
    publicAddresses: addressList({
      default: [],
      help:
        'The addresses of this service in the world. With them `/.well-known/host-meta.json` tells everything that is ' +
        'needed to connect (XEP-0487), and those who understand it no longer ask DNS for the ports.',
    }),
    trustedProxies: networkList({
      default: [],
      help:
        'Proxies that tell for whom they connect, by `X-Forwarded-For` at the HTTPS port. It is used for limits, which ' +
        'would otherwise take all their clients for one, and forgotten. From others it is ignored.',
    }),
    proxyProtocol: toggle({
      default: false,
      help:
        'Whether connections of the `trusted_proxies` begin with a header of the PROXY protocol, version 1 or 2, at the ' +
        'ports of clients and HTTPS. Those that then come without one are closed.',
    }),
    operations: port({
      default: 9100,
      help: '`GET /health` and `GET /metrics`, in plain HTTP, for the monitoring of the machine. Nothing in them names a person.',
    }),
    operationsAddress: ipAddress({
      default: '127.0.0.1',
      help: 'The network address of the operations port. Anybody who can reach it can see how busy the service is.',
    }),
  }),
  tls: section(
    'Certificates',
    'The certificate shown to clients and other servers; `SIGHUP` reads it again without dropping anybody.',
    {
      certificate: path({
        default: '',
        shownDefault: '`tls/cert.pem` in the data directory',
        help:
          'The certificate with its chain, PEM. If neither this file nor the key is there and both are left at their ' +
          'defaults, a self-signed certificate is made: fine for trying, refused by most clients elsewhere.',
      }),
      key: path({
        default: '',
        shownDefault: '`tls/key.pem` in the data directory',
        help: 'The private key of the certificate, PEM, without a passphrase. ECDSA P-256 keeps logins cheap.',
      }),
    },
  ),
  registration,
  accounts,
  limits,
  streams,
  federation,
  push,
  turn,
  bytestreams,
  components,
  passwords,
  files,
  rooms,
  seal,
  archive,
  retention,
  contact: section('Contact', 'Where people reach those who run the service; shown to anybody who asks (XEP-0157).', {
    abuse: contactList({
      default: [],
      help: 'For complaints about people of this service. Operators of other services look here before they block.',
    }),
    admin: contactList({ default: [], help: 'For other operators.' }),
    security: contactList({ default: [], help: 'For reports of vulnerabilities.' }),
    support: contactList({ default: [], help: 'For the people who use the service.' }),
    status: linkList({
      default: [],
      help:
        'A file on another machine that tells of outages, planned and others, in the format of XEP-0455. Apps remember ' +
        'the address and look there when the service does not answer.',
    }),
  }),
  site,
  mail,
  provider,
  log: section('Log', 'One JSON object a line on standard error. No line can hold an address, a name or a text.', {
    level: oneOf({
      default: 'info',
      words: ['debug', 'info', 'warning', 'error'],
      help: 'The least important kind of line that is written.',
    }),
  }),
  testing: section('Testing', 'For conformance runners only.', {
    plaintextOnLoopback: toggle({
      default: false,
      help: 'Whether clients may log in without TLS. Refused unless the service listens on a loopback address.',
    }),
  }),
} as const

/** All settings with their effective values. */
export type Settings = ValuesOf<typeof schema>

/** `stanzaBytes` → `stanza_bytes`: how a setting is written in the file. */
export function fileName(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** `limits`, `stanzaBytes` → `SOTTO_LIMITS_STANZA_BYTES`. */
export function variableName(sectionName: string, key: string): string {
  return `SOTTO_${sectionName}_${fileName(key)}`.toUpperCase()
}
