/** RFC 7578: forms with a file. The fields come first and are read at once; the file is handed on as it arrives. */

import { PageProblem, type Visit } from './page.ts'

export interface MultipartLimits {
  /** Bytes of everything but the file. */
  readonly fieldBytes: number
  readonly fields: number
}

export interface Multipart {
  /** Of a field that came twice the first counts. Line ends are `\n`. */
  readonly fields: ReadonlyMap<string, string>
  /** The first file that was chosen. What stands behind it in the form is not read. */
  readonly file: AsyncIterable<Uint8Array> | undefined
}

const contentType = /^multipart\/form-data\s*;(.*)$/is
/** RFC 2046 §5.1.1 */
const boundaryIn = /(?:^|;)\s*boundary=(?:"([^"]{1,70})"|([\w'()+,\-./:=?]{1,70}))\s*(?:;|$)/i

export function isMultipart(type: string): boolean {
  return contentType.test(type)
}

const malformed = () => new PageProblem(400, 'This is not what a form with a file looks like.')
const brokenOff = () => new PageProblem(400, 'The request broke off.')
const headersEnd = Buffer.from('\r\n\r\n')

/** @throws PageProblem */
export async function readMultipart(visit: Visit, limits: MultipartLimits): Promise<Multipart> {
  const { request } = visit
  const [, parameters = ''] = contentType.exec(request.headers['content-type'] ?? '') ?? []
  const [, quoted, plain] = boundaryIn.exec(parameters) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw malformed()
  visit.welcome()
  // Whoever stops reading in the middle still wants to answer.
  const body = new Pieces(request.iterator({ destroyOnReturn: false }))
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The first one has no line before it.
  body.putBack(Buffer.from('\r\n'))
  let room = limits.fieldBytes
  const fields = new Map<string, string>()
  await within(body, delimiter, room)
  while (await goesOn(body)) {
    const head = (await within(body, headersEnd, room)).toString('utf8')
    room -= head.length
    const { name, isFile } = described(head)
    if (isFile) return { fields, file: upTo(body, delimiter) }
    const value = await within(body, delimiter, room)
    room -= value.length
    if (room < 0 || fields.size >= limits.fields) throw tooMuch()
    if (!fields.has(name)) fields.set(name, value.toString('utf8').replace(/\r\n?/g, '\n'))
  }
  return { fields, file: undefined }
}

function tooMuch(): PageProblem {
  return new PageProblem(413, 'That form has too much in it.')
}

/** Bytes of which some were looked at too early. */
class Pieces {
  readonly #source: AsyncIterator<Buffer>
  #ahead: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source
  }

  putBack(bytes: Buffer): void {
    this.#ahead = Buffer.concat([bytes, this.#ahead])
  }

  /** Undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    if (this.#ahead.length > 0) {
      const ahead = this.#ahead
      this.#ahead = Buffer.alloc(0)
      return ahead
    }
    // Whoever hangs up in the middle made no mistake of ours.
    const { done, value } = await this.#source.next().catch(() => {
      throw brokenOff()
    })
    return done === true ? undefined : value
  }
}

/** Everything up to a mark, which is taken off as well. */
async function within(body: Pieces, mark: Buffer, most: number): Promise<Buffer> {
  let all: Buffer = Buffer.alloc(0)
  for (;;) {
    const at = all.indexOf(mark)
    if (at >= 0) {
      body.putBack(all.subarray(at + mark.length))
      return all.subarray(0, at)
    }
    if (all.length > most + mark.length) throw tooMuch()
    const next = await body.next()
    if (next === undefined) throw malformed()
    all = Buffer.concat([all, next])
  }
}

/** RFC 2046 §5.1.1: what stands behind a delimiter: two dashes where it was the last one. */
async function goesOn(body: Pieces): Promise<boolean> {
  const rest = await within(body, Buffer.from('\n'), 100).catch(() => Buffer.from('--'))
  if (rest.subarray(0, 2).toString() === '--') return false
  if (rest.toString().trim() !== '') throw malformed()
  return true
}

/** RFC 7578 §4.2. A file that was not chosen has no name. */
function described(head: string): { readonly name: string; readonly isFile: boolean } {
  const line = head.split('\r\n').find(each => /^content-disposition:/i.test(each)) ?? ''
  const name = /;\s*name="([^"]*)"/i.exec(line)?.[1]
  if (!/^content-disposition:\s*form-data\s*;/i.test(line) || name === undefined) throw malformed()
  const file = /;\s*filename="((?:[^"\\]|\\.)*)"/i.exec(line)?.[1]
  return { name, isFile: file !== undefined && file !== '' }
}

/** Bytes as they come, up to the mark. */
async function* upTo(body: Pieces, mark: Buffer): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0)
  for (;;) {
    const next = await body.next()
    if (next === undefined) throw brokenOff()
    held = held.length === 0 ? next : Buffer.concat([held, next])
    const at = held.indexOf(mark)
    if (at >= 0) {
      if (at > 0) yield held.subarray(0, at)
      return
    }
    // The mark may have begun at the end.
    const safe = held.length - mark.length + 1
    if (safe <= 0) continue
    yield held.subarray(0, safe)
    held = held.subarray(safe)
  }
}
