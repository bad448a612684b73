import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { backends } from './contract/backends.ts'
import { StorageError } from './database.ts'
import type { SqliteOptions } from './sqlite/open.ts'

const plan = {
  tables: [
    {
      name: 'pairs',
      since: 1,
      create: [
        'CREATE TABLE pairs (k INTEGER PRIMARY KEY, v TEXT, b BLOB) STRICT',
        'CREATE UNIQUE INDEX pairs_by_v ON pairs (v)',
      ],
    },
  ],
}
const INSERT = 'INSERT INTO pairs (k, v) VALUES (?, ?)'
const code = (wanted: string) => (error: unknown) => error instanceof StorageError && error.code === wanted

for (const backend of backends) {
  describe(`a database on ${backend.name}`, () => {
    const fresh = async (t: TestContext, options?: SqliteOptions) => {
      const opened = await backend.fresh(plan, options)
      t.after(() => opened.end())
      return opened.db
    }
    const keys = async (db: Awaited<ReturnType<typeof fresh>>) =>
      (await db.all('SELECT k FROM pairs ORDER BY k')).map(row => row.k)

    it('gives back every kind of value as it was', async t => {
      const db = await fresh(t)
      const bytes = new Uint8Array([0, 1, 255, 0])
      await db.run('INSERT INTO pairs (k, v, b) VALUES (?, ?, ?)', [2 ** 52 + 1, 'żółw 𝄞 \u0001', bytes])
      await db.run('INSERT INTO pairs (k, v, b) VALUES (?, ?, ?)', [-1, null, null])
      await db.run('INSERT INTO pairs (k, v, b) VALUES (?, ?, ?)', [
        3,
        '',
        Buffer.from('a view of a pool').subarray(2, 6),
      ])
      assert.deepEqual(
        (await db.all('SELECT k, v, b FROM pairs ORDER BY k')).map(row => ({ ...row })),
        [
          { k: -1, v: null, b: null },
          { k: 3, v: '', b: new Uint8Array(Buffer.from('view')) },
          { k: 2 ** 52 + 1, v: 'żółw 𝄞 \u0001', b: bytes },
        ],
      )
      assert.equal(await db.get('SELECT k FROM pairs WHERE v = ?', ['nobody']), undefined)
    })

    it('resolves a write when it can be read, with the number of rows', async t => {
      const db = await fresh(t)
      assert.deepEqual(await Promise.all([db.run(INSERT, [1, 'a']), db.run(INSERT, [2, 'b'])]), [1, 1])
      assert.equal(await db.run("UPDATE pairs SET v = v || '!'"), 2)
      assert.equal(await db.run('DELETE FROM pairs WHERE k = ?', [9]), 0)
      assert.deepEqual(await keys(db), [1, 2])
    })

    it('tells callbacks, promises and afterCommit in the order of submission', async t => {
      const db = await fresh(t)
      const order: string[] = []
      db.append(INSERT, [1, 'a'], () => order.push('append 1'))
      const run = db.run(INSERT, [2, 'b']).then(() => order.push('run'))
      db.append(INSERT, [3, 'c'], () => order.push('append 3'))
      db.afterCommit(() => order.push('after'))
      db.append(INSERT, [4, 'd'], () => order.push('append 4'))
      assert.equal(db.pending, 4)
      assert.deepEqual(order, [])
      await run
      await db.unit([])
      assert.equal(db.pending, 0)
      assert.deepEqual(
        order.filter(o => o !== 'run'),
        ['append 1', 'append 3', 'after', 'append 4'],
      )
    })

    it('runs afterCommit at once when nothing is pending', async t => {
      const db = await fresh(t)
      let called = 0
      db.afterCommit(() => called++)
      assert.equal(called, 1)
      await db.run(INSERT, [1, 'a'])
      db.afterCommit(() => called++)
      assert.equal(called, 2)
    })

    it('keeps nobody waiting for what nobody waits for, and does it all the same', async t => {
      const db = await fresh(t)
      let called = false
      db.later(INSERT, [1, 'a'])
      db.afterCommit(() => {
        called = true
      })
      assert.equal(called, true)
      assert.equal(db.pending, 1)
      await db.unit([])
      assert.deepEqual(await keys(db), [1])
    })

    it('carries out later statements by themselves after a moment', async t => {
      const db = await fresh(t)
      db.later(INSERT, [1, 'a'])
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = setInterval(() => db.pending === 0 && resolve(), 5)
      await promise
      clearInterval(look)
      assert.deepEqual(await keys(db), [1])
    })

    it('refuses one statement without harm to its neighbours', async t => {
      const db = await fresh(t)
      const refused: string[] = []
      const outcomes = Promise.allSettled([
        db.run(INSERT, [1, 'a']),
        db.run(INSERT, [1, 'again']),
        db.run(INSERT, ['not a number', 'x']),
        db.run('INSERT INTO nowhere VALUES (?)', [1]),
        db.run(INSERT, [2, 'b']),
      ])
      db.append(INSERT, [3, 'a'], assert.fail, error => refused.push(error.code))
      db.append(INSERT, [3, 'c'])
      assert.deepEqual(
        (await outcomes).map(o => (o.status === 'fulfilled' ? o.value : (o.reason as StorageError).code)),
        [1, 'unique', 'sql', 'sql', 1],
      )
      await db.unit([])
      assert.deepEqual(refused, ['unique'])
      assert.deepEqual(await keys(db), [1, 2, 3])
      assert.equal(db.failed, undefined)
    })

    it('does all steps of a unit or none, without harm to its neighbours', async t => {
      const db = await fresh(t)
      const neighbours = [db.run(INSERT, [1, 'a'])]
      const unit = db.unit([
        [INSERT, [2, 'b']],
        ['DELETE FROM pairs', []],
        [INSERT, [3, 'c']],
        [INSERT, [3, 'd']],
      ])
      neighbours.push(db.run(INSERT, [4, 'd']))
      await assert.rejects(unit, code('unique'))
      await Promise.all(neighbours)
      assert.deepEqual(await keys(db), [1, 4])
      assert.deepEqual(await db.unit([['DELETE FROM pairs'], [INSERT, [5, 'e']]]), [2, 1])
    })

    it('does not mistake statements when their values are miscounted', async t => {
      const db = await fresh(t)
      await db.run(INSERT, [1, 'a'])
      const good = db.run(INSERT, [2, 'b'])
      await assert.rejects(db.run(INSERT, [3]), code('sql'))
      await assert.rejects(
        db.unit([
          [INSERT, [4, 'd']],
          [INSERT, [5]],
        ]),
        code('sql'),
      )
      assert.throws(() => db.append(INSERT, [6, 'f', 'g']), code('sql'))
      await good
      assert.deepEqual(await keys(db), [1, 2])
    })

    it('says no when too much is waiting, and yes again afterwards', async t => {
      const db = await fresh(t, { pace: { maxPending: 10, maxPendingBytes: 100_000 } })
      for (let i = 0; i < 10; i++) db.append(INSERT, [i, `v${i}`])
      assert.throws(() => db.append(INSERT, [99, 'x']), code('full'))
      await assert.rejects(db.run(INSERT, [99, 'x']), code('full'))
      await db.unit([])
      db.append(INSERT, [10, 'x'.repeat(100_000)])
      assert.throws(() => db.append(INSERT, [99, 'x']), code('full'))
      await db.unit([])
      await db.run(INSERT, [11, 'y'])
      assert.equal((await keys(db)).length, 12)
    })

    it('keeps the order over many groups', async t => {
      const db = await fresh(t, { pace: { groupRows: 7 } })
      const order: number[] = []
      for (let i = 0; i < 200; i++) {
        db.append(INSERT, [i, `v${i}`], () => order.push(i))
        if (i % 50 === 49) db.append('UPDATE pairs SET v = NULL WHERE k = ?', [i])
      }
      await db.unit([])
      assert.deepEqual(
        order,
        Array.from({ length: 200 }, (_, i) => i),
      )
      assert.equal((await db.all('SELECT k FROM pairs WHERE v IS NULL')).length, 4)
    })

    it('lets one bad callback spoil nothing for others', async t => {
      const faults: unknown[] = []
      const db = await fresh(t, { onFault: fault => faults.push(fault) })
      const bug = new Error('a bug')
      let called = false
      db.append(INSERT, [1, 'a'], () => {
        throw bug
      })
      db.append(INSERT, [1, 'nobody is told of this refusal'])
      db.append(INSERT, [2, 'b'], () => {
        called = true
      })
      await db.unit([])
      assert.equal(called, true)
      assert.deepEqual(
        faults.map(f => (f instanceof StorageError ? f.code : f)),
        [bug, 'unique'],
      )
    })

    it('writes what is pending before it closes, and nothing after', async t => {
      const store = await backend.fresh(plan)
      const { db } = store
      let committed = 0
      for (let i = 0; i < 50; i++) db.append(INSERT, [i, `v${i}`], () => committed++)
      db.later(INSERT, [50, 'later'])
      const again = await store.reopen()
      t.after(() => again.end())
      assert.equal(committed, 50)
      assert.equal((await keys(again.db)).length, 51)
      assert.throws(() => db.append(INSERT, [99, 'x']), code('closed'))
      await assert.rejects(db.run(INSERT, [99, 'x']), code('closed'))
      await assert.rejects(db.all('SELECT 1'), code('closed'))
      await db.close()
    })

    it('describes the tables that are really there', async t => {
      const db = await fresh(t)
      assert.deepEqual(await db.realTables(), [
        {
          name: 'pairs',
          columns: [
            { name: 'k', type: 'INTEGER', nullable: false },
            { name: 'v', type: 'TEXT', nullable: true },
            { name: 'b', type: 'BLOB', nullable: true },
          ],
          key: ['k'],
          indexes: [{ name: 'pairs_by_v', columns: ['v'], unique: true }],
        },
      ])
    })

    it('brings an older database up to the plan, once', async t => {
      const store = await backend.fresh(plan)
      await store.db.run(INSERT, [1, 'a'])
      const newer = {
        tables: [
          { name: 'pairs', since: 1, create: ['CREATE TABLE pairs (k INTEGER PRIMARY KEY) STRICT'] },
          { name: 'more', since: 3, create: ['CREATE TABLE more (k INTEGER PRIMARY KEY) STRICT'] },
        ],
        changes: [
          { to: 3, what: 'fills the new table', statements: ['INSERT INTO more SELECT k FROM pairs'] },
          {
            to: 2,
            what: 'drops what is not needed',
            statements: ['DROP INDEX pairs_by_v', 'ALTER TABLE pairs DROP COLUMN v'],
          },
        ],
      }
      const first = await store.reopen(newer)
      const second = await first.reopen(newer)
      assert.deepEqual(
        (await second.db.all('SELECT k FROM more')).map(r => r.k),
        [1],
      )
      assert.deepEqual(
        (await second.db.realTables()).map(table => table.name),
        ['more', 'pairs'],
      )
      await assert.rejects(second.reopen(plan), code('schema'))
      t.after(() => second.end())
    })
  })
}
