/** A device in a play: one account, one resource, one connection at a time. */

import { Client, type ClientOptions, type Sasl2Options } from './client.ts'
import { textOf, treeOf, type Written } from './markup.ts'
import { difference, isMarker, markerNamespace } from './match.ts'
import type { Stage } from './stage.ts'
import { escaped, show, type Tree } from './tree.ts'
import { patienceMs } from './wire.ts'

/** Every play can be played over another transport: `SOTTO_PLAY_OVER=websocket`. */
const playedOver = (process.env.SOTTO_PLAY_OVER ?? 'starttls') as NonNullable<ClientOptions['tls']>

export interface ConnectsOptions {
  /** Default true: asks for the roster. */
  readonly roster?: boolean
  /** Default true: sends initial presence. A text is sent instead of `<presence/>`. */
  readonly presence?: boolean | string
  readonly tls?: ClientOptions['tls']
  readonly mechanism?: string
  /** Sign in by SASL2 with Bind 2 instead of by SASL. */
  readonly sasl2?: Omit<Sasl2Options, 'username' | 'password'> | boolean
  readonly localAddress?: string
}

export class Actor {
  /** The name in the play, e.g. `julietsPhone`. */
  readonly role: string
  readonly username: string
  readonly password: string
  readonly resource: string
  readonly #stage: Stage
  readonly #connections: Client[] = []
  #client: Client | undefined

  constructor(stage: Stage, role: string, account: { username: string; password: string }, resource: string) {
    this.#stage = stage
    this.role = role
    this.username = account.username
    this.password = account.password
    this.resource = resource
  }

  /** The bare address. */
  get jid(): string {
    return `${this.username}@${this.#stage.server.domain}`
  }

  get fullJid(): string {
    return this.#client?.jid || `${this.jid}/${this.resource}`
  }

  /** The connection underneath: bytes, stream management, the inbox. */
  get client(): Client {
    if (this.#client === undefined)
      throw new Error(`${this.role} is not connected. Call ${this.role}.connects() first.`)
    return this.#client
  }

  get sm(): Client['sm'] {
    return this.client.sm
  }

  get online(): boolean {
    return this.#client !== undefined && !this.#client.wire.ended
  }

  /** A connection as far as the features, for plays about signing in. The actor takes it as its own. */
  async reaches(options: ConnectsOptions = {}): Promise<Client> {
    const { tls = playedOver, localAddress } = options
    const { host, ports, domain } = this.#stage.server
    const where = { host, ports, domain, tls, ...(localAddress === undefined ? {} : { localAddress }) }
    const client = await Client.connect(where)
    this.#listen(client)
    return client
  }

  /** Signs in and binds; then roster and presence unless told otherwise. What these bring is left out of the inbox. */
  async connects(options: ConnectsOptions = {}): Promise<void> {
    const client = await this.reaches(options)
    const { mechanism, sasl2 } = options
    const credentials = {
      username: this.username,
      password: this.password,
      ...(mechanism === undefined ? {} : { mechanism }),
    }
    if (sasl2) {
      const bind = `<bind xmlns='urn:xmpp:bind:0'><tag>${escaped(this.resource)}</tag></bind>`
      await client.signIn2({ inline: bind, ...credentials, ...(sasl2 === true ? {} : sasl2) })
    } else {
      await client.signIn(credentials)
      await client.bind(this.resource)
    }
    if (options.roster !== false) await client.ask('get', "<query xmlns='jabber:iq:roster'/>")
    if (options.presence !== false) await this.#appears(options.presence ?? true)
  }

  /** RFC 6121 §4.2.2: one's own initial presence comes back, which shows that it has been dealt with. */
  async #appears(presence: boolean | string): Promise<void> {
    this.client.send(presence === true ? '<presence/>' : String(presence))
    await this.client.take(tree => tree.name === 'presence' && tree.attr('from') === this.fullJid, 'own presence')
  }

  /** Says goodbye and leaves. */
  async disconnects(): Promise<void> {
    await this.#client?.close()
  }

  /** Is cut off without a word. */
  drops(): void {
    this.#client?.drop()
  }

  /** Sends what is written. */
  sends(...written: Written): void {
    const text = textOf(written)
    this.#stage.note(this.role, '→', text)
    this.client.send(text)
  }

  /** Sends an IQ, to which an id is added, and gives back the answer, result or error. */
  async asks(...written: Written): Promise<Tree> {
    const id = this.client.newId()
    const text = textOf(written).replace(/^<iq/, `<iq id="${id}"`)
    this.#stage.note(this.role, '→', text)
    this.client.send(text)
    return this.client.answerTo(id)
  }

  /** The next thing that comes must match what is written; see `match.ts`. Gives back what came. */
  receives(...written: Written): Promise<Tree> {
    return this.#expects(treeOf(written), false)
  }

  /** The next thing that comes must be what is written and nothing more. */
  receivesStrictly(...written: Written): Promise<Tree> {
    return this.#expects(treeOf(written), true)
  }

  /** The next things that come must match these, in whatever order. Gives them back in the order of the writing. */
  async receivesInAnyOrder(...all: readonly (string | { toString(): string })[]): Promise<Tree[]> {
    const open = all.map(each => treeOf([each.toString()]))
    const found = new Map<Tree, Tree>()
    while (found.size < open.length) {
      const missing = open.filter(each => !found.has(each))
      const came = await this.#next(missing[0]!)
      const match = missing.find(each => difference(each, came) === undefined)
      if (match === undefined)
        throw this.#surprise(`one of\n${missing.map(each => `  ${show(each)}`).join('\n')}`, came)
      found.set(match, came)
    }
    return open.map(each => found.get(each)!)
  }

  /** Waits for something that matches; what comes before it stays in the inbox. */
  async eventually(...written: Written): Promise<Tree> {
    const expected = treeOf(written)
    try {
      return await this.client.take(tree => difference(expected, tree) === undefined, 'match')
    } catch (error) {
      throw this.#nothing(expected, error)
    }
  }

  /**
   * Nothing has come and nothing is on its way. No time passes: everybody on stage first sends a message to himself,
   * which comes back only after all that was sent before was dealt with, and then this actor pings the server.
   */
  async receivesNothing(): Promise<void> {
    await this.#stage.settles()
    await this.client.ping()
    const left = this.client.wire.inbox.splice(0)
    if (left.length > 0) throw new Error(`${this.role} should have received nothing, but there came\n${list(left)}`)
  }

  /** Forgets what came so far and what is on its way. */
  async forgets(): Promise<void> {
    await this.#stage.settles()
    await this.client.ping()
    this.client.wire.inbox.length = 0
  }

  /** The stream ends with this error (RFC 6120 §4.9.3) and the connection is closed. */
  async isCutOff(condition: string): Promise<void> {
    const { wire } = this.client
    await wire.over()
    const named = wire.streamError?.elements()[0]?.name
    if (named !== condition)
      throw new Error(`${this.role}'s stream should have ended with ${condition}, not ${named ?? 'without an error'}`)
  }

  /** A message to oneself by the road of ordinary messages; see `receivesNothing`. */
  async settles(): Promise<void> {
    if (!this.online || this.client.jid === '') return
    const id = this.client.newId()
    this.client.send(
      `<message type='chat' to='${escaped(this.fullJid)}' id='${id}'><body>…</body><private xmlns='urn:xmpp:carbons:2'/>` +
        `<no-copy xmlns='urn:xmpp:hints'/><no-permanent-store xmlns='urn:xmpp:hints'/><marker xmlns='${markerNamespace}' id='${id}'/></message>`,
    )
    await this.client.wire.until(() => (this.#markers.delete(id) ? true : undefined), 'own marker')
  }

  /** The same by the road between two servers: what was sent to the other before has reached them. */
  async settlesWith(other: Actor): Promise<void> {
    if (!this.online || !other.online || other.client.jid === '') return
    const id = this.client.newId()
    this.client.send(
      `<message type='chat' to='${escaped(other.fullJid)}' id='${id}'><body>…</body><private xmlns='urn:xmpp:carbons:2'/>` +
        `<no-copy xmlns='urn:xmpp:hints'/><no-permanent-store xmlns='urn:xmpp:hints'/><marker xmlns='${markerNamespace}' id='${this.role}${id}'/></message>`,
    )
    await other.client.wire.until(() => (other.#markers.delete(`${this.role}${id}`) ? true : undefined), 'marker')
  }

  readonly #markers = new Set<string>()

  /** Cuts every connection this actor ever had. */
  leaves(): void {
    for (const client of this.#connections) client.drop()
  }

  #listen(client: Client): void {
    this.#client = client
    this.#connections.push(client)
    const { wire } = client
    const counts = wire.tap
    wire.tap = tree => {
      if (counts?.(tree)) return true
      if (!isMarker(tree)) {
        this.#stage.note(this.role, '←', () => show(tree))
        return false
      }
      if (tree.attr('to') === client.jid && tree.name === 'message') this.#mark(tree)
      return true
    }
  }

  #mark(tree: Tree): void {
    const id = tree.child('marker', markerNamespace)?.attr('id')
    if (id !== undefined) this.#markers.add(id)
  }

  async #expects(expected: Tree, strict: boolean): Promise<Tree> {
    const came = await this.#next(expected)
    const reason = difference(expected, came, strict)
    if (reason !== undefined) throw this.#surprise(`\n  ${show(expected)}`, came, reason)
    return came
  }

  async #next(expected: Tree): Promise<Tree> {
    try {
      return await this.client.wire.next()
    } catch (error) {
      throw this.#nothing(expected, error)
    }
  }

  #surprise(expected: string, came: Tree, reason?: string): Error {
    const rest = this.client.wire.inbox
    return new Error(
      `${this.role} expected ${expected}\nbut there came\n  ${show(came)}` +
        (reason === undefined ? '' : `\nand ${reason}`) +
        (rest.length === 0 ? '' : `\nAfter it came\n${list(rest)}`),
    )
  }

  #nothing(expected: Tree, cause: unknown): Error {
    const rest = this.client.wire.inbox
    const instead =
      rest.length === 0 ? `but nothing came (waited up to ${patienceMs} ms)` : `but only these came\n${list(rest)}`
    return new Error(`${this.role} expected\n  ${show(expected)}\n${instead}`, { cause })
  }
}

function list(trees: readonly Tree[]): string {
  return trees.map(tree => `  ${show(tree)}`).join('\n')
}
