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
