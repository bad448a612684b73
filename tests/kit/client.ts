/** A client in a test's hands: it does what it is told, step by step, and nothing by itself but answer `<r/>` if so told. */

import { X509Certificate } from 'node:crypto'
import {
  HashedTokenClient,
  type HashedTokenMechanism,
  PlainClient,
  type SaslClient,
  ScramClient,
} from './scram-client.ts'
import { StreamManagement } from './stream-management.ts'
import { escaped, Tree } from './tree.ts'
import { patienceMs, streamsNamespace, Wire, type WireOptions } from './wire.ts'

export interface ClientOptions {
  readonly host: string
  readonly ports: { readonly c2s: number; readonly c2sTls: number; readonly https?: number }
  readonly domain: string
  /** `starttls` is the default; `plain` stops before TLS. */
  readonly tls?: 'starttls' | 'direct' | 'plain' | 'websocket' | 'bosh'
  readonly localAddress?: string
  readonly tlsOptions?: WireOptions['tls']
  /** Headers of the request, over WebSocket. */
  readonly webHeaders?: WireOptions['headers']
}

export interface Credentials {
  readonly username: string
  readonly password: string
  /** Default: the best of SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN that is on offer. */
  readonly mechanism?: string
  /** Default: `p=tls-exporter` with a -PLUS mechanism, else `n`. */
  readonly flag?: string
  readonly authzid?: string
}

export interface Sasl2Options extends Credentials {
  /** Goes into `<authenticate>` beside the initial response: `<bind/>`, `<request-token/>`, `<user-agent/>`, … */
  readonly inline?: string
  /** Sign in with this token instead of the password (XEP-0484). */
  readonly token?: {
    readonly mechanism: HashedTokenMechanism
    readonly secret: string
    readonly count?: number
    readonly invalidate?: boolean
  }
}

/** The server did not let us in. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  readonly answer: Tree
  /** The name of the SASL error, e.g. `not-authorized`. */
  readonly condition: string

  constructor(answer: Tree) {
    super(`The sign-in was refused: ${answer}`)
    this.answer = answer
    this.condition = answer.elements()[0]?.name ?? ''
  }
}

const sasl1 = 'urn:ietf:params:xml:ns:xmpp-sasl'
const sasl2 = 'urn:xmpp:sasl:2'
const preferred = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']

export class Client {
  readonly wire: Wire
  readonly options: ClientOptions
  readonly sm: StreamManagement
  /** What the server last offered. */
  features: Tree = new Tree('features', streamsNamespace, {})
  /** Our full address, once bound. */
  jid = ''
  #ids = 0

  private constructor(wire: Wire, options: ClientOptions) {
    this.wire = wire
    this.options = options
    this.sm = new StreamManagement(wire)
    wire.tap = tree => this.sm.sees(tree)
  }

  /** Connects and negotiates as far as the features after TLS. */
  static async connect(options: ClientOptions): Promise<Client> {
    const direct = options.tls === 'direct'
    const { host, ports, domain, localAddress, tlsOptions, webHeaders } = options
    const web = options.tls === 'websocket' || options.tls === 'bosh'
    const over = { websocket: Wire.overWebSocket, bosh: Wire.overBosh } as const
    const wire = await (web ? over[options.tls] : Wire.connect)({
      host,
      domain,
      direct,
      port: web ? ports.https! : direct ? ports.c2sTls : ports.c2s,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(tlsOptions === undefined ? {} : { tls: tlsOptions }),
      ...(webHeaders === undefined ? {} : { headers: webHeaders }),
    })
    const client = new Client(wire, options)
    await client.openStream()
    if (!direct && !web && options.tls !== 'plain') await client.#startTls()
    return client
  }

  /** Sends a stream header and waits for the server's header and features. */
  async openStream(to = this.options.domain): Promise<Tree> {
    this.wire.restart()
    this.wire.write(
      `<?xml version='1.0'?><stream:stream to='${escaped(to)}' version='1.0' xml:lang='en' ` +
        `xmlns='jabber:client' xmlns:stream='${streamsNamespace}'>`,
    )
    return this.takeFeatures()
  }

  async takeFeatures(): Promise<Tree> {
    const came = await this.wire.next('stream features')
    if (!came.is('features', streamsNamespace)) throw new Error(`Stream features were expected, not ${came}`)
    this.features = came
    return came
  }

  async #startTls(): Promise<void> {
    const namespace = 'urn:ietf:params:xml:ns:xmpp-tls'
    this.wire.write(`<starttls xmlns='${namespace}'/>`)
    const came = await this.wire.next('<proceed/>')
    if (!came.is('proceed', namespace)) throw new Error(`<proceed/> was expected, not ${came}`)
    await this.wire.startTls()
    await this.openStream()
  }

  /** The mechanisms on offer, by SASL (RFC 6120 §6.4.1) or by SASL2. */
  mechanisms(by: 'sasl1' | 'sasl2' = 'sasl1'): string[] {
    const offer =
      by === 'sasl1' ? this.features.child('mechanisms', sasl1) : this.features.child('authentication', sasl2)
    return (offer?.elements() ?? []).filter(each => each.name === 'mechanism').map(each => each.text())
  }

  /** Signs in by RFC 6120 §6 and opens the stream that follows. Throws `SignInRefused`. */
  async signIn(credentials: Credentials): Promise<void> {
    const sasl = this.saslClient(credentials, this.mechanisms())
    this.wire.write(`<auth xmlns='${sasl1}' mechanism='${sasl.mechanism}'>${base64(sasl.first())}</auth>`)
    const success = await this.#converse(sasl, sasl1)
    sasl.finish(bytesOf(success.text()))
    await this.openStream()
  }

  /** Signs in by XEP-0388 and gives back `<success/>`; afterwards the new features are in. Throws `SignInRefused`. */
  async signIn2(options: Sasl2Options): Promise<Tree> {
    const sasl = this.#sasl2Client(options)
    const fast = options.token === undefined ? '' : this.#fast(options.token)
    this.wire.write(
      `<authenticate xmlns='${sasl2}' mechanism='${sasl.mechanism}'>` +
        `<initial-response>${base64(sasl.first())}</initial-response>${options.inline ?? ''}${fast}</authenticate>`,
    )
    const success = await this.#converse(sasl, sasl2)
    sasl.finish(bytesOf(success.child('additional-data')?.text()))
    const identifier = success.child('authorization-identifier')?.text() ?? ''
    if (identifier.includes('/')) this.jid = identifier
    const enabled = success.child('bound')?.child('enabled', 'urn:xmpp:sm:3')
    if (enabled !== undefined) this.sm.enabled(enabled)
    const resumed = success.child('resumed', 'urn:xmpp:sm:3')
    if (resumed === undefined) await this.takeFeatures()
    return success
  }

  /** A SASL client for these credentials, with the data of this connection if it binds to the channel. */
  saslClient(credentials: Credentials, offered: readonly string[]): SaslClient {
    const mechanism = credentials.mechanism ?? preferred.find(each => offered.includes(each)) ?? 'PLAIN'
    if (mechanism === 'PLAIN') return new PlainClient(credentials)
    const flag = credentials.flag ?? (mechanism.endsWith('-PLUS') ? 'p=tls-exporter' : 'n')
    const bindingData = flag.startsWith('p=') ? this.bindingData(flag.slice(2)) : undefined
    return new ScramClient({ ...credentials, mechanism, flag, ...(bindingData === undefined ? {} : { bindingData }) })
  }

  /** RFC 9266 and RFC 5929 §4. */
  bindingData(type: string): Buffer {
    const { tls } = this.wire
    if (tls === undefined) throw new Error('Channel binding needs TLS.')
    if (type === 'tls-exporter') return tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
    const certificate = new X509Certificate(tls.getPeerCertificate().raw)
    return Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex')
  }

  #sasl2Client(options: Sasl2Options): SaslClient {
    if (options.token === undefined) return this.saslClient(options, this.mechanisms('sasl2'))
    const { mechanism, secret } = options.token
    const type = { NONE: undefined, EXPR: 'tls-exporter', ENDP: 'tls-server-end-point' }[mechanism.slice(-4)]
    return new HashedTokenClient({
      mechanism,
      username: options.username,
      token: secret,
      ...(type === undefined ? {} : { bindingData: this.bindingData(type) }),
    })
  }

  #fast(token: NonNullable<Sasl2Options['token']>): string {
    const count = token.count === undefined ? '' : ` count='${token.count}'`
    return `<fast xmlns='urn:xmpp:fast:0'${count}${token.invalidate ? " invalidate='true'" : ''}/>`
  }

  async #converse(sasl: SaslClient, namespace: string): Promise<Tree> {
    for (;;) {
      const came = await this.wire.next('answer to the sign-in')
      if (came.is('success', namespace)) return came
      if (!came.is('challenge', namespace)) throw new SignInRefused(came)
      this.wire.write(`<response xmlns='${namespace}'>${base64(sasl.respond(bytesOf(came.text())!))}</response>`)
    }
  }

  /** RFC 6120 §7. Without a resource the server chooses. */
  async bind(resource?: string): Promise<string> {
    const wanted = resource === undefined ? '' : `<resource>${escaped(resource)}</resource>`
    const result = await this.ask('set', `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${wanted}</bind>`)
    if (result.attr('type') !== 'result') throw new Error(`Binding was refused: ${result}`)
    this.jid = result.at('bind', 'jid').text()
    return this.jid
  }

  send(text: string): void {
    this.sm.sends(text)
    this.wire.write(text)
  }

  /** Any bytes, well-formed or not. */
  sendRaw(data: string | Uint8Array): void {
    this.wire.write(data)
  }

  newId(): string {
    return `k${++this.#ids}`
  }

  /** Sends an IQ and waits for its answer, result or error. What else comes meanwhile stays in the inbox. */
  async ask(type: 'get' | 'set', payload: string, to?: string, withinMs = patienceMs): Promise<Tree> {
    const id = this.newId()
    this.send(`<iq type='${type}' id='${id}'${to === undefined ? '' : ` to='${escaped(to)}'`}>${payload}</iq>`)
    return this.answerTo(id, withinMs)
  }

  answerTo(id: string, withinMs = patienceMs): Promise<Tree> {
    return this.take(
      tree => tree.name === 'iq' && tree.attr('id') === id && /^(result|error)$/.test(tree.attr('type') ?? ''),
      `answer to the IQ ${id}`,
      withinMs,
    )
  }

  /** Waits for an element that passes the test and takes it out of the inbox; all others stay where they are. */
  take(test: (tree: Tree) => boolean, what: string, withinMs?: number): Promise<Tree> {
    const { inbox } = this.wire
    return this.wire.until(
      () => {
        const at = inbox.findIndex(test)
        return at < 0 ? undefined : inbox.splice(at, 1)[0]
      },
      what,
      withinMs,
    )
  }

  /** A ping to the server and back: when it returns, the server has read everything sent before (XEP-0199). */
  async ping(): Promise<void> {
    await this.ask('get', "<ping xmlns='urn:xmpp:ping'/>", this.options.domain)
  }

  /** Says goodbye (RFC 6120 §4.4) and waits until the connection is over. */
  async close(): Promise<void> {
    if (this.wire.ended) return
    this.wire.write('</stream:stream>')
    this.wire.socket.end()
    await this.wire.over()
  }

  /** Cuts the connection without a word. */
  drop(): void {
    this.wire.drop()
  }
}

function base64(bytes: Uint8Array): string {
  return bytes.length === 0 ? '=' : Buffer.from(bytes).toString('base64')
}

function bytesOf(text: string | undefined): Buffer | undefined {
  return text === undefined || text === '' ? undefined : Buffer.from(text === '=' ? '' : text, 'base64')
}
