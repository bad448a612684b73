import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'

/** What somebody's own contact list says about a contact. */
async function standing(owner: Actor, contact: Actor): Promise<Record<string, string> | undefined> {
  const answer = await owner.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
  const item = answer
    .need('query')
    .elements()
    .find(each => each.attr('jid') === contact.jid)
  if (item === undefined) return undefined
  const { jid: _, ...rest } = item.attrs
  return rest
}

test(
  'RFC 6121 §3.1: a request, its approval, and the presence that follows',
  dialogue(async ({ romeo, juliet }) => {
    romeo.sends`<presence type="subscribe" to="${juliet.fullJid}" id="s1"><nick xmlns="http://jabber.org/protocol/nick">Romeo</nick></presence>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster" ver="…"><item jid="${juliet.jid}" subscription="none" ask="subscribe"/></query></iq>`
    await juliet.receives`<presence type="subscribe" from="${romeo.jid}" to="${juliet.jid}" id="s1"><nick xmlns="http://jabber.org/protocol/nick">Romeo</nick></presence>`
    await juliet.receivesNothing()
    assert.equal(await standing(juliet, romeo), undefined)

    juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="from"/></query></iq>`
    await romeo.receives`<presence type="subscribed" from="${juliet.jid}" to="${romeo.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="to"/></query></iq>`
    await romeo.receives`<presence from="${juliet.fullJid}"/>`
    await romeo.receivesNothing()
    await juliet.receivesNothing()
    assert.deepEqual(await standing(romeo, juliet), { subscription: 'to' })
    assert.deepEqual(await standing(juliet, romeo), { subscription: 'from' })
  }),
)

test(
  'RFC 6121 §3.1.3: a request waits, whole, and comes again at every login until it is answered',
  dialogue({ offline: ['juliet'] }, async ({ romeo, juliet, julietsPhone }) => {
    await julietsPhone.disconnects()
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"><status>It is my lady</status></presence>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item ask="subscribe"/></query></iq>`
    // Asking twice does not make two requests.
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await romeo.receivesNothing()
    for (const device of [juliet, julietsPhone]) {
      await device.connects({ presence: false })
      await device.receivesNothing()
      device.sends`<presence/>`
      await device.eventually`<presence type="subscribe" from="${romeo.jid}" to="${juliet.jid}"><status>It is my lady</status></presence>`
      await device.forgets()
    }
    // Later presence of a device that is there is no login.
    await juliet.forgets()
    juliet.sends`<presence><show>away</show></presence>`
    await juliet.receives`<presence from="${juliet.fullJid}"/>`
    await juliet.receivesNothing()
    juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
    await romeo.receives`<presence type="unsubscribed" from="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="none"/></query></iq>`
    await juliet.disconnects()
    await juliet.connects()
    await juliet.receives`<presence from="${julietsPhone.fullJid}"/>`
    await juliet.receivesNothing()
    assert.equal(await standing(juliet, romeo), undefined)
    assert.deepEqual(await standing(romeo, juliet), { subscription: 'none' })
  }),
)

test(
  'RFC 6121 §3.1.3: a request of enormous size is delivered, but kept without its contents',
  dialogue(async ({ romeo, juliet }) => {
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"><status>${'o'.repeat(10_000)}</status></presence>`
    const came = await juliet.receives`<presence type="subscribe" from="${romeo.jid}"><status>…</status></presence>`
    assert.equal(came.need('status').text().length, 10_000)
    await juliet.disconnects()
    await juliet.connects({ presence: false })
    juliet.sends`<presence/>`
    const kept = await juliet.eventually`<presence type="subscribe" from="${romeo.jid}" to="${juliet.jid}"/>`
    assert.equal(kept.elements().length, 0)
  }),
)

test(
  'RFC 6121 §A.3.2: a request that is taken back is forgotten',
  dialogue({ offline: ['juliet'] }, async ({ romeo, juliet }) => {
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    romeo.sends`<presence type="unsubscribe" to="${juliet.jid}"/>`
    await romeo.forgets()
    await juliet.connects({ presence: false })
    juliet.sends`<presence/>`
    await juliet.receives`<presence from="${juliet.fullJid}"/>`
    await juliet.receivesNothing()
    assert.deepEqual(await standing(romeo, juliet), { subscription: 'none' })
  }),
)

test(
  'RFC 6121 §3.1.3: who is subscribed and asks again is answered by the server',
  dialogue({ friends: [['romeo', 'juliet']], offline: ['juliet'] }, async ({ romeo, juliet }) => {
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await romeo.receivesNothing()
    await juliet.connects()
    await juliet.receives`<presence from="${romeo.fullJid}"/>`
    await juliet.receivesNothing()
  }),
)

test(
  'RFC 6121 §3.2: a subscription is cancelled by the one who is seen',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="to"/></query></iq>`
    await romeo.receives`<presence type="unsubscribed" from="${juliet.jid}" to="${romeo.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="from"/></query></iq>`
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    juliet.sends`<presence><show>away</show></presence>`
    await juliet.receives`<presence from="${juliet.fullJid}"/>`
    await romeo.receivesNothing()
    romeo.sends`<presence><show>away</show></presence>`
    await juliet.receives`<presence from="${romeo.fullJid}"><show>away</show></presence>`
    await juliet.receivesNothing()
  }),
)

test(
  'RFC 6121 §3.3: a subscription is ended by the one who sees',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    romeo.sends`<presence type="unsubscribe" to="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="from"/></query></iq>`
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await juliet.receives`<presence type="unsubscribe" from="${romeo.jid}" to="${juliet.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="to"/></query></iq>`
    await juliet.receivesNothing()
    await romeo.receivesNothing()
  }),
)

test(
  'RFC 6121 §3.4: who is approved in advance need not wait',
  dialogue({ offline: ['juliet'] }, async ({ romeo, juliet, julietsPhone }) => {
    julietsPhone.sends`<presence type="subscribed" to="${romeo.jid}"/>`
    await julietsPhone.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="none" approved="true"/></query></iq>`
    await romeo.receivesNothing()
    await julietsPhone.disconnects()
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item ask="subscribe"/></query></iq>`
    await romeo.receives`<presence type="subscribed" from="${juliet.jid}" to="${romeo.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="to"/></query></iq>`
    await juliet.connects()
    await juliet.receivesNothing()
    await romeo.receives`<presence from="${juliet.fullJid}"/>`
    assert.equal((await standing(juliet, romeo))?.subscription, 'from')
  }),
)

test(
  'RFC 6121 §3.4.2: an approval in advance can be taken back, and nobody hears of it',
  dialogue(async ({ romeo, juliet }) => {
    juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item approved="true"/></query></iq>`
    juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
    const push =
      await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="none"/></query></iq>`
    assert.equal(push.at('query', 'item').attr('approved'), undefined)
    await romeo.receivesNothing()
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await juliet.receives`<presence type="subscribe" from="${romeo.jid}"/>`
  }),
)

test(
  'RFC 6121 §A.2.3 and §A.3.3: an approval that nobody asked for means nothing to who gets it',
  dialogue(async ({ romeo, juliet }) => {
    romeo.sends`<presence type="unsubscribed" to="${juliet.jid}"/>`
    romeo.sends`<presence type="unsubscribe" to="${juliet.jid}"/>`
    romeo.sends`<presence type="subscribed" to="${juliet.jid}"/>`
    await juliet.receivesNothing()
    assert.equal(await standing(juliet, romeo), undefined)
  }),
)

test(
  'a subscription to oneself, or to nobody, is not one',
  dialogue(async ({ romeo }) => {
    romeo.sends`<presence type="subscribe" to="${romeo.jid}"/>`
    await romeo.receivesNothing()
    romeo.sends`<presence type="subscribe" id="s1"/>`
    await romeo.receives`<presence type="error" id="s1"><error><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
    assert.equal(await standing(romeo, romeo), undefined)
  }),
)

test(
  'RFC 6121 §2.5.2: removing who asks for a subscription answers them',
  dialogue(async ({ romeo, juliet }) => {
    await juliet.asks`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}"/></query></iq>`
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await juliet.eventually`<presence type="subscribe" from="${romeo.jid}"/>`
    assert.deepEqual(await standing(juliet, romeo), { subscription: 'none' })
    await romeo.forgets()
    await juliet.asks`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="remove"/></query></iq>`
    await romeo.receives`<presence type="unsubscribed" from="${juliet.jid}"/>`
    await juliet.disconnects()
    await juliet.connects()
    await juliet.receivesNothing()
  }),
)

test(
  'an account that is deleted takes its subscriptions with it',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, nurse }) => {
    nurse.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await juliet.eventually`<presence type="subscribe" from="${nurse.jid}"/>`
    await nurse.forgets()
    juliet.sends`<iq type="set" id="c1"><query xmlns="jabber:iq:register"><remove/></query></iq>`
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await romeo.receives`<presence type="unsubscribe" from="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="to"/></query></iq>`
    await romeo.receives`<presence type="unsubscribed" from="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="none"/></query></iq>`
    await nurse.receives`<presence type="unsubscribed" from="${juliet.jid}"/>`
  }),
)
