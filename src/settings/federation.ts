/** The settings of what lies between this server and others. */

import { oneOf, ownServerOrNone, pathOrNone, section, serverList, toggle, whole } from './kit.ts'
import { domainList, nodeList } from './kit-others.ts'

export const federation = section(
  'Other servers',
  'Messages from and to people whose accounts are elsewhere. Streams between servers are always encrypted.',
  {
    enabled: toggle({
      default: true,
      help: 'Whether this service talks to others at all. Without it, it is an island: nobody here can reach anybody elsewhere.',
    }),
    policy: oneOf({
      default: 'open',
      words: ['open', 'listed'],
      help:
        'With whom. "open": with every server that is not blocked; "listed": with those in `allowed` only. Hosted domains ' +
        'can have it otherwise, and the same holds between the domains of one program.',
    }),
    allowed: domainList({
      default: [],
      help: 'The domains that are talked to where the policy is "listed". An entry stands for everything below it, too.',
    }),
    blocked: domainList({
      default: [],
      help: 'Domains that nobody here talks to, with everything below them. Hosted domains can block more, and not fewer.',
    }),
    blockLists: nodeList({
      default: [],
      help:
        'Lists of people and domains that others keep, as nodes that can be subscribed to, such as ' +
        '"lists.example.org muc_bans_sha256". They hold hashes (SHA-256) of addresses. Whoever is on one cannot write to ' +
        'anybody here, enter rooms or ask for anything. You trust those who keep it with that.',
    }),
    requireCertificates: toggle({
      default: true,
      help:
        'Whether another server has to show a certificate that an authority vouches for. Without it a server that has ' +
        'none proves itself by being found where DNS says it is (XEP-0220), which whoever can bend DNS can do as well.',
    }),
    authorities: pathOrNone({
      default: '',
      help:
        'A file of certificates (PEM) of further authorities to believe, besides those that the runtime comes with: for ' +
        'networks that have one of their own.',
    }),
    resolver: serverList({
      default: [],
      help: 'The DNS servers to ask, as "192.0.2.53" or "127.0.0.1:5353"; empty asks those of the system.',
    }),
    validatingResolver: ownServerOrNone({
      default: '',
      help:
        'A DNS server on this machine that validates DNSSEC. With it, what the owner of a signed domain says there of its ' +
        'certificates (DANE) counts more than the word of any authority. It has to be on this machine because whoever is ' +
        'on the way to another one could claim for it that an answer was validated.',
    }),
    posh: toggle({
      default: true,
      help:
        'Whether a domain whose server shows a certificate for another name is asked over HTTPS if that is meant to be so ' +
        '(RFC 7711), as it is with many hosting companies. Whoever connects can so make this server fetch a small document ' +
        'from the domain whose name it uses, once in ten minutes.',
    }),
    connections: whole({
      default: 5000,
      min: 10,
      max: 1_000_000,
      help: 'Open connections from other servers. Beyond it new ones are closed at once.',
    }),
    connectSeconds: whole({
      default: 30,
      min: 1,
      max: 300,
      help: 'How long it may take to reach another server and to be let in. Afterwards what was to be sent comes back.',
    }),
    patienceSeconds: whole({
      default: 60,
      min: 1,
      max: 3600,
      help:
        'How long stanzas wait for a server that was there a moment ago and is not: it may be restarting. Afterwards ' +
        'they come back with an error.',
    }),
    idleSeconds: whole({
      default: 600,
      min: 10,
      max: 86_400,
      help: 'A stream on which nothing was said for this long is closed. The next stanza opens another.',
    }),
    stanzasPerSecond: whole({
      default: 1000,
      min: 10,
      max: 1_000_000,
      help: 'Stanzas that one other domain may send. One that sends more is read more slowly; nothing is dropped.',
    }),
    bytesPerSecond: whole({
      default: 4_194_304,
      min: 65_536,
      max: 1_073_741_824,
      help: 'The same in bytes.',
    }),
  },
)
