/** A DNS server for one process: answers from a table, over UDP on loopback (RFC 1035, RFC 2782). */

import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

export type DnsRecord =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'AAAA'; readonly address: string }
  | {
      readonly type: 'SRV'
      readonly priority?: number
      readonly weight?: number
      readonly port: number
      readonly target: string
    }

const types = { A: 1, AAAA: 28, SRV: 33 } as const
const nameError = 3
const failure = 2

export class SmallDns {
  readonly #socket: Socket
  readonly #records = new Map<string, readonly DnsRecord[]>()
  /** Names that are asked and not answered, or answered with SERVFAIL. */
  readonly silent = new Set<string>()
  readonly failing = new Set<string>()
  /** Every question, such as `SRV _xmpp-server._tcp.verona.lit`. */
  readonly asked: string[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (message, { address, port }) => {
      const answer = this.#answer(message)
      if (answer !== undefined) socket.send(answer, port, address)
    })
  }

  static async start(): Promise<SmallDns> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    return new SmallDns(socket)
  }

  /** As the setting `federation.resolver` wants it. */
  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`
  }

  says(name: string, ...records: readonly DnsRecord[]): void {
    this.#records.set(name, records)
  }

  /** A server on this machine, found by SRV. */
  knows(domain: string, ports: { readonly s2s?: number; readonly s2sTls?: number }): void {
    const target = `xmpp.${domain}`
    const at = (port: number | undefined): DnsRecord[] => (port ? [{ type: 'SRV', port, target }] : [])
    this.says(target, { type: 'A', address: '127.0.0.1' })
    this.says(`_xmpp-server._tcp.${domain}`, ...at(ports.s2s))
    this.says(`_xmpps-server._tcp.${domain}`, ...at(ports.s2sTls))
  }

  async stop(): Promise<void> {
    await new Promise<void>(resolve => this.#socket.close(() => resolve()))
  }

  #answer(message: Buffer): Buffer | undefined {
    const labels: string[] = []
    let at = 12
    for (let length = message[at]!; length > 0; length = message[at]!) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length))
      at += 1 + length
    }
    const name = labels.join('.').toLowerCase()
    const type = message.readUInt16BE(at + 1)
    this.asked.push(`${Object.entries(types).find(([, number]) => number === type)?.[0] ?? type} ${name}`)
    if (this.silent.has(name)) return undefined
    const known = this.#records.get(name)
    const records = (known ?? []).filter(record => types[record.type] === type)
    const code = this.failing.has(name) ? failure : known === undefined ? nameError : 0
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 | code, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    return Buffer.concat([header, message.subarray(12, at + 5), ...records.map(encoded)])
  }
}

/** The name is a pointer to the question; nothing may be kept. */
function encoded(record: DnsRecord): Buffer {
  const data = dataOf(record)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(types[record.type], 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(record: DnsRecord): Buffer {
  switch (record.type) {
    case 'A':
      return Buffer.from(record.address.split('.').map(Number))
    case 'AAAA':
      return Buffer.from(
        record.address
          .split(':')
          .flatMap(group => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
      )
    case 'SRV': {
      const numbers = Buffer.alloc(6)
      numbers.writeUInt16BE(record.priority ?? 0, 0)
      numbers.writeUInt16BE(record.weight ?? 0, 2)
      numbers.writeUInt16BE(record.port, 4)
      const labels = record.target.split('.').filter(label => label !== '')
      const target = labels.map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
      return Buffer.concat([numbers, ...target, Buffer.from([0])])
    }
  }
}
