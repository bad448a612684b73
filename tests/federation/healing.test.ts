/** Presence across servers that lose each other. */

import { after, before, test } from 'node:test'
import { across } from '../kit/federation/across.ts'
import { World } from '../kit/federation/world.ts'

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.stop())

const soon = { federation: { connect_seconds: 2, patience_seconds: 2 } }

test('RFC 6121 §4.3: who looked present while a server was away is seen as he is when it is back', async () => {
  const sotto = await world.sotto({ domain: 'remembering.lit', settings: soon })
  const prosody = await world.prosody({ domain: 'forgetful.lit' })
  await across(
    sotto,
    prosody,
    async ({ romeo, juliet, julietsPhone }) => {
      await julietsPhone.disconnects()
      await romeo.eventually`<presence type="unavailable" from="${julietsPhone.fullJid}"/>`
      // Nobody says goodbye: neither juliet nor her server.
      await prosody.kill()
      await prosody.start()
      await julietsPhone.connects()
      await romeo.eventually`<presence from="${julietsPhone.fullJid}"/>`
      await romeo.eventually`<presence type="unavailable" from="${juliet.fullJid}"/>`
      // And romeo is seen, without having said anything.
      await julietsPhone.eventually`<presence from="${romeo.fullJid}"/>`
    },
    { friends: true },
  )
})
