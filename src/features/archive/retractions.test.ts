import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { query, says } from '../../../tests/kit/archive-plays.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

describe('XEP-0424: retraction', () => {
  const retracts = (of: string, id: string) =>
    `<retract xmlns='urn:xmpp:message-retract:1' id='${of}'/><body>retracted</body><store xmlns='urn:xmpp:hints'/>`.replace(
      '<body>',
      `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1' x='${id}'/><body>`,
    )

  async function tombstone(actor: Actor, body: string): Promise<Tree | undefined> {
    for (let i = 0; i < 50; i++) {
      const { results } = await query(actor)
      const found = results.find(({ message }) => message.attr('id') === `m-${body}`)
      const retracted = found?.message.child('retracted', 'urn:xmpp:message-retract:1')
      if (retracted !== undefined) return found!.message
    }
    return undefined
  }

  /** The archive, once nothing is left in it of what was taken back. */
  async function withoutWords(actor: Actor, retracted: readonly string[]) {
    for (let i = 0; ; i++) {
      const answer = await query(actor)
      const left = answer.bodies.filter(body => retracted.includes(body ?? ''))
      if (left.length === 0) return answer
      assert.ok(i < 50, `There is still: ${left}`)
    }
  }

  for (const named of ['first', 'third'])
    test(
      `with its corrections (XEP-0308), where the ${named} version is named; what else the two have said stays`,
      dialogue(async ({ romeo, juliet }) => {
        const says = (actor: Actor, to: Actor, id: string, inside = '') =>
          actor.client.send(`<message type='chat' to='${to.jid}' id='${id}'><body>${id}</body>${inside}</message>`)
        const replaces = (id: string) => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`
        says(romeo, juliet, 'first')
        says(romeo, juliet, 'second', replaces('first'))
        await romeo.settles()
        says(juliet, romeo, 'answer')
        says(juliet, romeo, 'hers', replaces('first'))
        await juliet.settles()
        says(romeo, juliet, 'between', replaces('another'))
        says(romeo, juliet, 'third', replaces('first'))
        romeo.sends(`<message type='chat' to='${juliet.jid}' id='r'>${retracts(named, 'r')}</message>`)
        await romeo.settles()
        for (const actor of [romeo, juliet]) {
          const { results, bodies } = await withoutWords(actor, ['first', 'second', 'third'])
          assert.deepEqual(bodies, [undefined, undefined, 'answer', 'hers', 'between', undefined, 'retracted'])
          for (const { message, body } of results) {
            if (body !== undefined) continue
            assert.equal(message.need('retracted', 'urn:xmpp:message-retract:1').attr('id'), 'r')
            assert.equal(message.child('replace', 'urn:xmpp:message-correct:0'), undefined)
          }
        }
      }),
    )

  test(
    'of a message that is named by the id its client has added (XEP-0359)',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends(
        `<message type='chat' to='${juliet.jid}' id='s1'><body>wrong</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>`,
      )
      romeo.sends(`<message type='chat' to='${juliet.jid}' id='r'>${retracts('o1', 'r')}</message>`)
      await romeo.settles()
      for (const actor of [romeo, juliet]) {
        const { bodies } = await withoutWords(actor, ['wrong'])
        assert.deepEqual(bodies, [undefined, 'retracted'])
      }
    }),
  )

  test(
    'by its author: a tombstone in both archives, and the retraction itself',
    dialogue(async ({ romeo, juliet }) => {
      await says(romeo, juliet, 'one', 'wrong', 'two')
      const before = await query(juliet)
      romeo.sends(`<message type='chat' to='${juliet.jid}' id='r'>${retracts('m-wrong', 'r')}</message>`)
      await romeo.settles()
      for (const actor of [romeo, juliet]) {
        const message = await tombstone(actor, 'wrong')
        assert.ok(message)
        assert.equal(message.child('body'), undefined)
        assert.equal(message.need('retracted', 'urn:xmpp:message-retract:1').attr('id'), 'r')
        assert.equal(message.attr('from'), romeo.fullJid)
        const after = await query(actor)
        assert.deepEqual(after.bodies, ['one', undefined, 'two', 'retracted'])
        assert.deepEqual(after.ids.slice(0, 3), before.ids)
        assert.deepEqual(
          after.results.slice(0, 3).map(({ stamp }) => stamp),
          before.results.map(({ stamp }) => stamp),
        )
      }
    }),
  )

  test(
    'by anybody else: nothing happens',
    dialogue(async ({ romeo, juliet, tybalt }) => {
      await says(romeo, juliet, 'his')
      tybalt.sends(`<message type='chat' to='${juliet.jid}' id='t'>${retracts('m-his', 't')}</message>`)
      juliet.sends(`<message type='chat' to='${romeo.jid}' id='j'>${retracts('m-his', 'j')}</message>`)
      for (const actor of [tybalt, juliet]) await actor.settles()
      await says(romeo, juliet, 'later')
      for (const actor of [romeo, juliet]) assert.ok((await query(actor)).bodies.includes('his'))
    }),
  )
})
