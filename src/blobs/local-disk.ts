/** Blobs as files of this machine: `ab/abcd…` below one directory, unfinished ones in `drafts/`. */

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobDraft, BlobName, BlobStore, OpenBlob } from './blob-store.ts'

export interface LocalDiskOptions {
  readonly directory: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const draftsDirectory = 'drafts'
/** The first digits of a name are its directory, so that none of them holds too many files. */
const fan = 2
const namePattern = /^[0-9a-f]{64}$/
const dayMs = 86_400_000
/** Reading must not leave a time behind (P10). Not every system knows the flag, and it is allowed to the owner only. */
const unnoticed: number = constants.O_NOATIME ?? 0
/** A blob is overwritten from its beginning on before it goes; sealed ones cannot be opened any more without that part. */
const wipedBytes = 4096

/** The directory is made when there is something to put into it. */
export function localDisk({ directory, now }: LocalDiskOptions): BlobStore {
  const drafts = join(directory, draftsDirectory)

  const placeOf = (name: BlobName): string => {
    if (!namePattern.test(name)) throw new Error('That is not the name of a blob.')
    return join(directory, name.slice(0, fan))
  }
  const pathOf = (name: BlobName): string => join(placeOf(name), name)

  const today = (): Date => new Date(Math.floor(now() / dayMs) * dayMs)
  const floorTimes = async (file: FileHandle): Promise<void> => file.utimes(today(), today())

  const openPlace = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_DIRECTORY)

  /** What was renamed or removed in a directory is durable, and the directory does not tell when that was. */
  async function settleOpen(place: FileHandle): Promise<void> {
    await floorTimes(place)
    await place.sync()
  }

  async function settle(path: string): Promise<void> {
    const place = await openPlace(path)
    try {
      await settleOpen(place)
    } finally {
      await place.close()
    }
  }

  const places = new Set<string>()
  async function makePlace(path: string): Promise<void> {
    if (places.has(path)) return
    if ((await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined) await settle(directory)
    places.add(path)
  }

  /** Nothing in there has to last, but when uploads came is nobody's business. */
  const forgetWhen = (): Promise<void> => utimes(drafts, today(), today())

  async function wipe(path: string): Promise<void> {
    const file = await open(path, 'r+')
    try {
      const { size } = await file.stat()
      await file.write(Buffer.alloc(Math.min(size, wipedBytes)), 0, undefined, 0)
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  return {
    async begin(name) {
      const target = pathOf(name)
      await makePlace(drafts)
      const draft = join(drafts, randomBytes(16).toString('hex'))
      const file = await open(draft, 'wx', 0o600)
      return new LocalDraft(file, {
        async sync() {
          await floorTimes(file)
          await file.sync()
        },
        async place() {
          await makePlace(placeOf(name))
          return openPlace(placeOf(name))
        },
        async show(place) {
          await rename(draft, target)
          await Promise.all([settleOpen(place), forgetWhen()])
        },
        async remove() {
          await unlink(draft).catch(missing)
          await forgetWhen()
        },
      })
    },

    async open(name) {
      const path = pathOf(name)
      const file = await open(path, constants.O_RDONLY | unnoticed).catch(missing)
      if (file === undefined) return undefined
      try {
        return new LocalBlob(file, (await file.stat()).size)
      } catch (error) {
        await file.close()
        throw error
      }
    },

    async stat(name) {
      const found = await stat(pathOf(name)).catch(missing)
      return found && { bytes: found.size }
    },

    async delete(name) {
      // Out of sight first: nobody must come upon a blob that has lost its beginning.
      const doomed = join(drafts, randomBytes(16).toString('hex'))
      await makePlace(drafts)
      if (!(await rename(pathOf(name), doomed).then(() => true, missing))) return false
      await settle(placeOf(name))
      await wipe(doomed)
      await unlink(doomed)
      await forgetWhen()
      return true
    },

    async *list(part) {
      if (!/^[0-9a-f]{2}$/.test(part)) throw new Error('That is not a part of the names of blobs.')
      const names = (await readdir(join(directory, part)).catch(missing)) ?? []
      for (const name of names) if (namePattern.test(name)) yield name
    },

    async removeLeftovers() {
      const left = (await readdir(drafts).catch(missing)) ?? []
      for (const name of left) {
        await wipe(join(drafts, name))
        await unlink(join(drafts, name))
      }
      if (left.length > 0) await forgetWhen()
      return left.length
    },
  }
}

interface DraftSteps {
  sync(): Promise<void>
  /** Opens the directory that the blob will be in. */
  place(): Promise<FileHandle>
  show(place: FileHandle): Promise<void>
  remove(): Promise<void>
}

/** While others upload, each step waits for its turn; so those that do not need each other are not taken one by one. */
class LocalDraft implements BlobDraft {
  readonly #file: FileHandle
  readonly #steps: DraftSteps
  #place: FileHandle | undefined
  #state: 'open' | 'finished' | 'over' = 'open'

  constructor(file: FileHandle, steps: DraftSteps) {
    this.#file = file
    this.#steps = steps
  }

  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const { bytesWritten } = await this.#file.write(piece, at, piece.length - at)
      at += bytesWritten
    }
  }

  async finish(): Promise<void> {
    const [synced, place] = await Promise.allSettled([this.#steps.sync(), this.#steps.place()])
    if (place.status === 'fulfilled') this.#place = place.value
    for (const step of [synced, place]) if (step.status === 'rejected') throw step.reason
    this.#state = 'finished'
  }

  async commit(): Promise<void> {
    if (this.#state !== 'finished') throw new Error('A blob is finished before it is shown.')
    await this.#steps.show(this.#place!)
    this.#state = 'over'
    // All is durable: nothing that closing could have to say matters any more, so nobody waits for it.
    this.#close().catch(() => undefined)
  }

  async discard(): Promise<void> {
    if (this.#state === 'over') return
    this.#state = 'over'
    await this.#close()
    await this.#steps.remove()
  }

  async #close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#place?.close()])
  }
}

class LocalBlob implements OpenBlob {
  readonly bytes: number
  readonly #file: FileHandle

  constructor(file: FileHandle, bytes: number) {
    this.#file = file
    this.bytes = bytes
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let got = 0
    while (got < into.length) {
      const { bytesRead } = await this.#file.read(into, got, into.length - got, position + got)
      if (bytesRead === 0) break
      got += bytesRead
    }
    return got
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
