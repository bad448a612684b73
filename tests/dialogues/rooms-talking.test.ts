import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { query } from '../kit/archive-plays.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, conditionOf, configures, enters, knocks, makes, mucUser, open } from '../kit/rooms.ts'

const stanzaErrors = 'urn:ietf:params:xml:ns:xmpp-stanzas'

describe('XEP-0045#message', () => {
  test(
    'everybody hears it, whoever says it too, with its id and its language and an id of the room’s',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      await juliet.forgets()
      await romeo.forgets()
      romeo.sends(
        `<message to="${room}" type="groupchat" id="m1" xml:lang="en"><body>Soft! what light?</body></message>`,
      )
      const ids = new Set<string | undefined>()
      for (const each of [romeo, juliet, nurse]) {
        const heard =
          await each.receives`<message from="${room}/Romeo" to="${each.fullJid}" type="groupchat" id="m1" xml:lang="en"><body>Soft! what light?</body></message>`
        ids.add(heard.child('stanza-id', 'urn:xmpp:sid:0')?.attr('id'))
        assert.equal(heard.child('stanza-id', 'urn:xmpp:sid:0')?.attr('by'), room)
      }
      assert.equal(ids.size, 1)
    }),
  )

  test(
    'mentions, answers and reactions are passed on as they are, also to newcomers and in the archive',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      await romeo.forgets()
      const inside =
        `<body>Juliet: yes</body><reference xmlns="urn:xmpp:reference:0" type="mention" begin="0" end="6" uri="xmpp:${room}/Juliet"/>` +
        `<reply xmlns="urn:xmpp:reply:0" to="${room}/Juliet" id="x"/><reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>👍</reaction></reactions>`
      romeo.sends(`<message to="${room}" type="groupchat" id="m1">${inside}</message>`)
      for (const each of [juliet, romeo]) {
        await each.receives(`<message from="${room}/Romeo" type="groupchat" id="m1">${inside}</message>`)
      }
      knocks(nurse, room, 'Nurse')
      await nurse.eventually(`<message from="${room}/Romeo" type="groupchat" id="m1">${inside}</message>`)
      const { results } = await query(nurse, '', '', room)
      assert.deepEqual(
        ['reference', 'reply', 'reactions'].map(name => results[0]?.message.elements().some(one => one.name === name)),
        [true, true, true],
      )
    }),
  )

  test(
    'not from outside',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<message to="${room}" type="groupchat" id="m1"><body>Soft!</body></message>`)
      await romeo.receives`<message type="error" id="m1" from="${room}"><error type="modify"><not-acceptable xmlns="${stanzaErrors}"/></error></message>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'who has no voice is not heard',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, moderatedroom: '1' })
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<message to="${room}" type="groupchat" id="m1"><body>Soft!</body></message>`)
      await romeo.receives`<message type="error" id="m1"><error type="auth"><forbidden xmlns="${stanzaErrors}"/></error></message>`
      await juliet.receivesNothing()
    }),
  )

  test(
    'to an occupant it is not for everybody, and to a room that is not there nobody says anything',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<message to="${room}/Juliet" type="groupchat"><body>Soft!</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'bad-request')
      romeo.sends(`<message to="no-${room}" type="groupchat"><body>Soft!</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'item-not-found')
      romeo.sends(`<message to="${room}" type="chat"><body>Soft!</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'bad-request')
      await juliet.receivesNothing()
    }),
  )

  test(
    'nobody speaks for the room: codes, delays and addresses that are forged are taken off',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(
        `<message to="${room}" type="groupchat"><body>Soft!</body><x xmlns="${mucUser}"><status code="104"/></x>` +
          `<delay xmlns="urn:xmpp:delay" from="${room}" stamp="2002-10-13T23:58:37Z"/>` +
          '<addresses xmlns="http://jabber.org/protocol/address"><address type="ofrom" jid="tybalt@verona.lit"/></addresses></message>',
      )
      const heard = await juliet.receives`<message type="groupchat"/>`
      assert.deepEqual(
        heard
          .elements()
          .map(({ name }) => name)
          .sort(),
        ['body', 'occupant-id', 'stanza-id'],
      )
    }),
  )

  test(
    'order: what many say at once comes to all in the same order',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, juliet, nurse]) await each.forgets()
      for (let n = 0; n < 30; n++) {
        for (const each of [romeo, juliet, nurse]) {
          each.client.send(`<message to="${room}" type="groupchat"><body>${each.role} ${n}</body></message>`)
        }
      }
      const heard: string[][] = []
      for (const each of [romeo, juliet, nurse]) {
        const bodies: string[] = []
        while (bodies.length < 90) bodies.push((await each.client.wire.next()).need('body').text())
        heard.push(bodies)
      }
      assert.deepEqual(heard[0], heard[1])
      assert.deepEqual(heard[0], heard[2])
      const own = heard[0]!.filter(body => body.startsWith('romeo'))
      assert.deepEqual(
        own,
        [...own.keys()].map(n => `romeo ${n}`),
      )
    }),
  )
})

describe('XEP-0045#subject-mod', () => {
  test(
    'a subject is changed by who may, also emptied, and outlives everybody’s going',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<message to="${room}" type="groupchat" id="s1"><subject>Night</subject></message>`)
      await juliet.receives`<message from="${room}/Romeo" type="groupchat" id="s1"><subject>Night</subject></message>`
      await romeo.forgets()
      for (const each of [romeo, juliet]) each.sends(`<presence to="${room}/x" type="unavailable"/>`)
      await romeo.forgets()
      await juliet.forgets()
      assert.equal((await enters(romeo, room, 'Romeo')).at(-1)!.child('subject')?.text(), 'Night')
      romeo.sends(`<message to="${room}" type="groupchat"><subject/></message>`)
      await romeo.receives`<message type="groupchat"><subject/></message>`
      const subject = (await enters(juliet, room, 'Juliet')).at(-1)!
      assert.equal(subject.child('subject')?.text(), '')
    }),
  )

  test(
    '#subject-occupant: where only moderators may, others may not',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, changesubject: '0' })
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<message to="${room}" type="groupchat"><subject>Night</subject></message>`)
      await romeo.receives`<message type="error" from="${room}"><error type="auth"><forbidden xmlns="${stanzaErrors}"/></error></message>`
      // With a body it is a message like any other.
      romeo.sends(`<message to="${room}" type="groupchat"><subject>Night</subject><body>It is.</body></message>`)
      await juliet.receives`<message type="groupchat"><body>It is.</body></message>`
      assert.equal((await enters(romeo, room, 'Romeo')).at(-1)!.child('subject')?.text(), '')
    }),
  )

  test(
    'nor is it a book',
    dialogue(async ({ juliet }) => {
      const room = await makes(juliet, 'Juliet')
      juliet.sends(`<message to="${room}" type="groupchat"><subject>${'O '.repeat(3000)}</subject></message>`)
      assert.equal(conditionOf(await juliet.receives`<message type="error"/>`), 'not-acceptable')
    }),
  )
})

describe('XEP-0045#privatemessage', () => {
  test(
    'reaches all devices of one occupant, and nobody else',
    dialogue(async ({ romeo, romeosPhone, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(romeosPhone, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, romeosPhone, juliet]) await each.forgets()
      juliet.sends(`<message to="${room}/Romeo" type="chat" id="p1"><body>Psst</body></message>`)
      for (const each of [romeo, romeosPhone]) {
        await each.receives`<message from="${room}/Juliet" to="${each.fullJid}" type="chat" id="p1"><body>Psst</body><x xmlns="${mucUser}"/></message>`
      }
      await nurse.receivesNothing()
      await juliet.receivesNothing()
    }),
  )

  test(
    'not from outside, and not to nobody',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      romeo.sends(`<message to="${room}/Juliet" type="chat" id="p1"><body>Psst</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error" from="${room}/Juliet"/>`), 'not-acceptable')
      await enters(romeo, room, 'Romeo')
      romeo.sends(`<message to="${room}/Tybalt" type="chat" id="p2"><body>Psst</body></message>`)
      assert.equal(conditionOf(await romeo.receives`<message type="error" from="${room}/Tybalt"/>`), 'item-not-found')
    }),
  )

  test(
    '`allowpm`: only as the room allows it',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const room = await makes(juliet, 'Juliet', { ...open, allowpm: 'moderators' })
      await enters(romeo, room, 'Romeo')
      await enters(nurse, room, 'Nurse')
      for (const each of [romeo, juliet]) await each.forgets()
      const whispers = (to: string) =>
        romeo.sends(`<message to="${room}/${to}" type="chat"><body>Psst</body></message>`)
      whispers('Nurse')
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'forbidden')
      whispers('Juliet')
      await juliet.receives`<message from="${room}/Romeo"><body>Psst</body></message>`
      await configures(juliet, room, { allowpm: 'none' })
      await romeo.forgets()
      whispers('Juliet')
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'forbidden')
      await configures(juliet, room, { allowpm: 'participants' })
      await romeo.forgets()
      whispers('Nurse')
      await nurse.eventually`<message from="${room}/Romeo"><body>Psst</body></message>`
      await administers(juliet, room, '<item nick="Romeo" role="visitor"/>')
      await romeo.forgets()
      whispers('Nurse')
      assert.equal(conditionOf(await romeo.receives`<message type="error"/>`), 'forbidden')
    }),
  )
})

describe('XEP-0045#bizrules-iq', () => {
  test(
    'requests pass between occupants, who learn nothing but addresses in the room',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const asked = romeo.asks(`<iq type="get" to="${room}/Juliet"><query xmlns="jabber:iq:version"/></iq>`)
      const request =
        await juliet.receives`<iq type="get" from="${room}/Romeo" to="${juliet.fullJid}"><query xmlns="jabber:iq:version"/></iq>`
      juliet.sends(
        `<iq type="result" id="${request.attr('id')!}" to="${room}/Romeo"><query xmlns="jabber:iq:version"><name>Nib</name></query></iq>`,
      )
      const answer = await asked
      assert.equal(answer.attr('from'), `${room}/Juliet`)
      assert.equal(answer.need('query').need('name').text(), 'Nib')
    }),
  )

  test(
    'nobody waits for an occupant who does not answer',
    dialogue(async ({ romeo, juliet, server }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      romeo.sends(`<iq type="get" id="v1" to="${room}/Juliet"><query xmlns="jabber:iq:version"/></iq>`)
      const pong = await romeo.asks(`<iq type="get" to="${server.domain}"><ping xmlns="urn:xmpp:ping"/></iq>`)
      assert.equal(pong.attr('type'), 'result')
      await juliet.receives`<iq type="get" from="${room}/Romeo"/>`
    }),
  )

  test(
    '#disco-occupant: not from outside',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      const disco = await romeo.asks(
        `<iq type="get" to="${room}/Juliet"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      )
      assert.equal(conditionOf(disco), 'bad-request')
      const version = await romeo.asks(`<iq type="get" to="${room}/Juliet"><query xmlns="jabber:iq:version"/></iq>`)
      assert.equal(conditionOf(version), 'not-acceptable')
      await juliet.receivesNothing()
    }),
  )

  test(
    'the picture of an occupant is asked of the account',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await juliet.asks`<iq type="set"><vCard xmlns="vcard-temp"><FN>Juliet</FN></vCard></iq>`
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const answer = await romeo.asks(`<iq type="get" to="${room}/Juliet"><vCard xmlns="vcard-temp"/></iq>`)
      assert.equal(answer.attr('from'), `${room}/Juliet`)
      assert.equal(answer.need('vCard', 'vcard-temp').need('FN').text(), 'Juliet')
    }),
  )
})
