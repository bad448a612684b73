import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * The keys of server dialback (XEP-0185): they can be made again from what is asked about, so nothing has to be
 * remembered. The secret lives as long as the process.
 */
export class DialbackKeys {
  readonly #secret: string

  constructor(secret: string = randomBytes(32).toString('hex')) {
    this.#secret = hash('sha256', secret)
  }

  /**
   * @param receiving the server that is to be convinced
   * @param originating the domain that wants to send
   * @param id of the stream between them
   */
  key(receiving: string, originating: string, id: string): string {
    return createHmac('sha256', this.#secret).update(`${receiving} ${originating} ${id}`).digest('hex')
  }

  isRight(receiving: string, originating: string, id: string, key: string): boolean {
    const right = Buffer.from(this.key(receiving, originating, id))
    const said = Buffer.from(key.trim())
    return said.length === right.length && timingSafeEqual(said, right)
  }
}
