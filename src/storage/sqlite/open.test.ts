import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { type Database, StorageError } from '../database.ts'
import { isLocked } from './lock.ts'
import { lockPath, openSqlite } from './open.ts'

const plan = {
  tables: [{ name: 'notes', since: 1, create: ['CREATE TABLE notes (k INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT'] }],
}
const INSERT = 'INSERT INTO notes (k, v) VALUES (?, ?)'
const code = (wanted: string) => (error: unknown) => error instanceof StorageError && error.code === wanted

function path(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-sqlite-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'data', 'sotto.db')
}

/** Opens, and sees to it that a test that fails leaves nothing open. */
async function opened(t: TestContext, ...how: Parameters<typeof openSqlite>): Promise<Database> {
  const db = await openSqlite(...how)
  t.after(() => db.close())
  return db
}

describe('opening', () => {
  it('lets nobody else read the directory and the files', async t => {
    const file = path(t)
    const db = await opened(t, file, plan, { access: 'service' })
    await db.run(INSERT, [1, 'a'])
    assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700)
    for (const name of [file, `${file}-wal`, `${file}-shm`, lockPath(file)]) {
      assert.equal(statSync(name).mode & 0o777, 0o600, name)
    }
  })

  it('allows one service, and tools and readers beside it', async t => {
    const file = path(t)
    const service = await opened(t, file, plan, { access: 'service' })
    assert.equal(isLocked(lockPath(file)), true)
    await assert.rejects(openSqlite(file, plan, { access: 'service' }), code('in use'))
    const tool = await opened(t, file, plan, { access: 'tool' })
    const reader = await opened(t, file, plan, { access: 'read' })
    await Promise.all([service.run(INSERT, [1, 'service']), tool.run(INSERT, [2, 'tool'])])
    assert.equal((await reader.all('SELECT k FROM notes')).length, 2)
    await assert.rejects(reader.run(INSERT, [3, 'reader']), code('closed'))
    await Promise.all([service.close(), tool.close(), reader.close()])
    assert.equal(isLocked(lockPath(file)), false)
    await (await opened(t, file, plan, { access: 'service' })).close()
  })

  it('makes nothing when it is only to read', async t => {
    const file = path(t)
    await assert.rejects(openSqlite(file, plan, { access: 'read' }), StorageError)
    assert.equal(existsSync(file), false)
    assert.equal(isLocked(lockPath(file)), false)
    assert.equal(existsSync(lockPath(file)), false)
  })

  it('reads a database that no process has open', async t => {
    const file = path(t)
    const db = await opened(t, file, plan)
    await db.run(INSERT, [1, 'a'])
    await db.close()
    const reader = await opened(t, file, plan, { access: 'read' })
    assert.equal((await reader.all('SELECT k FROM notes')).length, 1)
    await reader.close()
  })

  it('says in a sentence why it cannot', async t => {
    const file = path(t)
    await (await opened(t, file, plan)).close()
    const raw = new DatabaseSync(file)
    raw.exec('PRAGMA user_version = 7')
    raw.close()
    await assert.rejects(openSqlite(file, plan), /newer version of Sotto \(schema 7, this one knows 1\)/)
  })
})

describe('when nothing can be written any more', () => {
  /** A disk that is full after a few pages. */
  const full = {
    tables: [...plan.tables, { name: 'bound', since: 1, create: ['PRAGMA max_page_count = 12'] }],
  }
  const big = 'x'.repeat(20_000)

  it('tells nobody that their write is durable, neither the failed group nor those behind it', async t => {
    const failures: StorageError[] = []
    const db = await opened(t, path(t), full, { onFailure: error => failures.push(error), pace: { groupRows: 5 } })
    await db.run(INSERT, [0, 'before'])
    const told: string[] = []
    for (let k = 1; k < 20; k++)
      db.append(
        INSERT,
        [k, big],
        () => told.push('committed'),
        () => told.push('refused'),
      )
    db.afterCommit(() => told.push('after'))
    const run = db.run(INSERT, [50, 'small'])
    const erasure = db.erasePages()
    await assert.rejects(run, code('failed'))
    await assert.rejects(erasure, code('failed'))
    assert.equal(told.length, 0)
    assert.equal(failures.length, 1)
    assert.equal(db.failed, failures[0])
    assert.equal(db.pending, 0)
    assert.throws(() => db.append(INSERT, [60, 'later'], assert.fail), code('failed'))
    await assert.rejects(db.run(INSERT, [60, 'later']), code('failed'))
    db.afterCommit(() => told.push('after'))
    db.later('DELETE FROM notes', [])
    assert.deepEqual(told, [])
    assert.deepEqual(
      (await db.all('SELECT k FROM notes')).map(row => row.k),
      [0],
    )
  })

  it('notices that the writer thread died', async t => {
    const started = once(process, 'worker') as Promise<[Worker]>
    const failure = Promise.withResolvers<StorageError>()
    const db = await opened(t, path(t), plan, { onFailure: failure.resolve })
    const [writer] = await started
    const lost = db.run(INSERT, [1, 'a'])
    void writer.terminate()
    await assert.rejects(lost, code('failed'))
    assert.equal((await failure.promise).code, 'failed')
    await assert.rejects(db.run(INSERT, [2, 'b']), code('failed'))
  })

  it('closes all the same', async t => {
    const file = path(t)
    const db = await opened(t, file, full, { access: 'service' })
    await assert.rejects(db.unit(Array.from({ length: 9 }, (_, k) => [INSERT, [k, big]])), code('failed'))
    await db.close()
    assert.equal(isLocked(lockPath(file)), false)
  })
})

describe('erasing', () => {
  const count = (file: string, mark: string): number => {
    const bytes = readFileSync(file)
    let found = 0
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) found++
    return found
  }

  /** Rows of many sizes that come and go, so that SQLite has to move them between pages; every fifth is marked. */
  async function churn(db: Database): Promise<void> {
    let seed = 7
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed / 2_147_483_648
    }
    let k = 0
    for (let round = 0; round < 150; round++) {
      const steps = Array.from({ length: 25 }, () => {
        const word = random() < 0.2 ? 'MARKED!!' : 'ordinary'
        return [INSERT, [k++, word.repeat(1 + random() ** 3 * 600)]] as const
      })
      const doomed = Array.from(
        { length: 12 },
        () => ['DELETE FROM notes WHERE k = ?', [Math.floor(random() * k)]] as const,
      )
      await db.unit([...steps, ...doomed])
    }
  }

  it('leaves no trace in the log at once, and none in the file when it is closed', async t => {
    const file = path(t)
    const db = await opened(t, file, plan)
    await churn(db)
    assert.ok(count(file, 'MARKED!!') + count(`${file}-wal`, 'MARKED!!') > 0)
    await db.run("DELETE FROM notes WHERE v LIKE 'MARKED!!%'")
    await db.erasePages()
    assert.equal(statSync(`${file}-wal`).size, 0)
    await db.close()
    assert.equal(count(file, 'MARKED!!'), 0)
    assert.ok(count(file, 'ordinary') > 1000)
    assert.equal(existsSync(`${file}-wal`), false)
  })

  it('goes on after a crash in between', async t => {
    const file = path(t)
    const db = await opened(t, file, plan)
    await churn(db)
    await db.run("DELETE FROM notes WHERE v LIKE 'MARKED!!%'")
    await db.close()
    // What a process leaves that is killed between the erasure and the rewriting: traces, and the mark in the header.
    assert.ok(count(file, 'MARKED!!') > 0, 'the churn should have left traces, or this test proves nothing')
    const raw = new DatabaseSync(file)
    raw.exec(`PRAGMA application_id = ${0x536f7445}`)
    raw.close()
    await (await opened(t, file, plan)).close()
    assert.equal(count(file, 'MARKED!!'), 0)
  })
})
