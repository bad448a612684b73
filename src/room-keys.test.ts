import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { RoomArchive } from './archive/room-archive.ts'
import { auditData } from './cli/audit-data.ts'
import { privateRoom } from './features/rooms/configuration.ts'
import { type House, openHouse } from './house.ts'
import { parseBareJid } from './protocol/jid.ts'
import { SealError } from './seals/seal-error.ts'
import { loadSettings } from './settings/load.ts'

const juliet = parseBareJid('juliet@verona.lit')!
const noon = Date.UTC(2026, 10, 22, 12)

/** A directory with a service that has some rooms, in each of which something was said. */
async function withRooms(t: TestContext, count: number) {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-room-keys-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const { settings } = loadSettings({ env: {}, directory })
  const visit = async <T>(use: (house: House) => Promise<T>, access: 'service' | 'tool' = 'service'): Promise<T> => {
    const house = await openHouse(settings, { access, now: () => noon })
    try {
      return await use(house)
    } finally {
      await house.close()
    }
  }
  const ids = await visit(async ({ rooms, vault, db, roomAuthors }) => {
    const made: number[] = []
    const seals = { room: (id: number) => vault.rooms.keys(id), words: () => undefined }
    const archive = await RoomArchive.open({
      db,
      authors: roomAuthors,
      seals,
      now: () => noon,
      corrupt: () => assert.fail(),
    })
    for (let i = 0; i < count; i++) {
      const { id } = await rooms.create(parseBareJid(`room${i}@conference.localhost`)!, juliet, privateRoom)
      archive.append({ room: id, seq: i + 1, author: juliet, account: undefined, openly: true, text: '<message/>' })
      made.push(id)
    }
    await db.unit([])
    return made
  })
  const left = () =>
    visit(async ({ db, vault }) => {
      const rows = async (sql: string) => (await db.all(sql)).map(row => Number(row.room)).sort()
      const entries = await db.partition('rooms', '2026-11-22').all('SELECT room FROM room_entries')
      return {
        rooms: await rows('SELECT id AS room FROM rooms'),
        people: await rows('SELECT room FROM room_people'),
        days: await rows('SELECT room FROM room_days'),
        entries: entries.map(row => Number(row.room)).sort(),
        keys: (await vault.rooms.owners()).sort(),
      }
    })
  return { ids, visit, left, data: settings.service.data }
}

describe('what a crash leaves between rooms and their keys', () => {
  test('a room whose key is destroyed ends with the next start, and all that was said in it', async t => {
    const { ids, visit, left } = await withRooms(t, 3)
    await visit(({ vault }) => vault.rooms.destroy(ids[0]!), 'tool')
    const rest = ids.slice(1).sort()
    assert.deepEqual(await left(), { rooms: rest, people: rest, days: rest, entries: rest, keys: rest })
  })

  test('a key whose room was never finished is destroyed', async t => {
    const { ids, visit, left } = await withRooms(t, 1)
    await visit(({ vault }) => vault.rooms.add(4711), 'tool')
    assert.deepEqual((await left()).keys, ids)
  })

  test('what was said in a room that there is no longer is erased', async t => {
    const { ids, visit, left } = await withRooms(t, 2)
    await visit(async ({ db }) => {
      for (const [table, column] of [
        ['rooms', 'id'],
        ['room_people', 'room'],
      ])
        await db.run(`DELETE FROM ${table} WHERE ${column} = ?`, [ids[0]!])
    }, 'tool')
    const rest = ids.slice(1)
    assert.deepEqual(await left(), { rooms: rest, people: rest, days: rest, entries: rest, keys: rest })
  })

  test('a vault of another day: refused, and nothing is done', async t => {
    const { ids, visit } = await withRooms(t, 12)
    await visit(async ({ vault }) => {
      for (const id of ids.slice(0, 11)) await vault.rooms.destroy(id)
    }, 'tool')
    await assert.rejects(
      () => visit(async () => undefined),
      error =>
        error instanceof SealError && /keys of 1 rooms and the database has 12 rooms, and 11/.test(error.message),
    )
    await visit(async ({ db }) => assert.equal((await db.all('SELECT id FROM rooms')).length, 12), 'tool')
  })

  test('the audit finds nothing where all is as it should be', async t => {
    const { data } = await withRooms(t, 2)
    assert.deepEqual(await auditData(data, { nowMs: noon }), [])
  })
})
