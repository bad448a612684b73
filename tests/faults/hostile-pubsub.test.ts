/** People who use other people's and their own nodes as they should not: floods, notifications in the name of others. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { appearsWith } from '../kit/capabilities.ts'
import { dialogue, useServer } from '../kit/cast.ts'
import { making, publishing, pubsubEvent, reading } from '../kit/nodes.ts'
import { granted, refused } from '../kit/refusals.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'

let server: ServerProcess

before(async () => {
  server = await startProcess()
  useServer(server)
})

after(async () => {
  assert.ok(server.running, `the server is gone:\n${server.output.slice(-2000)}`)
  assert.doesNotMatch(server.output, /"bug":true/, 'the server met mistakes of its own')
  await server.stop()
})

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)

function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024
}

const node = 'http://jabber.org/protocol/mood'
const floods = 1_600
const payload = `<mood xmlns="${node}"><text>${'x'.repeat(120_000)}</text></mood>`

test(
  'a flood of items for somebody who reads nothing: memory and disk are bounded, others are served',
  { timeout: 120_000 },
  dialogue({ friends: [['tybalt', 'nurse']] }, async ({ tybalt, nurse, romeo, juliet }) => {
    await appearsWith(nurse, [`${node}+notify`])
    granted(await tybalt.asks(publishing(node, 'first', payload)))
    const disk = bytesIn(server.data)
    // From half of the flood on: until then the heap finds out how much room it needs for what comes and goes.
    let memory = 0
    nurse.client.wire.socket.pause()
    for (let i = 0; i < floods; i++) {
      tybalt.sends(String(publishing(node, `i${i}`, payload)).replace('<iq', `<iq id="f${i}"`))
      if (i === floods / 2) memory = residentBytes()
      if (i % 50 === 49) {
        await tybalt.eventually(`<iq type="result" id="f${i}"/>`)
        juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>${i}</body></message>`
        await romeo.eventually`<message from="${juliet.fullJid}"><body>${i}</body></message>`
      }
    }
    const [grown, written] = [residentBytes() - memory, bytesIn(server.data) - disk]
    const flooded = floods * payload.length
    assert.ok(grown < flooded / 4, `${flooded / 2e6} MB of items took ${Math.round(grown / 1e6)} MB of memory`)
    assert.ok(written < flooded / 2, `${flooded / 1e6} MB of items took ${Math.round(written / 1e6)} MB of the disk`)
    const left = granted(await tybalt.asks(reading(node)))
    assert.equal(left.at('pubsub', 'items').elements().length, 1)
  }),
)

test(
  'more nodes than an account may have, and items of endless names: refused, and what was there is still there',
  dialogue(async ({ tybalt }) => {
    granted(await tybalt.asks(publishing('urn:example:mine', 'one', '<a xmlns="urn:x"/>')))
    let refusedFrom: number | undefined
    for (let i = 0; i < 1_100 && refusedFrom === undefined; i++) {
      const answer = await tybalt.asks(making(`urn:example:${i}`))
      if (answer.attr('type') === 'error') {
        refused(answer, 'conflict', 'max-nodes-exceeded')
        refusedFrom = i
      }
    }
    assert.ok(refusedFrom !== undefined, 'there is no end of nodes')
    refused(await tybalt.asks(publishing('x'.repeat(2_000), 'one', '<a xmlns="urn:x"/>')), 'not-acceptable')
    refused(
      await tybalt.asks(publishing('urn:example:mine', 'x'.repeat(4_000), '<a xmlns="urn:x"/>')),
      'not-acceptable',
    )
    granted(await tybalt.asks(reading('urn:example:mine')))
  }),
)

test(
  'a notification bears the name of whoever sent it, and moves nothing here',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ tybalt, romeo, juliet }) => {
    const metadata = 'urn:xmpp:avatar:metadata'
    const event = `<event xmlns="${pubsubEvent}"><items node="${metadata}"><item id="none"><metadata xmlns="${metadata}"/></item></items></event>`
    granted(
      await juliet.asks(
        publishing(
          metadata,
          'mine',
          `<metadata xmlns="${metadata}"><info id="mine" bytes="1" type="image/png"/></metadata>`,
        ),
      ),
    )
    await romeo.forgets()
    tybalt.sends(`<message to="${romeo.jid}" type="headline">${event}</message>`)
    await romeo.receives`<message from="${tybalt.fullJid}"><event xmlns="${pubsubEvent}"/></message>`
    for (const to of [juliet.jid, romeo.jid]) tybalt.sends(`<message to="${to}" type="headline">${event}</message>`)
    await juliet.forgets()
    const kept = granted(await juliet.asks(reading(metadata)))
    assert.equal(kept.at('pubsub', 'items', 'item').attr('id'), 'mine')
    tybalt.sends(`<message from="${juliet.jid}" to="${romeo.jid}" type="headline">${event}</message>`)
    await tybalt.isCutOff('invalid-from')
  }),
)
