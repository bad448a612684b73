import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import {
  administers,
  codesOf,
  conditionOf,
  configures,
  enters,
  itemOf,
  knocks,
  makes,
  muc,
  mucUser,
  open,
  roomName,
} from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

const owner = `${muc}#owner`

const fieldOf = (form: Tree, name: string) =>
  form
    .need('query')
    .need('x', 'jabber:x:data')
    .elements()
    .find(one => one.attr('var') === name)
const said = (form: Tree, name: string) => fieldOf(form, name)?.child('value')?.text()

describe('XEP-0045#createroom', () => {
  test(
    '#createroom-instant: a room as new rooms are: for members, with addresses in sight, kept and in no list',
    dialogue(async ({ juliet }) => {
      const room = roomName(juliet)
      const [self] = await enters(juliet, room, 'Juliet')
      assert.deepEqual(codesOf(self!), [110, 100, 170, 201])
      assert.equal(itemOf(self!)?.attr('affiliation'), 'owner')
      assert.equal(itemOf(self!)?.attr('role'), 'moderator')
      const done = await juliet.asks(
        `<iq type="set" to="${room}"><query xmlns="${owner}"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
      )
      assert.equal(done.attr('type'), 'result')
      const info =
        await juliet.asks`<iq type="get" to="${room}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      const features = info
        .need('query')
        .elements()
        .map(one => one.attr('var'))
      for (const feature of ['muc_membersonly', 'muc_nonanonymous', 'muc_persistent', 'muc_hidden', 'muc_unsecured']) {
        assert.ok(features.includes(feature), feature)
      }
    }),
  )

  test(
    '#createroom-reserved: configured before anybody else can come; or it was never there',
    dialogue(async ({ romeo, juliet }) => {
      const room = roomName(juliet)
      await enters(juliet, room, 'Juliet')
      const form = await juliet.asks(`<iq type="get" to="${room}"><query xmlns="${owner}"/></iq>`)
      assert.equal(said(form, 'FORM_TYPE'), `${muc}#roomconfig`)
      assert.equal(said(form, 'muc#roomconfig_membersonly'), '1')
      const refused = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${owner}"/></iq>`)
      assert.equal(conditionOf(refused), 'item-not-found')
      const cancelled = await juliet.asks(
        `<iq type="set" to="${room}"><query xmlns="${owner}"><x xmlns="jabber:x:data" type="cancel"/></query></iq>`,
      )
      assert.equal(cancelled.attr('type'), 'result')
      assert.ok((await juliet.receives`<presence type="unavailable" from="${room}/Juliet"/>`).child('x', mucUser))
      const [self] = await enters(romeo, room, 'Romeo')
      assert.ok(codesOf(self!).includes(201))
    }),
  )

  test(
    'a room that its maker leaves without configuring it was never there',
    dialogue(async ({ romeo, juliet }) => {
      const room = roomName(juliet)
      await enters(juliet, room, 'Juliet')
      juliet.drops()
      await romeo.receivesNothing()
      const [self] = await enters(romeo, room, 'Romeo')
      assert.ok(codesOf(self!).includes(201))
    }),
  )

  test(
    'two who make the same room at once: one of them does',
    dialogue(async ({ romeo, juliet }) => {
      const room = roomName(juliet)
      knocks(romeo, room, 'Romeo')
      knocks(juliet, room, 'Juliet')
      const answers = [await romeo.client.wire.next(), await juliet.client.wire.next()]
      assert.deepEqual(
        answers.map(one => (one.attr('type') === 'error' ? conditionOf(one) : codesOf(one).includes(201))).sort(),
        ['item-not-found', true],
      )
    }),
  )

  test(
    '#createroom-general: where only some may make rooms, others may not',
    dialogue({ settings: { rooms: { create: 'admins' } } }, async ({ juliet }) => {
      const room = roomName(juliet)
      knocks(juliet, room, 'Juliet')
      await juliet.receives`<presence type="error" from="${room}/Juliet"><error by="${room}" type="cancel"><not-allowed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
    }),
  )

  test(
    'nobody has more rooms than the operator allows, nor any under an absurd name',
    dialogue({ settings: { rooms: { per_account: 2 } } }, async ({ juliet }) => {
      for (const name of ['a'.repeat(101), 'x\\20y', 'a|b']) {
        knocks(juliet, roomName(juliet, name), 'Juliet')
        assert.equal(conditionOf(await juliet.receives`<presence type="error"/>`), 'not-acceptable')
      }
      await makes(juliet, 'Juliet')
      await makes(juliet, 'Juliet')
      knocks(juliet, roomName(juliet), 'Juliet')
      assert.equal(conditionOf(await juliet.receives`<presence type="error"/>`), 'resource-constraint')
    }),
  )

  test(
    'rooms that others have made them an owner of leave people the rooms that they may make',
    dialogue({ settings: { rooms: { per_account: 2 } } }, async ({ romeo, juliet }) => {
      for (let i = 0; i < 2; i++) {
        const room = await makes(romeo, 'Romeo')
        await administers(romeo, room, `<item affiliation="owner" jid="${juliet.jid}"/>`)
      }
      await juliet.forgets()
      const first = await makes(juliet, 'Juliet')
      await makes(juliet, 'Juliet')
      knocks(juliet, roomName(juliet), 'Juliet')
      assert.equal(conditionOf(await juliet.receives`<presence type="error"/>`), 'resource-constraint')
      // A room that somebody has handed on is not theirs any more.
      await administers(juliet, first, `<item affiliation="owner" jid="${romeo.jid}"/>`)
      await administers(juliet, first, `<item affiliation="none" jid="${juliet.jid}"/>`)
      await juliet.forgets()
      await makes(juliet, 'Juliet')
    }),
  )

  test(
    '`rooms.usual = "public"`: open to all, and in the list',
    dialogue({ settings: { rooms: { usual: 'public' } } }, async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      await enters(romeo, room, 'Romeo')
      const items = await romeo.asks(
        `<iq type="get" to="${room.slice(room.indexOf('@') + 1)}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`,
      )
      assert.ok(
        items
          .need('query')
          .elements()
          .some(item => item.attr('jid') === room),
      )
    }),
  )
})

describe('XEP-0045#roomconfig', () => {
  test(
    'every field that is set is set, and what is not mentioned stays',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet', open)
      const wishes = {
        roomname: 'A Dark Cave',
        roomdesc: 'The place for all good witches',
        lang: 'en',
        publicroom: '1',
        persistentroom: '1',
        membersonly: '1',
        allowinvites: '0',
        moderatedroom: '1',
        passwordprotectedroom: '1',
        roomsecret: 'cauldronburn',
        whois: 'anyone',
        changesubject: '0',
        allowpm: 'participants',
        allowvoicerequests: '0',
        maxusers: '20',
        getmemberlist: 'moderator',
        enablearchiving: '0',
        presencebroadcast: 'moderator',
      }
      assert.equal((await configures(juliet, room, wishes)).attr('type'), 'result')
      assert.equal((await configures(juliet, room, { 'muc#maxhistoryfetch': '7' })).attr('type'), 'result')
      const form = await juliet.asks(`<iq type="get" to="${room}"><query xmlns="${owner}"/></iq>`)
      for (const [name, value] of Object.entries(wishes))
        assert.equal(said(form, `muc#roomconfig_${name}`), value, name)
      assert.equal(said(form, 'muc#maxhistoryfetch'), '7')
    }),
  )

  test(
    'what cannot be is refused, and nothing of it happens',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (const wishes of [
        { whois: 'nobody' },
        { maxusers: '0' },
        { maxusers: '100000' },
        { allowpm: 'everyone' },
        { membersonly: 'perhaps' },
        { passwordprotectedroom: '1' },
        { presencebroadcast: 'queen' },
        { roomname: 'O'.repeat(300) },
        { 'muc#maxhistoryfetch': '-1' },
      ]) {
        const answer = await configures(juliet, room, { roomdesc: 'changed', ...wishes })
        assert.equal(conditionOf(answer), 'not-acceptable', JSON.stringify(wishes))
      }
      const form = await juliet.asks(`<iq type="get" to="${room}"><query xmlns="${owner}"/></iq>`)
      assert.equal(said(form, 'muc#roomconfig_roomdesc'), undefined)
      assert.equal(conditionOf(await configures(romeo, room, {})), 'forbidden')
      const asked = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${owner}"/></iq>`)
      assert.equal(conditionOf(asked), 'forbidden')
      const nothing = await juliet.asks(`<iq type="set" to="${room}"><query xmlns="${owner}"/></iq>`)
      assert.equal(conditionOf(nothing), 'bad-request')
      const cancelled = await juliet.asks(
        `<iq type="set" to="${room}"><query xmlns="${owner}"><x xmlns="jabber:x:data" type="cancel"/></query></iq>`,
      )
      assert.equal(cancelled.attr('type'), 'result')
      await juliet.receivesNothing()
    }),
  )

  test(
    '#roomconfig-notify: everybody hears of what concerns them',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, enablearchiving: '0' })
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      for (const [wishes, codes] of [
        [{ whois: 'anyone' }, [172]],
        [{ whois: 'moderators' }, [173]],
        [{ enablearchiving: '1' }, [170]],
        [{ enablearchiving: '0', roomname: 'Cave' }, [171, 104]],
        [{ roomname: 'Cavern' }, [104]],
      ] as const) {
        await configures(juliet, room, wishes)
        const told = await romeo.receives`<message type="groupchat" from="${room}"><x xmlns="${mucUser}"/></message>`
        assert.deepEqual(codesOf(told), codes)
        if (codes[0] === 172) {
          await romeo.receivesInAnyOrder(`<presence from="${room}/Juliet"/>`, `<presence from="${room}/Romeo"/>`)
        }
      }
      await configures(juliet, room, { roomname: 'Cavern' })
      await romeo.receivesNothing()
    }),
  )

  test(
    'real addresses that show from now on are shown at once; encryption needs them',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const actor of [romeo, juliet, nurse]) await actor.forgets()
      await configures(juliet, room, { whois: 'anyone' })
      assert.deepEqual(codesOf(await romeo.receives`<message type="groupchat" from="${room}"/>`), [172])
      const shown = await romeo.receivesInAnyOrder(
        `<presence from="${room}/Juliet"/>`,
        `<presence from="${room}/Romeo"/>`,
        `<presence from="${room}/Nurse"/>`,
      )
      assert.deepEqual(
        shown.map(one => itemOf(one)?.attr('jid')),
        [juliet, romeo, nurse].map(({ fullJid }) => fullJid),
      )
      assert.deepEqual(codesOf(shown[1]!), [110])
      // Moderators have seen them all the time.
      await juliet.receives`<message type="groupchat" from="${room}"/>`
      await juliet.receivesNothing()
      await nurse.forgets()
      await configures(juliet, room, { whois: 'moderators' })
      assert.deepEqual(codesOf(await nurse.receives`<message type="groupchat" from="${room}"/>`), [173])
      await nurse.receivesNothing()
    }),
  )

  test(
    'showing and hiding them again and again is refused: each time everybody hears of everybody',
    dialogue({ settings: { limits: { enabled: true } } }, async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const refused: (string | undefined)[] = []
      for (let i = 0; i < 12; i++) {
        for (const whois of ['anyone', 'moderators'])
          refused.push(conditionOf(await configures(juliet, room, { whois })))
      }
      assert.equal(refused[0], undefined)
      assert.ok(refused.includes('policy-violation'))
    }),
  )

  test(
    'a room that becomes one for members is left by the others',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="member" jid="${nurse.jid}"/>`)
      await enters(romeo, room, 'Romeo')
      await nurse.forgets()
      await enters(nurse, room, 'Nurse')
      await romeo.forgets()
      await configures(juliet, room, { membersonly: '1' })
      assert.deepEqual(codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`), [110, 322])
      assert.deepEqual(codesOf(await nurse.receives`<presence type="unavailable" from="${room}/Romeo"/>`), [322])
      assert.deepEqual(codesOf(await nurse.receives`<message type="groupchat" from="${room}"/>`), [104])
      await romeo.receivesNothing()
    }),
  )

  test(
    '`presencebroadcast`: who is not shown is not shown',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', { ...open, presencebroadcast: 'moderator' })
      const [others, self] = await enters(romeo, room, 'Romeo')
      assert.equal(others!.attr('from'), `${room}/Juliet`)
      assert.ok(codesOf(self!).includes(110))
      const came = await enters(nurse, room, 'Nurse')
      assert.ok(!came.some(one => one.attr('from') === `${room}/Romeo`))
      await romeo.receivesNothing()
      await juliet.receivesNothing()
      // Talking is for all.
      romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      await nurse.receives`<message from="${room}/Romeo"/>`
    }),
  )
})

describe('XEP-0045#destroyroom', () => {
  test(
    'everybody hears where it goes on, and why, and of nobody else',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const forbidden = await romeo.asks(`<iq type="set" to="${room}"><query xmlns="${owner}"><destroy/></query></iq>`)
      assert.equal(conditionOf(forbidden), 'forbidden')
      const done = await juliet.asks(
        `<iq type="set" to="${room}"><query xmlns="${owner}"><destroy jid="tomb@conference.localhost"><password>dagger</password><reason>Dawn</reason></destroy></query></iq>`,
      )
      assert.equal(done.attr('type'), 'result')
      const told =
        await romeo.receives`<presence type="unavailable" from="${room}/Romeo"><x xmlns="${mucUser}"><item affiliation="none" role="none"/><destroy jid="tomb@conference.localhost"><password>dagger</password><reason>Dawn</reason></destroy></x></presence>`
      assert.deepEqual(codesOf(told), [110])
      await romeo.receivesNothing()
      const info = await romeo.asks(
        `<iq type="get" to="${room}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      )
      assert.equal(conditionOf(info), 'item-not-found')
      const [self] = await enters(romeo, room, 'Romeo')
      assert.ok(codesOf(self!).includes(201))
    }),
  )
})
