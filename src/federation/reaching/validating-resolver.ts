/**
 * Questions to a resolver on this machine that validates DNSSEC, and whether it has. Only of a resolver on this machine is
 * the word taken: anybody on the way to another one could set the bit.
 */

import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { type Answer, answer, isAnswerTo, NoAnswer, question, type RecordType } from './dns-message.ts'

export interface SecureRecords<T> {
  readonly records: readonly T[]
  /** Validated: what is there is true, and if nothing is there, that is true as well. */
  readonly secure: boolean
}

export interface Service {
  /** In lower case, without a dot at the end; empty if there is no such service. */
  readonly host: string
  readonly port: number
}

/** RFC 6698 §2.1 */
export interface CertificateRecord {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  readonly data: Buffer
}

const tries = 2
const usualTryMs = 2_500
/** Questions underway at one time, and those that wait for their turn. */
const mostAsking = 64
const mostWaiting = 1_000
const longestAnswer = 65_535

export class ValidatingResolver {
  readonly #host: string
  readonly #port: number
  readonly #tryMs: number
  #asking = 0
  readonly #waiting: (() => void)[] = []

  /** @param address an IP address of this machine */
  constructor(address: string, port: number, tryMs = usualTryMs) {
    this.#host = address
    this.#port = port
    this.#tryMs = tryMs
  }

  /** All these reject with NoAnswer if nothing can be told, which is so, too, if what can be found is signed wrongly. */
  async services(name: string): Promise<SecureRecords<Service>> {
    const { data, authentic } = await this.#ask(name, 'SRV')
    const records = data.map(each => ({
      host: each.toString('latin1', 6).toLowerCase(),
      port: each.readUInt16BE(4),
    }))
    return { records, secure: authentic }
  }

  async certificates(name: string): Promise<SecureRecords<CertificateRecord>> {
    const { data, authentic } = await this.#ask(name, 'TLSA')
    const records = data
      .filter(each => each.length > 3)
      .map(each => ({ usage: each[0]!, selector: each[1]!, matching: each[2]!, data: each.subarray(3) }))
    return { records, secure: authentic }
  }

  /** Whether the addresses of a host, or some of them, are validated. */
  async hasSecureAddress(name: string): Promise<boolean> {
    const all = await Promise.all((['A', 'AAAA'] as const).map(type => this.#ask(name, type)))
    return all.some(({ authentic, data }) => authentic && data.length > 0)
  }

  async #ask(name: string, type: RecordType): Promise<Answer> {
    await this.#turn()
    try {
      const asking = question(randomInt(0x10000), name, type)
      const first = answer(await this.#overUdp(asking), asking, type)
      return first.truncated ? answer(await this.#overTcp(asking), asking, type) : first
    } finally {
      this.#asking--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#asking >= mostAsking) {
      if (this.#waiting.length >= mostWaiting) throw new NoAnswer('Too many questions wait for the resolver.')
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    this.#asking++
  }

  #overUdp(asking: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(this.#host.includes(':') ? 'udp6' : 'udp4')
      let tried = 0
      const end = (then: () => void): void => {
        clearInterval(clock)
        socket.close()
        then()
      }
      const silent = (): void => end(() => reject(new NoAnswer('The resolver did not answer.')))
      const ask = (): void => {
        if (++tried > tries) silent()
        else socket.send(asking)
      }
      const clock = setInterval(ask, this.#tryMs)
      socket.on('error', silent)
      socket.on('message', message => {
        if (isAnswerTo(message, asking)) end(() => resolve(message))
      })
      // A connected socket hears nobody but the one it asked.
      socket.connect(this.#port, this.#host, ask)
    })
  }

  /** RFC 1035 §4.2.2 */
  #overTcp(asking: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, this.#host)
      let come: Buffer = Buffer.alloc(0)
      const size = Buffer.alloc(2)
      size.writeUInt16BE(asking.length)
      socket.setTimeout(tries * this.#tryMs, () => socket.destroy())
      socket.on('error', () => undefined)
      socket.on('connect', () => socket.write(Buffer.concat([size, asking])))
      socket.on('data', (bytes: Buffer) => {
        come = Buffer.concat([come, bytes])
        const expected = come.length < 2 ? longestAnswer : come.readUInt16BE(0)
        if (come.length - 2 < expected) return
        const message = come.subarray(2, 2 + expected)
        if (isAnswerTo(message, asking)) resolve(message)
        socket.destroy()
      })
      socket.on('close', () => reject(new NoAnswer('The resolver did not answer over TCP.')))
    })
  }
}
