/** XEP-0313 for rooms: what is kept of what is said, who may read it, and what newcomers are shown of it. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { type Answer, field, form, mam, page, query, range, refused, rsm, sid } from '../kit/archive-plays.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, configures, enters, makes, mucUser, open } from '../kit/rooms.ts'

/** Says something in a room; resolves when it has come back, so that it is kept. @returns the ids that the room gave */
async function says(actor: Actor, room: string, ...bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const body of bodies) {
    actor.sends(`<message type='groupchat' to='${room}' id='m-${body}'><body>${body}</body></message>`)
    const back = await actor.client.wire.until(
      () => actor.client.wire.inbox.find(tree => tree.attr('id') === `m-${body}`),
      'what was said',
    )
    ids.push(back.need('stanza-id', sid).attr('id')!)
  }
  actor.client.wire.inbox.splice(0)
  return ids
}

const asks = (actor: Actor, room: string, inside = '', attributes = ''): Promise<Answer> =>
  query(actor, inside, attributes, room)
const realAddress = ({ results }: Answer, i = 0) =>
  results[i]!.message.child('x', mucUser)?.need('item', mucUser).attr('jid')

describe('XEP-0313#business-storeret-muc-archives: what is kept', () => {
  test(
    'what everybody got, under the id that everybody got, once',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.receives`<presence from="${room}/Romeo"/>`
      romeo.sends`<message type="groupchat" to="${room}" id="1"><body>Soft!</body></message>`
      const seen = await juliet.receives`<message id="1"><body>Soft!</body></message>`
      const { results, complete, fin } = await asks(juliet, room)
      assert.equal(results.length, 1)
      assert.equal(complete, true)
      assert.equal(fin.need('set', rsm).need('count').text(), '1')
      const { message, id } = results[0]!
      assert.equal(message.attr('from'), `${room}/Romeo`)
      assert.equal(message.attr('type'), 'groupchat')
      assert.equal(id, seen.need('stanza-id', sid).attr('id'))
      assert.equal(seen.need('stanza-id', sid).attr('by'), room)
      assert.equal(
        message.need('occupant-id', 'urn:xmpp:occupant-id:0').attr('id'),
        seen.need('occupant-id', 'urn:xmpp:occupant-id:0').attr('id'),
      )
    }),
  )

  test(
    'subjects and what is encrypted; neither typing nor what asks not to be kept nor private messages nor what was refused',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const to = `type='groupchat' to='${room}'`
      juliet.sends(`<message ${to}><subject>Night</subject></message>`)
      juliet.sends(`<message ${to}><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>`)
      juliet.sends(`<message ${to}><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`)
      juliet.sends(`<message ${to}><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>`)
      juliet.sends(`<message to='${room}/Romeo' type='chat'><body>whispered</body></message>`)
      await administers(juliet, room, "<item nick='Romeo' role='visitor'/>")
      romeo.sends(`<message ${to} id='no'><body>no voice</body></message>`)
      await romeo.eventually`<message type="error" id="no"/>`
      juliet.sends(`<message ${to} id='last'><body>last</body></message>`)
      await juliet.eventually`<message id="last"><body/></message>`
      const { results } = await asks(juliet, room)
      assert.deepEqual(
        results.map(({ message }) => message.elements()[0]?.name),
        ['subject', 'encrypted', 'body'],
      )
    }),
  )

  test(
    'nothing where the owners want nothing kept',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await says(juliet, room, 'kept')
      await configures(juliet, room, { ...open, enablearchiving: '0' })
      await says(juliet, room, 'secret')
      const info = await juliet.asks(
        `<iq type='get' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      assert.equal(String(info).includes(mam), false)
      // Nor is a newcomer shown what was said before.
      assert.equal((await enters(romeo, room, 'Romeo')).filter(each => each.child('body') !== undefined).length, 0)
      assert.deepEqual((await asks(juliet, room)).bodies, ['kept'])
      await configures(juliet, room, { ...open, enablearchiving: '1' })
      const again = await juliet.asks(
        `<iq type='get' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      for (const feature of [mam, `${mam}#extended`, 'urn:xmpp:message-retract:1#tombstone', sid])
        assert.ok(String(again).includes(`'${feature}'`) || String(again).includes(`"${feature}"`), feature)
    }),
  )

  test(
    'forged ids, occupants and real addresses are not the author’s to say',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const forged =
        `<stanza-id xmlns='${sid}' by='${room}' id='forged'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>` +
        `<x xmlns='${mucUser}'><item jid='pope@rome'/></x>`
      juliet.sends(`<message type='groupchat' to='${room}' id='m'><body>x</body>${forged}</message>`)
      await juliet.receives`<message id="m"><body/></message>`
      const answer = await asks(juliet, room)
      assert.equal(String(answer.results[0]!.message).includes('forged'), false)
      assert.equal(realAddress(answer), juliet.jid)
    }),
  )
})

describe('XEP-0313#query on a room', () => {
  test(
    'page by page, both ways, by id, by time, flipped, and by nick',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await says(juliet, room, ...range(1, 10))
      const names = await says(romeo, room, '11')
      await says(juliet, room, '12')
      const first = await asks(juliet, room, page('<max>5</max>'))
      assert.deepEqual([first.bodies, first.complete], [range(1, 5), false])
      const next = await asks(juliet, room, page(`<max>20</max><after>${first.ids.at(-1)}</after>`))
      assert.deepEqual([next.bodies, next.complete], [range(6, 12), true])
      const last = await asks(juliet, room, page('<max>3</max><before/>'))
      assert.deepEqual(last.bodies, range(10, 12))
      const flipped = await asks(juliet, room, `${page('<max>3</max><before/>')}<flip-page/>`)
      assert.deepEqual(flipped.bodies, range(10, 12).reverse())
      assert.deepEqual((await asks(juliet, room, form(field('ids', names[0]!)))).bodies, ['11'])
      assert.deepEqual((await asks(juliet, room, form(field('after-id', names[0]!)))).bodies, ['12'])
      assert.deepEqual((await asks(juliet, room, form(field('end', '2020-01-01T00:00:00Z')))).bodies, [])
      assert.deepEqual((await asks(juliet, room, form(field('with', `${room}/Romeo`)))).bodies, ['11'])
      // XEP-0313#filter-jid: real addresses are for those who may know them.
      assert.deepEqual((await asks(juliet, room, form(field('with', romeo.jid)))).bodies, ['11'])
      assert.deepEqual((await asks(romeo, room, form(field('with', juliet.jid)))).bodies, [])
      await refused(juliet, 'item-not-found', `<query xmlns='${mam}'>${page('<after>nonsense</after>')}</query>`, room)
      const metadata = await juliet.asks(`<iq type='get' to='${room}'><metadata xmlns='${mam}'/></iq>`)
      assert.equal(metadata.need('metadata', mam).need('start').attr('id'), first.ids[0])
      const fields = await juliet.asks(`<iq type='get' to='${room}'><query xmlns='${mam}'/></iq>`)
      assert.ok(String(fields).includes('before-id'))
    }),
  )

  test(
    'a thousand messages, without a gap or a double',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (let i = 1; i <= 1000; i++)
        juliet.sends(`<message type='groupchat' to='${room}' id='m-${i}'><body>${i}</body></message>`)
      await juliet.client.wire.until(
        () => juliet.client.wire.inbox.find(tree => tree.attr('id') === 'm-1000'),
        'the last one',
        60_000,
      )
      juliet.client.wire.inbox.splice(0)
      const found: (string | undefined)[] = []
      let after = ''
      for (let complete = false; !complete; ) {
        const answer = await asks(juliet, room, page(`<max>77</max>${after}`))
        complete = answer.complete
        found.push(...answer.bodies)
        after = `<after>${answer.ids.at(-1)}</after>`
      }
      assert.deepEqual(found, range(1, 1000))
    }),
  )
})

describe('who may read', () => {
  test(
    'an open room: everybody but the banned; a private one: members',
    dialogue(async ({ juliet, romeo, tybalt }) => {
      const room = await makes(juliet, 'Juliet')
      await says(juliet, room, 'open')
      assert.deepEqual((await asks(romeo, room)).bodies, ['open'])
      await administers(juliet, room, `<item jid='${tybalt.jid}' affiliation='outcast'/>`)
      const whole = `<query xmlns='${mam}'/>`
      await refused(tybalt, 'forbidden', whole, room)
      const metadata = await tybalt.asks(`<iq type='get' to='${room}'><metadata xmlns='${mam}'/></iq>`)
      assert.ok(metadata.need('error').child('forbidden', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
      await configures(juliet, room, { membersonly: '1' })
      await refused(romeo, 'forbidden', whole, room)
      await administers(juliet, room, `<item jid='${romeo.jid}' affiliation='member'/>`)
      assert.deepEqual((await asks(romeo, room)).bodies, ['open'])
      await administers(juliet, room, `<item jid='${romeo.jid}' affiliation='none'/>`)
      await refused(romeo, 'forbidden', whole, room)
    }),
  )

  test(
    'real addresses: moderators always; others where the room showed them then, and shows them now',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await says(romeo, room, 'veiled')
      await configures(juliet, room, { whois: 'anyone' })
      await says(romeo, room, 'open')
      const answer = await asks(romeo, room)
      assert.deepEqual([realAddress(answer, 0), realAddress(answer, 1)], [undefined, romeo.jid])
      assert.equal(realAddress(await asks(juliet, room), 0), romeo.jid)
      await configures(juliet, room, { whois: 'moderators' })
      assert.equal(realAddress(await asks(romeo, room), 1), undefined)
    }),
  )
})

describe('XEP-0045#enter-history', () => {
  test(
    'a newcomer is shown the last of what was said, with its ids and times',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      const ids = await says(juliet, room, ...range(1, 25))
      const shown = (await enters(romeo, room, 'Romeo')).filter(each => each.child('body') !== undefined)
      assert.deepEqual(
        shown.map(each => each.need('body').text()),
        range(6, 25),
      )
      for (const [i, each] of shown.entries()) {
        assert.equal(each.attr('from'), `${room}/Juliet`)
        assert.equal(each.need('stanza-id', sid).attr('id'), ids[i + 5])
        assert.ok(each.need('delay', 'urn:xmpp:delay').attr('stamp'))
      }
    }),
  )

  test(
    'a room that is destroyed takes its history along, and one of the same name begins anew',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await says(juliet, room, 'before')
      await juliet.asks(
        `<iq type='set' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>`,
      )
      juliet.client.wire.inbox.splice(0)
      await refused(juliet, 'item-not-found', `<query xmlns='${mam}'/>`, room)
      await enters(juliet, room, 'Juliet')
      await configures(juliet, room, open)
      juliet.client.wire.inbox.splice(0)
      assert.deepEqual((await asks(juliet, room)).bodies, [])
    }),
  )
})
