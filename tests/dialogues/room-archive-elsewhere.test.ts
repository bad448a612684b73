/** The archive of rooms and people of other services: they read what they may, and their words can be erased. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openControl } from '../../src/operations/control.ts'
import { mam, query } from '../kit/archive-plays.ts'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue } from '../kit/cast.ts'
import { configures, makes, muc, mucUser } from '../kit/rooms.ts'
import type { TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import type { Wire } from '../kit/wire.ts'

const mercutio = `mercutio@${bridgeDomain}/street`

const settings = bridgeSettings

async function forgets(server: TestServer, jid: string): Promise<unknown> {
  const client = await openControl(server.data!)
  try {
    return await client!.ask('room forget', { jid })
  } finally {
    client!.close()
  }
}

async function enters(wire: Wire, room: string): Promise<void> {
  wire.write(`<presence from='${mercutio}' to='${room}/Mercutio'><x xmlns='${muc}'/></presence>`)
  while ((await wire.next()).child('subject', accept) === undefined);
}

async function says(wire: Wire, room: string, body: string): Promise<void> {
  wire.write(`<message from='${mercutio}' to='${room}' type='groupchat'><body>${body}</body></message>`)
  while ((await wire.next()).child('body', accept)?.text() !== body);
}

/** @returns the results, in their order, and what ended them */
async function reads(wire: Wire, room: string): Promise<[Tree[], Tree]> {
  wire.write(`<iq from='${mercutio}' to='${room}' type='set' id='q'><query xmlns='${mam}'/></iq>`)
  const results: Tree[] = []
  for (;;) {
    const next = await wire.next()
    if (next.name === 'iq') return [results, next]
    const result = next.child('result', mam)
    if (result !== undefined) results.push(result)
  }
}

test(
  'a guest of elsewhere reads what was said, and their words are erased at their wish',
  dialogue({ settings }, async ({ juliet, server }) => {
    const wire = await bridge(server)
    const room = await makes(juliet, 'Juliet')
    await enters(wire, room)
    await says(wire, room, 'A plague!')
    juliet.sends`<message to="${room}" type="groupchat" id="hers"><body>Hush</body></message>`
    await juliet.eventually`<message id="hers"/>`
    const [results, answer] = await reads(wire, room)
    assert.equal(answer.attr('type'), 'result', String(answer))
    assert.equal(answer.need('fin', mam).attr('complete'), 'true')
    assert.equal(results.length, 2)
    const seen = await query(juliet, '', '', room)
    assert.deepEqual(seen.bodies, ['A plague!', 'Hush'])
    assert.equal(
      seen.results[0]!.message.need('x', mucUser).need('item', mucUser).attr('jid'),
      `mercutio@${bridgeDomain}`,
      'moderators know who it was',
    )

    assert.deepEqual(await forgets(server, `mercutio@${bridgeDomain}`), { erased: true })
    assert.deepEqual((await query(juliet, '', '', room)).bodies, ['Hush'])
    assert.deepEqual(await forgets(server, `mercutio@${bridgeDomain}`), { erased: false })
    await assert.rejects(forgets(server, juliet.jid), /one of ours/)
    await says(wire, room, 'Both your houses!')
    assert.deepEqual((await query(juliet, '', '', room)).bodies, ['Hush', 'Both your houses!'])

    await configures(juliet, room, { membersonly: '1' })
    const [nothing, refused] = await reads(wire, room)
    assert.deepEqual(nothing, [])
    assert.equal(refused.attr('type'), 'error')
    wire.drop()
  }),
)
