/** The settings of what connections and people may take, and how long they are waited for. */

import { section, toggle, whole } from './kit.ts'

export const limits = section(
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
)

export const streams = section('Streams', 'How long connections are waited for.', {
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
})
