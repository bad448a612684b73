/** Rooms with many people: what one of them does costs by how many hear of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, conditionOf, enters, knocks, makes, muc } from '../kit/rooms.ts'
import type { TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import type { Wire } from '../kit/wire.ts'

const states = 'http://jabber.org/protocol/chatstates'

/** So many people from elsewhere come in; what they hear is counted and forgotten. */
async function crowd(server: TestServer, room: string, people: number): Promise<{ wire: Wire; heard: Tree[] }> {
  const wire = await bridge(server)
  const heard: Tree[] = []
  let inside = 0
  wire.tap = tree => {
    if (tree.name === 'message' && tree.child('subject', accept) !== undefined) inside++
    else if (tree.name === 'message') heard.push(tree)
    return true
  }
  for (let n = 0; n < people; n++) {
    wire.write(`<presence from='u${n}@${bridgeDomain}/x' to='${room}/u${n}'><x xmlns='${muc}'/></presence>`)
  }
  await wire.until(() => (inside === people ? true : undefined), 'the subject, by all')
  return { wire, heard }
}

test(
  'in a big room nobody hears who is typing; in a small one they do, and what is said with it comes in both',
  dialogue({ settings: bridgeSettings }, async ({ romeo, juliet, server }) => {
    const room = await makes(juliet, 'Juliet')
    await enters(romeo, room, 'Romeo')
    const typing = `<message to="${room}" type="groupchat"><composing xmlns="${states}"/></message>`
    await juliet.forgets()
    romeo.sends(typing)
    await juliet.receives`<message from="${room}/Romeo"><composing xmlns="${states}"/></message>`
    const { wire } = await crowd(server, room, 100)
    await juliet.forgets()
    romeo.sends(typing)
    romeo.sends(`<message to="${room}" type="groupchat"><body>Soft!</body><active xmlns="${states}"/></message>`)
    await juliet.receives`<message from="${room}/Romeo"><body>Soft!</body><active xmlns="${states}"/></message>`
    wire.drop()
  }),
)

test(
  'whoever says very much to very many is slowed; others, and smaller rooms, notice nothing',
  dialogue({ settings: { ...bridgeSettings, limits: { enabled: true } } }, async ({ romeo, juliet, server }) => {
    const room = await makes(juliet, 'Juliet')
    const small = await makes(juliet, 'Juliet')
    await romeo.forgets()
    await enters(romeo, room, 'Romeo')
    const { wire, heard } = await crowd(server, room, 150)
    await romeo.forgets()
    let said = 0
    let refused: Tree | undefined
    while (refused === undefined && said < 400) {
      for (let n = 0; n < 20; n++) {
        romeo.client.send(
          `<message to="${room}" type="groupchat" id="m${said++}"><body>Words, words, words</body></message>`,
        )
      }
      await romeo.client.ping()
      refused = romeo.client.wire.inbox.find(tree => tree.attr('type') === 'error')
      romeo.client.wire.inbox.length = 0
    }
    assert.equal(refused && conditionOf(refused), 'policy-violation')
    assert.equal(refused?.need('error').attr('type'), 'wait')
    // 30,000 copies, among 152 devices.
    assert.ok(said > 190 && said < 240, String(said))
    await juliet.forgets()
    juliet.sends(`<message to="${room}" type="groupchat" id="hers"><body>Peace!</body></message>`)
    await juliet.eventually`<message from="${room}/Juliet" id="hers"/>`
    await wire.until(() => heard.find(tree => tree.attr('id') === 'hers'), 'what somebody else says')
    // So is whoever changes very much there.
    const voices = (role: string) =>
      administers(juliet, room, Array.from({ length: 100 }, (_, n) => `<item nick="u${n}" role="${role}"/>`).join(''))
    assert.equal((await voices('visitor')).attr('type'), 'result')
    assert.equal(conditionOf(await voices('participant')), 'policy-violation')
    knocks(romeo, small, 'Romeo')
    await juliet.eventually`<presence from="${small}/Romeo"/>`
    wire.drop()
  }),
)
