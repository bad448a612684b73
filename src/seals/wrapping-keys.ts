/** The keys that the vault's keys are sealed with: one a day, each in a file of its own that is erased when it has had its day. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shred, writeDurably } from './durable-files.ts'
import { bound, freshKey, open, seal, wipe } from './envelope.ts'

export class WrappingKeys {
  readonly #directory: string
  readonly #master: Uint8Array
  readonly #keys = new Map<number, Buffer>()

  /** `master` is the key that they are sealed with. */
  constructor(directory: string, master: Uint8Array) {
    this.#directory = directory
    this.#master = master
  }

  /** The key of that number; undefined if its file is not there or does not open. */
  key(number: number): Buffer | undefined {
    const known = this.#keys.get(number)
    if (known !== undefined) return known
    if (!this.numbers().includes(number)) return undefined
    const key = open(this.#master, readFileSync(this.#path(number)), binding(number))
    if (key !== undefined) this.#keys.set(number, key)
    return key
  }

  /** Makes a key where there is none that opens; it is on disk afterwards. Two processes at once make one key. */
  ensure(number: number): void {
    if (this.key(number) !== undefined) return
    const key = freshKey()
    try {
      if (this.numbers().includes(number)) shred(this.#path(number))
      writeDurably(this.#path(number), seal(this.#master, key, binding(number)), 'refuse')
      this.#keys.set(number, key)
    } catch (error) {
      wipe(key)
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || this.key(number) === undefined) throw error
    }
  }

  /** Removes what an interrupted start or rotation left half-written. For the service only. */
  tidy(): void {
    for (const name of readdirSync(this.#directory)) if (name.endsWith('.new')) shred(join(this.#directory, name))
  }

  /** Destroys all keys but one, in memory and on disk. */
  keepOnly(number: number): void {
    for (const other of this.numbers()) if (other !== number) shred(this.#path(other))
    for (const [other, key] of this.#keys) {
      if (other === number) continue
      wipe(key)
      this.#keys.delete(other)
    }
  }

  /** The numbers of the keys that there are files of. */
  numbers(): number[] {
    return readdirSync(this.#directory).flatMap(name => {
      const number = /^wrapping-(\d+)\.key$/.exec(name)?.[1]
      return number === undefined ? [] : [Number(number)]
    })
  }

  close(): void {
    wipe(...this.#keys.values())
    this.#keys.clear()
  }

  #path(number: number): string {
    return join(this.#directory, `wrapping-${number}.key`)
  }
}

function binding(number: number): Buffer {
  return bound('sotto wrapping key', number)
}
