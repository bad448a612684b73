/** Where a play takes place: a server, the actors, and the record of what was said. */

import { randomBytes } from 'node:crypto'
import { Actor } from './actor.ts'
import type { TestServer } from './server.ts'

const longestRecord = 60

export class Stage {
  readonly server: TestServer
  readonly #actors = new Map<string, Actor>()
  readonly #accounts = new Map<string, { username: string; password: string }>()
  readonly #record: (() => string)[] = []
  /** Another server's stage on which the same play takes place. */
  neighbour: Stage | undefined

  constructor(server: TestServer) {
    this.server = server
  }

  get actors(): readonly Actor[] {
    return [...this.#actors.values()]
  }

  /** The actor of a role; `julietsPhone` is another device of `juliet`. Makes the account where there is none yet. */
  async actor(role: string): Promise<Actor> {
    const known = this.#actors.get(role)
    if (known !== undefined) return known
    const [, person = role, device] = /^(.+)s([A-Z]\w*)$/.exec(role) ?? []
    const actor = new Actor(this, role, await this.#account(person), device?.toLowerCase() ?? 'balcony')
    this.#actors.set(role, actor)
    return actor
  }

  async #account(person: string): Promise<{ username: string; password: string }> {
    const known = this.#accounts.get(person)
    if (known !== undefined) return known
    const account = {
      username: `${person}-${randomBytes(4).toString('hex')}`,
      password: randomBytes(9).toString('base64url'),
    }
    this.#accounts.set(person, account)
    await this.server.createAccount(account.username, account.password)
    return account
  }

  /** Makes each of the two see the other's presence (RFC 6121 §3.1). Both must be connected. */
  async befriend(one: Actor, other: Actor): Promise<void> {
    for (const [asker, asked] of [
      [one, other],
      [other, one],
    ] as const) {
      asker.client.send(`<presence type='subscribe' to='${asked.jid}'/>`)
      await asked.eventually`<presence type="subscribe" from="${asker.jid}"/>`
      asked.client.send(`<presence type='subscribed' to='${asker.jid}'/>`)
      await asker.eventually`<presence type="subscribed" from="${asked.jid}"/>`
      await asker.eventually`<presence from="${asked.fullJid}"/>`
    }
  }

  /** Everything that anybody sent has been dealt with. */
  async settles(): Promise<void> {
    for (const actor of this.#actors.values()) await actor.settles()
    if (this.neighbour === undefined) return
    for (const here of this.actors)
      for (const there of this.neighbour.actors) {
        await here.settlesWith(there)
        await there.settlesWith(here)
      }
  }

  /** Everybody forgets what came so far. */
  async clears(): Promise<void> {
    await this.settles()
    for (const actor of this.#actors.values()) {
      if (!actor.online) continue
      await actor.client.ping()
      actor.client.wire.inbox.length = 0
    }
    this.#record.length = 0
  }

  note(role: string, direction: '→' | '←', text: string | (() => string)): void {
    this.#record.push(() => `${role} ${direction} ${typeof text === 'string' ? text : text()}`)
    if (this.#record.length > longestRecord) this.#record.shift()
  }

  /** What was said, newest last, for the message of a failure. */
  record(): string {
    return this.#record.map(line => line()).join('\n')
  }

  ends(): void {
    for (const actor of this.#actors.values()) actor.leaves()
  }
}
