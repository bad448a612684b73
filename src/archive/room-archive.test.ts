import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { BALCONY, DAY, JULIET, NURSE, noon, ROMEO, RoomArchiveHouse, TOMB } from '../../tests/kit/room-archive-house.ts'

function bytesBelow(directory: string): Buffer {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Buffer.concat(names.map(entry => readFileSync(join(entry.parentPath, entry.name))))
}

describe('the archive of rooms', () => {
  it('gives back what was said, for each room its own, in order, over days and restarts', async t => {
    const house = await RoomArchiveHouse.build(t)
    assert.deepEqual(await house.texts(), [])
    house.say('1')
    house.say('elsewhere', ROMEO, TOMB)
    house.say('2', ROMEO)
    house.clock.now += DAY
    house.say('3', NURSE)
    await house.restart()
    house.say('4', NURSE)
    house.say('5')
    const page = await house.archive.history.page(BALCONY, { limit: 10, backwards: false })
    assert.ok(page !== 'not found')
    assert.deepEqual(
      page.entries.map(({ text, peer, time, seq }) => [text, peer, time, seq]),
      [
        ['1', JULIET.author, noon, 1000],
        ['2', ROMEO.author, noon, 1002],
        ['3', NURSE.author, noon + DAY, 1003],
        ['4', NURSE.author, noon + DAY, 1004],
        ['5', JULIET.author, noon + DAY, 1005],
      ],
    )
    assert.equal(page.complete, true)
    assert.deepEqual(await house.texts({}, TOMB), ['elsewhere'])
    const edges = await house.archive.history.edges(BALCONY)
    assert.deepEqual([edges?.first.text, edges?.last.text], ['1', '5'])
    assert.deepEqual(await house.archive.days(), ['2026-11-22', '2026-11-23'])
    assert.deepEqual((await house.archive.rooms()).sort(), [BALCONY, TOMB].sort())
    assert.equal(house.corrupt, 0)
  })

  it('pages through a thousand messages of many authors without a gap or a double, both ways', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (let i = 0; i < 1000; i++) {
      house.say(String(i), i % 7 === 0 ? ROMEO : { author: `guest${i % 50}@verona.lit`, account: undefined })
      house.clock.now += i % 250 === 249 ? DAY : 1000
      if (i === 600) await house.restart()
    }
    for (const backwards of [false, true]) {
      const seen: string[][] = []
      let edge: number | undefined
      for (let complete = false; !complete; ) {
        const from = edge === undefined ? {} : backwards ? { before: edge } : { after: edge }
        const page = await house.archive.history.page(BALCONY, { limit: 37, backwards, ...from })
        assert.ok(page !== 'not found')
        complete = page.complete
        edge = (backwards ? page.entries[0] : page.entries.at(-1))?.seq
        seen.push(page.entries.map(({ text }) => text))
      }
      const all = (backwards ? seen.reverse() : seen).flat()
      assert.deepEqual(
        all,
        Array.from({ length: 1000 }, (_, i) => String(i)),
      )
    }
    assert.deepEqual(await house.texts({ passes: ({ peer }) => peer === ROMEO.author, limit: 3 }), ['0', '7', '14'])
  })

  it('shows neither text nor author nor who said how much', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (let i = 0; i < 20; i++) house.say('Wherefore art thou', i % 2 === 0 ? JULIET : NURSE)
    await house.store.db.unit([])
    const rows = await house.store.db.partition('rooms', '2026-11-22').all('SELECT * FROM room_entries')
    const authors = new Set(rows.map(row => Buffer.from(row.author as Uint8Array).toString('hex')))
    assert.equal(authors.size, 20, 'no two entries show the same')
    await house.store.db.close()
    const bytes = bytesBelow(house.store.directory)
    for (const trace of ['Wherefore', 'juliet', 'nurse']) assert.equal(bytes.includes(trace), false, trace)
  })

  it('an author who is erased: gone at once, in copies and in the bytes; others stay', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (const room of [BALCONY, TOMB]) {
      house.say('hers', JULIET, room)
      house.say('his', ROMEO, room)
      house.clock.now += DAY
      house.say('hers again', JULIET, room)
      house.say('of the nurse', NURSE, room)
    }
    await house.store.db.unit([])
    assert.deepEqual([await house.authors.count(JULIET.author), await house.authors.count(ROMEO.author)], [4, 2])
    const sealed: Buffer[] = []
    for (const day of house.store.db.partitions('rooms'))
      for (const row of await house.store.db.partition('rooms', day).all('SELECT sealed FROM room_authors'))
        sealed.push(Buffer.from(row.sealed as Uint8Array))
    // Her key in the vault alone makes them unreadable, whatever copies there are of the files.
    await house.vault.destroy(JULIET.account)
    assert.deepEqual(await house.texts(), ['his', 'of the nurse'])
    assert.equal(house.say('too late', JULIET, TOMB), 'gone')
    assert.equal(await house.authors.erase(JULIET.author), 4)
    assert.equal(await house.authors.erase(JULIET.author), 0)
    assert.deepEqual(await house.texts(), ['his', 'of the nurse'])
    assert.deepEqual(await house.texts({}, TOMB), ['his', 'of the nurse'])
    assert.equal(await house.texts({ after: 1000 }).then(([first]) => first), 'not found')
    assert.equal(house.corrupt, 0)
    await house.store.db.close()
    const bytes = bytesBelow(house.store.directory)
    const left = sealed.filter(row => bytes.includes(row))
    assert.equal(sealed.length - left.length, 4, 'her keys are nowhere in the files')
  })

  it('somebody from elsewhere can be erased as well', async t => {
    const house = await RoomArchiveHouse.build(t)
    house.say('of the nurse', NURSE)
    house.say('hers')
    const erasing = house.authors.eraseSoFar(NURSE.author)
    assert.equal(house.say('late', NURSE), 'gone')
    assert.equal(await erasing, 1)
    assert.deepEqual(await house.texts(), ['hers'])
    assert.equal(house.say('anew', NURSE), 'kept')
    assert.deepEqual(await house.texts(), ['hers', 'anew'])
  })

  it('what somebody said before a day ends sooner, if they want that', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (const text of ['one', 'two', 'three']) {
      house.say(text, JULIET)
      house.say(`his ${text}`, ROMEO)
      house.clock.now += DAY
    }
    assert.equal(await house.authors.eraseBefore(JULIET.author, '2026-11-23'), 1)
    assert.equal(await house.authors.eraseBefore(JULIET.author, '2026-11-23'), 0)
    assert.deepEqual(await house.texts(), ['his one', 'two', 'his two', 'three', 'his three'])
    assert.equal(await house.authors.eraseBefore(JULIET.author, '2026-11-24'), 1)
    assert.equal(house.say('four', JULIET), 'kept')
    assert.deepEqual(await house.texts(), ['his one', 'his two', 'three', 'his three', 'four'])
    assert.equal(house.corrupt, 0)
  })

  it('something else in the place of an entry, also after a restart', async t => {
    const house = await RoomArchiveHouse.build(t)
    house.say('before')
    house.say('offending', NURSE)
    house.say('after')
    await house.restart()
    const page = await house.archive.history.page(BALCONY, { limit: 10, backwards: false, only: [1001] })
    assert.ok(page !== 'not found')
    const [entry] = page.entries
    const old = await house.store.db.partition('rooms', '2026-11-22').all('SELECT body FROM room_entries')
    assert.equal(await house.archive.replace(BALCONY, entry!, 'tombstone'), true)
    assert.deepEqual(await house.texts(), ['before', 'tombstone', 'after'])
    const again = await house.archive.history.page(BALCONY, { limit: 10, backwards: false, only: [1001] })
    assert.ok(again !== 'not found')
    assert.deepEqual(again.entries[0], { ...entry, text: 'tombstone', retracted: true })
    const now = await house.store.db.partition('rooms', '2026-11-22').all('SELECT body FROM room_entries')
    assert.notDeepEqual(old[1], now[1])
  })

  it('a room that ends takes everything along, and nothing comes after', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (let i = 0; i < 500; i++) house.say(`here ${i}`, i % 2 === 0 ? JULIET : NURSE)
    house.say('there', JULIET, TOMB)
    house.clock.now += DAY
    house.say('here')
    await house.vault.rooms.destroy(BALCONY)
    assert.deepEqual(await house.texts(), [])
    assert.equal(house.say('late', ROMEO), 'gone')
    await house.archive.destroy(BALCONY)
    assert.equal(house.say('late'), 'gone')
    assert.deepEqual(await house.archive.rooms(), [TOMB])
    assert.deepEqual(await house.texts({}, TOMB), ['there'])
    for (const day of house.store.db.partitions('rooms'))
      for (const table of ['room_entries', 'room_authors'])
        assert.deepEqual(
          await house.store.db.partition('rooms', day).all(`SELECT room FROM ${table} WHERE room = ?`, [BALCONY]),
          [],
        )
  })

  it('a day ends as a whole', async t => {
    const house = await RoomArchiveHouse.build(t)
    house.say('old')
    house.clock.now += DAY
    house.say('new')
    await house.archive.drop('2026-11-22')
    assert.deepEqual(await house.texts(), ['new'])
    assert.deepEqual(await house.archive.days(), ['2026-11-23'])
    assert.deepEqual(
      readdirSync(join(house.store.directory, 'rooms')).filter(name => name.startsWith('2026-11-22')),
      [],
    )
    house.clock.now -= DAY
    house.say('the clock was set back')
    assert.deepEqual(await house.texts(), ['the clock was set back', 'new'])
  })

  it('what the disk has damaged is left out alone, and told of', async t => {
    const house = await RoomArchiveHouse.build(t)
    for (let i = 1; i <= 5; i++) house.say(String(i))
    await house.vault.close()
    await house.store.db.close()
    const raw = new DatabaseSync(join(house.store.directory, 'rooms', '2026-11-22.db'))
    const rows = raw.prepare('SELECT place, author, body FROM room_entries ORDER BY place').all()
    const [first, , third] = rows as { place: number; author: Uint8Array; body: Uint8Array }[]
    first!.body[20]! ^= 1
    raw.prepare('UPDATE room_entries SET body = ? WHERE place = ?').run(first!.body, first!.place)
    third!.author[3]! ^= 1
    raw.prepare('UPDATE room_entries SET author = ? WHERE place = ?').run(third!.author, third!.place)
    raw.close()
    await house.restart()
    assert.deepEqual(await house.texts(), ['2', '4', '5'])
    assert.equal(house.corrupt, 2)
  })
})
