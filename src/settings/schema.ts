/**
 * Every setting there is. Order here is order in the manual. In the file and in environment variables names are
 * written with underscores: `stanzaBytes` is `stanza_bytes` and `SOTTO_LIMITS_STANZA_BYTES`.
 */

import { bytestreams, components, push, turn } from './alongside.ts'
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
  whole,
} from './kit.ts'

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
    s2s: port({ default: 5269, help: 'Other servers, upgrading with STARTTLS. Nothing listens here yet.' }),
    s2sTls: port({
      default: 5270,
      help: 'Other servers, TLS from the first byte (XEP-0368). Nothing listens here yet.',
    }),
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
  registration: section('Registration', 'How accounts come to be.', {
    open: toggle({
      default: false,
      help:
        'Whether anybody may create an account without an invitation. Open services attract spam senders, and other ' +
        'services then block the whole domain.',
    }),
    usersMayInvite: toggle({
      default: false,
      help:
        'Whether everybody with an account may invite others to make one. Friends who have an account elsewhere can ' +
        'always be invited as contacts.',
    }),
    invitationDays: whole({
      default: 7,
      min: 1,
      max: 365,
      help: 'On how many days an invitation is good, the first included. Longer is kinder to guests, and to whoever finds the link.',
    }),
    openInvitations: whole({
      default: 20,
      min: 1,
      max: 10_000,
      help: 'Invitations of one account that may be open at one time. One more is refused.',
    }),
  }),
  accounts: section('Accounts', 'How accounts end.', {
    graceDays: whole({
      default: 0,
      min: 0,
      max: 90,
      help:
        'Days between the wish to delete an account and its erasure. Meanwhile nobody can sign in to it, and ' +
        '`sotto account restore` brings it back. 0 erases at once. Nothing brings back what is erased, nor is its name given out again.',
    }),
  }),
  limits: section(
    'Limits',
    'What one person, one connection or one network may take. Counting happens in memory and is forgotten.',
    {
      enabled: toggle({
        default: true,
        help: 'Whether rates are limited at all. Can be switched off on a loopback address only, for benchmarks and conformance runs.',
      }),
      stanzaBytes: whole({
        default: 262_144,
        min: 10_000,
        max: 16_777_216,
        help:
          'The largest stanza from somebody who is logged in. A larger one ends the stream. RFC 6120 §13.12 asks for at ' +
          'least 10,000 bytes; avatars and long encrypted messages need far more.',
      }),
      stanzaBytesBeforeLogin: whole({
        default: 16_384,
        min: 10_000,
        max: 262_144,
        help: 'The same before login. Strangers need no large stanzas, and each one costs memory.',
      }),
      sessionsPerAccount: whole({
        default: 20,
        min: 1,
        max: 1000,
        help: 'Devices of one account that may be online at once, those that can still be resumed included. One more is refused.',
      }),
      connections: whole({
        default: 20_000,
        min: 10,
        max: 1_000_000,
        help: 'Open connections in all. Beyond it new ones are closed at once. Each idle one costs some 60 KB of memory and one open file.',
      }),
      connectionsPerNetwork: whole({
        default: 200,
        min: 1,
        max: 1_000_000,
        help: 'Open connections from one IPv4 address or IPv6 /64. Raise it where a company or school sits behind one address.',
      }),
      offlineMessages: whole({
        default: 1000,
        min: 0,
        max: 100_000,
        help: 'Messages kept for one account while it is offline. Beyond it senders are told that the message could not be kept.',
      }),
      rosterItems: whole({
        default: 2000,
        min: 10,
        max: 100_000,
        help: 'Contacts in one contact list. Adding one more is refused.',
      }),
      documentBytes: whole({
        default: 262_144,
        min: 1024,
        max: 16_777_216,
        help: 'The size of one thing that a client stores privately or publishes (a vCard, a picture, a bookmark). A larger one is refused.',
      }),
      pubsubNodes: whole({
        default: 500,
        min: 20,
        max: 100_000,
        help:
          'Nodes of one account that clients publish to: pictures, encryption keys, bookmarks. Each device that encrypts ' +
          'needs one or two. One more is refused.',
      }),
      pubsubItems: whole({
        default: 1000,
        min: 10,
        max: 100_000,
        help: 'Items in one of these nodes, such as bookmarks. With more the oldest leave.',
      }),
      pubsubBytes: whole({
        default: 4_194_304,
        min: 65_536,
        max: 1_073_741_824,
        help: 'All that one account publishes together, in bytes. What would not fit is refused.',
      }),
    },
  ),
  streams: section('Streams', 'How long connections are waited for.', {
    loginSeconds: whole({
      default: 60,
      min: 5,
      max: 600,
      help: 'A connection that has not logged in after this time is closed.',
    }),
    resumeSeconds: whole({
      default: 600,
      min: 0,
      max: 86_400,
      help:
        'How long a lost connection can be resumed (XEP-0198) before the person counts as offline. Longer is kinder to ' +
        'phones; meanwhile what arrives is held in memory. 0 switches resumption off.',
    }),
    resumeStanzas: whole({
      default: 1000,
      min: 10,
      max: 100_000,
      help: 'Stanzas held for a client that does not acknowledge them. Beyond it the stream ends, and messages go to the offline store.',
    }),
    silenceSeconds: whole({
      default: 300,
      min: 30,
      max: 86_400,
      help:
        'A client that has said nothing for this long is asked for a sign of life; without one its connection is taken ' +
        'for lost. Shorter finds lost connections sooner and costs phones battery.',
    }),
    drainSeconds: whole({
      default: 10,
      min: 0,
      max: 300,
      help: 'How long a stopping service waits for its clients to say goodbye.',
    }),
  }),
  push,
  turn,
  bytestreams,
  components,
  passwords: section('Passwords', 'How password verifiers are made. Passwords themselves are never stored.', {
    iterations: whole({
      default: 10_000,
      min: 4096,
      max: 1_000_000,
      help:
        'The SCRAM iteration count of new verifiers (RFC 5802). More makes guessing from a stolen database slower, and ' +
        'each login on phones as well. Existing accounts keep theirs until the next change of password.',
    }),
  }),
  files: section(
    'Files',
    'What people may upload for others to fetch (XEP-0363). Apps are told these limits beforehand.',
    {
      maxBytes: whole({
        default: 104_857_600,
        min: 65_536,
        max: 1_099_511_627_776,
        help: 'The size of one file. A larger one is refused, and the app is told how much is allowed.',
      }),
      dailyBytes: whole({
        default: 1_073_741_824,
        min: 65_536,
        max: 1_099_511_627_776,
        help:
          'What one account may upload in a day (UTC), whether or not it is deleted again. Beyond it uploads are refused ' +
          'until the next day.',
      }),
      accountBytes: whole({
        default: 4_294_967_296,
        min: 65_536,
        max: 1_099_511_627_776,
        help:
          'What the files of one account may take up together. Beyond it uploads are refused until its owner deletes some ' +
          'or the oldest are over. Times the number of accounts, this is the disk you may need.',
      }),
      slotSeconds: whole({
        default: 300,
        min: 10,
        max: 3600,
        help:
          'How long an upload that was permitted may wait to begin. Afterwards the app asks again, as it does after a ' +
          'restart: permissions are in memory only.',
      }),
    },
  ),
  seal: section('Seals', 'The key that everything kept about accounts is sealed with.', {
    master: path({
      default: '',
      shownDefault: 'the systemd credential `sotto-master`, else `secret/master.key` beside the data directory',
      help:
        'The master secret: 32 random bytes, made at the first start, readable by the service only and never in the data ' +
        'directory. Data without it is noise, so keep a copy of it where no copy of the data is. Once there is data the ' +
        'service does not start without it. To take it from systemd: `LoadCredential=sotto-master:/etc/sotto/master.key`.',
    }),
  }),
  archive: section('Archive', 'The history of messages.', {
    usual: oneOf({
      default: 'always',
      words: ['always', 'roster', 'never'],
      help:
        'What is kept of accounts that have not said anything about it themselves (XEP-0441). "always": all their messages; ' +
        '"roster": those with their contacts; "never": nothing but what still has to be delivered.',
    }),
    seal: oneOf({
      default: 'owner',
      words: ['owner', 'server'],
      help:
        'Who can open what is kept of messages. "owner": only a sign-in of the account, so neither the operator nor a thief ' +
        'can read them; whoever forgets the password and has no recovery code loses the history. "server": the service ' +
        'itself, the ordinary way. What was kept before a change stays as it was sealed.',
    }),
  }),
  retention: section('Retention', 'How long messages and files live.', {
    days: whole({
      default: 90,
      min: 1,
      max: 90,
      help:
        'Days until messages and files are erased, counted in UTC days with the first and the last: nothing lives ' +
        'longer. Shorter is more private; a device that was away for longer misses what was said. Shortening it erases ' +
        'at the next start what is older. Making it longer breaks what people were promised: tell them first, then run ' +
        '`sotto config announce`, or the service does not start.',
    }),
  }),
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
