/** The files' own pages: PUT with the token of a slot, GET with the link, and nothing else. */

import type { Log } from '../../operations/log.ts'
import { dayOf } from '../../privacy/day.ts'
import { type Page, PageProblem, type Visit } from '../../routing/feature.ts'
import { disposition, isShown, plainType } from './file-names.ts'
import { parseRange } from './ranges.ts'
import { blobNameOf, entityTagOf, headBytes, isSecret, Sealer, Unsealer } from './sealed-file.ts'
import type { Slot, Slots } from './slots.ts'
import type { StoredFiles } from './stored-files.ts'
import { Interrupted, type Patience, receive, send } from './transfer.ts'

export interface PagesParts {
  readonly files: StoredFiles
  readonly slots: Slots
  readonly patience: Patience
  readonly retentionDays: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const dayMs = 86_400_000

/** Runs nothing, reaches nothing, belongs to no origin; may show itself where it is a picture, a sound or a film. */
const policies = {
  shown:
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
  stored: "default-src 'none'; frame-ancestors 'none'; sandbox",
} as const

const cors = {
  headers: ['authorization', 'content-type', 'range'],
  exposes: ['accept-ranges', 'content-disposition', 'content-range', 'etag'],
} as const

export const filePages = (parts: PagesParts): readonly Page[] => {
  const page = (path: string): Page[] => [
    { path, methods: ['GET'], cors, handle: visit => get(parts, visit) },
    { path, methods: ['PUT'], cors, handle: visit => put(parts, visit) },
  ]
  // What stands behind the secret is for people and their apps to read; it need not be what the file is called.
  return [...page('/files/:secret'), ...page('/files/:secret/:name')]
}

async function put({ files, slots, patience, log }: PagesParts, visit: Visit): Promise<void> {
  const { request } = visit
  const slot = takeSlot(slots, visit)
  let done = false
  try {
    const { blob, facts } = slot
    checkBody(slot, visit)
    const draft = await files.blobs.begin(blob)
    try {
      visit.welcome()
      await receive(request, facts.size, new Sealer(visit.params.secret!, facts), draft, patience)
      const ends = facts.ends === undefined ? undefined : dayOf(facts.ends)
      done = await files.keep({ account: slot.account, blob, size: facts.size, ends }, draft)
    } finally {
      await draft.discard()
    }
  } catch (thrown) {
    throw refusalOf(thrown, log)
  } finally {
    if (done) slots.spend(slot)
    else slots.giveBack(slot)
  }
  if (!done) throw new PageProblem(410, 'The account that this upload belongs to is gone.')
  visit.send(201, 'text/plain; charset=utf-8', '')
}

function takeSlot(slots: Slots, { params, request }: Visit): Slot {
  const { secret = '' } = params
  const token = /^Bearer ([\w-]{1,100})$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const slot = isSecret(secret) ? slots.take(blobNameOf(secret), token) : 'unknown'
  switch (slot) {
    case 'unknown':
      throw new PageProblem(
        404,
        'Nothing can be uploaded here: no slot was given out, or it was used, or it has expired. Ask for another one.',
      )
    case 'forbidden':
      throw new PageProblem(403, 'The Authorization header is not the one that came with the slot.')
    case 'busy':
      throw new PageProblem(409, 'This file is being uploaded already.')
    case 'too many':
      throw new PageProblem(429, 'Too many files of this account are being uploaded just now.', { 'retry-after': '10' })
    default:
      return slot
  }
}

/** XEP-0363#upload: length and type have to be those that the slot was given for. */
function checkBody({ facts, typed }: Slot, { request: { headers } }: Visit): void {
  const length = headers['content-length']
  if (length === undefined) throw new PageProblem(411, 'The upload has to say how long it is (Content-Length).')
  if (Number(length) !== facts.size) {
    throw new PageProblem(
      Number(length) > facts.size ? 413 : 400,
      `The slot is for ${facts.size} bytes, not for ${Number(length)}.`,
    )
  }
  const type = headers['content-type']
  if (typed && type !== undefined && plainType(type) !== facts.type) {
    throw new PageProblem(415, 'The upload has another Content-Type than its slot.')
  }
  if (headers['content-encoding'] !== undefined || headers['content-range'] !== undefined) {
    throw new PageProblem(400, 'A file is uploaded as it is, and whole.')
  }
}

function refusalOf(thrown: unknown, log: Log): unknown {
  if (thrown instanceof Interrupted) {
    return thrown.because === 'slow'
      ? new PageProblem(408, 'The upload was too slow. It can be tried again as long as its slot lasts.')
      : new PageProblem(400, 'The upload broke off.')
  }
  const { code } = thrown as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return thrown
  log.error('there is no room on the disk for files', undefined, thrown)
  return new PageProblem(507, 'There is no room for this file at the moment. Please try again later.')
}

const noSuchFile = () => new PageProblem(404, 'There is no such file. Perhaps it was here, and its time is over.')

async function get({ files, retentionDays, log, now }: PagesParts, visit: Visit): Promise<void> {
  const { secret = '' } = visit.params
  if (!isSecret(secret)) throw noSuchFile()
  const blob = await files.blobs.open(blobNameOf(secret))
  if (blob === undefined) throw noSuchFile()
  try {
    const head = Buffer.alloc(headBytes)
    await blob.read(head, 0)
    const file = Unsealer.open(secret, head, blob.bytes)
    if (file === undefined) {
      log.error('a stored file is damaged')
      throw new PageProblem(500, 'This file was damaged where it is kept, and cannot be opened any more.')
    }
    const { size, ends } = file.facts
    const left = ends === undefined ? retentionDays * dayMs : ends - now()
    // XEP-0363#purpose-ephemeral: not after this time, though the day that the row knows is not over.
    if (left <= 0) throw noSuchFile()
    const tag = entityTagOf(secret)
    say(visit, file, tag, Math.floor(left / 1000))
    const { response, request } = visit
    if (matches(request.headers['if-none-match'], tag)) {
      response.writeHead(304).end()
      return
    }
    const { range, 'if-range': condition } = request.headers
    const part = condition === undefined || condition === tag ? parseRange(range, size) : undefined
    if (part === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${size}`)
      throw new PageProblem(416, `The file has ${size} bytes; there is nothing beyond.`)
    }
    const { from, to } = part ?? { from: 0, to: size - 1 }
    if (part !== undefined) response.setHeader('content-range', `bytes ${from}-${to}/${size}`)
    response.writeHead(part === undefined ? 200 : 206, {
      'content-type': file.facts.type,
      'content-length': to - from + 1,
    })
    if (visit.method !== 'HEAD') await send(blob, file, { from, to }, response)
    response.end()
  } catch (thrown) {
    if (!(thrown instanceof Interrupted)) throw thrown
    if (thrown.because === 'damaged') log.error('a stored file is damaged')
    visit.response.destroy()
  } finally {
    await blob.close()
  }
}

/** Headers of every answer that tells something of the file. */
function say({ response }: Visit, { facts: { name, type } }: Unsealer, tag: string, seconds: number): void {
  const headers = {
    'accept-ranges': 'bytes',
    // Not for caches in between: what they keep is neither sealed nor erased.
    'cache-control': `private, max-age=${seconds}, immutable`,
    'content-disposition': disposition(name, type),
    'content-security-policy': isShown(type) ? policies.shown : policies.stored,
    etag: tag,
    'x-robots-tag': 'noindex, nofollow, noarchive',
  }
  for (const [header, value] of Object.entries(headers)) response.setHeader(header, value)
}

/** RFC 9110 §13.1.2 */
function matches(condition: string | undefined, tag: string): boolean {
  return condition?.split(',').some(one => one.trim().replace(/^W\//, '') === tag) === true
}
