/** Clients that say what they can do and which nodes they want to hear of (XEP-0115, XEP-0163). */

import { createHash, randomBytes } from 'node:crypto'
import type { Actor } from './actor.ts'
import { escaped, type Tree } from './tree.ts'

const info = 'http://jabber.org/protocol/disco#info'

export interface Claimed {
  /** What its presence claims; the true hash if not said. */
  readonly ver?: string
  readonly hash?: string
  /** More of its presence. */
  readonly inside?: string
}

/** XEP-0115#ver-gen with one identity and no forms. */
export function hashOf(features: readonly string[]): string {
  const lines = ['client/pc//kit', ...[...features].sort()].map(line => `${line}<`)
  return createHash('sha1').update(lines.join('')).digest('base64')
}

/**
 * The actor broadcasts presence with capabilities, and answers the server's question about them if there is one.
 * A feature of chance makes every version one that the server has not met.
 * @returns the features
 */
export async function appearsWith(actor: Actor, features: readonly string[], claimed: Claimed = {}): Promise<string[]> {
  const all = [...features, `urn:sotto:kit:${randomBytes(6).toString('hex')}`]
  const question = shows(actor, all, claimed)
  await answers(actor, await question, all)
  return all
}

/** Broadcasts presence with capabilities and waits for the question about them. */
export async function shows(actor: Actor, features: readonly string[], claimed: Claimed = {}): Promise<Tree> {
  const { ver = hashOf(features), hash = 'sha-1', inside = '' } = claimed
  const c = `<c xmlns='http://jabber.org/protocol/caps' hash='${hash}' node='urn:sotto:kit' ver='${escaped(ver)}'/>`
  actor.sends(`<presence>${c}${inside}</presence>`)
  await actor.eventually(`<presence from='${escaped(actor.fullJid)}'/>`)
  return actor.eventually(`<iq type='get' from='${escaped(actor.jid)}'><query xmlns='${info}'/></iq>`)
}

/** Answers such a question. */
export async function answers(actor: Actor, question: Tree, features: readonly string[]): Promise<void> {
  const inside = features.map(feature => `<feature var='${escaped(feature)}'/>`).join('')
  const node = question.need('query').attr('node') ?? ''
  actor.sends(
    `<iq type='result' id='${question.attr('id')}' to='${escaped(question.attr('from') ?? '')}'>` +
      `<query xmlns='${info}' node='${escaped(node)}'>` +
      `<identity category='client' type='pc' name='kit'/>${inside}</query></iq>`,
  )
  await actor.settles()
}

/**
 * The actor broadcasts presence with capabilities and, from now on, answers whoever asks about them.
 * @returns who waits until somebody of an address (a server, an account) has asked and been answered
 */
export function answersAbout(actor: Actor, features: readonly string[]): { by(jid: string): Promise<void> } {
  const askers = new Set<string>()
  const { wire } = actor.client
  const before = wire.tap
  wire.tap = tree => {
    const asked = tree.name === 'iq' && tree.attr('type') === 'get' && tree.child('query', info)
    if (!asked) return before?.(tree) ?? false
    const from = tree.attr('from') ?? ''
    const inside = features.map(feature => `<feature var='${escaped(feature)}'/>`).join('')
    const node = asked.attr('node')
    actor.client.send(
      `<iq type='result' id='${escaped(tree.attr('id') ?? '')}' to='${escaped(from)}'>` +
        `<query xmlns='${info}'${node === undefined ? '' : ` node='${escaped(node)}'`}>` +
        `<identity category='client' type='pc' name='kit'/>${inside}</query></iq>`,
    )
    askers.add(from)
    return true
  }
  const c = `<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:sotto:kit' ver='${escaped(hashOf(features))}'/>`
  actor.sends(`<presence>${c}</presence>`)
  const domainOf = (jid: string) => jid.split('/')[0]!.split('@').at(-1)
  return {
    async by(jid) {
      await wire.until(
        () => ([...askers].some(each => domainOf(each) === domainOf(jid)) ? true : undefined),
        'question about capabilities',
      )
      await actor.settles()
    },
  }
}
