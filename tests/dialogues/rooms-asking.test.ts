import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import {
  administers,
  conditionOf,
  configures,
  enters,
  itemOf,
  knocks,
  makes,
  muc,
  mucUser,
  open,
  submitted,
} from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

const info = 'http://jabber.org/protocol/disco#info'
const items = 'http://jabber.org/protocol/disco#items'
const register = 'jabber:iq:register'

const below = (answer: Tree) => answer.need('query').elements()

describe('XEP-0045#entity', () => {
  test(
    '#disco-service, #disco-service-features: there is a service for rooms, and it says so',
    dialogue(async ({ juliet, server }) => {
      const found = await juliet.asks(`<iq type="get" to="${server.domain}"><query xmlns="${items}"/></iq>`)
      assert.ok(below(found).some(item => item.attr('jid') === `conference.${server.domain}`))
      const about = await juliet.asks(`<iq type="get" to="conference.${server.domain}"><query xmlns="${info}"/></iq>`)
      const identity = about.need('query').need('identity')
      assert.equal(`${identity.attr('category')}/${identity.attr('type')}`, 'conference/text')
      for (const feature of [muc, `${muc}#stable_id`]) {
        assert.ok(
          below(about).some(one => one.attr('var') === feature),
          feature,
        )
      }
    }),
  )

  test(
    '#disco-rooms: only rooms that want to be found, page by page',
    dialogue({ settings: {} }, async ({ romeo, juliet, server }) => {
      const rooms: string[] = []
      for (let n = 0; n < 5; n++) {
        const room = await makes(juliet, 'Juliet', { ...open, publicroom: '1', roomname: `Cave ${n}` })
        rooms.push(room)
      }
      await makes(juliet, 'Juliet', { ...open, publicroom: '0' })
      const page = (set: string) =>
        romeo.asks(`<iq type="get" to="conference.${server.domain}"><query xmlns="${items}">${set}</query></iq>`)
      const all = below(await page(''))
      assert.deepEqual(all.map(item => item.attr('jid')).sort(), [...rooms].sort())
      assert.ok(all.every(item => item.attr('name')?.startsWith('Cave ')))
      const found: (string | undefined)[] = []
      let after = ''
      for (let n = 0; n < 3; n++) {
        const set = `<set xmlns="http://jabber.org/protocol/rsm"><max>2</max>${after}</set>`
        const answer = (await page(set)).need('query')
        found.push(...answer.elements().flatMap(one => (one.name === 'item' ? [one.attr('jid')] : [])))
        const told = answer.need('set', 'http://jabber.org/protocol/rsm')
        assert.equal(told.need('count').text(), '5')
        after = `<after>${told.need('last').text()}</after>`
      }
      assert.deepEqual(found.sort(), [...rooms].sort())
      await configures(juliet, rooms[0]!, { publicroom: '0' })
      assert.equal(below(await page('')).length, 4)
    }),
  )

  test(
    '#disco-roominfo: features and form follow the configuration',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, roomname: 'A Dark Cave', roomdesc: 'Witches', lang: 'en' })
      juliet.sends(`<message to="${room}" type="groupchat"><subject>Spells</subject></message>`)
      await juliet.receives`<message type="groupchat"/>`
      const asks = async () =>
        (await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${info}"/></iq>`)).need('query')
      const about = await asks()
      assert.equal(about.need('identity').attr('name'), 'A Dark Cave')
      const features = (query: Tree) => query.elements().flatMap(one => one.attr('var') ?? [])
      for (const feature of [
        muc,
        `${muc}#stable_id`,
        'muc_open',
        'muc_semianonymous',
        'urn:xmpp:occupant-id:0',
        register,
      ]) {
        assert.ok(features(about).includes(feature), feature)
      }
      const value = (query: Tree, name: string) =>
        query
          .need('x', 'jabber:x:data')
          .elements()
          .find(one => one.attr('var') === name)
          ?.child('value')
          ?.text()
      assert.equal(value(about, 'FORM_TYPE'), `${muc}#roominfo`)
      assert.equal(value(about, 'muc#roominfo_description'), 'Witches')
      assert.equal(value(about, 'muc#roominfo_subject'), 'Spells')
      assert.equal(value(about, 'muc#roominfo_occupants'), '1')
      assert.equal(value(about, 'muc#roominfo_lang'), 'en')
      await configures(juliet, room, { membersonly: '1', moderatedroom: '1', publicroom: '1', persistentroom: '0' })
      const after = await asks()
      for (const feature of ['muc_membersonly', 'muc_moderated', 'muc_public', 'muc_temporary']) {
        assert.ok(features(after).includes(feature), feature)
      }
      // What goes on inside is not for those who may not be there.
      assert.equal(value(after, 'muc#roominfo_subject'), '')
      assert.equal(value(after, 'muc#roominfo_occupants'), '1')
      await configures(juliet, room, { publicroom: '0', changesubject: '1' })
      const hidden = await asks()
      assert.equal(value(hidden, 'muc#roominfo_occupants'), undefined)
      assert.equal(value(hidden, 'muc#roominfo_subjectmod'), '1')
    }),
  )

  test(
    '#disco-roomitems: who is in is for those who are in',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const asks = async (actor: typeof romeo) =>
        below(await actor.asks(`<iq type="get" to="${room}"><query xmlns="${items}"/></iq>`)).map(item =>
          item.attr('jid'),
        )
      assert.deepEqual(await asks(romeo), [])
      assert.deepEqual(await asks(juliet), [`${room}/Juliet`])
    }),
  )

  test(
    'a room that is not there, and a request that nobody answers',
    dialogue(async ({ juliet, server }) => {
      const nowhere = `nowhere@conference.${server.domain}`
      assert.equal(
        conditionOf(await juliet.asks(`<iq type="get" to="${nowhere}"><query xmlns="${info}"/></iq>`)),
        'item-not-found',
      )
      const room = await makes(juliet, 'Juliet')
      assert.equal(
        conditionOf(await juliet.asks(`<iq type="get" to="${room}"><query xmlns="urn:example"/></iq>`)),
        'service-unavailable',
      )
      const traffic = await juliet.asks(
        `<iq type="get" to="${room}"><query xmlns="${info}" node="${muc}#traffic"/></iq>`,
      )
      assert.equal(conditionOf(traffic), 'service-unavailable')
      assert.equal(
        (await juliet.asks(`<iq type="get" to="${room}"><ping xmlns="urn:xmpp:ping"/></iq>`)).attr('type'),
        'result',
      )
    }),
  )
})

describe('XEP-0045#invite', () => {
  test(
    '#invite-mediated: the room passes it on, with its password; and a no comes back',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, passwordprotectedroom: '1', roomsecret: 'wherefore' })
      juliet.sends(
        `<message to="${room}" id="i1"><x xmlns="${mucUser}"><invite to="${romeo.jid}"><reason>Come</reason><continue thread="t1"/></invite></x></message>`,
      )
      const invited =
        await romeo.receives`<message from="${room}" to="${romeo.jid}"><x xmlns="${mucUser}"><invite from="${room}/Juliet"><reason>Come</reason><continue thread="t1"/></invite><password>wherefore</password></x></message>`
      const direct = invited.child('x', 'jabber:x:conference')
      assert.equal(direct?.attr('jid'), room)
      assert.equal(direct?.attr('password'), 'wherefore')
      romeo.sends(
        `<message to="${room}"><x xmlns="${mucUser}"><decline to="${room}/Juliet"><reason>Too busy</reason></decline></x></message>`,
      )
      await juliet.receives`<message from="${room}"><x xmlns="${mucUser}"><decline from="${romeo.jid}"><reason>Too busy</reason></decline></x></message>`
    }),
  )

  test(
    'in a room for members the invited one becomes one, and real addresses show',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', {})
      juliet.sends(`<message to="${room}"><x xmlns="${mucUser}"><invite to="${romeo.jid}"/></x></message>`)
      await romeo.receives`<message from="${room}"><x xmlns="${mucUser}"><invite from="${juliet.jid}"/></x></message>`
      const [, self] = await enters(romeo, room, 'Romeo')
      assert.equal(itemOf(self!)?.attr('affiliation'), 'member')
      // Members invite, unless the room does not want it.
      romeo.sends(`<message to="${room}"><x xmlns="${mucUser}"><invite to="${nurse.jid}"/></x></message>`)
      await nurse.receives`<message from="${room}"><x xmlns="${mucUser}"><invite from="${romeo.jid}"/></x></message>`
      await configures(juliet, room, { allowinvites: '0' })
      await romeo.forgets()
      romeo.sends(`<message to="${room}"><x xmlns="${mucUser}"><invite to="${nurse.jid}"/></x></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'forbidden')
    }),
  )

  test(
    'not from outside, not to nobody, not to whom it is banned',
    dialogue(async ({ romeo, juliet, nurse, server }) => {
      const room = await makes(juliet, 'Juliet')
      const invites = (actor: typeof romeo, jid: string) =>
        actor.sends(`<message to="${room}"><x xmlns="${mucUser}"><invite to="${jid}"/></x></message>`)
      invites(romeo, nurse.jid)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'not-acceptable')
      invites(juliet, `nobody@${server.domain}`)
      assert.equal(conditionOf(await juliet.receives`<message type="error" from="${room}"/>`), 'item-not-found')
      invites(juliet, '@@')
      assert.equal(conditionOf(await juliet.receives`<message type="error"/>`), 'jid-malformed')
      await administers(juliet, room, `<item affiliation="outcast" jid="${nurse.jid}"/>`)
      await juliet.forgets()
      invites(juliet, nurse.jid)
      assert.equal(conditionOf(await juliet.receives`<message type="error"/>`), 'not-allowed')
      // Nobody writes to strangers in the room's name.
      romeo.sends(`<message to="${room}"><x xmlns="${mucUser}"><decline to="${nurse.jid}"/></x></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'item-not-found')
      await nurse.receivesNothing()
    }),
  )

  test(
    'a no is for those who were invited, once; from it nobody learns who is in the room, and nobody is bothered',
    dialogue(async ({ romeo, juliet, nurse, tybalt }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(nurse, room, 'Nurse')
      await juliet.forgets()
      await nurse.forgets()
      const declines = (to: string) => `<message to="${room}"><x xmlns="${mucUser}"><decline to="${to}"/></x></message>`
      const texts: (string | undefined)[] = []
      for (const to of [nurse.jid, romeo.jid, `${room}/Nurse`, `${room}/Nobody`]) {
        tybalt.sends(declines(to))
        const refused = await tybalt.receives`<message type="error"/>`
        assert.equal(conditionOf(refused), 'item-not-found')
        texts.push(refused.need('error').elements()[1]?.text())
      }
      assert.equal(new Set(texts).size, 1)
      juliet.sends(`<message to="${room}"><x xmlns="${mucUser}"><invite to="${romeo.jid}"/></x></message>`)
      await romeo.eventually`<message from="${room}"/>`
      // Whoever they name, it goes to whoever has invited them.
      romeo.sends(declines(nurse.jid))
      await juliet.receives`<message from="${room}"><x xmlns="${mucUser}"><decline from="${romeo.jid}"/></x></message>`
      romeo.sends(declines(juliet.jid))
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'item-not-found')
      for (const actor of [juliet, nurse]) await actor.receivesNothing()
    }),
  )

  test(
    '#invite-direct (XEP-0249): goes from person to person, past the room',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      juliet.sends(`<message to="${romeo.jid}"><x xmlns="jabber:x:conference" jid="${room}" reason="Come"/></message>`)
      await romeo.receives`<message from="${juliet.fullJid}"><x xmlns="jabber:x:conference" jid="${room}" reason="Come"/></message>`
    }),
  )
})

describe('XEP-0045#register', () => {
  const form = (nick: string) => submitted({ 'muc#register_roomnick': nick }, `${muc}#register`)
  const registers = (actor: { asks(text: string): Promise<Tree> }, room: string, inside: string) =>
    actor.asks(`<iq type="set" to="${room}"><query xmlns="${register}">${inside}</query></iq>`)

  test(
    'in an open room: a form, and one is a member with a nick of one’s own, which others cannot have',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      const asked = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${register}"/></iq>`)
      const fields = asked.need('query').need('x', 'jabber:x:data').elements()
      assert.ok(fields.some(field => field.attr('var') === 'muc#register_roomnick'))
      assert.equal(conditionOf(await registers(romeo, room, '')), 'bad-request')
      assert.equal(conditionOf(await registers(romeo, room, form('Juliet'))), 'conflict')
      assert.equal((await registers(romeo, room, form('Montague'))).attr('type'), 'result')
      assert.equal(itemOf(await romeo.eventually`<presence from="${room}/Romeo"/>`)?.attr('affiliation'), 'member')
      const again = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${register}"/></iq>`)
      assert.ok(again.need('query').child('registered'))
      assert.equal(again.need('query').need('username').text(), 'Montague')
      // #reservednick
      const own = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${info}" node="x-roomuser-item"/></iq>`)
      assert.equal(own.need('query').need('identity').attr('name'), 'Montague')
      const none = await nurse.asks(`<iq type="get" to="${room}"><query xmlns="${info}" node="x-roomuser-item"/></iq>`)
      assert.deepEqual(below(none), [])
      assert.equal(conditionOf(await registers(nurse, room, form('montague'))), 'conflict')
      knocks(nurse, room, 'Montague')
      assert.equal(conditionOf(await nurse.receives`<presence type="error"/>`), 'conflict')
      await romeo.forgets()
      assert.equal((await registers(romeo, room, '<remove/>')).attr('type'), 'result')
      assert.equal(itemOf(await romeo.eventually`<presence from="${room}/Romeo"/>`)?.attr('affiliation'), 'none')
      assert.equal(conditionOf(await registers(romeo, room, '<remove/>')), 'registration-required')
    }),
  )

  test(
    '#regapprove: in a room for members its admins say',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      assert.equal((await registers(romeo, room, form('Romeo'))).attr('type'), 'result')
      const asked = await juliet.receives`<message from="${room}"><x xmlns="jabber:x:data" type="form"/></message>`
      const value = (name: string) =>
        asked
          .need('x', 'jabber:x:data')
          .elements()
          .find(one => one.attr('var') === name)
          ?.child('value')
          ?.text()
      assert.equal(value('muc#register_roomnick'), 'Romeo')
      knocks(romeo, room, 'Romeo')
      assert.equal(conditionOf(await romeo.receives`<presence type="error"/>`), 'registration-required')
      const yes = { 'muc#jid': romeo.jid, 'muc#register_roomnick': 'Romeo', 'muc#register_allow': '1' }
      juliet.sends(`<message to="${room}">${submitted(yes, `${muc}#register`)}</message>`)
      await juliet.receives`<message from="${room}"><x xmlns="${mucUser}"><item affiliation="member" jid="${romeo.jid}"/></x></message>`
      await enters(romeo, room, 'Romeo')
    }),
  )

  test(
    'not where nobody is there to say, not for outcasts, not in a room that is not there',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      juliet.sends(`<presence to="${room}/Juliet" type="unavailable"/>`)
      await juliet.forgets()
      assert.equal(conditionOf(await registers(romeo, room, form('Romeo'))), 'not-allowed')
      await administers(juliet, room, `<item affiliation="outcast" jid="${romeo.jid}"/>`)
      const asked = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${register}"/></iq>`)
      assert.equal(conditionOf(asked), 'not-allowed')
      const nowhere = await romeo.asks(`<iq type="get" to="no-${room}"><query xmlns="${register}"/></iq>`)
      assert.equal(conditionOf(nowhere), 'item-not-found')
    }),
  )
})
