/** XEP-0488: tokens with which people enter a room for members whose addresses nobody knows yet. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, conditionOf, configures, enters, itemOf, knocks, makes, open } from '../kit/rooms.ts'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import type { Tree } from '../kit/tree.ts'

const ns = 'urn:xmpp:muc-token-invite:0'
const info = 'http://jabber.org/protocol/disco#info'

const requests = (actor: Actor, room: string, attributes = '') =>
  actor.asks(`<iq type="set" to="${room}"><request xmlns="${ns}" ${attributes}/></iq>`)
const revokes = (actor: Actor, room: string, token: string) =>
  actor.asks(`<iq type="set" to="${room}"><revoke xmlns="${ns}">${token}</revoke></iq>`)

async function token(actor: Actor, room: string, attributes = ''): Promise<string> {
  return (await requests(actor, room, attributes)).need('token', ns).text()
}

async function tokens(actor: Actor, room: string): Promise<Tree[]> {
  const answer = await actor.asks(`<iq type="get" to="${room}"><tokens xmlns="${ns}"/></iq>`)
  return answer.need('tokens', ns).elements()
}

const withToken = (text: string) => `<password>${text}</password>`

async function isRefused(actor: Actor, room: string, nick: string, text: string): Promise<Tree> {
  knocks(actor, room, nick, withToken(text))
  return actor.receives`<presence type="error" from="${room}/${nick}"><error by="${room}" type="auth"><not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
}

describe('XEP-0488: a token', () => {
  test(
    '#generation and #using: makes whoever has it a member, once and for all',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet', {})
      const answer = await juliet.asks(`<iq type="get" to="${room}"><query xmlns="${info}"/></iq>`)
      assert.ok(
        answer
          .need('query')
          .elements()
          .some(one => one.attr('var') === ns),
      )
      const given = (await requests(juliet, room)).need('token', ns)
      // #security: nothing is good for ever.
      assert.equal(given.attr('delay'), '604800')
      assert.ok(given.text().length >= 22)
      const came = await enters(romeo, room, 'Romeo', withToken(given.text()))
      assert.equal(itemOf(came[1]!)?.attr('affiliation'), 'member')
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      await romeo.forgets()
      await enters(romeo, room, 'Romeo')
    }),
  )

  test(
    '#limits: a counter runs down with every new member, and with nobody else',
    dialogue(async ({ juliet, romeo, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet', {})
      const given = await token(juliet, room, 'counter="2" delay="99999999"')
      const [first] = await tokens(juliet, room)
      assert.equal(first!.attr('counter'), '2')
      // What was asked for is more than there is.
      assert.equal(first!.attr('delay'), '2678400')
      await enters(romeo, room, 'Romeo', withToken(given))
      // #impl: whoever is a member already takes nothing from it.
      await enters(romeo, room, 'Romeo', withToken(given))
      await juliet.forgets()
      assert.equal((await tokens(juliet, room))[0]!.attr('counter'), '1')
      await enters(nurse, room, 'Nurse', withToken(given))
      await juliet.forgets()
      assert.deepEqual(await tokens(juliet, room), [])
      const refused = await isRefused(tybalt, room, 'Tybalt', given)
      assert.ok(refused.need('error').child('expired-token', ns))
      knocks(tybalt, room, 'Tybalt')
      assert.equal(conditionOf(await tybalt.receives`<presence type="error"/>`), 'registration-required')
    }),
  )

  test(
    '#limits: a delay ends it',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet', {})
      const given = await token(juliet, room, 'delay="0"')
      await isRefused(romeo, room, 'Romeo', given)
      assert.deepEqual(await tokens(juliet, room), [])
      for (const wrong of ['delay="-1"', 'counter="many"', 'counter="0"']) {
        assert.equal(conditionOf(await requests(juliet, room, wrong)), 'bad-request', wrong)
      }
    }),
  )

  test(
    'is for those who may invite: not for strangers, not for members where only admins invite, not where a password is',
    dialogue(async ({ juliet, romeo, tybalt }) => {
      const room = await makes(juliet, 'Juliet', {})
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      await romeo.forgets()
      const his = await token(romeo, room)
      for (const ask of [
        () => requests(tybalt, room),
        () => revokes(tybalt, room, his),
        () => tybalt.asks(`<iq type="get" to="${room}"><tokens xmlns="${ns}"/></iq>`),
      ]) {
        assert.equal(conditionOf(await ask()), 'forbidden')
      }
      await configures(juliet, room, { allowinvites: '0' })
      await romeo.forgets()
      assert.equal(conditionOf(await requests(romeo, room)), 'forbidden')
      // What he has given out before is good for nothing meanwhile.
      await isRefused(tybalt, room, 'Tybalt', his)
      const locked = await makes(juliet, 'Juliet', { ...open, passwordprotectedroom: '1', roomsecret: 'x' })
      assert.equal(conditionOf(await requests(juliet, locked)), 'not-allowed')
    }),
  )

  test(
    '#listing and #revoking: of one’s own, and by admins of all',
    dialogue(async ({ juliet, romeo, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet', {})
      for (const one of [romeo, nurse]) {
        await administers(juliet, room, `<item affiliation="member" jid="${one.jid}"/>`)
        await one.forgets()
      }
      const [his, hers, mine] = [await token(romeo, room), await token(nurse, room), await token(juliet, room)]
      assert.deepEqual(
        (await tokens(romeo, room)).map(one => one.text()),
        [his],
      )
      const all = await tokens(juliet, room)
      assert.deepEqual(
        all.map(one => [one.text(), one.attr('creator')]),
        [
          [his, romeo.jid],
          [hers, nurse.jid],
          [mine, juliet.jid],
        ],
      )
      assert.equal(conditionOf(await revokes(romeo, room, hers)), 'item-not-found')
      assert.equal(conditionOf(await revokes(romeo, room, 'nonsense')), 'item-not-found')
      assert.equal((await revokes(romeo, room, his)).attr('type'), 'result')
      assert.equal((await revokes(juliet, room, hers)).attr('type'), 'result')
      assert.deepEqual(
        (await tokens(juliet, room)).map(one => one.text()),
        [mine],
      )
      for (const text of [his, hers]) await isRefused(tybalt, room, 'Tybalt', text)
    }),
  )

  test(
    'goes with the membership of who made it, and with the account',
    dialogue({ settings: { registration: { open: true } } }, async ({ juliet, romeo, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet', {})
      for (const one of [romeo, nurse]) {
        await administers(juliet, room, `<item affiliation="member" jid="${one.jid}"/>`)
        await one.forgets()
      }
      const [his, hers] = [await token(romeo, room), await token(nurse, room)]
      await juliet.forgets()
      await administers(juliet, room, `<item affiliation="none" jid="${romeo.jid}"/>`)
      await isRefused(tybalt, room, 'Tybalt', his)
      nurse.asks('<iq type="set"><query xmlns="jabber:iq:register"><remove/></query></iq>').catch(() => {})
      await juliet.eventually`<message from="${room}"><x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none" jid="${nurse.jid}"/></x></message>`
      await isRefused(tybalt, room, 'Tybalt', hers)
      assert.deepEqual(await tokens(juliet, room), [])
    }),
  )

  test(
    'is one of a bounded number',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      for (let i = 0; i < 50; i++) await token(juliet, room)
      assert.equal(conditionOf(await requests(juliet, room)), 'resource-constraint')
    }),
  )
})

test('a token, and how often it can still be used, outlives a restart; what nobody wrote down does not', async () => {
  const server = await startProcess()
  const stage = new Stage(server)
  try {
    const [juliet, romeo, nurse] = [await stage.actor('juliet'), await stage.actor('romeo'), await stage.actor('nurse')]
    for (const actor of [juliet, romeo, nurse]) await actor.connects()
    const room = await makes(juliet, 'Juliet', {})
    const given = await token(juliet, room, 'counter="2"')
    await enters(romeo, room, 'Romeo', withToken(given))
    // XEP-0045#subject: set by somebody who belongs to the room, and by somebody who does not.
    const hall = await makes(juliet, 'Juliet', { ...open, changesubject: '1' })
    await romeo.forgets()
    await enters(romeo, hall, 'Romeo')
    romeo.sends(`<message to="${hall}" type="groupchat"><subject>Spells</subject></message>`)
    await romeo.eventually`<message type="groupchat" from="${hall}/Romeo"><subject>Spells</subject></message>`
    server.signal('SIGTERM')
    await server.exited()
    await server.start()
    for (const actor of [juliet, nurse]) await actor.connects()
    assert.equal((await tokens(juliet, room))[0]!.attr('counter'), '1')
    await enters(nurse, room, 'Nurse', withToken(given))
    const [subject] = (await enters(juliet, hall, 'Juliet')).slice(-1)
    assert.equal(subject!.child('subject')?.text(), 'Spells')
    // Nothing of somebody stays in a room that they do not belong to: the end of their account would not find it.
    assert.equal(subject!.attr('from'), hall)
  } finally {
    stage.ends()
    await server.stop()
  }
})
