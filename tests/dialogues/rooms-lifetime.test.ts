/** What outlives visits, restarts and accounts; and who is in a room without being there. */

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
  open,
} from '../kit/rooms.ts'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

const info = 'http://jabber.org/protocol/disco#info'

test('XEP-0045#service-shutdown-kick, and what a restart leaves: configuration, affiliations, nicks, subject', async () => {
  const server = await startProcess()
  const stage = new Stage(server)
  try {
    const [juliet, romeo] = [await stage.actor('juliet'), await stage.actor('romeo')]
    for (const actor of [juliet, romeo]) await actor.connects()
    const room = await makes(juliet, 'Juliet', { ...open, roomname: 'A Dark Cave', moderatedroom: '1' })
    const passing = await makes(juliet, 'Juliet', { ...open, persistentroom: '0' })
    await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}" nick="Montague"/>`)
    await administers(
      juliet,
      room,
      '<item affiliation="outcast" jid="tybalt@capulet.lit"><reason>Brawls</reason></item>',
    )
    const [, before] = await enters(romeo, room, 'Romeo')
    juliet.sends(`<message to="${room}" type="groupchat"><subject>Spells</subject></message>`)
    await romeo.eventually`<message type="groupchat"><subject>Spells</subject></message>`
    await romeo.forgets()
    server.signal('SIGTERM')
    const told = await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`
    assert.deepEqual(codesOf(told), [110, 332])
    await server.exited()
    await server.start()
    for (const actor of [juliet, romeo]) await actor.connects()
    const about = (await juliet.asks(`<iq type="get" to="${room}"><query xmlns="${info}"/></iq>`)).need('query')
    assert.equal(about.need('identity').attr('name'), 'A Dark Cave')
    assert.ok(about.elements().some(one => one.attr('var') === 'muc_moderated'))
    const gone = await juliet.asks(`<iq type="get" to="${passing}"><query xmlns="${info}"/></iq>`)
    assert.equal(conditionOf(gone), 'item-not-found')
    const outcasts = await administers(juliet, room, '<item affiliation="outcast"/>', 'get')
    assert.equal(outcasts.need('query').need('item').need('reason').text(), 'Brawls')
    knocks(juliet, room, 'Montague')
    assert.equal(conditionOf(await juliet.receives`<presence type="error"/>`), 'conflict')
    const came = await enters(romeo, room, 'Romeo')
    assert.equal(itemOf(came[0]!)?.attr('affiliation'), 'member')
    assert.equal(came.at(-1)!.child('subject')?.text(), 'Spells')
    const idOf = (tree: (typeof came)[number]) => tree.child('occupant-id', 'urn:xmpp:occupant-id:0')?.attr('id')
    assert.equal(idOf(came[0]!), idOf(before!))
  } finally {
    stage.ends()
    await server.stop()
  }
})

describe('an account ends', () => {
  const registered = { settings: { registration: { open: true } } }
  const leaves = (actor: { asks(text: string): Promise<unknown> }) =>
    actor.asks('<iq type="set"><query xmlns="jabber:iq:register"><remove/></query></iq>')

  test(
    'its rooms pass to the oldest admin, its affiliations and nicks go',
    dialogue(registered, async ({ romeo, juliet, nurse, mercutio }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="member" jid="${mercutio.jid}"/>`)
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      await administers(juliet, room, `<item affiliation="admin" jid="${romeo.jid}"/>`)
      const other = await makes(romeo, 'Romeo')
      await administers(romeo, other, `<item affiliation="member" jid="${juliet.jid}" nick="Juliet"/>`)
      await nurse.forgets()
      await enters(nurse, room, 'Nurse')
      leaves(juliet).catch(() => {})
      const heir = await nurse.eventually(
        `<presence from="${room}/Nurse"><x xmlns="${muc}#user"><item affiliation="owner"/></x></presence>`,
      )
      assert.equal(itemOf(heir)?.attr('role'), 'moderator')
      await nurse.forgets()
      const owners = await administers(nurse, room, '<item affiliation="owner"/>', 'get')
      assert.deepEqual(
        owners
          .need('query')
          .elements()
          .map(item => item.attr('jid')),
        [nurse.jid],
      )
      await mercutio.forgets()
      await enters(mercutio, other, 'Juliet')
      const members = await administers(romeo, other, '<item affiliation="member"/>', 'get')
      assert.deepEqual(members.need('query').elements(), [])
    }),
  )

  test(
    'a subject stays, and the nick with it goes, also where they never belonged to the room',
    dialogue(registered, async ({ romeo, juliet, nurse, mercutio }) => {
      const room = await makes(juliet, 'Juliet', { ...open, changesubject: '1' })
      const other = await makes(juliet, 'Juliet', { ...open, changesubject: '1' })
      await administers(juliet, other, `<item affiliation="member" jid="${romeo.jid}"/>`)
      for (const each of [room, other]) {
        await romeo.forgets()
        await enters(romeo, each, 'Romeo')
        romeo.sends(`<message to="${each}" type="groupchat"><subject>Spells</subject></message>`)
        await romeo.eventually`<message type="groupchat"><subject>Spells</subject></message>`
        const [subject] = (await enters(mercutio, each, 'Mercutio')).slice(-1)
        assert.equal(subject!.attr('from'), `${each}/Romeo`)
      }
      await juliet.forgets()
      leaves(romeo).catch(() => {})
      await juliet.eventually`<message from="${other}"><x xmlns="${muc}#user"><item affiliation="none" jid="${romeo.jid}"/></x></message>`
      await romeo.isCutOff('not-authorized')
      for (const each of [room, other]) {
        await nurse.forgets()
        const [subject] = (await enters(nurse, each, 'Nurse')).slice(-1)
        assert.equal(subject!.child('subject')?.text(), 'Spells')
        assert.equal(subject!.attr('from'), each)
      }
    }),
  )

  test(
    'a room that nobody else belongs to ends with it, and all of them where the operator wants that',
    dialogue(
      { settings: { registration: { open: true }, rooms: { orphans: 'destroy' } } },
      async ({ romeo, juliet }) => {
        const alone = await makes(juliet, 'Juliet')
        const administered = await makes(juliet, 'Juliet')
        await administers(juliet, administered, `<item affiliation="admin" jid="${romeo.jid}"/>`)
        await romeo.forgets()
        await enters(romeo, administered, 'Romeo')
        leaves(juliet).catch(() => {})
        const told = await romeo.eventually(
          `<presence type="unavailable" from="${administered}/Romeo"><x xmlns="${muc}#user"><destroy/></x></presence>`,
        )
        assert.deepEqual(codesOf(told), [110])
        await romeo.forgets()
        for (const room of [alone, administered]) {
          const gone = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${info}"/></iq>`)
          assert.equal(conditionOf(gone), 'item-not-found')
        }
      },
    ),
  )

  test('while the service is stopped, too', async () => {
    const server = await startProcess()
    const stage = new Stage(server)
    try {
      const [juliet, romeo] = [await stage.actor('juliet'), await stage.actor('romeo')]
      for (const actor of [juliet, romeo]) await actor.connects()
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="admin" jid="${romeo.jid}"/>`)
      const alone = await makes(juliet, 'Juliet')
      server.signal('SIGTERM')
      await server.exited()
      await server.command(['account', 'delete', juliet.jid, '--now'])
      await server.command(['audit'])
      await server.start()
      await romeo.connects()
      await romeo.forgets()
      const [self] = await enters(romeo, room, 'Romeo')
      assert.equal(itemOf(self!)?.attr('affiliation'), 'owner')
      const gone = await romeo.asks(`<iq type="get" to="${alone}"><query xmlns="${info}"/></iq>`)
      assert.equal(conditionOf(gone), 'item-not-found')
    } finally {
      stage.ends()
      await server.stop()
    }
  })
})

describe('floods', () => {
  test(
    'of entering, nicks, presence and subjects by one are refused; others notice nothing',
    dialogue({ settings: { limits: { enabled: true } } }, async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const refusals = async (send: (n: number) => string, times: number) => {
        for (let n = 0; n < times; n++) romeo.client.send(send(n))
        await romeo.client.ping()
        const refused = romeo.client.wire.inbox.filter(one => one.attr('type') === 'error').map(conditionOf)
        await romeo.forgets()
        return refused
      }
      const nicks = await refusals(n => `<presence to="${room}/Romeo ${n}"/>`, 20)
      assert.ok(nicks.length >= 9 && nicks.every(one => one === 'policy-violation'), String(nicks))
      const subjects = await refusals(
        n => `<message to="${room}" type="groupchat"><subject>${n}</subject></message>`,
        20,
      )
      assert.ok(subjects.length >= 9 && subjects.every(one => one === 'policy-violation'), String(subjects))
      const shows = await refusals(n => `<presence to="${room}/Romeo 9"><status>${n}</status></presence>`, 80)
      assert.ok(shows.length >= 15 && shows.every(one => one === 'policy-violation'), String(shows.length))
      const register = (n: number) =>
        `<iq type="set" id="r${n}" to="${room}"><query xmlns="jabber:iq:register"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${muc}#register</value></field><field var="muc#register_roomnick"><value>Nick ${n}</value></field></x></query></iq>`
      const registrations = await refusals(register, 20)
      assert.ok(registrations.length >= 9, String(registrations))
      await enters(nurse, room, 'Nurse')
      nurse.sends(`<presence to="${room}/Angelica"/>`)
      await nurse.eventually(`<presence from="${room}/Angelica"/>`)
      await configures(juliet, room, { roomname: 'Quiet' })
    }),
  )
})
