/** XEP-0163#notify-last for contacts at other servers: whoever appears, or may see somebody from now on, is told. */

import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { answersAbout } from '../kit/capabilities.ts'
import { befriend, meet } from '../kit/federation/across.ts'
import { among, type World } from '../kit/federation/two-servers.ts'
import { publishing, pubsubEvent } from '../kit/nodes.ts'
import { granted } from '../kit/refusals.ts'

const mood = 'http://jabber.org/protocol/mood'

async function feels(actor: Actor, word: string): Promise<void> {
  granted(await actor.asks(publishing(mood, word, `<mood xmlns="${mood}"><${word}/></mood>`)))
}

const told = (from: Actor, word: string) =>
  `<message from="${from.jid}" type="headline"><event xmlns="${pubsubEvent}"><items node="${mood}"><item id="${word}"><mood xmlns="${mood}"><${word}/></mood></item></items></event></message>`

const from = (actor: Actor) => `<presence from="${actor.fullJid}"/>`

/** Somebody asks to see somebody, who agrees. */
async function sees(asker: Actor, asked: Actor): Promise<void> {
  asker.sends`<presence type="subscribe" to="${asked.jid}"/>`
  await asked.eventually`<presence type="subscribe" from="${asker.jid}"/>`
  asked.sends`<presence type="subscribed" to="${asker.jid}"/>`
  await asker.eventually(from(asked))
}

/** She has published something; they have met at their two servers, and may not see one another yet. */
async function happyJuliet({ verona, mantua, at }: World) {
  const juliet = await at(verona, 'juliet')
  const romeo = await at(mantua, 'romeo')
  await meet(juliet, romeo)
  await feels(juliet, 'happy')
  return { juliet, romeo }
}

describe('what was published last', () => {
  test(
    'is told to a contact whose devices were known before they might hear it',
    among(async scene => {
      const { juliet, romeo } = await happyJuliet(scene)
      answersAbout(romeo, [`${mood}+notify`])
      await sees(juliet, romeo)
      await sees(romeo, juliet)
      await romeo.eventually(told(juliet, 'happy'))
    }),
  )

  test(
    'is told to a contact again who may hear it again',
    among(async scene => {
      const { juliet, romeo } = await happyJuliet(scene)
      answersAbout(romeo, [`${mood}+notify`])
      await befriend(romeo, juliet)
      await romeo.eventually(told(juliet, 'happy'))
      juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
      await romeo.eventually`<presence type="unsubscribed" from="${juliet.jid}"/>`
      await feels(juliet, 'sad')
      await romeo.forgets()
      romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
      await juliet.eventually`<presence type="subscribe" from="${romeo.jid}"/>`
      juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
      await romeo.eventually(told(juliet, 'sad'))
    }),
  )

  test(
    'is told in the name of somebody who is away, once each time a device of a contact comes',
    among(async scene => {
      const { juliet, romeo } = await happyJuliet(scene)
      await befriend(romeo, juliet)
      await romeo.disconnects()
      await juliet.eventually`<presence type="unavailable" from="${romeo.fullJid}"/>`
      await juliet.disconnects()

      await romeo.connects({ presence: false })
      answersAbout(romeo, [`${mood}+notify`])
      await romeo.eventually(told(juliet, 'happy'))
      answersAbout(romeo, [`${mood}+notify`])
      await juliet.connects()
      await romeo.eventually(from(juliet))
      await romeo.forgets()
      await feels(juliet, 'sad')
      await romeo.receives(told(juliet, 'sad'))

      await juliet.disconnects()
      await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
      await romeo.disconnects()
      await romeo.connects({ presence: false })
      answersAbout(romeo, [`${mood}+notify`])
      await romeo.eventually(told(juliet, 'sad'))
    }),
  )

  test(
    'is not told to somebody who may not see the one who is away',
    among(async scene => {
      const { juliet, romeo } = await happyJuliet(scene)
      await juliet.disconnects()
      answersAbout(romeo, [`${mood}+notify`])
      romeo.sends`<presence to="${juliet.jid}"><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:sotto:kit' ver='x'/></presence>`
      const answer = await romeo.asks`<iq type="get" to="${scene.verona.domain}"><ping xmlns="urn:xmpp:ping"/></iq>`
      granted(answer)
      await romeo.receives(from(romeo))
      await romeo.receivesNothing()
    }),
  )
})
