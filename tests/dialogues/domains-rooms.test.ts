/** Rooms are shared by the people of all domains, unless a domain has its own; who may make some, each domain says. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openControl } from '../../src/operations/control.ts'
import type { Actor } from '../kit/actor.ts'
import { startInside, type TestServer } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import type { Tree } from '../kit/tree.ts'

const [capulet, montague] = ['capulet.example', 'montague.example'] as const

let server: TestServer
before(async () => {
  server = await startInside({ service: { domain: capulet } })
  await server.addDomain!(montague)
})
after(() => server.stop())

function play(perform: (cast: { juliet: Actor; romeo: Actor }) => Promise<void>) {
  return async () => {
    const [here, there] = [new Stage(server), new Stage(server.at!(montague))]
    try {
      const [juliet, romeo] = [await here.actor('juliet'), await there.actor('romeo')]
      for (const actor of [juliet, romeo]) await actor.connects()
      await perform({ juliet, romeo })
      assert.deepEqual(server.bugs!(), [])
    } finally {
      here.ends()
      there.ends()
    }
  }
}

/** Asks to come in. @returns the first presence that comes from the room */
function enters(actor: Actor, room: string): Promise<Tree> {
  actor.client.send(`<presence to='${room}/${actor.role}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
  return actor.client.take(tree => tree.name === 'presence' && tree.attr('from')?.startsWith(room) === true, 'presence')
}

const comesIn = async (actor: Actor, room: string): Promise<boolean> =>
  (await enters(actor, room)).attr('type') === undefined

const configured = (actor: Actor, room: string): Promise<Tree> =>
  actor.asks`<iq type="set" to="${room}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_membersonly"><value>0</value></field><field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`

test(
  'the people of both domains meet in the rooms of the first',
  play(async ({ juliet, romeo }) => {
    const room = `ball@conference.${capulet}`
    assert.ok(await comesIn(romeo, room))
    assert.equal((await configured(romeo, room)).attr('type'), 'result')
    assert.ok(await comesIn(juliet, room))
    juliet.sends`<message to="${room}" type="groupchat"><body>You kiss by the book.</body></message>`
    await romeo.eventually`<message from="${room}/juliet" type="groupchat"><body>You kiss by the book.</body></message>`
  }),
)

test(
  'a domain says who of its people may make rooms',
  play(async ({ juliet, romeo }) => {
    await server.changeDomain!(montague, { roomsCreate: 'admins' })
    try {
      assert.ok(!(await comesIn(romeo, `brawl@conference.${capulet}`)))
      assert.ok(await comesIn(juliet, `nursery@conference.${capulet}`))
      await server.at!(montague).makeAdmin!(romeo.username)
      assert.ok(await comesIn(romeo, `brawl@conference.${capulet}`))
    } finally {
      await server.changeDomain!(montague, { roomsCreate: undefined })
    }
  }),
)

test(
  'a domain with services of its own has rooms that others may enter, and only its people make',
  play(async ({ juliet, romeo }) => {
    const room = `orchard@conference.${montague}`
    await server.changeDomain!(montague, { services: 'own' })
    try {
      assert.ok(!(await comesIn(juliet, room)))
      assert.ok(await comesIn(romeo, room))
      assert.equal((await configured(romeo, room)).attr('type'), 'result')
      assert.ok(await comesIn(juliet, room))
    } finally {
      await server.changeDomain!(montague, { services: undefined })
    }
  }),
)

test('rooms below a domain end with it', async () => {
  const mantua = 'mantua.example'
  const room = `exile@conference.${mantua}`
  const isNew: (boolean | undefined)[] = []
  for (let time = 0; time < 2; time++) {
    await server.addDomain!(mantua, { services: 'own' })
    const stage = new Stage(server.at!(mantua))
    try {
      const romeo = await stage.actor('romeo')
      await romeo.connects()
      const entered = await enters(romeo, room)
      isNew.push(
        entered
          .child('x')
          ?.elements()
          .some(each => each.attr('code') === '201'),
      )
      assert.equal((await configured(romeo, room)).attr('type'), 'result')
      // Somebody of another domain would look after it, if it stayed.
      await romeo.asks`<iq type="set" to="${room}"><query xmlns="http://jabber.org/protocol/muc#admin"><item affiliation="member" jid="juliet@${capulet}"/></query></iq>`
      const control = await openControl(server.data!)
      await control!.ask('domain remove', { name: mantua, erase: true }, async () => {})
      control!.close()
    } finally {
      stage.ends()
    }
  }
  assert.deepEqual(isNew, [true, true])
  assert.deepEqual(server.bugs!(), [])
})
