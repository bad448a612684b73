import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NetworkKey } from '../operations/limits.ts'
import { answer, setHeaders } from './answers.ts'
import { type Headers, type Method, PageProblem, type Visit } from './page.ts'

/** What a page is handed. */
export class OneVisit implements Visit {
  readonly method: Method | 'HEAD'
  readonly host: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly network: NetworkKey
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly #search: string
  #awaited: boolean

  constructor(
    found: { readonly path: string; readonly search: string; readonly params: Readonly<Record<string, string>> },
    network: NetworkKey,
    request: IncomingMessage,
    response: ServerResponse,
    awaited: boolean,
  ) {
    this.method = request.method as Method | 'HEAD'
    this.host = request.headers.host ?? ''
    this.path = found.path
    this.#search = found.search
    this.params = found.params
    this.network = network
    this.request = request
    this.response = response
    this.#awaited = awaited
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.#search)
  }

  welcome(): void {
    if (!this.#awaited) return
    this.#awaited = false
    this.response.writeContinue()
  }

  async body(most: number | ((begun: Buffer) => number)): Promise<Buffer> {
    const { request } = this
    const announced = Number(request.headers['content-length'] ?? 0)
    if (typeof most === 'number' && announced > most) throw tooMuch(most)
    this.welcome()
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = []
      let bytes = 0
      let limit: number | undefined
      request.on('data', (piece: Buffer) => {
        limit ??= typeof most === 'number' ? most : most(piece)
        bytes += piece.length
        if (Math.max(bytes, announced) > limit) {
          request.removeAllListeners('data')
          request.pause()
          reject(tooMuch(limit))
        } else pieces.push(piece)
      })
      request.once('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes)))
      request.once('close', () => reject(new PageProblem(400, 'The request broke off.')))
    })
  }

  send(status: number, type: string, body: string | Uint8Array, headers: Headers = {}): void {
    setHeaders(this.response, headers)
    answer(this.request, this.response, status, type, body)
  }
}

function tooMuch(most: number): PageProblem {
  return new PageProblem(413, `More than ${most} bytes were sent; that is too much here.`)
}
