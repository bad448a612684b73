/** Plays about the kit: whatever it says about a server has to be true, and wrong expectations must fail. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from './cast.ts'
import { xml } from './markup.ts'

test(
  'two people talk',
  dialogue(async ({ romeo, juliet }) => {
    await romeo.sends`<message to="${juliet.fullJid}" type="chat" id="m1"><body>${'"What" <light> & …'}</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}" type="chat" id="m1"><body>"What" &lt;light> &amp; …</body></message>`
    await romeo.receivesNothing()
    await juliet.receivesNothing()
  }),
)

test(
  'a wrong expectation fails, and shows both',
  dialogue(async ({ romeo, juliet }) => {
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Soft!</body></message>`
    await assert.rejects(
      juliet.receives`<message type="chat"><body>Hard!</body></message>`,
      /juliet expected.*<body>Hard!.*there came.*<body>Soft!.*is "Soft!", not "Hard!"/s,
    )
  }),
)

test(
  'something where nothing was expected fails, even if it is still on its way',
  dialogue(async ({ romeo, juliet }) => {
    for (let i = 0; i < 50; i++)
      await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>${i}</body></message>`
    await assert.rejects(juliet.receivesNothing(), /juliet should have received nothing.*<body>49</s)
  }),
)

test(
  'friends see each other, and a friend who leaves',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, julietsPhone }) => {
    await juliet.disconnects()
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await julietsPhone.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await juliet.connects()
    await romeo.receives`<presence from="${juliet.fullJid}"/>`
  }),
)

test(
  'in any order, or skipping what comes before',
  dialogue(async ({ romeo, juliet }) => {
    for (const id of ['a', 'b', 'c', 'd'])
      await romeo.sends`<message to="${juliet.fullJid}" type="chat" id="${id}"><body>${id}</body></message>`
    await juliet.receivesInAnyOrder(xml`<message id="b"/>`, xml`<message id="a"/>`)
    await juliet.eventually`<message id="d"/>`
    await juliet.receives`<message id="c"/>`
  }),
)

test(
  'questions get their answer',
  dialogue({ presence: false }, async ({ romeo, server }) => {
    const answer =
      await romeo.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
    assert.equal(answer.attr('type'), 'result')
    assert.ok(
      answer
        .at('query')
        .elements()
        .some(each => each.attr('var') === 'http://jabber.org/protocol/disco#info'),
    )
  }),
)

test(
  'somebody who comes later finds what was said meanwhile (XEP-0160)',
  dialogue({ offline: ['juliet'] }, async ({ romeo, juliet }) => {
    await romeo.sends`<message to="${juliet.jid}" type="chat"><body>Art thou there?</body></message>`
    await romeo.receivesNothing()
    await juliet.connects()
    await juliet.receives`<message type="chat"><body>Art thou there?</body><delay xmlns="urn:xmpp:delay" stamp="…"/></message>`
    await juliet.receivesNothing()
  }),
)

for (const tls of ['starttls', 'direct'] as const)
  for (const mechanism of ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS', 'PLAIN'])
    test(
      `signing in with ${mechanism} over ${tls}`,
      dialogue({ offline: ['romeo'] }, async ({ romeo, server }) => {
        const client = await romeo.reaches({ tls })
        if (!server.ours && !client.mechanisms().includes(mechanism)) return
        await client.signIn({ username: romeo.username, password: romeo.password, mechanism })
        await client.bind('balcony')
        await assert.rejects(async () => {
          const other = await romeo.reaches({ tls })
          await other.signIn({ username: romeo.username, password: 'wrong', mechanism })
        }, /not-authorized/)
      }),
    )

test(
  'stream management counts on both sides, and resumes',
  dialogue(async ({ romeo, juliet }) => {
    await juliet.sm.enable({ resume: true })
    for (let i = 0; i < 3; i++)
      await juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>${i}</body></message>`
    await juliet.sm.flush()
    assert.equal(juliet.sm.acknowledged, 3)
    for (let i = 0; i < 3; i++) await romeo.receives`<message><body>${i}</body></message>`
    const earlier = juliet.client
    juliet.drops()
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Wait!</body></message>`
    const client = await juliet.reaches()
    await client.signIn({ username: juliet.username, password: juliet.password })
    const resumed = await client.sm.resume(earlier.sm)
    assert.equal(resumed.name, 'resumed')
    client.jid = earlier.jid
    await juliet.receives`<message><body>Wait!</body></message>`
  }),
)
