import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'

async function blocks(owner: Actor, ...jids: readonly string[]): Promise<void> {
  const items = jids.map(jid => `<item jid="${jid}"/>`).join('')
  const id = owner.client.newId()
  owner.client.send(`<iq type="set" id="${id}"><block xmlns="urn:xmpp:blocking">${items}</block></iq>`)
  assert.equal((await owner.client.answerTo(id)).attr('type'), 'result')
}

async function listOf(owner: Actor): Promise<(string | undefined)[]> {
  const answer = await owner.asks`<iq type="get"><blocklist xmlns="urn:xmpp:blocking"/></iq>`
  const list = answer.need('blocklist', 'urn:xmpp:blocking')
  return list.elements().map(item => item.attr('jid'))
}

test(
  'XEP-0191#blocklist: empty, then with those who are blocked, also at the next login',
  dialogue(async ({ romeo }) => {
    assert.deepEqual(await listOf(romeo), [])
    await blocks(romeo, 'tybalt@capulet.lit', 'verona.lit')
    assert.deepEqual((await listOf(romeo)).sort(), ['tybalt@capulet.lit', 'verona.lit'])
    await romeo.disconnects()
    await romeo.connects()
    assert.deepEqual((await listOf(romeo)).sort(), ['tybalt@capulet.lit', 'verona.lit'])
  }),
)

test(
  'XEP-0191#block and #unblock: devices that asked for the list hear of each change',
  dialogue(async ({ romeo, romeosPhone, romeosTablet }) => {
    await listOf(romeo)
    await listOf(romeosPhone)
    for (const each of [romeo, romeosPhone, romeosTablet]) await each.forgets()
    await blocks(romeo, 'Tybalt@Capulet.lit')
    for (const each of [romeo, romeosPhone]) {
      await each.receives`<iq type="set" id="…" to="${each.fullJid}"><block xmlns="urn:xmpp:blocking"><item jid="tybalt@capulet.lit"/></block></iq>`
    }
    await romeosPhone.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"><item jid="tybalt@capulet.lit"/></unblock></iq>`
    for (const each of [romeo, romeosPhone]) {
      await each.receives`<iq type="set"><unblock xmlns="urn:xmpp:blocking"><item jid="tybalt@capulet.lit"/></unblock></iq>`
    }
    await blocks(romeo, 'tybalt@capulet.lit', 'paris@verona.lit')
    for (const each of [romeo, romeosPhone]) await each.receives`<iq type="set"><block xmlns="urn:xmpp:blocking"/></iq>`
    await romeo.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
    for (const each of [romeo, romeosPhone]) {
      const push = await each.receives`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
      assert.equal(push.need('unblock').elements().length, 0)
    }
    assert.deepEqual(await listOf(romeo), [])
    await romeosTablet.receivesNothing()
  }),
)

test(
  'XEP-0191#block: what cannot be blocked',
  dialogue(async ({ romeo }) => {
    for (const [condition, inside] of [
      ['bad-request', ''],
      ['bad-request', '<item/>'],
      ['bad-request', '<person jid="tybalt@capulet.lit"/>'],
      ['jid-malformed', '<item jid="tybalt@"/>'],
      ['not-allowed', `<item jid="${romeo.jid}"/>`],
    ] as const) {
      romeo.client.send(`<iq type="set" id="b1"><block xmlns="urn:xmpp:blocking">${inside}</block></iq>`)
      const answer = await romeo.receives`<iq type="error" id="b1"/>`
      assert.ok(answer.need('error').child(condition), `${inside}: ${String(answer)}`)
    }
    assert.deepEqual(await listOf(romeo), [])
  }),
)

test(
  'XEP-0191#block: to the one who is blocked it looks as if the other were offline',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, julietsPhone }) => {
    await julietsPhone.forgets()
    await juliet.forgets()
    await romeo.forgets()
    const { fullJid } = juliet
    await blocks(juliet, romeo.jid)
    await romeo.receivesInAnyOrder(
      `<presence type="unavailable" from="${fullJid}"/>`,
      `<presence type="unavailable" from="${julietsPhone.fullJid}"/>`,
    )

    // Presence: nothing, in no direction and on no occasion.
    juliet.sends`<presence><show>chat</show></presence>`
    romeo.sends`<presence><show>chat</show></presence>`
    romeo.sends`<presence to="${fullJid}"><show>chat</show></presence>`
    romeo.sends`<presence type="probe" to="${juliet.jid}"/>`
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await romeo.receives`<presence from="${romeo.fullJid}"><show>chat</show></presence>`
    await romeo.receivesNothing()
    await juliet.receives`<presence from="${fullJid}"><show>chat</show></presence>`
    await juliet.receivesNothing()

    // Messages and requests: as from an account that is not there.
    for (const to of [juliet.jid, fullJid]) {
      romeo.sends`<message to="${to}" type="chat" id="m1"><body>Soft!</body></message>`
      await romeo.receives`<message type="error" id="m1" from="${to}"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
      romeo.sends`<iq to="${to}" type="get" id="i1"><query xmlns="jabber:iq:version"/></iq>`
      await romeo.receives`<iq type="error" id="i1"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
    }
    romeo.sends`<iq to="${fullJid}" type="result" id="i2"/>`
    romeo.sends`<message to="${juliet.jid}" type="error" id="m2"><error type="cancel"><gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
    await romeo.receivesNothing()
    await juliet.receivesNothing()

    // Neither side of the block learns anything at the next login.
    await romeo.disconnects()
    await juliet.receivesNothing()
    await romeo.connects()
    await romeo.receivesNothing()
    await julietsPhone.forgets()
    await juliet.disconnects()
    await juliet.connects()
    await romeo.receivesNothing()
    await juliet.receives`<presence from="${julietsPhone.fullJid}"/>`
    await juliet.receivesNothing()
    const roster = await juliet.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
    assert.equal(roster.at('query', 'item').attr('subscription'), 'both', 'polite blocking ends no subscription')
  }),
)

test(
  'XEP-0191#block: who blocks cannot write either',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    await blocks(juliet, romeo.jid)
    await romeo.forgets()
    const error = `<error type="cancel"><not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><blocked xmlns="urn:xmpp:blocking:errors"/></error>`
    juliet.sends`<message to="${romeo.fullJid}" type="chat" id="m1"><body>Art thou there?</body></message>`
    juliet.client.send(`<iq to="${romeo.fullJid}" type="get" id="i1"><query xmlns="jabber:iq:version"/></iq>`)
    juliet.client.send(`<presence to="${romeo.fullJid}" id="p1"/>`)
    await juliet.receivesInAnyOrder(
      `<message type="error" id="m1">${error}</message>`,
      `<iq type="error" id="i1">${error}</iq>`,
      `<presence type="error" id="p1">${error}</presence>`,
    )
    await romeo.receivesNothing()
  }),
)

test(
  'XEP-0191#unblock: those who may see each other do so again',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    await blocks(juliet, romeo.jid)
    juliet.sends`<presence><show>xa</show></presence>`
    romeo.sends`<presence><show>dnd</show></presence>`
    await romeo.forgets()
    await juliet.forgets()
    juliet.sends`<iq type="set" id="u1"><unblock xmlns="urn:xmpp:blocking"><item jid="${romeo.jid}"/></unblock></iq>`
    await juliet.receives`<presence from="${romeo.fullJid}"><show>dnd</show></presence>`
    await juliet.receives`<iq type="result" id="u1"/>`
    await romeo.receives`<presence from="${juliet.fullJid}"><show>xa</show></presence>`
    romeo.sends`<message to="${juliet.jid}" type="chat"><body>Soft!</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Soft!</body></message>`
    await romeo.receivesNothing()
  }),
)

test(
  'XEP-0191#block: strangers are told nothing about the presence they never had',
  dialogue(async ({ romeo, juliet }) => {
    await blocks(juliet, romeo.jid)
    await romeo.receivesNothing()
    await juliet.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
    await romeo.receivesNothing()
  }),
)

test(
  'XEP-0191#block: who was shown a device by directed presence sees it go',
  dialogue(async ({ romeo, juliet }) => {
    juliet.sends`<presence to="${romeo.fullJid}"/>`
    await romeo.receives`<presence from="${juliet.fullJid}"/>`
    await blocks(juliet, romeo.jid)
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await juliet.disconnects()
    await romeo.receivesNothing()
  }),
)

test(
  'XEP-0191#matching: a whole domain, but neither oneself nor the server',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, julietsPhone, server }) => {
    await julietsPhone.forgets()
    await juliet.forgets()
    await romeo.forgets()
    await blocks(juliet, server.domain)
    await romeo.receivesInAnyOrder(
      `<presence type="unavailable" from="${juliet.fullJid}"/>`,
      `<presence type="unavailable" from="${julietsPhone.fullJid}"/>`,
    )
    romeo.sends`<message to="${juliet.jid}" type="chat" id="m1"><body>Soft!</body></message>`
    await romeo.receives`<message type="error" id="m1"><error><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
    juliet.sends`<message to="${julietsPhone.fullJid}" type="chat"><body>Note to self</body></message>`
    await julietsPhone.receives`<message><body>Note to self</body></message>`
    const ping = await juliet.asks`<iq type="get" to="${server.domain}"><ping xmlns="urn:xmpp:ping"/></iq>`
    assert.equal(ping.attr('type'), 'result')
  }),
)

test(
  'XEP-0191#matching: one device of somebody',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, romeosPhone, juliet }) => {
    await romeo.forgets()
    await romeosPhone.forgets()
    await juliet.forgets()
    await blocks(juliet, romeosPhone.fullJid)
    await romeosPhone.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    juliet.sends`<presence><show>away</show></presence>`
    await romeo.receives`<presence from="${juliet.fullJid}"><show>away</show></presence>`
    romeosPhone.sends`<presence><show>away</show></presence>`
    await romeo.receives`<presence from="${romeosPhone.fullJid}"/>`
    await romeosPhone.receives`<presence from="${romeosPhone.fullJid}"/>`
    await romeosPhone.receivesNothing()
    await juliet.forgets()
    await juliet.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
    await romeosPhone.receives`<presence from="${juliet.fullJid}"><show>away</show></presence>`
    await romeo.receivesNothing()
  }),
)

test(
  'XEP-0191#block: a request that was waiting is not brought up again',
  dialogue(async ({ romeo, juliet }) => {
    romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
    await juliet.receives`<presence type="subscribe"/>`
    await blocks(juliet, romeo.jid)
    await juliet.disconnects()
    await juliet.connects()
    await juliet.receivesNothing()
  }),
)

test(
  'XEP-0191#block: what ends while somebody is blocked, they learn later',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    await blocks(juliet, romeo.jid)
    await romeo.forgets()
    juliet.sends`<presence type="unsubscribed" to="${romeo.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item subscription="to"/></query></iq>`
    juliet.sends`<iq type="set" id="r1"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="remove"/></query></iq>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item subscription="remove"/></query></iq>`
    await juliet.receives`<iq type="result" id="r1"/>`
    await romeo.receivesNothing()
    await juliet.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
    await romeo.receivesNothing()
    await romeo.disconnects()
    await romeo.connects()
    await romeo.receives`<presence type="unsubscribe" from="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item subscription="to"/></query></iq>`
    await romeo.receives`<presence type="unsubscribed" from="${juliet.jid}"/>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item subscription="none"/></query></iq>`
    await romeo.receivesNothing()
    await juliet.forgets()
    romeo.sends`<presence><show>away</show></presence>`
    await juliet.receivesNothing()
  }),
)
