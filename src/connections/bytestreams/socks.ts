/** RFC 1928 as far as XEP-0065#socks5 uses it: no authentication, CONNECT to a name of 40 characters that is a hash. */

const version = 5
const noAuthentication = 0
const connect = 1
const domainName = 3
const hashLength = 40

/** Longest greeting and request there can be. */
const greetingLimit = 2 + 255
const requestLength = 4 + 1 + hashLength + 2

export type SocksStep =
  /** Send this, and read on. */
  | { readonly reply: Uint8Array }
  /** Send this: the connection is for that hash. What came behind the request is data. */
  | { readonly reply: Uint8Array; readonly hash: string; readonly rest: Buffer }
  /** Send this and close. */
  | { readonly refuse: Uint8Array }

/** One side's handshake. Takes bytes in any pieces. */
export class SocksHandshake {
  #heard: Buffer = Buffer.alloc(0)
  #greeted = false

  /** @returns undefined as long as more has to come */
  take(bytes: Buffer): SocksStep | undefined {
    this.#heard = Buffer.concat([this.#heard, bytes])
    return this.#greeted ? this.#request() : this.#greeting()
  }

  #greeting(): SocksStep | undefined {
    const heard = this.#heard
    if (heard[0] !== undefined && heard[0] !== version) return { refuse: Buffer.alloc(0) }
    const length = 2 + (heard[1] ?? greetingLimit)
    if (heard.length < 2 || heard.length < length) return undefined
    if (!heard.subarray(2, length).includes(noAuthentication)) return { refuse: Buffer.from([version, 0xff]) }
    this.#greeted = true
    this.#heard = heard.subarray(length)
    return { reply: Buffer.from([version, noAuthentication]) }
  }

  /** To be asked again, without new bytes, after the reply to the greeting. */
  #request(): SocksStep | undefined {
    const heard = this.#heard
    if (heard.length < 5) return undefined
    const [ver, command, , type, length] = heard
    if (ver !== version) return { refuse: Buffer.alloc(0) }
    if (command !== connect) return { refuse: answer(7) }
    if (type !== domainName || length !== hashLength) return { refuse: answer(8) }
    if (heard.length < requestLength) return undefined
    const hash = heard.toString('latin1', 5, 5 + hashLength)
    if (!/^[0-9a-f]{40}$/i.test(hash)) return { refuse: answer(2) }
    return { reply: answer(0, hash), hash: hash.toLowerCase(), rest: heard.subarray(requestLength) }
  }
}

/** RFC 1928 §6. XEP-0065#socks5: the address that is told is the one that was asked for. */
function answer(code: number, hash = ''): Buffer {
  return Buffer.concat([
    Buffer.from([version, code, 0, domainName, hash.length]),
    Buffer.from(hash, 'latin1'),
    Buffer.from([0, 0]),
  ])
}

/** Too many are here already (RFC 1928 §6: not allowed by ruleset). */
export const notAllowed: Uint8Array = answer(2)
