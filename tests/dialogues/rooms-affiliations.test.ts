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
  mucUser,
  open,
} from '../kit/rooms.ts'

describe('XEP-0045#admin', () => {
  test(
    '#ban: out, with all devices, and not in again',
    dialogue(async ({ romeo, romeosPhone, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(romeosPhone, room, 'Romeos phone')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, romeosPhone, nurse]) await each.forgets()
      const done = await administers(
        juliet,
        room,
        `<item affiliation="outcast" jid="${romeo.jid}"><reason>Treason</reason></item>`,
      )
      assert.equal(done.attr('type'), 'result')
      for (const [device, nick] of [
        [romeo, 'Romeo'],
        [romeosPhone, 'Romeos phone'],
      ] as const) {
        const self =
          await device.eventually`<presence type="unavailable" from="${room}/${nick}"><x xmlns="${mucUser}"><item affiliation="outcast" role="none"><actor nick="Juliet"/><reason>Treason</reason></item></x></presence>`
        assert.deepEqual(codesOf(self), [110, 301])
        assert.deepEqual(codesOf(await nurse.eventually`<presence type="unavailable" from="${room}/${nick}"/>`), [301])
        knocks(device, room, nick)
        assert.equal(conditionOf(await device.eventually`<presence type="error"/>`), 'forbidden')
      }
    }),
  )

  test(
    '#ban: nobody bans themselves, nor somebody above them',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      const bans = async (actor: typeof juliet, jid: string) =>
        conditionOf(await administers(actor, room, `<item affiliation="outcast" jid="${jid}"/>`))
      assert.equal(await bans(nurse, juliet.jid), 'not-allowed')
      assert.equal(await bans(nurse, nurse.jid), 'conflict')
      assert.equal(await bans(juliet, juliet.jid), 'conflict')
      assert.equal(await bans(romeo, nurse.jid), 'forbidden')
      assert.equal(await bans(nurse, romeo.jid), undefined)
    }),
  )

  test(
    '#modifyban: the list is for admins; a whole service can be on it; all changes or none; and off it again',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const tybalt = 'tybalt@capulet.lit'
      const refused = await administers(
        juliet,
        room,
        `<item affiliation="outcast" jid="${tybalt}"/><item affiliation="outcast" jid="${juliet.jid}"/>`,
      )
      assert.equal(conditionOf(refused), 'conflict')
      const list = async () =>
        (await administers(juliet, room, '<item affiliation="outcast"/>', 'get')).need('query').elements()
      assert.deepEqual(await list(), [])
      await administers(
        juliet,
        room,
        `<item affiliation="outcast" jid="${tybalt}"><reason>Brawls</reason></item><item affiliation="outcast" jid="montague.lit"/>`,
      )
      const items = await list()
      assert.deepEqual(items.map(item => item.attr('jid')).sort(), ['montague.lit', tybalt])
      assert.equal(
        items
          .find(item => item.attr('jid') === tybalt)
          ?.child('reason')
          ?.text(),
        'Brawls',
      )
      assert.equal(conditionOf(await administers(romeo, room, '<item affiliation="outcast"/>', 'get')), 'forbidden')
      await administers(juliet, room, `<item affiliation="none" jid="${tybalt}"/>`)
      assert.deepEqual(
        (await list()).map(item => item.attr('jid')),
        ['montague.lit'],
      )
    }),
  )

  test(
    '#modifyban: a ban of a service meets all its people',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      const domain = romeo.jid.slice(romeo.jid.indexOf('@') + 1)
      await administers(juliet, room, `<item affiliation="outcast" jid="${domain}"/>`)
      assert.deepEqual(codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`), [110, 301])
      knocks(romeo, room, 'Romeo')
      assert.equal(conditionOf(await romeo.receives`<presence type="error"/>`), 'forbidden')
      // Whoever is named otherwise is not meant.
      assert.equal((await administers(juliet, room, '<item affiliation="outcast"/>', 'get')).attr('type'), 'result')
    }),
  )

  test(
    '#grantmember and #revokemember in an open room: everybody sees it',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      assert.equal(itemOf(await romeo.receives`<presence from="${room}/Romeo"/>`)?.attr('affiliation'), 'member')
      await administers(juliet, room, `<item affiliation="none" jid="${romeo.jid}"/>`)
      const now = itemOf(await romeo.receives`<presence from="${room}/Romeo"/>`)
      assert.equal(now?.attr('affiliation'), 'none')
      assert.equal(now?.attr('role'), 'participant')
    }),
  )

  test(
    '#revokemember in a room for members: out',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      await romeo.forgets()
      await enters(romeo, room, 'Romeo')
      await administers(juliet, room, `<item affiliation="none" jid="${romeo.jid}"/>`)
      const gone = await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(gone), [110, 321])
      assert.equal(itemOf(gone)?.attr('affiliation'), 'none')
    }),
  )

  test(
    '#modifymember: who is made a member of a room for members is invited, and others who see addresses are told',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', {})
      await administers(juliet, room, `<item affiliation="member" jid="${nurse.jid}"/>`)
      await nurse.forgets()
      await enters(nurse, room, 'Nurse')
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"><reason>Come</reason></item>`)
      const invited =
        await romeo.receives`<message from="${room}"><x xmlns="${mucUser}"><invite from="${juliet.jid}"><reason>Come</reason></invite></x></message>`
      assert.equal(invited.child('x', 'jabber:x:conference')?.attr('jid'), room)
      await nurse.receives`<message from="${room}"><x xmlns="${mucUser}"><item affiliation="member" jid="${romeo.jid}"/></x></message>`
    }),
  )

  test(
    '#getmemberlist: in a room where addresses show, members may see who belongs to it; strangers may not',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', {})
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      for (const [affiliation, jid] of [
        ['owner', juliet.jid],
        ['member', romeo.jid],
      ] as const) {
        const list = await administers(romeo, room, `<item affiliation="${affiliation}"/>`, 'get')
        assert.deepEqual(
          list
            .need('query')
            .elements()
            .map(item => item.attr('jid')),
          [jid],
        )
        assert.equal(
          conditionOf(await administers(nurse, room, `<item affiliation="${affiliation}"/>`, 'get')),
          'forbidden',
        )
      }
      await configures(juliet, room, { whois: 'moderators' })
      assert.equal(conditionOf(await administers(romeo, room, '<item affiliation="member"/>', 'get')), 'forbidden')
      await configures(juliet, room, { whois: 'anyone', getmemberlist: 'moderator' })
      assert.equal(conditionOf(await administers(romeo, room, '<item affiliation="member"/>', 'get')), 'forbidden')
    }),
  )

  test(
    '#grantmod, #revokemod and #modifymod: admins make moderators',
    dialogue(async ({ romeo, juliet, nurse, mercutio }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      for (const [actor, nick] of [
        [nurse, 'Nurse'],
        [romeo, 'Romeo'],
        [mercutio, 'Mercutio'],
      ] as const) {
        await actor.forgets()
        await enters(actor, room, nick)
      }
      await romeo.forgets()
      await administers(nurse, room, '<item nick="Romeo" role="moderator"/>')
      // Whom they may have to ban.
      await romeo.receives`<presence from="${room}/Romeo"><x xmlns="${mucUser}"><item role="moderator"/></x></presence>`
      const [seen] = await romeo.receivesInAnyOrder(
        `<presence from="${room}/Mercutio"/>`,
        `<presence from="${room}/Nurse"/>`,
        `<presence from="${room}/Juliet"/>`,
      )
      assert.equal(itemOf(seen!)?.attr('jid'), mercutio.fullJid)
      // A moderator who is no admin makes no other.
      assert.equal(
        conditionOf(await administers(romeo, room, '<item nick="Mercutio" role="moderator"/>')),
        'not-allowed',
      )
      assert.equal(conditionOf(await administers(romeo, room, '<item role="moderator"/>', 'get')), 'forbidden')
      const list = await administers(nurse, room, '<item role="moderator"/>', 'get')
      assert.equal(list.need('query').elements().length, 3)
      assert.equal(
        conditionOf(await administers(nurse, room, '<item nick="Juliet" role="participant"/>')),
        'not-allowed',
      )
      assert.equal((await administers(nurse, room, '<item nick="Romeo" role="participant"/>')).attr('type'), 'result')
    }),
  )

  test(
    'what is no change is refused: no item, both kinds, no such word, no address',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (const [items, condition] of [
        ['', 'bad-request'],
        ['<item nick="Juliet" role="moderator" affiliation="owner"/>', 'bad-request'],
        ['<item nick="Juliet" role="queen"/>', 'bad-request'],
        ['<item jid="romeo@verona.lit" affiliation="friend"/>', 'bad-request'],
        ['<item jid="@@" affiliation="member"/>', 'jid-malformed'],
        ['<item affiliation="member"/>', 'bad-request'],
        ['<item jid="verona.lit" affiliation="member"/>', 'not-acceptable'],
      ] as const) {
        assert.equal(conditionOf(await administers(juliet, room, items)), condition, items)
      }
      for (const items of [
        '',
        '<item/>',
        '<item role="none"/>',
        '<item affiliation="member"/><item role="visitor"/>',
      ]) {
        assert.equal(conditionOf(await administers(juliet, room, items, 'get')), 'bad-request', items)
      }
    }),
  )
})

describe('XEP-0045#owner: who owns and who looks after', () => {
  test(
    '#grantowner, #revokeowner, #modifyowner: owners make owners, and one stays',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await romeo.forgets()
      assert.equal(
        conditionOf(await administers(juliet, room, `<item affiliation="admin" jid="${juliet.jid}"/>`)),
        'conflict',
      )
      await administers(juliet, room, `<item affiliation="owner" jid="${romeo.jid}"/>`)
      const promoted = itemOf(await romeo.receives`<presence from="${room}/Romeo"/>`)
      assert.equal(promoted?.attr('affiliation'), 'owner')
      assert.equal(promoted?.attr('role'), 'moderator')
      const owners = await administers(romeo, room, '<item affiliation="owner"/>', 'get')
      assert.equal(owners.need('query').elements().length, 2)
      assert.equal(
        (await administers(romeo, room, `<item affiliation="admin" jid="${juliet.jid}"/>`)).attr('type'),
        'result',
      )
      assert.equal(
        conditionOf(await administers(juliet, room, `<item affiliation="owner" jid="${juliet.jid}"/>`)),
        'forbidden',
      )
    }),
  )

  test(
    '#grantadmin, #revokeadmin, #modifyadmin: not for admins themselves',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(nurse, room, 'Nurse')
      await nurse.forgets()
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      assert.equal(itemOf(await nurse.receives`<presence from="${room}/Nurse"/>`)?.attr('role'), 'moderator')
      assert.equal(
        conditionOf(await administers(nurse, room, `<item affiliation="admin" jid="${romeo.jid}"/>`)),
        'forbidden',
      )
      await configures(juliet, room, { whois: 'moderators' })
      assert.equal(conditionOf(await administers(romeo, room, '<item affiliation="admin"/>', 'get')), 'forbidden')
      await nurse.forgets()
      await administers(juliet, room, `<item affiliation="member" jid="${nurse.jid}"/>`)
      const demoted = itemOf(await nurse.receives`<presence from="${room}/Nurse"/>`)
      assert.equal(demoted?.attr('affiliation'), 'member')
      assert.equal(demoted?.attr('role'), 'participant')
    }),
  )

  test(
    'the lists of owners and admins in the configuration are whole lists',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      const list = async (affiliation: string) =>
        (await administers(juliet, room, `<item affiliation="${affiliation}"/>`, 'get'))
          .need('query')
          .elements()
          .map(item => item.attr('jid'))
      await configures(juliet, room, { roomadmins: [romeo.jid, nurse.jid] })
      assert.deepEqual((await list('admin')).sort(), [nurse.jid, romeo.jid].sort())
      await configures(juliet, room, { roomadmins: [romeo.jid] })
      assert.deepEqual(await list('admin'), [romeo.jid])
      assert.deepEqual(await list('member'), [nurse.jid])
      assert.equal(conditionOf(await configures(juliet, room, { roomowners: [] })), 'conflict')
      assert.equal(conditionOf(await configures(juliet, room, { ...open, roomowners: ['@@'] })), 'jid-malformed')
    }),
  )

  test(
    'no more people than the operator allows',
    dialogue({ settings: { rooms: { affiliations: 10 } } }, async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const items = Array.from({ length: 10 }, (_, n) => `<item affiliation="outcast" jid="guest${n}@verona.lit"/>`)
      assert.equal(conditionOf(await administers(juliet, room, items.join(''))), 'resource-constraint')
      assert.equal((await administers(juliet, room, items.slice(1).join(''))).attr('type'), 'result')
    }),
  )
})
