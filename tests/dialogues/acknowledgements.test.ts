import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'

test(
  'XEP-0198#acking: a client that counts too little is not asked without end',
  dialogue(async ({ romeo, juliet }) => {
    await juliet.sm.enable()
    juliet.sm.manual = true
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Soft!</body></message>`
    await juliet.receives`<message><body>Soft!</body></message>`
    await juliet.receives`<r xmlns="urn:xmpp:sm:3"/>`
    juliet.sm.acknowledge(0)
    juliet.sm.request()
    await juliet.receives`<a xmlns="urn:xmpp:sm:3" h="0"/>`
  }),
)

test(
  'XEP-0198#acking: whoever hears news all the time is asked now and then, and at the end about everything',
  dialogue(async ({ romeo, juliet }) => {
    await juliet.sm.enable()
    const started = performance.now()
    for (let i = 0; i < 100; i++) {
      await romeo.sends`<message to="${juliet.fullJid}" type="headline"><body>${i}</body></message>`
      await juliet.receives`<message><body>${i}</body></message>`
    }
    const seconds = (performance.now() - started) / 1000
    const { asked } = juliet.sm
    assert.ok(asked >= 1 && asked <= 4 * seconds + 2, `She was asked ${asked} times in ${seconds} s.`)
    await romeo.sends`<message to="${juliet.fullJid}" type="headline"><body>the last</body></message>`
    await juliet.client.wire.until(() => (juliet.sm.asked > asked ? true : undefined), 'request')
    await juliet.receives`<message><body>the last</body></message>`
  }),
)
