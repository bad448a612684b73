/** What plays of the archive (XEP-0313) have in common: asking it, and writing what is to be in it. */

import assert from 'node:assert/strict'
import type { Actor } from './actor.ts'
import type { Tree } from './tree.ts'

export const mam = 'urn:xmpp:mam:2'
export const forward = 'urn:xmpp:forward:0'
export const sid = 'urn:xmpp:sid:0'
export const rsm = 'http://jabber.org/protocol/rsm'

export interface Result {
  readonly id: string
  readonly queryId: string | undefined
  readonly stamp: string
  readonly message: Tree
  readonly body: string | undefined
}

export interface Answer {
  readonly results: readonly Result[]
  readonly answer: Tree
  readonly fin: Tree
  readonly ids: readonly string[]
  readonly bodies: readonly (string | undefined)[]
  readonly complete: boolean
}

export const field = (name: string, ...values: readonly string[]) =>
  `<field var='${name}'>${values.map(value => `<value>${value}</value>`).join('')}</field>`
export const form = (...fields: readonly string[]) =>
  `<x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', mam)}${fields.join('')}</x>`
export const page = (inside: string) => `<set xmlns='${rsm}'>${inside}</set>`

/** Asks for what is in an archive; the actor's own if no other is named. What else comes meanwhile stays in the inbox. */
export async function query(actor: Actor, inside = '', attributes = '', of?: string): Promise<Answer> {
  const { client } = actor
  const id = client.newId()
  const to = of === undefined ? '' : ` to='${of}'`
  client.send(`<iq type='set' id='${id}'${to}><query xmlns='${mam}' ${attributes}>${inside}</query></iq>`)
  const answer = await client.answerTo(id)
  assert.equal(answer.attr('type'), 'result', String(answer))
  const { inbox } = client.wire
  const results: Result[] = []
  for (let i = 0; i < inbox.length; ) {
    const result = inbox[i]!.child('result', mam)
    if (result === undefined) {
      i++
      continue
    }
    assert.equal(inbox[i]!.attr('from'), of ?? actor.jid)
    inbox.splice(i, 1)
    const forwarded = result.need('forwarded', forward)
    const message = forwarded.need('message', 'jabber:client')
    results.push({
      id: result.attr('id')!,
      queryId: result.attr('queryid'),
      stamp: forwarded.need('delay', 'urn:xmpp:delay').attr('stamp')!,
      message,
      body: message.child('body')?.text(),
    })
  }
  const fin = answer.need('fin', mam)
  const ids = results.map(result => result.id)
  const complete = fin.attr('complete') === 'true'
  return { results, answer, fin, ids, bodies: results.map(result => result.body), complete }
}

export async function refused(actor: Actor, condition: string, payload: string, to?: string): Promise<void> {
  const answer = await actor.client.ask('set', payload, to)
  assert.equal(answer.attr('type'), 'error', String(answer))
  assert.ok(answer.need('error').child(condition, 'urn:ietf:params:xml:ns:xmpp-stanzas'), String(answer))
}

export async function says(actor: Actor, to: Actor, ...bodies: readonly string[]): Promise<void> {
  for (const body of bodies)
    actor.client.send(`<message type='chat' to='${to.jid}' id='m-${body}'><body>${body}</body></message>`)
  await actor.settles()
}

export async function prefers(
  actor: Actor,
  habit: string,
  always: readonly string[] = [],
  never: readonly string[] = [],
) {
  const jids = (list: readonly string[]) => list.map(jid => `<jid>${jid}</jid>`).join('')
  return actor.client.ask(
    'set',
    `<prefs xmlns='${mam}' default='${habit}'><always>${jids(always)}</always><never>${jids(never)}</never></prefs>`,
  )
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
