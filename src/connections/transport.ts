import type { ChannelBindings } from '../accounts/sign-in/types.ts'
import type { NetworkKey } from '../operations/limits.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { Swept } from './sweep.ts'

/** What the server says at the start of a stream (RFC 6120 §4.7). */
export interface StreamOpening {
  readonly id: string
  /** The served domain. */
  readonly from: string
  /** Who the client says it is, if it said so. */
  readonly to: string | undefined
}

/**
 * What carries a client's stream: bytes over TCP and TLS here. Other ways (WebSocket by RFC 7395, BOSH) frame and open
 * streams differently and are the same to whoever talks over them. Knows nothing of what it carries.
 */
export interface Transport {
  readonly encrypted: boolean
  /** The two ends are on one machine, as far as their addresses tell. */
  readonly loopback: boolean
  /** Stands for the network of the other end; nothing else about the address is kept. */
  readonly network: NetworkKey
  /** STARTTLS is possible now. */
  readonly upgradable: boolean
  /** Which channel bindings there are, as an opaque number to look things up by: 0 = none. */
  readonly bindingKind: number
  /** Made anew at each call, so that it costs nothing where nobody asks. */
  readonly bindings: ChannelBindings
  /** Bytes (characters, until they are encoded) that the network has not taken. */
  readonly waitingBytes: number
  /** When something last arrived, in ticks of the sweep. */
  readonly heardAt: number

  /** Answers the client's header with ours. */
  begin(opening: StreamOpening): void
  /** Queues one or more whole elements, serialised, which can wait for company for so long. */
  write(text: string, patienceMs?: number): void
  /** The element `<stream:features/>` or `<stream:error/>` around serialised children. */
  writeStreamElement(name: 'features' | 'error', children: string): void
  /** Runs `then` once everything written so far has been handed to the network; never if the connection breaks before. */
  whenWritten(then: () => void): void
  whenDrained(then: () => void): void

  pause(): void
  resume(): void
  /** Everything that arrives from now on is read at once and under the limits of people who have signed in. */
  establish(): void
  /** RFC 6120 §6.3.2: what arrives next is a new stream. To be called while an element is being handled. */
  restart(): void
  /** Drops what has arrived behind the request, says `<proceed/>` and encrypts (RFC 6120 §5.4.2.3). A new stream follows. */
  startTls(proceed: string): void
  /** Hears nothing more, writes what waits and the end of the stream, and closes. */
  end(): void
  /** Drops everything. */
  destroy(): void
}

/** The stream that a transport carries. What it throws ends the stream. */
export interface Carried {
  /** The opening element, checked for name and namespace only. */
  opened(header: Element): void
  element(element: Element): void
  /** The other end closed the stream. */
  ended(): void
  /** Something was thrown while the stream was being read: `StreamProblem`, `XmlError` or a bug. */
  failed(thrown: unknown): void
  /** That many bytes have arrived from somebody who has signed in. */
  heard(bytes: number): void
  /** The connection is gone. */
  gone(): void
  /** Looks after the deadlines of the stream. */
  swept(now: number): void
  /** Elements wait for others to be dealt with, so bytes had better wait, too. */
  readonly busy: boolean
}

/** A transport with the stream on it, as those see it who look after all of them. */
export interface CarryingTransport extends Transport, Swept {
  readonly carried: Carried
}
