import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NetworkKey } from '../operations/limits.ts'

/** What can be done with a page. `GET` brings `HEAD` along; `OPTIONS` is answered for every page. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Headers of an answer; undefined takes one of ours away. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** One request that has found its page. */
export interface Visit {
  /** `HEAD` is a GET whose answer is measured and not sent: Node drops what is written. */
  readonly method: Method | 'HEAD'
  /** The host that was asked for, as it was sent; '' where none was. */
  readonly host: string
  /** As it was sent, without the query. */
  readonly path: string
  /** What stands behind the question mark. */
  readonly query: URLSearchParams
  /** What stood at each `:name` of the page's path, decoded; `rest` holds what stood at the final `*`, as it was sent. */
  readonly params: Readonly<Record<string, string>>
  /** Stands for the network of whoever asks, for limits. Behind a listed proxy it is that of the client. */
  readonly network: NetworkKey
  /** Node's own stream: what is not read is not sent, so a reader that takes its time needs no memory. */
  readonly request: IncomingMessage
  /** Node's own stream; our headers are set already and may be changed. */
  readonly response: ServerResponse

  /** The body may come now: says `100 Continue` to who waits for it. To be called before `request` is read. */
  welcome(): void
  /**
   * The whole body.
   * @param most bytes; or who says how many, having seen how it begins
   * @throws PageProblem 413 for more than that, 400 if it breaks off
   */
  body(most: number | ((begun: Buffer) => number)): Promise<Buffer>
  /** The whole answer: status, type, body. */
  send(status: number, type: string, body: string | Uint8Array, headers?: Headers): void
}

/**
 * Something at the HTTPS port. Answers have strict headers unless the page changes them: nothing may be loaded, framed,
 * guessed or kept. Nothing about a visit is logged. A page that throws a `PageProblem` answers with its sentence.
 */
export interface Page {
  /** `/upload/:secret/:name`; a final `/*` takes everything below. Of two that fit, the one with fewer unknowns. */
  readonly path: string
  readonly methods: readonly Method[]
  /** Pages of other sites may ask, too, without being anybody there (no cookies). */
  readonly cors?: {
    /** Request headers that they may set beyond the harmless ones. */
    readonly headers?: readonly string[]
    /** Response headers that they may read beyond the harmless ones. */
    readonly exposes?: readonly string[]
  }
  handle(visit: Visit): void | Promise<void>
}

/** A refusal with a sentence that says what happened and what to do. */
export class PageProblem extends Error {
  override readonly name = 'PageProblem'
  readonly status: number
  readonly headers: Headers

  constructor(status: number, tell: string, headers: Headers = {}) {
    super(tell)
    this.status = status
    this.headers = headers
  }
}
