/** A room in which nobody is costs no memory: it is on the disk, and read when somebody wants something of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryObjects } from 'node:v8'
import { Room } from '../../src/features/rooms/room.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, conditionOf, enters, makes, open } from '../kit/rooms.ts'

/** Rooms that the server, which runs in this process, has in memory, once what can be thrown away is. */
const inMemory = (): number => queryObjects(Room, { format: 'count' })

const info = 'http://jabber.org/protocol/disco#info'

test(
  'rooms leave memory with the last occupant, and after every request from outside',
  dialogue(async ({ romeo, juliet }) => {
    const none = inMemory()
    const rooms: string[] = []
    for (let n = 0; n < 30; n++) {
      rooms.push(await makes(juliet, 'Juliet', { ...open, persistentroom: n % 3 === 0 ? '0' : '1' }))
      await juliet.forgets()
    }
    assert.equal(inMemory() - none, rooms.length, 'those that somebody is in')
    const kept = rooms.filter((_, n) => n % 3 !== 0)
    for (const room of kept) {
      juliet.sends(`<message to="${room}" type="groupchat"><body>Anon, good nurse!</body></message>`)
      juliet.sends(`<presence to="${room}/Juliet" type="unavailable"/>`)
      await juliet.eventually`<presence type="unavailable" from="${room}/Juliet"/>`
    }
    // The others go when the device is gone, and with their last occupant altogether.
    await juliet.disconnects()
    for (let n = 0; n < 200 && inMemory() > none; n++) await romeo.client.ping()
    assert.equal(inMemory(), none, 'those that nobody is in')

    await juliet.connects()
    for (const [n, room] of rooms.entries()) {
      const answer = await romeo.asks(`<iq type="get" to="${room}"><query xmlns="${info}"/></iq>`)
      assert.equal(conditionOf(answer), n % 3 === 0 ? 'item-not-found' : undefined)
    }
    for (const room of kept) {
      await administers(juliet, room, `<item affiliation="member" jid="${romeo.jid}"/>`)
      romeo.sends(`<presence to="${room}/Romeo" type="probe"/>`)
      romeo.sends(`<presence to="${room}/Romeo" type="unavailable"/>`)
      romeo.sends(`<message to="${room}" type="groupchat" id="m"><body>Is anybody there?</body></message>`)
      await romeo.eventually`<message type="error" id="m"/>`
    }
    await romeo.forgets()
    assert.equal(inMemory(), none, 'those of which somebody wanted something')
    await enters(romeo, kept[0]!, 'Romeo')
    assert.equal(inMemory() - none, 1)
  }),
)
