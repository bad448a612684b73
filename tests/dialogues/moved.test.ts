/** XEP-0283: whoever has another address is followed there if the old address says so, and only then. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'

/** Juliet says at her old address where she is. */
async function says(old: Actor, to: string): Promise<void> {
  const moved = `<moved xmlns="urn:xmpp:moved:1"><new-jid>${to}</new-jid></moved>`
  const answer = await old.asks(
    `<iq type="set"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:xmpp:moved:1"><item id="current">${moved}</item></publish></pubsub></iq>`,
  )
  assert.equal(answer.attr('type'), 'result', String(answer))
}

const asks = (from: Actor, to: Actor, old: string) =>
  from.sends(
    `<presence to="${to.jid}" type="subscribe"><moved xmlns="urn:xmpp:moved:1"><old-jid>${old}</old-jid></moved></presence>`,
  )

async function contacts(actor: Actor): Promise<Record<string, string>> {
  const answer = await actor.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
  const items = answer.at('query').elements()
  return Object.fromEntries(
    items.map(item => [
      item.attr('jid')!,
      [item.attr('subscription'), item.attr('ask'), item.attr('name')].filter(Boolean).join(' '),
    ]),
  )
}

test(
  'XEP-0283#receive-notification-server: the new address takes the place of the old one, and nobody has to be asked',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, rosaline }) => {
    await romeo.asks(
      `<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" name="Jule"/></query></iq>`,
    )
    await says(juliet, rosaline.jid)
    await asks(rosaline, romeo, juliet.jid)
    await rosaline.eventually`<presence from="${romeo.jid}" type="subscribed"/>`
    await juliet.eventually`<presence from="${romeo.jid}" type="unsubscribed"/>`
    await rosaline.eventually`<presence from="${romeo.jid}" type="subscribe"/>`
    assert.deepEqual(await contacts(romeo), { [juliet.jid]: 'to Jule', [rosaline.jid]: 'from subscribe Jule' })
    const seen = romeo.client.wire.inbox.filter(
      element => element.name === 'presence' && element.attr('type') === 'subscribe',
    )
    assert.deepEqual(seen.map(String), [], 'his apps are not asked')
    await rosaline.sends`<presence to="${romeo.jid}" type="subscribed"/>`
    await romeo.eventually`<presence from="${rosaline.fullJid}"/>`

    // XEP-0283#security-contact: each address moves once.
    await asks(rosaline, romeo, juliet.jid)
    await romeo.settles()
    assert.deepEqual(await contacts(romeo), { [juliet.jid]: 'to Jule', [rosaline.jid]: 'both Jule' })
  }),
)

test(
  'XEP-0283#receive-notification-server: without a statement, or with one about somebody else, it is a request like any other',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, tybalt, paris, rosaline }) => {
    await asks(tybalt, romeo, juliet.jid)
    const request = await romeo.eventually`<presence from="${tybalt.jid}" type="subscribe"/>`
    assert.equal(request.child('moved')?.child('old-jid')?.text(), juliet.jid, 'nothing is taken off')
    await says(juliet, rosaline.jid)
    await asks(paris, romeo, juliet.jid)
    await romeo.eventually`<presence from="${paris.jid}" type="subscribe"/>`
    assert.deepEqual(await contacts(romeo), { [juliet.jid]: 'both' })
  }),
)

test(
  'XEP-0283#receive-notification-client: what is said about somebody who was no contact is ignored',
  dialogue(async ({ romeo, juliet, rosaline }) => {
    await says(juliet, rosaline.jid)
    await asks(rosaline, romeo, juliet.jid)
    await romeo.eventually`<presence from="${rosaline.jid}" type="subscribe"/>`
    assert.deepEqual(await contacts(romeo), {})
  }),
)

test(
  'XEP-0191#block: whoever is blocked at the old address does not come back by saying that they moved',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, rosaline }) => {
    await says(juliet, rosaline.jid)
    await romeo.asks(`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${juliet.jid}"/></block></iq>`)
    await asks(rosaline, romeo, juliet.jid)
    await romeo.eventually`<presence from="${rosaline.jid}" type="subscribe"/>`
    assert.deepEqual(await contacts(romeo), { [juliet.jid]: 'both' })
  }),
)
