/** XEP-0045#enter-history: what newcomers are shown of what was said before. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { configures, enters, makes, open } from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

async function says(actor: Actor, room: string, ...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    actor.sends(`<message to="${room}" type="groupchat"><body>${body}</body></message>`)
    await actor.eventually(`<message type="groupchat"><body>${body}</body></message>`)
  }
}

const bodies = (came: readonly Tree[]) => came.flatMap(one => one.child('body')?.text() ?? [])
const verses = ['When', 'shall', 'we', 'three', 'meet', 'again']

describe('XEP-0045#enter-history', () => {
  test(
    'between one’s own presence and the subject, oldest first, with the time and the ids of then',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await says(juliet, room, ...verses)
      const came = await enters(romeo, room, 'Romeo')
      assert.deepEqual(bodies(came), verses)
      assert.deepEqual(
        came.map(({ name }) => name),
        ['presence', 'presence', ...verses.map(() => 'message'), 'message'],
      )
      for (const message of came.slice(2, -1)) {
        assert.equal(message.attr('from'), `${room}/Juliet`)
        assert.equal(message.attr('to'), romeo.fullJid)
        assert.equal(message.child('delay', 'urn:xmpp:delay')?.attr('from'), room)
        assert.equal(message.child('stanza-id', 'urn:xmpp:sid:0')?.attr('by'), room)
      }
      assert.equal(came.at(-1)!.child('body'), undefined)
    }),
  )

  test(
    '#enter-managehistory: as much as one wants, and not more than the room shows',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      await says(juliet, room, ...verses)
      const shown = async (wish: string) => bodies(await enters(romeo, room, 'Romeo', `<history ${wish}/>`))
      assert.deepEqual(await shown('maxstanzas="0"'), [])
      assert.deepEqual(await shown('maxchars="0"'), [])
      assert.deepEqual(await shown('maxstanzas="2"'), verses.slice(-2))
      assert.deepEqual(await shown('seconds="3600"'), verses)
      assert.deepEqual(await shown('since="2999-01-01T00:00:00Z"'), [])
      assert.deepEqual(await shown('since="1970-01-01T00:00:00Z"'), verses)
      assert.deepEqual(await shown('since="1970-01-01T00:00:00Z" maxstanzas="1"'), verses.slice(-1))
      // Whole stanzas only: one has several hundred characters.
      assert.deepEqual(await shown('maxchars="100"'), [])
      const few = await shown('maxchars="1500"')
      assert.ok(few.length > 0 && few.length < verses.length, String(few.length))
      assert.deepEqual(few, verses.slice(-few.length))
      await configures(juliet, room, { 'muc#maxhistoryfetch': '3' })
      await romeo.forgets()
      assert.deepEqual(await shown('seconds="3600"'), verses.slice(-3))
    }),
  )

  test(
    'nothing of a room that keeps nothing',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet', { ...open, enablearchiving: '0' })
      await says(juliet, room, ...verses)
      assert.deepEqual(bodies(await enters(romeo, room, 'Romeo')), [])
    }),
  )

  test(
    'what is said while somebody comes is shown once, after what was said before',
    dialogue(async ({ romeo, juliet }) => {
      const room = await makes(juliet, 'Juliet')
      for (let n = 0; n < 20; n++) {
        juliet.client.send(`<message to="${room}" type="groupchat"><body>${n}</body></message>`)
      }
      romeo.client.send(`<presence to="${room}/Romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
      for (let n = 20; n < 40; n++) {
        juliet.client.send(`<message to="${room}" type="groupchat"><body>${n}</body></message>`)
      }
      const heard: number[] = []
      let subjectAfter: number | undefined
      while (heard.at(-1) !== 39 || subjectAfter === undefined) {
        const next = await romeo.client.wire.next()
        if (next.name !== 'message') continue
        const body = next.child('body')
        if (body === undefined) subjectAfter = heard.length
        else heard.push(Number(body.text()))
      }
      assert.notEqual(subjectAfter, undefined)
      assert.equal(new Set(heard).size, heard.length, 'something came twice')
      assert.deepEqual(
        heard,
        Array.from({ length: heard.length }, (_, i) => 40 - heard.length + i),
        'something is missing, or in another order',
      )
    }),
  )
})
