/** XEP-0486: the picture of a room. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { conditionOf, configures, enters, makes } from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

const picture = randomBytes(2_000)
const hash = createHash('sha1').update(picture).digest('hex')
const photo = `<PHOTO><TYPE>image/png</TYPE><BINVAL>${picture.toString('base64')}</BINVAL></PHOTO>`

const shows = (actor: Actor, room: string, inside: string): Promise<Tree> =>
  actor.asks(`<iq type='set' to='${room}'><vCard xmlns='vcard-temp'>${inside}</vCard></iq>`)
const looks = (actor: Actor, room: string): Promise<Tree> =>
  actor.asks(`<iq type='get' to='${room}'><vCard xmlns='vcard-temp'/></iq>`)

async function hashes(actor: Actor, room: string): Promise<string[]> {
  const answer = await actor.asks(
    `<iq type='get' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  )
  const form = answer.need('query', 'http://jabber.org/protocol/disco#info').need('x', 'jabber:x:data')
  const field = form.elements().find(each => each.attr('var') === 'muc#roominfo_avatarhash')
  return (field?.elements() ?? []).map(value => value.text())
}

describe('XEP-0486: the picture of a room', () => {
  test(
    'its owners set it, everybody inside hears of it, and finds it by its hash, also from outside',
    dialogue(async ({ juliet, romeo, nurse, server }) => {
      const service = await nurse.asks(
        `<iq type='get' to='conference.${server.domain}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
      )
      assert.match(String(service), /"vcard-temp"|'vcard-temp'/)
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      assert.equal(conditionOf(await looks(romeo, room)), 'item-not-found')
      assert.deepEqual(await hashes(romeo, room), [])
      assert.equal((await shows(juliet, room, photo)).attr('type'), 'result')
      await romeo.eventually`<message type="groupchat" from="${room}"><x xmlns="http://jabber.org/protocol/muc#user"><status code="104"/></x></message>`
      assert.deepEqual(await hashes(nurse, room), [hash])
      const card = (await looks(nurse, room)).need('vCard', 'vcard-temp')
      assert.equal(card.need('PHOTO').need('BINVAL').text(), picture.toString('base64'))
      assert.equal((await shows(juliet, room, '')).attr('type'), 'result')
      assert.deepEqual(await hashes(nurse, room), [])
      assert.equal(conditionOf(await looks(nurse, room)), 'item-not-found')
    }),
  )

  test(
    'nobody else sets it; in a private room outsiders do not see it',
    dialogue(async ({ juliet, romeo, nurse }) => {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      assert.equal(conditionOf(await shows(romeo, room, photo)), 'forbidden')
      await shows(juliet, room, photo)
      await configures(juliet, room, { membersonly: '1' })
      assert.equal(conditionOf(await looks(nurse, room)), 'forbidden')
      assert.ok((await looks(juliet, room)).need('vCard', 'vcard-temp'))
      assert.equal(conditionOf(await shows(juliet, room, photo.repeat(9))), 'policy-violation')
    }),
  )
})
