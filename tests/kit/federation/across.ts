/** Plays with people of two servers: romeo and his friends are here, juliet and hers are there. */

import type { Actor, ConnectsOptions } from '../actor.ts'
import { namesIn, type Role } from '../cast.ts'
import type { TestServer } from '../server.ts'
import { Stage } from '../stage.ts'
import { escaped } from '../tree.ts'

export type CastAcross<Here extends TestServer = TestServer, There extends TestServer = TestServer> = {
  readonly [R in Role]: Actor
} & { readonly here: Here; readonly there: There }

export interface AcrossOptions extends ConnectsOptions {
  /** Whether romeo and juliet see each other's presence before the play begins. */
  readonly friends?: boolean
  /** Those who have an account but come later, by `connects()`. */
  readonly offline?: readonly Role[]
}

const peopleHere = /^(?:romeo|mercutio|benvolio)/
/** Two servers that meet for the first time look each other up, connect and prove who they are. */
const introductionMs = 30_000

/** Plays between two servers, which are running. A play names its actors as in `dialogue`. */
export async function across<Here extends TestServer, There extends TestServer>(
  here: Here,
  there: There,
  play: (cast: CastAcross<Here, There>) => Promise<void>,
  options: AcrossOptions = {},
): Promise<void> {
  const stages = { here: new Stage(here), there: new Stage(there) }
  stages.here.neighbour = stages.there
  stages.there.neighbour = stages.here
  const { friends = false, offline = [], ...connects } = options
  try {
    const cast: Record<string, unknown> = { here, there }
    const actors: Actor[] = []
    for (const name of namesIn(play).filter(each => each !== 'here' && each !== 'there')) {
      const actor = await (peopleHere.test(name) ? stages.here : stages.there).actor(name)
      cast[name] = actor
      actors.push(actor)
    }
    for (const actor of actors) if (friends || !offline.includes(actor.role as Role)) await actor.connects(connects)
    const { romeo, juliet } = cast as Partial<Record<Role, Actor>>
    if (romeo?.online && juliet?.online) await meet(romeo, juliet)
    if (friends) await befriend(romeo!, juliet!)
    await stages.here.clears()
    await stages.there.clears()
    for (const actor of actors) if (friends && offline.includes(actor.role as Role)) await actor.disconnects()
    if (friends && offline.length > 0) for (const actor of actors) if (actor.online) await actor.forgets()
    await play(cast as unknown as CastAcross<Here, There>)
    const bugs = [...(here.bugs?.() ?? []), ...(there.bugs?.() ?? [])]
    if (bugs.length > 0) throw new Error(`A server met a mistake of its own:\n${bugs.join('')}`)
  } catch (error) {
    if (error instanceof Error)
      error.message += `\n\nWhat was said here:\n${stages.here.record()}\n\nand there:\n${stages.there.record()}`
    throw error
  } finally {
    stages.here.ends()
    stages.there.ends()
  }
}

/** A question each way, answered or not as the server likes, so that there is a road both ways from here on. */
export async function meet(one: Actor, other: Actor): Promise<void> {
  for (const [asker, asked] of [
    [one, other],
    [other, one],
  ] as const) {
    const domain = asked.jid.slice(asked.jid.indexOf('@') + 1)
    const answer = await asker.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", domain, introductionMs)
    if (answer.attr('type') !== 'result') throw new Error(`There is no road to ${domain}: ${answer}`)
  }
}

/** RFC 6121 §3.1, each way. */
export async function befriend(one: Actor, other: Actor): Promise<void> {
  for (const [asker, asked] of [
    [one, other],
    [other, one],
  ] as const) {
    asker.client.send(`<presence type='subscribe' to='${escaped(asked.jid)}'/>`)
    await asked.eventually`<presence type="subscribe" from="${asker.jid}"/>`
    asked.client.send(`<presence type='subscribed' to='${escaped(asker.jid)}'/>`)
    await asker.eventually`<presence type="subscribed" from="${asked.jid}"/>`
    await asker.eventually`<presence from="${asked.fullJid}"/>`
  }
}
