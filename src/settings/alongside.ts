/** The settings of what stands beside the messages: waking phones, calls, files from device to device. */

import { hostName, port, secret, secretsOfDomains, section, whole } from './kit.ts'

export const push = section(
  'Push',
  'Waking phones whose apps sleep, through the servers of the apps (XEP-0357). They learn that there is something, and nothing else.',
  {
    registrations: whole({
      default: 20,
      min: 1,
      max: 1000,
      help: 'Devices of one account that can be woken. One more takes the place of the oldest.',
    }),
    patienceSeconds: whole({
      default: 10,
      min: 1,
      max: 600,
      help:
        'How long a connected phone may take to acknowledge a message before it is woken as well. Shorter notices a ' +
        'dead connection sooner; longer spares phones on slow networks a needless notification.',
    }),
  },
)

export const turn = section(
  'Calls',
  'The server that helps calls through firewalls (STUN and TURN, such as coturn); docs/coturn.conf is a configuration for one that keeps no log.',
  {
    host: hostName({
      default: '',
      help:
        'Where that server is, as apps reach it. Without it none is announced, and calls between many networks fail. ' +
        'Both ends of a call learn its address, and it sees theirs.',
    }),
    port: whole({ default: 3478, min: 1, max: 65_535, help: 'Its port for UDP and TCP.' }),
    tlsPort: port({
      default: false,
      help: 'Its port for TLS, for networks that let nothing else through; false if it has none.',
    }),
    secret: secret({
      default: '',
      help:
        'What this service and that server know and nobody else (`static-auth-secret` there). From it come names and ' +
        'passwords that are good for a while and say nothing about who uses them. Without it only STUN is announced.',
    }),
    lifetimeSeconds: whole({
      default: 43_200,
      min: 600,
      max: 604_800,
      help: 'How long such a password is good. A call that lasts longer breaks off.',
    }),
  },
)

export const bytestreams = section(
  'Proxy',
  'A proxy for files that go from device to device (XEP-0065), for transfers of people who have an account here.',
  {
    port: port({
      default: 0,
      help:
        'Where it listens, on the address of all public ports; apps are told which port it is. Behind a firewall it has ' +
        'to be one that is let through, such as 7777; false switches the proxy off.',
    }),
    host: hostName({
      default: '',
      help: 'The name or address under which apps reach it; else the domain of the service.',
    }),
    perAccount: whole({
      default: 10,
      min: 1,
      max: 1000,
      help: 'Transfers that one account may have under way. One more is refused.',
    }),
    inAll: whole({
      default: 200,
      min: 1,
      max: 100_000,
      help: 'Transfers under way in all. Each takes two open files and some memory.',
    }),
  },
)

export const components = section(
  'Components',
  'Programs on this machine that serve domains of their own (XEP-0114): gateways, bots. They are trusted with their domain and nothing else.',
  {
    port: port({
      default: false,
      help: 'Where they connect, on 127.0.0.1 only: nothing is encrypted there.',
    }),
    secrets: secretsOfDomains({
      default: [],
      help:
        'Each component with its domain and its secret. What is sent to a domain whose component is not connected comes ' +
        'back with an error.',
    }),
  },
)
