/** P8, P13: what an erased person said in rooms opens with nothing any more, whatever copies there are; what is too old is gone. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RoomArchive } from '../../src/archive/room-archive.ts'
import { openHouse } from '../../src/house.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { Client } from '../kit/client.ts'
import { parseTrees, type Tree } from '../kit/tree.ts'
import { signedIn } from './belongings.ts'
import { ClockedService, dayMs, hourMs } from './clocked-service.ts'
import { formsOfSecret, occurrencesBelow } from './search.ts'

const room = 'balcony@conference.localhost'
const muc = 'http://jabber.org/protocol/muc'
const mam = 'urn:xmpp:mam:2'

async function enter(client: Client, nick: string): Promise<void> {
  client.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  await client.wire.until(
    () => client.wire.inbox.find(tree => tree.name === 'message' && tree.child('subject') !== undefined),
    'the subject',
  )
  client.wire.inbox.splice(0)
}

async function makeRoom(juliet: Client): Promise<void> {
  await enter(juliet, 'Juliet')
  const form =
    `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#roomconfig</value></field>` +
    "<field var='muc#roomconfig_membersonly'><value>0</value></field></x>"
  const answer = await juliet.ask('set', `<query xmlns='${muc}#owner'>${form}</query>`, room)
  assert.equal(answer.attr('type'), 'result', String(answer))
}

async function say(client: Client, body: string): Promise<void> {
  client.send(`<message to='${room}' type='groupchat' id='${body}'><body>${body}</body></message>`)
  await client.wire.until(() => client.wire.inbox.find(tree => tree.attr('id') === body), 'what was said')
}

async function read(client: Client): Promise<string[]> {
  client.wire.inbox.splice(0)
  const answer = await client.ask('set', `<query xmlns='${mam}'/>`, room)
  assert.equal(answer.attr('type'), 'result', String(answer))
  return client.wire.inbox
    .splice(0)
    .flatMap(tree => tree.child('result', mam)?.need('forwarded', 'urn:xmpp:forward:0') ?? [])
    .map(forwarded => bodyOf(forwarded.need('message', 'jabber:client')))
}

const bodyOf = (message: Tree): string => message.child('body')?.text() ?? ''

/** Everything that opens in a data directory with all keys that there are. */
async function readable(service: ClockedService): Promise<string[]> {
  const house = await openHouse(loadSettings({ file: join(service.directory, 'sotto.toml'), env: {} }).settings)
  try {
    const { vault } = house
    const archive = await RoomArchive.open({
      db: house.db,
      authors: house.roomAuthors,
      seals: { room: id => vault.rooms.keys(id), words: account => vault.keys(account)?.words },
      now: () => service.now,
      corrupt: () => assert.fail('something is damaged'),
    })
    const found: string[] = []
    for (const id of await archive.rooms()) {
      const page = await archive.history.page(id, { limit: 1000, backwards: false })
      assert.ok(page !== 'not found')
      for (const { text } of page.entries) found.push(bodyOf(parseTrees(text)[0]!))
    }
    return found
  } finally {
    await house.close()
  }
}

/** The sealed keys of authors in the files of rooms. */
async function sealedKeys(service: ClockedService): Promise<Buffer[]> {
  const { db } = service.house
  await db.unit([])
  const found: Buffer[] = []
  for (const day of db.partitions('rooms'))
    for (const row of await db.partition('rooms', day).all('SELECT sealed FROM room_authors'))
      found.push(Buffer.from(row.sealed as Uint8Array))
  return found
}

function bytesBelow(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Buffer.concat(files.map(entry => readFileSync(join(entry.parentPath, entry.name))))
}

for (const how of ['in the running service', 'while the service is stopped'] as const)
  test(`P13: an account that is deleted ${how} takes its words in rooms along`, { timeout: 60_000 }, async t => {
    const service = new ClockedService(t)
    const [his, hers] = ['his', 'hers'].map(word => `${word}${randomBytes(9).toString('hex')}`) as [string, string]
    await service.start()
    await service.populate()
    const juliet = await signedIn(service, 'juliet', 'juliet')
    await makeRoom(juliet)
    const romeo = await signedIn(service, 'romeo', 'romeo')
    await enter(romeo, 'Montague')
    await say(romeo, his)
    await say(juliet, hers)
    service.now += dayMs
    await say(romeo, `again${his}`)
    assert.deepEqual(await read(juliet), [his, hers, `again${his}`])
    const keys = await sealedKeys(service)
    assert.equal(keys.length, 3)
    const copy = join(service.directory, 'copy')
    const remove = { jid: 'romeo@localhost', now: true }
    if (how === 'in the running service') {
      // What somebody may have put aside: the files of rooms, as they were before.
      await service.stop()
      cpSync(join(service.data, 'rooms'), copy, { recursive: true })
      await service.start()
      const again = await signedIn(service, 'juliet', 'juliet')
      const leaving = await signedIn(service, 'romeo', 'romeo')
      await enter(again, 'Juliet')
      await enter(leaving, 'Montague')
      await say(leaving, `last${his}`)
      await service.command('account delete', remove)
      await say(again, `after${hers}`)
      assert.deepEqual(await read(again), [hers, `after${hers}`])
      await service.stop()
    } else {
      await service.stop()
      cpSync(join(service.data, 'rooms'), copy, { recursive: true })
      const house = await openHouse(loadSettings({ file: join(service.directory, 'sotto.toml'), env: {} }).settings)
      assert.ok((await house.accounts.remove(bareJid('romeo', 'localhost')!, { now: true })).done)
      await house.close()
    }
    const left = (await readable(service)).filter(body => !body.startsWith('after'))
    assert.deepEqual(left, [hers])
    assert.deepEqual(occurrencesBelow(formsOfSecret('what he said', his), service.data), [])
    const bytes = bytesBelow(service.data)
    assert.equal(keys.filter(key => bytes.includes(key)).length, 1, 'of the keys of authors hers alone is left')
    // The copy is put back: the account's key is gone, and with it his words.
    rmSync(join(service.data, 'rooms'), { recursive: true })
    cpSync(copy, join(service.data, 'rooms'), { recursive: true })
    assert.deepEqual(await readable(service), [hers])
  })

test('P8: what was said in rooms is gone after ninety days, and rooms stay', { timeout: 60_000 }, async t => {
  const service = new ClockedService(t)
  await service.start()
  await service.populate()
  const juliet = await signedIn(service, 'juliet', 'juliet')
  await makeRoom(juliet)
  await say(juliet, 'old')
  service.now += 89 * dayMs
  await say(juliet, 'new')
  assert.deepEqual(await read(juliet), ['old', 'new'])
  service.now += dayMs + hourMs
  await service.command('expire')
  assert.deepEqual(await read(juliet), ['new'])
  assert.deepEqual(service.house.db.partitions('rooms'), ['2027-02-19'])
  service.now += 90 * dayMs
  await service.stop()
  await service.start()
  for (const table of ['room_days']) assert.deepEqual(await service.house.db.all(`SELECT * FROM ${table}`), [])
  assert.deepEqual(service.house.db.partitions('rooms'), [])
  assert.equal((await service.house.vault.rooms.owners()).length, 1)
})

test('P8: an invitation whose time is over leaves the disk with what is written next, and by the clock', async t => {
  const service = new ClockedService(t)
  await service.start()
  await service.populate()
  const juliet = await signedIn(service, 'juliet', 'juliet')
  await makeRoom(juliet)
  const invitation = async (seconds: number): Promise<string> => {
    const answer = await juliet.ask('set', `<request xmlns='urn:xmpp:muc-token-invite:0' delay='${seconds}'/>`, room)
    return answer.need('token', 'urn:xmpp:muc-token-invite:0').text()
  }
  const onDisk = async (): Promise<string[]> => {
    const found = await service.house.rooms.load(bareJid('balcony', 'conference.localhost')!)
    return found!.tokens.map(({ text }) => text)
  }
  const [lasting, brief] = [await invitation(20 * 86_400), await invitation(3600)]
  assert.deepEqual(await onDisk(), [lasting, brief])
  service.now += 2 * hourMs
  juliet.send(`<message to='${room}' type='groupchat' id='s'><subject>Stars</subject></message>`)
  await juliet.wire.until(() => juliet.wire.inbox.find(tree => tree.attr('id') === 's'), 'the subject')
  await service.house.db.unit([])
  assert.deepEqual(await onDisk(), [lasting])

  const another = await invitation(3600)
  assert.deepEqual(await onDisk(), [lasting, another])
  service.now += dayMs
  await service.command('expire', { sure: false })
  assert.deepEqual(await onDisk(), [lasting])
  service.now += 30 * dayMs
  await service.command('expire', { sure: false })
  assert.deepEqual(await onDisk(), [])
})
