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
  roomName,
} from '../kit/rooms.ts'

const occupantIds = 'urn:xmpp:occupant-id:0'

describe('XEP-0045#enter', () => {
  test(
    '#enter-pres: those who are in, oneself, the subject, in this order; and the others hear of it',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const [others, self, subject] = await enters(romeo, room, 'Romeo')
      assert.equal(others!.attr('from'), `${room}/Juliet`)
      assert.equal(itemOf(others!)?.attr('affiliation'), 'owner')
      assert.equal(itemOf(others!)?.attr('role'), 'moderator')
      assert.equal(itemOf(others!)?.attr('jid'), undefined)
      assert.equal(self!.attr('from'), `${room}/Romeo`)
      assert.equal(self!.attr('id'), 'enter')
      assert.ok(codesOf(self!).includes(110))
      assert.equal(subject!.attr('from'), room)
      const seen = await juliet.receives`<presence from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(seen), [])
      // #enter-semianon: moderators see addresses.
      assert.equal(itemOf(seen)?.attr('jid'), romeo.fullJid)
      assert.equal(itemOf(seen)?.attr('role'), 'participant')
      await romeo.receivesNothing()
    }),
  )

  test(
    '#enter-muc: without a nick it is no address to enter at',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<presence to="${room}" id="p"><x xmlns="${muc}"/></presence>`)
      await romeo.receives`<presence type="error" id="p" from="${room}"><error by="${room}" type="modify"><jid-malformed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
    }),
  )

  test(
    '#enter-nonanon: everybody sees addresses, and is told so',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { membersonly: '0' })
      const [others, self] = await enters(romeo, room, 'Romeo')
      assert.equal(itemOf(others!)?.attr('jid'), juliet.fullJid)
      assert.ok(codesOf(self!).includes(100))
    }),
  )

  test(
    '#enter-pw: a password has to be right',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, passwordprotectedroom: '1', roomsecret: 'wherefore' })
      for (const inside of ['', '<password>therefore</password>']) {
        knocks(romeo, room, 'Romeo', inside)
        const refused =
          await romeo.receives`<presence type="error" from="${room}/Romeo"><error by="${room}" type="auth"><not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
        assert.ok(refused.child('x', muc))
      }
      await enters(romeo, room, 'Romeo', '<password>wherefore</password>')
    }),
  )

  test(
    '#enter-members: a room for members is for members',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', {})
      knocks(romeo, room, 'Romeo')
      await romeo.receives`<presence type="error"><error by="${room}" type="auth"><registration-required xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      await romeo.forgets()
      await enters(romeo, room, 'Romeo')
    }),
  )

  test(
    '#enter-banned: nor from another device',
    dialogue(async ({ romeosPhone, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="outcast" jid="${romeosPhone.jid}"/>`)
      knocks(romeosPhone, room, 'Romeo')
      await romeosPhone.receives`<presence type="error"><error by="${room}" type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
    }),
  )

  test(
    '#enter-conflict: a nick is one person’s, however it is written',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet Capulet')
      for (const nick of ['Juliet Capulet', 'juliet capulet', 'ＪＵＬＩＥＴ Capulet']) {
        knocks(romeo, room, nick)
        await romeo.receives`<presence type="error"><error by="${room}" type="cancel"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      }
      await juliet.receivesNothing()
    }),
  )

  test(
    '#enter-conflict: a reserved nick is reserved while its owner is away',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await administers(juliet, room, `<item affiliation="member" jid="${nurse.jid}" nick="Nurse"/>`)
      knocks(romeo, room, 'nurse')
      assert.equal(conditionOf(await romeo.receives`<presence type="error"/>`), 'conflict')
      await nurse.forgets()
      await enters(nurse, room, 'Nurse')
    }),
  )

  test(
    '#enter-conflict: devices of one person share a nick, and hear everything',
    dialogue(async ({ romeo, romeosPhone, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      await enters(romeosPhone, room, 'Romeo')
      await romeo.forgets()
      await juliet.forgets()
      romeosPhone.sends(`<message to="${room}" type="groupchat"><body>Soft!</body></message>`)
      for (const each of [romeo, romeosPhone, juliet]) {
        await each.receives`<message from="${room}/Romeo" type="groupchat"><body>Soft!</body></message>`
      }
      // One of them goes: the others see nothing of it.
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      assert.ok(codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`).includes(110))
      await juliet.receivesNothing()
      romeosPhone.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      await juliet.receives`<presence type="unavailable" from="${room}/Romeo"/>`
    }),
  )

  test(
    'presence that is far too large is refused: everybody who ever comes in would get it',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const large = `<status>${'O'.repeat(20_000)}</status>`
      romeo.sends(`<presence to="${room}/Romeo"><x xmlns="${muc}"/>${large}</presence>`)
      assert.equal(conditionOf(await romeo.receives`<presence type="error"/>`), 'policy-violation')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<presence to="${room}/Romeo">${large}</presence>`)
      assert.equal(conditionOf(await romeo.receives`<presence type="error"/>`), 'policy-violation')
      await juliet.receivesNothing()
    }),
  )

  test(
    '#enter-maxusers: a full room, which admins can enter all the same',
    dialogue(async ({ romeo, juliet, nurse, mercutio }) => {
      const room = await makes(juliet, 'Juliet', { ...open, maxusers: '2' })
      await enters(romeo, room, 'Romeo')
      knocks(mercutio, room, 'Mercutio')
      await mercutio.receives`<presence type="error"><error by="${room}" type="wait"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await administers(juliet, room, `<item affiliation="admin" jid="${nurse.jid}"/>`)
      await nurse.forgets()
      await enters(nurse, room, 'Nurse')
    }),
  )

  test(
    '#enter-locked: a room that is being made is not there for others',
    dialogue(async ({ romeo, juliet }) => {
      const room = roomName(juliet)
      await enters(juliet, room, 'Juliet')
      knocks(romeo, room, 'Romeo')
      await romeo.receives`<presence type="error"><error by="${room}" type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      const info =
        await romeo.asks`<iq type="get" to="${room}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      assert.equal(conditionOf(info), 'item-not-found')
      await configures(juliet, room, open)
      await enters(romeo, room, 'Romeo')
    }),
  )

  test(
    '#enter-subject: what the room is about comes last, with the time it was said',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      juliet.sends(`<message to="${room}" type="groupchat"><subject>Stars &amp; moon</subject></message>`)
      await juliet.receives`<message from="${room}/Juliet" type="groupchat"><subject>Stars &amp; moon</subject></message>`
      const came = await enters(romeo, room, 'Romeo')
      const subject = came.at(-1)!
      assert.equal(subject.attr('from'), `${room}/Juliet`)
      assert.equal(subject.child('subject')?.text(), 'Stars & moon')
      assert.equal(subject.child('delay', 'urn:xmpp:delay')?.attr('from'), room)
    }),
  )

  test(
    'nicks that nobody can read are refused',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (const nick of ['Ro​meo', ' Romeo', 'Ro  meo', 'R'.repeat(65), '‮oemoR']) {
        knocks(romeo, room, nick)
        const condition = conditionOf(await romeo.receives`<presence type="error"/>`)
        assert.ok(condition === 'not-acceptable' || condition === 'jid-malformed', condition ?? '')
      }
    }),
  )
})

describe('being in', () => {
  test(
    '#changepres: others see how one is',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(
        `<presence to="${room}/Romeo"><show>away</show><x xmlns="${muc}#user"><item affiliation="owner"/></x></presence>`,
      )
      const seen = await juliet.receives`<presence from="${room}/Romeo"><show>away</show></presence>`
      // Nobody gives themselves rights.
      assert.equal(seen.elements().filter(({ ns }) => ns === `${muc}#user`).length, 1)
      assert.equal(itemOf(seen)?.attr('affiliation'), 'none')
      assert.ok(
        codesOf(await romeo.receives`<presence from="${room}/Romeo"><show>away</show></presence>`).includes(110),
      )
    }),
  )

  test(
    '#changenick: gone under one name and there under another',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<presence to="${room}/Montague" id="n1"/>`)
      const gone = await juliet.receives`<presence type="unavailable" from="${room}/Romeo"/>`
      assert.deepEqual(codesOf(gone), [303])
      assert.equal(itemOf(gone)?.attr('nick'), 'Montague')
      await juliet.receives`<presence from="${room}/Montague"/>`
      assert.deepEqual(codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`), [110, 303])
      assert.deepEqual(codesOf(await romeo.receives`<presence from="${room}/Montague" id="n1"/>`), [110])
      romeo.sends(`<presence to="${room}/Juliet" id="n2"/>`)
      await romeo.receives`<presence type="error" id="n2" from="${room}/Juliet"><error by="${room}"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>`
      await juliet.receivesNothing()
    }),
  )

  test(
    '#changenick: devices that share a nick go along, and one that comes to the nick of another joins it',
    dialogue(async ({ romeo, romeosPhone, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(romeosPhone, room, 'Romeo')
      await romeo.forgets()
      romeosPhone.sends(`<presence to="${room}/Montague"/>`)
      assert.ok(codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`).includes(303))
      assert.ok(codesOf(await romeo.receives`<presence from="${room}/Montague"/>`).includes(110))
    }),
  )

  test(
    'XEP-0421: an occupant id is the same at every visit and in every stanza, and nobody can forge one',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const idOf = (tree: {
        child(name: string, ns: string): { attr(name: string): string | undefined } | undefined
      }) => tree.child('occupant-id', occupantIds)?.attr('id')
      const [, self] = await enters(romeo, room, 'Romeo')
      const id = idOf(self!)
      assert.ok(id !== undefined && id !== '')
      await juliet.forgets()
      romeo.sends(
        `<message to="${room}" type="groupchat"><body>Soft!</body><occupant-id xmlns="${occupantIds}" id="forged"/><stanza-id xmlns="urn:xmpp:sid:0" by="${room}" id="forged"/></message>`,
      )
      const heard = await juliet.receives`<message type="groupchat"><body>Soft!</body></message>`
      assert.equal(idOf(heard), id)
      const ids = heard.elements().filter(({ name }) => name === 'occupant-id' || name === 'stanza-id')
      assert.equal(ids.length, 2)
      assert.ok(!ids.some(one => one.attr('id') === 'forged'))
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      await romeo.forgets()
      const [, again] = await enters(romeo, room, 'Montague')
      assert.equal(idOf(again!), id)
      const other = await makes(juliet, 'Juliet')
      const [, elsewhere] = await enters(romeo, other, 'Romeo')
      assert.notEqual(idOf(elsewhere!), id)
    }),
  )

  test(
    'XEP-0410: a ping to oneself tells whether one is still in',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const ping = (nick: string) =>
        romeo.asks(`<iq type="get" to="${room}/${nick}"><ping xmlns="urn:xmpp:ping"/></iq>`)
      assert.equal(conditionOf(await ping('Romeo')), 'not-acceptable')
      await enters(romeo, room, 'Romeo')
      assert.equal((await ping('Romeo')).attr('type'), 'result')
      assert.equal(conditionOf(await ping('Tybalt')), 'item-not-found')
    }),
  )

  test(
    'a client that has forgotten that it is in is shown everything again',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const [others, self] = await enters(romeo, room, 'Romeo')
      assert.equal(others!.attr('from'), `${room}/Juliet`)
      assert.ok(codesOf(self!).includes(110))
    }),
  )

  test(
    '#bizrules-presence: … also where it asks for another nick, which it gets',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const came = await enters(romeo, room, 'Montague')
      assert.ok(came.some(one => one.attr('from') === `${room}/Juliet`))
      const self = came.at(-2)!
      assert.equal(self.attr('from'), `${room}/Montague`)
      assert.ok(codesOf(self).includes(110))
      await juliet.receives`<presence type="unavailable" from="${room}/Romeo"/>`
      await juliet.receives`<presence from="${room}/Montague"/>`
      await juliet.receivesNothing()
    }),
  )

  test(
    '#bizrules-presence: a probe neither lets in nor shows out, nor does an error that somebody makes up',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<presence to="${room}/Romeo" type="probe"><x xmlns="${muc}"/></presence>`)
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      await romeo.receivesNothing()
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      for (const type of ['error', 'subscribe']) romeo.sends(`<presence to="${room}/Romeo" type="${type}"/>`)
      await juliet.receivesNothing()
    }),
  )

  test(
    'presence of somebody who is not in, and does not ask to come in, is told so',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<presence to="${room}/Romeo"/>`)
      assert.deepEqual(
        codesOf(await romeo.receives`<presence type="unavailable" from="${room}/Romeo"/>`),
        [110, 307, 333],
      )
      await juliet.receivesNothing()
    }),
  )
})
