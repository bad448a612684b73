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
