/** XEP-0425 and XEP-0424 in rooms: what is taken out, by moderators and by those who said it. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { type Answer, query, sid } from '../kit/archive-plays.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, configures, enters, makes, open } from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

const moderation = 'urn:xmpp:message-moderate:1'
const retraction = 'urn:xmpp:message-retract:1'
const occupantIds = 'urn:xmpp:occupant-id:0'

/** @returns the message as the author got it back */
async function says(actor: Actor, room: string, id: string, inside = `<body>${id}</body>`): Promise<Tree> {
  actor.sends(`<message type='groupchat' to='${room}' id='${id}'>${inside}</message>`)
  return actor.client.wire.until(() => actor.client.wire.inbox.find(tree => tree.attr('id') === id), 'what was said')
}

const idOf = (message: Tree): string => message.need('stanza-id', sid).attr('id')!
const occupantOf = (message: Tree): string => message.need('occupant-id', occupantIds).attr('id')!

function moderates(actor: Actor, room: string, id: string, reason = ''): Promise<Tree> {
  const why = reason === '' ? '' : `<reason>${reason}</reason>`
  return actor.asks(
    `<iq type='set' to='${room}'><moderate xmlns='${moderation}' id='${id}'><retract xmlns='${retraction}'/>${why}</moderate></iq>`,
  )
}

/** The archive, once `retracted` stands in the place of a message. */
async function tombstone(actor: Actor, room: string, id: string): Promise<[Tree, Answer]> {
  for (let i = 0; i < 50; i++) {
    const answer = await query(actor, '', '', room)
    const found = answer.results.find(result => result.id === id)
    if (found?.message.child('retracted', retraction) !== undefined) return [found.message, answer]
  }
  throw new Error('There is no tombstone.')
}

describe('XEP-0425: a moderator takes out a message', () => {
  test(
    'everybody is told by the room; a tombstone stays, and later readers and newcomers do not see the text',
    dialogue(async ({ juliet, romeo, tybalt, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await enters(tybalt, room, 'Tybalt')
      const offence = await says(tybalt, room, 'offence', '<body>Thou art a villain</body>')
      await says(romeo, room, 'kind')
      const answer = await moderates(juliet, room, idOf(offence), 'Peace!')
      assert.equal(answer.attr('type'), 'result')
      const order =
        await romeo.eventually`<message type="groupchat" from="${room}"><retract xmlns="${retraction}" id="${idOf(offence)}"><moderated xmlns="${moderation}" by="${room}/Juliet"/><reason>Peace!</reason></retract></message>`
      await tybalt.eventually`<message type="groupchat" from="${room}"><retract xmlns="${retraction}" id="${idOf(offence)}"/></message>`
      assert.ok(order.need('stanza-id', sid).attr('id'))
      const by = order.need('retract', retraction).need('moderated', moderation)
      assert.ok(by.need('occupant-id', occupantIds).attr('id'))
      const [stone, archive] = await tombstone(nurse, room, idOf(offence))
      const retracted = stone.need('retracted', retraction)
      assert.equal(stone.child('body'), undefined)
      assert.equal(stone.attr('from'), `${room}/Tybalt`)
      assert.equal(occupantOf(stone), occupantOf(offence))
      assert.equal(retracted.attr('id'), order.attr('id'))
      assert.equal(retracted.need('moderated', moderation).attr('by'), `${room}/Juliet`)
      assert.equal(retracted.need('reason').text(), 'Peace!')
      assert.deepEqual(
        archive.results.map(({ message }) => message.elements()[0]?.name),
        ['retracted', 'body', 'retract'],
      )
      const shown = await enters(nurse, room, 'Nurse')
      assert.equal(
        shown.some(each => String(each).includes('villain')),
        false,
      )
      assert.ok(shown.some(each => each.child('body')?.text() === 'kind'))
      // Once more is once too often, and changes nothing.
      await romeo.forgets()
      assert.equal((await moderates(juliet, room, idOf(offence))).attr('type'), 'result')
      await romeo.receivesNothing()
    }),
  )

  test(
    'people without the role are refused, and whoever is outside; what there is not cannot be taken out',
    dialogue(async ({ juliet, romeo, tybalt }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const hers = await says(juliet, room, 'hers')
      for (const actor of [romeo, tybalt]) {
        const answer = await moderates(actor, room, idOf(hers))
        assert.ok(answer.need('error').child('forbidden', 'urn:ietf:params:xml:ns:xmpp-stanzas'), String(answer))
      }
      const nothing = await moderates(juliet, room, 'nonsense')
      assert.ok(nothing.need('error').child('item-not-found', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
      await administers(juliet, room, "<item nick='Romeo' role='moderator'/>")
      assert.equal((await moderates(romeo, room, idOf(hers))).attr('type'), 'result')
      await tombstone(juliet, room, idOf(hers))
    }),
  )

  test(
    'nobody speaks for the room',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const hers = await says(juliet, room, 'hers')
      for (const forged of [
        `<retract xmlns='${retraction}' id='${idOf(hers)}'><moderated xmlns='${moderation}' by='${room}/Juliet'/></retract>`,
        `<moderated xmlns='${moderation}' by='${room}/Juliet'/><body>x</body>`,
        `<retracted xmlns='${retraction}' id='x'/><body>x</body>`,
      ]) {
        romeo.sends(`<message type='groupchat' to='${room}' id='forged'>${forged}</message>`)
        await romeo.eventually`<message type="error" id="forged"/>`
      }
      const { bodies } = await query(juliet, '', '', room)
      assert.deepEqual(bodies, ['hers'])
    }),
  )

  test(
    'where nothing is kept, those who are there are told all the same',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet', { ...open, enablearchiving: '0' })
      await enters(romeo, room, 'Romeo')
      const his = await says(romeo, room, 'his')
      assert.equal((await moderates(juliet, room, idOf(his))).attr('type'), 'result')
      await romeo.eventually`<message from="${room}"><retract xmlns="${retraction}" id="${idOf(his)}"/></message>`
    }),
  )
})

describe('XEP-0424: somebody takes back what they said', () => {
  const retracts = (id: string) =>
    `<retract xmlns='${retraction}' id='${id}'/><body>took it back</body><store xmlns='urn:xmpp:hints'/>`

  test(
    'from another device and under another nick, too: a tombstone',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const wrong = await says(romeo, room, 'wrong')
      romeo.sends(`<presence to='${room}/Montague'/>`)
      await juliet.eventually`<presence from="${room}/Montague"/>`
      await says(romeo, room, 'back', retracts(idOf(wrong)))
      const [stone] = await tombstone(juliet, room, idOf(wrong))
      assert.equal(stone.child('body'), undefined)
      assert.equal(stone.need('retracted', retraction).attr('id'), 'back')
      assert.equal(stone.need('retracted', retraction).child('moderated', moderation), undefined)
      assert.equal(occupantOf(stone), occupantOf(wrong))
    }),
  )

  for (const [how, attributes, inside] of [
    ['the id that they gave it themselves', "id='mine'", ''],
    ['its origin-id (XEP-0359)', "id='other'", `<origin-id xmlns='${sid}' id='mine'/>`],
  ] as const) {
    test(
      `named by ${how} instead of the room's: what everybody is shown as gone is gone from the archive`,
      dialogue(async ({ juliet, romeo, tybalt }) => {
        const room = await makes(juliet, 'Juliet')
        await enters(romeo, room, 'Romeo')
        await enters(tybalt, room, 'Tybalt')
        await says(tybalt, room, 'mine', '<body>not his</body>')
        romeo.sends(`<message type='groupchat' to='${room}' ${attributes}><body>wrong</body>${inside}</message>`)
        const wrong = await romeo.eventually`<message type="groupchat"><body>wrong</body></message>`
        for (let i = 0; i < 60; i++) await says(juliet, room, `word ${i}`)
        await says(romeo, room, 'back', retracts('mine'))
        const [stone, { bodies }] = await tombstone(juliet, room, idOf(wrong))
        assert.equal(stone.child('body'), undefined)
        assert.equal(stone.need('retracted', retraction).attr('id'), 'back')
        assert.ok(bodies.includes('not his'))
        assert.ok(!bodies.includes('wrong'))
      }),
    )
  }

  test(
    'its corrections (XEP-0308) go with it, whichever of them is named, and by a moderator too',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const corrects = (id: string, of: string) =>
        says(romeo, room, id, `<body>${id}</body><replace xmlns='urn:xmpp:message-correct:0' id='${of}'/>`)
      for (const named of ['first', 'second', 'third', 'moderated'] as const) {
        const versions = [await says(romeo, room, `first of ${named}`)]
        await says(juliet, room, `between ${named}`)
        versions.push(await corrects(`second of ${named}`, `first of ${named}`))
        versions.push(await corrects(`third of ${named}`, `first of ${named}`))
        const id = idOf(versions[['first', 'second', 'third'].indexOf(named)] ?? versions[0]!)
        if (named === 'moderated') await moderates(juliet, room, id)
        else await says(romeo, room, `back ${named}`, retracts(id))
        for (const version of versions) await tombstone(juliet, room, idOf(version))
        const { bodies } = await query(juliet, '', '', room)
        assert.deepEqual(
          bodies.filter(body => body?.endsWith(named)),
          [`between ${named}`],
        )
      }
    }),
  )

  test(
    'what bears the same id by chance, later or earlier, stays',
    dialogue(async ({ juliet, romeo }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const his: Tree[] = []
      for (const body of ['one', 'two', 'three']) {
        romeo.sends(`<message type='groupchat' to='${room}' id='same'><body>${body}</body></message>`)
        his.push(await romeo.eventually(`<message type='groupchat'><body>${body}</body></message>`))
        await says(
          romeo,
          room,
          `better ${body}`,
          `<body>better ${body}</body><replace xmlns='urn:xmpp:message-correct:0' id='same'/>`,
        )
      }
      await says(romeo, room, 'back', retracts(idOf(his[1]!)))
      await tombstone(juliet, room, idOf(his[1]!))
      await says(romeo, room, 'later')
      const { bodies } = await query(juliet, '', '', room)
      assert.deepEqual(
        bodies.filter(body => body !== undefined),
        ['one', 'better one', 'three', 'better three', 'took it back', 'later'],
      )
    }),
  )

  test(
    'too often: refused, and so not shown as gone',
    dialogue({ settings: { limits: { enabled: true } } }, async ({ romeo }) => {
      const room = await makes(romeo, 'Romeo')
      for (let i = 0; i < 130; i++) {
        romeo.sends(`<message type='groupchat' to='${room}' id='r${i}'>${retracts('mine')}</message>`)
      }
      const refused =
        await romeo.eventually`<message type="error"><error type="wait"><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
      assert.match(refused.attr('id')!, /^r1[23]\d$/)
    }),
  )

  test(
    'by anybody else, under the same nick even: nothing happens to it',
    dialogue(async ({ juliet, romeo, tybalt }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      const his = await says(romeo, room, 'his')
      romeo.sends(`<presence to='${room}/Romeo' type='unavailable'/>`)
      await juliet.eventually`<presence from="${room}/Romeo" type="unavailable"/>`
      await enters(tybalt, room, 'Romeo')
      await says(tybalt, room, 'back', retracts(idOf(his)))
      await says(tybalt, room, 'later')
      const { bodies } = await query(juliet, '', '', room)
      assert.deepEqual(bodies, ['his', 'took it back', 'later'])
    }),
  )
})

describe('XEP-0500: slow mode', () => {
  test(
    'who has spoken waits, whatever the device or nick; admins do not',
    dialogue(async ({ juliet, romeo, romeosPhone }) => {
      const room = await makes(juliet, 'Juliet', { ...open, slow_mode_duration: '600' })
      await enters(romeo, room, 'Romeo')
      await enters(romeosPhone, room, 'Romeo')
      const info = await romeo.asks(
        `<iq type='get' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      assert.match(String(info), /muc#roominfo_slow_mode_duration[^/]*<value>600</)
      await says(romeo, room, 'one')
      romeo.sends(
        `<message type='groupchat' to='${room}' id='typing'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      )
      await romeo.eventually`<message id="typing"/>`
      romeosPhone.sends(`<message type='groupchat' to='${room}' id='two'><body>two</body></message>`)
      const error =
        await romeosPhone.eventually`<message type="error" id="two"><error type="wait"><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
      assert.match(String(error), /600 seconds/)
      await says(juliet, room, 'three')
      await says(juliet, room, 'four')
      await configures(juliet, room, { slow_mode_duration: '0' })
      await says(romeo, room, 'five')
      const refused = await configures(juliet, room, { slow_mode_duration: 'soon' })
      assert.equal(refused.attr('type'), 'error')
    }),
  )
})
