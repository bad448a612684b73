import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { ArchiveHouse, JULIET, noon, numbers, ROMEO } from '../../tests/kit/archive-house.ts'
import { backends } from '../storage/contract/backends.ts'

describe('the files of the archive', () => {
  const [sqlite] = backends

  it('tell neither text nor contact, nor that two accounts have the same message', async t => {
    const house = await ArchiveHouse.build(t, sqlite!)
    const text = 'Wherefore art thou'
    for (let i = 0; i < 20; i++) {
      house.append(text, { of: ROMEO, sent: true, contact: 'juliet@capulet.lit', seq: 5000 + i })
      house.append(text, { of: JULIET, contact: 'romeo@montague.lit', seq: 5000 + i, waiting: true })
      house.append(text, { of: JULIET, contact: 'nurse@capulet.lit', seq: 6000 + i })
    }
    await house.store.db.unit([])
    const rows = await house.store.db.partition('archive', '2026-11-22').all('SELECT * FROM entries')
    const tags = new Set(rows.map(row => Buffer.from(row.tag as Uint8Array).toString('hex')))
    assert.equal(tags.size, 3)
    await house.store.db.close()
    const { directory } = house.store
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      if (!/\.db/.test(name)) continue
      const bytes = readFileSync(join(directory, name))
      for (const trace of [text, 'juliet', 'romeo@', 'orchard', 'nurse'])
        assert.equal(bytes.includes(trace), false, name)
    }
  })

  it('hold nothing any more of what was not to be archived, once it is delivered', async t => {
    const house = await ArchiveHouse.build(t, sqlite!)
    for (let i = 0; i < 50; i++) house.append(`kept ${i}`, { of: ROMEO })
    const passing = Array.from({ length: 50 }, (_, i) =>
      house.append(`passing ${i}`.repeat(i), { waiting: true, archived: false }),
    )
    await house.store.db.unit([])
    const day = house.store.db.partition('archive', '2026-11-22')
    const rows = await day.all('SELECT body FROM entries WHERE account = ?', [JULIET])
    const bodies = rows.map(row => Buffer.from(row.body as Uint8Array))
    assert.equal(bodies.length, 50)
    for (const entry of passing) house.archive.delivered(entry)
    await house.store.db.unit([])
    for (const table of ['entries', 'waiting'])
      assert.deepEqual(await day.all(`SELECT account FROM ${table} WHERE account = ?`, [JULIET]), [])
    await house.store.db.close()
    const { directory } = house.store
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      if (!/\.db/.test(name)) continue
      const bytes = readFileSync(join(directory, name))
      assert.equal(bodies.filter(body => bytes.includes(body)).length, 0, name)
    }
  })

  it('may be damaged: what does not open is left out alone, and told of', async t => {
    const house = await ArchiveHouse.build(t, sqlite!)
    for (let i = 1; i <= 20; i++) {
      house.append(String(i), { waiting: true })
      house.clock.now += 1000
    }
    await house.store.db.unit([])
    const { directory } = house.store
    await house.store.db.close()
    const file = join(directory, 'archive', '2026-11-22.db')
    assert.ok(existsSync(file))
    const raw = new DatabaseSync(file)
    const places = raw.prepare('SELECT place, body FROM entries ORDER BY place').all()
    for (const at of [0, 9, 10, 19]) {
      const { place, body } = places[at] as { place: number; body: Uint8Array }
      body[body.length - 20]! ^= 1
      raw.prepare('UPDATE entries SET body = ? WHERE place = ?').run(body, place)
    }
    raw.close()
    await house.restart()
    const whole = numbers(1, 20).filter(n => !['1', '10', '11', '20'].includes(n))
    assert.deepEqual(await house.texts(), whole)
    assert.deepEqual(await house.waitingTexts(), whole)
    assert.ok(house.corrupt >= 8)
    assert.deepEqual(await house.texts({ limit: 3, after: 1007 }), ['9', '12', '13'])
    assert.deepEqual(await house.texts({ start: noon + 9000, end: noon + 12_000 }), ['12', '13'])
    assert.equal((await house.archive.history.edges(JULIET))?.first.text, '2')
    assert.equal(await house.archive.history.page(JULIET, { after: 1009, limit: 1, backwards: false }), 'not found')
  })
})
