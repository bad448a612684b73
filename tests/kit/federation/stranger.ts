/** Another server in a test's hands: it says what it is told to, from either side of a stream. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { TestServer } from '../server.ts'
import { escaped, type Tree } from '../tree.ts'
import { streamsNamespace, Wire } from '../wire.ts'
import type { Credential } from './authority.ts'

const tlsNamespace = 'urn:ietf:params:xml:ns:xmpp-tls'
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
export const dialback = 'jabber:server:dialback'

const header = (attributes: string) =>
  `<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='${streamsNamespace}' xmlns:db='${dialback}'` +
  ` ${attributes} version='1.0'>`

export interface CallWishes {
  readonly from?: string
  readonly to?: string
  /** What it shows when it is asked for a certificate. */
  readonly credential?: Credential
  /** The address that it comes from, e.g. 127.0.0.2. */
  readonly localAddress?: string
}

/** A stream that the stranger began. */
export class Stranger {
  readonly wire: Wire
  readonly #attributes: string
  readonly #from: string | undefined
  features!: Tree

  private constructor(wire: Wire, { from, to }: CallWishes) {
    this.wire = wire
    this.#from = from
    const named = (name: string, value: string | undefined) =>
      value === undefined ? '' : `${name}='${escaped(value)}' `
    this.#attributes = `${named('from', from)}${named('to', to)}`
  }

  /** Connects, and nothing else. */
  static async reaches(server: TestServer, wishes: CallWishes = {}): Promise<Stranger> {
    const { credential, localAddress } = wishes
    const tls = {
      ...(credential === undefined ? {} : { tls: { cert: credential.certificate, key: credential.key } }),
      ...(localAddress === undefined ? {} : { localAddress }),
    }
    const to = wishes.to ?? server.domain
    return new Stranger(await Wire.connect({ host: server.host, port: server.ports.s2s!, domain: to, ...tls }), {
      ...wishes,
      to,
    })
  }

  /** As far as the features behind TLS. */
  static async calls(server: TestServer, wishes: CallWishes): Promise<Stranger> {
    const stranger = await Stranger.reaches(server, wishes)
    await stranger.opens()
    stranger.wire.write(`<starttls xmlns='${tlsNamespace}'/>`)
    const came = await stranger.wire.next('<proceed/>')
    if (!came.is('proceed', tlsNamespace)) throw new Error(`<proceed/> was expected, not ${came}`)
    await stranger.wire.startTls()
    await stranger.opens()
    return stranger
  }

  /** A stream on which it has proved to be `from`. */
  static async isKnown(server: TestServer, wishes: CallWishes): Promise<Stranger> {
    const stranger = await Stranger.calls(server, wishes)
    await stranger.proves()
    return stranger
  }

  /** Sends a header and takes what is offered. */
  async opens(): Promise<Tree> {
    this.wire.restart()
    this.wire.write(header(this.#attributes))
    this.features = await this.wire.next('stream features')
    return this.features
  }

  /** The id of the stream. */
  get id(): string {
    return this.wire.header?.attr('id') ?? ''
  }

  offers(name: string, namespace: string): boolean {
    return this.features.child(name, namespace) !== undefined
  }

  /** XEP-0178#s2s. @returns what the server says to it */
  async authenticates(name = this.#from ?? ''): Promise<Tree> {
    const text = name === '' ? '=' : Buffer.from(name).toString('base64')
    this.wire.write(`<auth xmlns='${sasl}' mechanism='EXTERNAL'>${text}</auth>`)
    return this.wire.next('an answer to EXTERNAL')
  }

  async proves(): Promise<void> {
    const came = await this.authenticates()
    if (!came.is('success', sasl)) throw new Error(`<success/> was expected, not ${came}`)
    await this.opens()
  }

  says(text: string): void {
    this.wire.write(text)
  }

  /** The stream ends with that error. */
  async isCutOff(condition: string): Promise<void> {
    await this.wire.over()
    const told = this.wire.streamError?.elements()[0]?.name
    if (told !== condition) throw new Error(`The stream should have ended with ${condition}, not with ${told}`)
  }
}

export const offersExternal = (features: Tree): boolean =>
  features
    .child('mechanisms', sasl)
    ?.elements()
    .some(each => each.text() === 'EXTERNAL') === true

/** Where the stranger is called: TLS from the first byte. */
export class StrangerServer {
  readonly #server: Server
  readonly #wires: Wire[] = []
  /** All connections that came. */
  readonly wires: Wire[] = []
  readonly #waiting: ((wire: Wire) => void)[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('secureConnection', (socket: TLSSocket) => {
      const wire = new Wire(socket, { host: '', port: 0, domain: '' })
      this.wires.push(wire)
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#wires.push(wire)
      else waiting(wire)
    })
    server.on('tlsClientError', () => undefined)
  }

  static async listens({ certificate, key }: Credential, address = '127.0.0.1'): Promise<StrangerServer> {
    const server = createServer({
      cert: certificate,
      key,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['xmpp-server'],
    })
    await new Promise<void>(resolve => server.unref().listen(0, address, resolve))
    return new StrangerServer(server)
  }

  /** Connections that came so far. */
  get count(): number {
    return this.wires.length
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The next connection, as it comes. */
  next(): Promise<Wire> {
    const wire = this.#wires.shift()
    return wire === undefined ? new Promise(resolve => this.#waiting.push(resolve)) : Promise.resolve(wire)
  }

  /** The next connection, once its header has been answered with features. */
  async isCalled(features: string, id = 'stranger'): Promise<Wire> {
    const wire = await this.next()
    await answers(wire, features, id)
    return wire
  }

  /** The next connection, once its side has been let in by EXTERNAL. */
  async letsIn(before = '', after = ''): Promise<Wire> {
    const mechanisms = `<mechanisms xmlns='${sasl}'><mechanism>EXTERNAL</mechanism></mechanisms>`
    const wire = await this.isCalled(`${mechanisms}${before}`)
    let came = await wire.next('<auth/>')
    while (!came.is('auth', sasl)) came = await wire.next('<auth/>')
    wire.restart()
    wire.write(`<success xmlns='${sasl}'/>`)
    await answers(wire, after, 'stranger-2')
    return wire
  }

  close(): void {
    this.#server.close()
    for (const wire of this.wires) wire.drop()
  }
}

async function answers(wire: Wire, features: string, id: string): Promise<void> {
  const theirs = await wire.until(() => wire.header, 'header')
  wire.write(header(`id='${id}' from='${theirs.attr('to')}' to='${theirs.attr('from')}'`))
  wire.write(`<stream:features>${features}</stream:features>`)
}
