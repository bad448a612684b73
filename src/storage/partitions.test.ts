import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { backends, type Fresh } from './contract/backends.ts'
import type { Row } from './database.ts'

const notes = {
  name: 'notes',
  since: 1,
  create: ['CREATE TABLE notes (k INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT'],
}
const rows = { name: 'rows', since: 1, create: ['CREATE TABLE rows (k INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT'] }
const plan = { tables: [notes], partitions: { days: [rows] } }
const ADD = 'INSERT INTO rows (k, v) VALUES (?, ?)'
const ALL = 'SELECT k, v FROM rows ORDER BY k'

for (const backend of backends) {
  const fresh = async (t: TestContext): Promise<Fresh> => {
    const opened = await backend.fresh(plan, { access: 'service' })
    t.after(() => opened.end())
    return opened
  }

  describe(`partitions on ${backend.name}`, () => {
    it('come about with the first write, each with rows of its own, and are there again after a restart', async t => {
      const store = await fresh(t)
      const { db } = store
      assert.deepEqual(db.partitions('days'), [])
      assert.deepEqual(await db.partition('days', '2026-11-22').all(ALL), [])
      await db.partition('days', '2026-11-22').run(ADD, [1, 'one'])
      await db.partition('days', '2026-11-21').unit([
        [ADD, [1, 'another']],
        [ADD, [2, 'two']],
      ])
      assert.deepEqual(db.partitions('days'), ['2026-11-21', '2026-11-22'])
      const again = await store.reopen()
      t.after(() => again.end())
      assert.deepEqual(again.db.partitions('days'), ['2026-11-21', '2026-11-22'])
      assert.deepEqual(values(await again.db.partition('days', '2026-11-21').all(ALL)), ['another', 'two'])
      assert.deepEqual(values(await again.db.partition('days', '2026-11-22').all(ALL)), ['one'])
      assert.deepEqual(
        (await again.db.partition('days', '2026-11-22').realTables()).map(table => table.name),
        ['rows'],
      )
    })

    it('are written in the groups of the database: callbacks run in order over all files, when all is there to read', async t => {
      const { db } = await fresh(t)
      const order: number[] = []
      const [one, other] = [db.partition('days', '2026-11-21'), db.partition('days', '2026-11-22')]
      for (let k = 0; k < 300; k += 3) {
        one.append(ADD, [k, 'x'], () => order.push(k))
        db.append('INSERT INTO notes (k, v) VALUES (?, ?)', [k, 'x'], () => order.push(k + 1))
        other.append(ADD, [k, 'x'], () => order.push(k + 2))
      }
      assert.deepEqual(order, [])
      await new Promise<void>(resolve => db.afterCommit(resolve))
      assert.deepEqual(
        order,
        Array.from({ length: 300 }, (_, i) => i),
      )
      assert.equal((await one.all(ALL)).length, 100)
    })

    it('refuse what is refused alone, and units as a whole', async t => {
      const { db } = await fresh(t)
      const day = db.partition('days', '2026-11-22')
      await day.run(ADD, [1, 'one'])
      const refused = day.unit([
        [ADD, [2, 'two']],
        [ADD, [1, 'again']],
      ])
      const beside = day.run(ADD, [3, 'three'])
      await assert.rejects(refused, { code: 'unique' })
      await beside
      assert.deepEqual(values(await day.all(ALL)), ['one', 'three'])
    })

    it('are dropped with everything that is in them', async t => {
      const { db, directory } = await fresh(t)
      const day = db.partition('days', '2026-11-20')
      await day.run(ADD, [1, 'gone'])
      await day.all(ALL)
      await db.partition('days', '2026-11-22').run(ADD, [1, 'stays'])
      await db.dropPartition('days', '2026-11-20')
      await db.dropPartition('days', '2026-11-19')
      assert.deepEqual(db.partitions('days'), ['2026-11-22'])
      assert.deepEqual(await day.all(ALL), [])
      assert.deepEqual(
        readdirSync(join(directory, 'days')).filter(name => name.startsWith('2026-11-20')),
        [],
      )
      await day.run(ADD, [2, 'a clock that was set back'])
      assert.deepEqual(values(await day.all(ALL)), ['a clock that was set back'])
    })

    it('are closed when too many are open, and opened again when they are asked for', async t => {
      const { db } = await fresh(t)
      const days = Array.from({ length: 40 }, (_, i) => `2026-10-${String((i % 20) + 10).padStart(2, '0')}`)
      for (const [k, day] of days.entries()) {
        await db.partition('days', day).run(ADD, [k, day])
        assert.equal((await db.partition('days', day).get('SELECT v FROM rows WHERE k = ?', [k]))?.v, day)
      }
      assert.equal(db.partitions('days').length, 20)
      for (const day of db.partitions('days'))
        assert.deepEqual(values(await db.partition('days', day).all(ALL)), [day, day])
    })
  })
}

describe('the files of partitions', () => {
  const [sqlite] = backends

  it('are for nobody else, and show no time but their day once they are closed', async t => {
    const store = await sqlite!.fresh(plan, { access: 'service' })
    const { db, directory } = store
    await db.partition('days', '2026-11-20').run(ADD, [1, 'x'])
    await db.partition('days', '2026-11-20').all(ALL)
    const files = () => readdirSync(join(directory, 'days')).map(name => join(directory, 'days', name))
    assert.equal(statSync(join(directory, 'days')).mode & 0o777, 0o700)
    for (const file of files()) assert.equal(statSync(file).mode & 0o777, 0o600)
    const again = await store.reopen()
    t.after(() => again.end())
    await again.db.partition('days', '2026-11-20').all(ALL)
    await again.db.close()
    for (const path of ['days', 'days/2026-11-20.db']) {
      assert.equal(statSync(join(directory, path)).mtime.toISOString(), '2026-11-20T00:00:00.000Z')
      assert.equal(statSync(join(directory, path)).atime.toISOString(), '2026-11-20T00:00:00.000Z')
    }
    assert.deepEqual(readdirSync(join(directory, 'days')), ['2026-11-20.db'])
  })

  it('hold nothing any more of what was erased from them, also if the end came in between', async t => {
    const store = await sqlite!.fresh(plan, { access: 'service' })
    const { db, directory } = store
    const day = db.partition('days', '2026-11-22')
    const marked = 'This text is to be forgotten.'
    await day.unit(Array.from({ length: 300 }, (_, k) => [ADD, [k, `${marked} ${'x'.repeat(k)}`]]))
    await day.run('DELETE FROM rows WHERE k % 3 > 0')
    await day.run("UPDATE rows SET v = 'kept'")
    await day.erasePages()
    const again = await store.reopen()
    t.after(() => again.end())
    await again.db.close()
    const found = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
      entry => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marked),
    )
    assert.deepEqual(found, [])
  })

  it('that a removal left behind when it was cut short are removed at the next start', async t => {
    const store = await sqlite!.fresh(plan, { access: 'service' })
    await store.db.partition('days', '2026-11-22').run(ADD, [1, 'x'])
    await store.db.close()
    const orphan = join(store.directory, 'days', '2026-11-01.db-wal')
    writeFileSync(orphan, 'rows')
    const again = await store.reopen()
    t.after(() => again.end())
    assert.equal(existsSync(orphan), false)
  })
})

function values(found: readonly Row[]): unknown[] {
  return found.map(row => row.v)
}
