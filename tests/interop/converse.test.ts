/** What people do with a client in their browser, by its buttons, over both transports that a browser has. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import { Converse } from './converse.ts'

const picture = readFileSync(join(import.meta.dirname, 'rose.png'))
const rose = { name: 'rose.png', mimeType: 'image/png', buffer: picture }

const said = ['But soft! what light <through> yonder window breaks? ☾', 'Ay me.', 'She speaks.'] as const

async function play(t: TestContext, over: 'websocket' | 'bosh'): Promise<void> {
  const server = await startProcess()
  t.after(() => server.stop())
  const account = async (username: string) => {
    const password = randomBytes(9).toString('base64url')
    await server.createAccount(username, password)
    return { jid: `${username}@${server.domain}`, password }
  }
  const [romeo, juliet] = [await account('romeo'), await account('juliet')]
  const his = await Converse.enters(t, romeo, { server, over })
  const hers = await Converse.enters(t, juliet, { server, over })

  await his.turnsTo(juliet.jid)
  await his.adds(juliet.jid)
  await hers.hearsFrom(romeo.jid)
  await hers.turnsTo(romeo.jid)
  await hers.approves(romeo.jid)
  await his.seesOnline(juliet.jid)
  await hers.seesOnline(romeo.jid)

  await his.says(juliet.jid, said[0])
  assert.equal(await hers.sees(romeo.jid, said[0]), await his.jid)
  await hers.says(romeo.jid, said[1])
  assert.equal(await his.sees(juliet.jid, said[1]), await hers.jid)

  await his.setsAvatar(rose)
  const shown = await hers.seesAvatar(romeo.jid)
  assert.deepEqual(await his.seesAvatar(romeo.jid), shown)

  await his.sends(juliet.jid, rose)
  const seen = await hers.seesPicture(romeo.jid)
  assert.deepEqual(seen.bytes, picture)
  assert.equal(seen.width, 64)

  await hers.reloads()
  await hers.turnsTo(romeo.jid)
  for (const each of said.slice(0, 2)) await hers.sees(romeo.jid, each)
  await his.says(juliet.jid, said[2])
  await hers.sees(romeo.jid, said[2])

  // A browser that has never been here knows only what the archive holds.
  const elsewhere = await Converse.enters(t, juliet, { server, over })
  await elsewhere.turnsTo(romeo.jid)
  for (const each of said) await elsewhere.sees(romeo.jid, each)
  assert.deepEqual((await elsewhere.seesPicture(romeo.jid)).bytes, picture)
  for (const page of [hers, elsewhere])
    for (const each of said) assert.equal(await page.hearings(romeo.jid, each), 1, each)

  for (const page of [his, hers, elsewhere]) {
    assert.deepEqual(page.foreign, [])
    const errors = page.errors.filter(each => !each.includes('ERR_TUNNEL_CONNECTION_FAILED'))
    assert.deepEqual(errors, [])
  }
  await hers.isPainted(`converse-${over}`)
  await convertedAvatar(server, juliet, shown)
}

/** XEP-0398: what Converse stored as a vCard is an avatar for those who know only XEP-0084. */
async function convertedAvatar(server: Stage['server'], juliet: { jid: string; password: string }, expected: Buffer) {
  const stage = new Stage(server)
  try {
    const guest = await stage.actor('benvolio')
    await guest.connects()
    const romeo = juliet.jid.replace('juliet', 'romeo')
    const node = 'urn:xmpp:avatar:data'
    const answer =
      await guest.asks`<iq type="get" to="${romeo}"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="${node}"/></pubsub></iq>`
    assert.deepEqual(Buffer.from(answer.at('pubsub', 'items', 'item', 'data').text(), 'base64'), expected)
  } finally {
    stage.ends()
  }
}

for (const over of ['websocket', 'bosh'] as const)
  test(
    `Converse over ${over}: chat both ways, become contacts, an avatar, a file, and the history in another browser`,
    { timeout: 180_000 },
    t => play(t, over),
  )
