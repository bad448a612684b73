import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'

test(
  'RFC 6121 §2.2: an empty contact list is an empty query',
  dialogue(async ({ romeo }) => {
    const answer = await romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
    assert.equal(answer.attr('type'), 'result')
    assert.equal(answer.need('query', 'jabber:iq:roster').elements().length, 0)
    assert.equal(answer.need('query').attr('ver'), undefined)
  }),
)

test(
  'RFC 6121 §2.3.2: whoever asked for the list hears of a new contact',
  dialogue(async ({ romeo, romeosPhone, romeosTablet }) => {
    await romeosTablet.disconnects()
    await romeosTablet.connects({ roster: false })
    for (const device of [romeo, romeosPhone, romeosTablet]) await device.forgets()
    const set = await romeo.asks`<iq type="set"><query xmlns="jabber:iq:roster">
      <item jid="nurse@capulet.lit" name="Nurse &amp; friend"><group>Servants</group><group>Capulet</group></item>
    </query></iq>`
    assert.equal(set.attr('type'), 'result')
    for (const device of [romeo, romeosPhone]) {
      const push = await device.receives`<iq type="set" id="…" to="${device.fullJid}">
        <query xmlns="jabber:iq:roster" ver="…">
          <item jid="nurse@capulet.lit" name="Nurse &amp; friend" subscription="none">
            <group>Servants</group><group>Capulet</group>
          </item>
        </query></iq>`
      device.sends`<iq type="result" id="${push.attr('id')!}"/>`
    }
    await romeosTablet.receivesNothing()
    await romeo.receivesNothing()
    const get = await romeosTablet.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
    assert.equal(get.at('query', 'item').attr('name'), 'Nurse & friend')
  }),
)

test(
  'RFC 6121 §2.4: a change replaces name and groups, and nothing else',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    for (const item of [
      `<item jid="${juliet.jid}" name="Juliet" subscription="none" ask="subscribe" approved="true"><group>Lovers</group></item>`,
      `<item jid="${juliet.jid}"/>`,
    ]) {
      romeo.client.send(`<iq type="set" id="r1"><query xmlns="jabber:iq:roster">${item}</query></iq>`)
      const push = await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item/></query></iq>`
      await romeo.receives`<iq type="result" id="r1"/>`
      const pushed = push.at('query', 'item')
      assert.equal(pushed.attr('subscription'), 'both')
      assert.equal(pushed.attr('ask'), undefined)
      assert.equal(pushed.attr('approved'), undefined)
      assert.equal(pushed.attr('name'), item.includes('Juliet') ? 'Juliet' : undefined)
      assert.equal(pushed.elements().length, item.includes('Lovers') ? 1 : 0)
    }
    await juliet.receivesNothing()
  }),
)

test(
  'RFC 6121 §2.3.3: what cannot be a contact is refused, and nothing is changed',
  dialogue(async ({ romeo }) => {
    const long = 'ö'.repeat(512)
    const refusals = [
      ['bad-request', ''],
      ['bad-request', '<item/>'],
      ['bad-request', '<item jid="nurse@capulet.lit"/><item jid="juliet@capulet.lit"/>'],
      ['bad-request', '<contact jid="nurse@capulet.lit"/>'],
      ['bad-request', '<item jid="nurse@capulet.lit"><group>Servants</group><group>Servants</group></item>'],
      ['bad-request', '<item jid="nurse@capulet.lit/kitchen"/>'],
      ['jid-malformed', '<item jid="@capulet.lit"/>'],
      ['not-acceptable', `<item jid="nurse@capulet.lit" name="${long}"/>`],
      ['not-acceptable', `<item jid="nurse@capulet.lit"><group>${long}</group></item>`],
      ['not-acceptable', '<item jid="nurse@capulet.lit"><group/></item>'],
      [
        'not-acceptable',
        `<item jid="nurse@capulet.lit">${Array.from({ length: 9 }, (_, n) => `<group>${n}${'o'.repeat(500)}</group>`).join('')}</item>`,
      ],
      ['not-allowed', `<item jid="${romeo.jid}"/>`],
      ['item-not-found', '<item jid="nurse@capulet.lit" subscription="remove"/>'],
    ] as const
    for (const [condition, item] of refusals) {
      romeo.client.send(`<iq type="set" id="r1"><query xmlns="jabber:iq:roster">${item}</query></iq>`)
      const answer = await romeo.receives`<iq type="error" id="r1"><error/></iq>`
      assert.notEqual(answer.need('error').child(condition), undefined, `${item}: ${answer}`)
    }
    await romeo.receivesNothing()
    const get = await romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
    assert.equal(get.need('query').elements().length, 0)
  }),
)

test(
  'RFC 6121 §2.3.3: somebody else’s list is forbidden, whether or not there is somebody',
  dialogue(async ({ romeo, juliet, server }) => {
    romeo.sends`<iq type="get" id="r0" to="nobody@${server.domain}"><query xmlns="jabber:iq:roster"/></iq>`
    await romeo.receives`<iq type="error" id="r0"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
    romeo.sends`<iq type="set" id="r1" to="${juliet.jid}"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}"/></query></iq>`
    await romeo.receives`<iq type="error" id="r1"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
    romeo.sends`<iq type="get" id="r2" to="${juliet.jid}"><query xmlns="jabber:iq:roster"/></iq>`
    await romeo.receives`<iq type="error" id="r2"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
    await juliet.receivesNothing()
  }),
)

test(
  'RFC 6121 §2.5.2: with a contact go the subscriptions, and the contact hears of it',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    romeo.sends`<iq type="set" id="r1"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="remove"/></query></iq>`
    await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster" ver="…"><item jid="${juliet.jid}" subscription="remove"/></query></iq>`
    await romeo.eventually`<iq type="result" id="r1"/>`
    // Her presence ends for him, his for her.
    await romeo.receives`<presence type="unavailable" from="${juliet.fullJid}"/>`
    await romeo.receivesNothing()

    await juliet.receives`<presence type="unsubscribe" from="${romeo.jid}" to="${juliet.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="to"/></query></iq>`
    await juliet.receives`<presence type="unsubscribed" from="${romeo.jid}" to="${juliet.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="none"/></query></iq>`
    await juliet.receives`<presence type="unavailable" from="${romeo.fullJid}"/>`
    await juliet.receivesNothing()
    const get = await romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
    assert.equal(get.need('query').elements().length, 0)
  }),
)

test(
  'RFC 6121 §2.6: who knows the present version gets nothing, who knows another gets everything',
  dialogue(async ({ romeo, juliet }) => {
    const get = (ver: string) => romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster" ver="${ver}"/></iq>`
    const first = (await get('')).need('query').attr('ver')
    assert.ok(first, 'even an empty list has a version')
    assert.equal((await get(first)).child('query'), undefined)

    await romeo.asks`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}"/></query></iq>`
    const push = await romeo.receives`<iq type="set"><query xmlns="jabber:iq:roster" ver="…"><item/></query></iq>`
    const second = push.need('query').attr('ver')!
    assert.equal((await get(second)).child('query'), undefined)
    const full = await get(first)
    assert.equal(full.need('query').attr('ver'), second)
    assert.equal(full.at('query', 'item').attr('jid'), juliet.jid)

    // It outlives the session, and a request of somebody else is not a change of the list.
    await romeo.disconnects()
    juliet.sends`<presence type="subscribe" to="${romeo.jid}"/>`
    await juliet.receives`<iq type="set"><query xmlns="jabber:iq:roster"><item ask="subscribe"/></query></iq>`
    await romeo.connects()
    assert.equal((await get(second)).child('query'), undefined)
    assert.equal((await get('nonsense')).need('query').elements().length, 1)
  }),
)

test(
  'RFC 6121 §2.6.1 and §3.4.1: versions and approval in advance are announced',
  dialogue(async ({ romeo }) => {
    const { features } = romeo.client
    assert.ok(features.child('ver', 'urn:xmpp:features:rosterver'))
    assert.ok(features.child('sub', 'urn:xmpp:features:pre-approval'))
  }),
)

test(
  'a list that is full takes no further contact, but changes of those it has',
  dialogue({ settings: { limits: { roster_items: 10 } } }, async ({ romeo }) => {
    const set = (n: number, name: string) =>
      romeo.asks`<iq type="set"><query xmlns="jabber:iq:roster"><item jid="servant${String(n)}@capulet.lit" name="${name}"/></query></iq>`
    for (let n = 0; n < 10; n++) assert.equal((await set(n, 'Peter')).attr('type'), 'result')
    const refused = await set(10, 'Peter')
    assert.ok(refused.need('error').child('resource-constraint'), String(refused))
    await romeo.forgets()
    romeo.sends`<presence type="subscribe" to="servant10@capulet.lit" id="p1"/>`
    await romeo.receives`<presence type="error" id="p1"><error><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
    assert.equal((await set(9, 'Sampson')).attr('type'), 'result')
  }),
)
