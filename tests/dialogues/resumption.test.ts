import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'

test(
  'XEP-0198#resumption: nothing comes before <resumed/>, then what was missed, in order, and one request for an answer',
  dialogue(async ({ romeo, juliet }) => {
    await juliet.sm.enable({ resume: true })
    juliet.sm.manual = true
    for (const id of ['one', 'two', 'three']) {
      await romeo.sends`<message to="${juliet.fullJid}" type="chat" id="${id}"><body>${id}</body></message>`
    }
    await juliet.receives`<message id="one"/>`
    await juliet.receives`<r xmlns="urn:xmpp:sm:3"/>`
    for (const id of ['two', 'three']) await juliet.receives`<message id="${id}"/>`
    const { id } = juliet.sm
    juliet.drops()

    const client = await juliet.reaches()
    await client.signIn({ username: juliet.username, password: juliet.password })
    client.sm.manual = true
    client.sendRaw(`<resume xmlns='urn:xmpp:sm:3' previd='${id}' h='1'/>`)
    const came = []
    for (let i = 0; i < 4; i++) came.push(await client.take(() => true, 'what was missed'))
    assert.deepEqual(
      came.map(tree => tree.attr('id') ?? tree.name),
      ['resumed', 'two', 'three', 'r'],
    )
  }),
)

test(
  'RFC 3921 §3: a client that asks for a session gets one',
  dialogue(async ({ romeo }) => {
    await romeo.asks`<iq type="set"><session xmlns="urn:ietf:params:xml:ns:xmpp-session"/></iq>`
  }),
)
