/**
 * P10: two histories which differ only in when and how often people were there leave the same behind. What is random is
 * compared by its size, times of files by their day.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { catalogue } from '../../src/catalogue.ts'
import { databasePath } from '../../src/house.ts'
import { type ColumnKind, places, schemaOf } from '../../src/privacy/catalogue.ts'
import type { Value } from '../../src/storage/database.ts'
import { openSqlite } from '../../src/storage/sqlite/open.ts'
import type { Client } from '../kit/client.ts'
import { signedIn } from './belongings.ts'
import { ClockedService, dayMs, hourMs } from './clocked-service.ts'

/** Whether and by how many devices romeo is there between one message and the next. */
type Visits = readonly number[]

test('P10: who was there when, and how often, makes no difference to what is kept', { timeout: 60_000 }, async t => {
  const away = await history(t, [0, 0, 0, 0])
  const once = await history(t, [0, 1, 0, 0])
  const often = await history(t, [2, 1, 3, 1])
  assert.equal(away.rows['the file rooms/2026-11-22.db: room_entries']?.length, 4)
  assert.equal(away.rows['the file rooms/2026-11-22.db: room_authors']?.length, 1)
  for (const other of [once, often]) {
    assert.deepEqual(other.files, away.files)
    assert.deepEqual(other.rows, away.rows)
  }
})

/** The same is written in all histories, at the same hours; only the visits in between differ. */
async function history(t: TestContext, visits: Visits): Promise<Left> {
  const service = new ClockedService(t)
  await service.start()
  await service.populate()
  const begun = service.now
  const first = await signedIn(service, 'romeo', 'romeo')
  for (const payload of [
    "<query xmlns='jabber:iq:roster'><item jid='juliet@localhost' name='Juliet'/></query>",
    "<vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard>",
  ])
    await first.ask('set', payload)
  await first.close()
  await makeRoom(service)
  for (const [hour, devices] of visits.entries()) {
    service.now = begun + hour * hourMs
    await write(service, 'romeo')
    const clients = await Promise.all(Array.from({ length: devices }, () => signedIn(service, 'romeo', 'romeo')))
    for (const client of clients) {
      client.send('<presence/>')
      await client.ask('get', "<query xmlns='jabber:iq:roster'/>")
      await enter(client, 'Romeo')
      await client.ask('set', "<query xmlns='urn:xmpp:mam:2'/>", room)
    }
    for (const client of clients) await client.close()
  }
  // In the end everything was delivered in every history: that it was is what its reader wanted, and no time.
  const last = await signedIn(service, 'romeo', 'romeo')
  await last.sm.enable({ resume: true })
  last.send('<presence/>')
  await last.ping()
  await last.sm.flush()
  await last.close()
  service.now = begun + dayMs
  await service.command('expire')
  await service.stop()
  return left(service)
}

async function write(service: ClockedService, to: string): Promise<void> {
  const juliet = await signedIn(service, 'juliet', 'juliet')
  await juliet.sm.enable({ resume: true })
  juliet.send(`<message to='${to}@localhost' type='chat'><body>Romeo, Romeo!</body></message>`)
  await enter(juliet, 'Juliet')
  juliet.send(`<message to='${room}' type='groupchat'><body>Where is he?</body></message>`)
  await juliet.sm.flush()
  await juliet.close()
}

const room = 'balcony@conference.localhost'
const muc = 'http://jabber.org/protocol/muc'

async function makeRoom(service: ClockedService): Promise<void> {
  const juliet = await signedIn(service, 'juliet', 'juliet')
  await enter(juliet, 'Juliet')
  const fields = "<field var='muc#roomconfig_membersonly'><value>0</value></field>"
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#roomconfig</value></field>${fields}</x>`
  await juliet.ask('set', `<query xmlns='${muc}#owner'>${form}</query>`, room)
  await juliet.close()
}

async function enter(client: Client, nick: string): Promise<void> {
  client.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  await client.wire.until(
    () => client.wire.inbox.find(tree => tree.name === 'message' && tree.child('subject') !== undefined),
    'the subject',
  )
}

interface Left {
  readonly files: readonly string[]
  readonly rows: Readonly<Record<string, readonly string[]>>
}

const random: ReadonlySet<ColumnKind> = new Set(['id', 'random', 'sealed', 'contents'])

async function left({ data }: ClockedService): Promise<Left> {
  const db = await openSqlite(databasePath(data), schemaOf(catalogue), { access: 'read' })
  const rows: Record<string, string[]> = {}
  try {
    for (const place of places(db, catalogue))
      for (const { name, columns } of place.tables) {
        const found = await place.rows.all(`SELECT * FROM ${name}`)
        rows[`${place.name}: ${name}`] = found
          .map(row =>
            JSON.stringify(Object.entries(columns).map(([column, { kind }]) => comparable(kind, row[column] ?? null))),
          )
          .sort()
      }
  } finally {
    await db.close()
  }
  return { files: filesIn(data), rows }
}

function comparable(kind: ColumnKind, value: Value): unknown {
  if (!random.has(kind)) return value
  return value instanceof Uint8Array ? `${value.length} bytes` : typeof value
}

/** Logs are emptied at their own pace, and a certificate is as long as the random numbers in it. */
const anySize = /-(wal|shm)$|\.pem$/

/** Names, permissions, the day of the last writing, and sizes. */
function filesIn(data: string): string[] {
  assert.ok(existsSync(data))
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      const { mode, mtimeMs, size } = statSync(path)
      const kept = entry.isFile() && !anySize.test(path) ? size : 0
      return `${relative(data, path)} ${mode.toString(8)} ${Math.floor(mtimeMs / dayMs)} ${kept}`
    })
    .sort()
}
