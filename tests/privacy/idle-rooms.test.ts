/** A room without anybody in it costs its rows and nothing else; and what those rows say is noise. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { privateRoom, publicRoom } from '../../src/features/rooms/configuration.ts'
import { openHouse } from '../../src/house.ts'
import { bareJid, parseJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'

test('rooms on the disk: found by address, by person and in the list, and by nobody without the keys', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-rooms-'))
  const { settings } = loadSettings({ env: { SOTTO_SERVICE_DATA: join(directory, 'data') } })
  const house = await openHouse(settings, { access: 'service' })
  try {
    const [juliet, romeo] = [bareJid('juliet', 'localhost')!, bareJid('romeo', 'localhost')!]
    const names = Array.from({ length: 50 }, (_, n) => `secretgathering${n}`)
    const { rooms } = house
    for (const [n, name] of names.entries()) {
      const room = await rooms.create(bareJid(name, 'rooms.localhost')!, juliet, privateRoom)
      room.locked = false
      if (n < 5) room.configuration = { ...publicRoom, name }
      room.belongs(romeo, { affiliation: 'member', order: 1, nick: 'Montague' })
      await rooms.save(room)
      await rooms.savePeople(room, [romeo])
    }
    assert.equal(await rooms.madeBy(juliet), 50)
    assert.equal(await rooms.madeBy(romeo), 0)
    assert.equal((await rooms.roomsOf(romeo)).length, 50)
    const service = parseJid('rooms.localhost')!
    assert.equal(await rooms.countListed(service as Parameters<typeof rooms.countListed>[0]), 5)
    const found = await rooms.load(bareJid('secretgathering7', 'rooms.localhost')!)
    assert.equal(found?.affiliationOf(romeo), 'member')
    assert.equal(found?.reservedFor('montague'), romeo)
    assert.equal(await rooms.load(bareJid('elsewhere', 'rooms.localhost')!), undefined)
    await rooms.destroy(found!.id)
    assert.equal(await rooms.load(bareJid('secretgathering7', 'rooms.localhost')!), undefined)
    assert.equal((await rooms.roomsOf(romeo)).length, 49)
  } finally {
    await house.close()
  }
  const files = readdirSync(join(directory, 'data'), { recursive: true, withFileTypes: true }).filter(one =>
    one.isFile(),
  )
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name))
    for (const secret of ['secretgathering', 'juliet', 'romeo', 'Montague']) assert.ok(!bytes.includes(secret), name)
  }
  rmSync(directory, { recursive: true, force: true })
})
