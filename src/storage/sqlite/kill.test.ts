import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openSqlite } from './open.ts'

const KILLS = 50
const rows = {
  name: 'rows',
  since: 1,
  create: ['CREATE TABLE rows (k INTEGER PRIMARY KEY, pair INTEGER NOT NULL, v TEXT NOT NULL) STRICT'],
}
const plan = { tables: [rows], partitions: { days: [rows] } }
const DAYS = ['2026-11-21', '2026-11-22']

/** What the child does: writes as fast as it can, and prints the number of each row once it is told that it is durable. */
const child = `
  import { openSqlite } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)}
  const [path, first] = process.argv.slice(1)
  const db = await openSqlite(path, ${JSON.stringify(plan)}, { access: 'service' })
  const places = [db, ...${JSON.stringify(DAYS)}.map(day => db.partition('days', day))]
  const SQL = 'INSERT INTO rows (k, pair, v) VALUES (?, ?, ?)'
  let k = Number(first)
  const say = text => process.stdout.write(text + '\\n')
  function row() {
    const mine = k++
    const place = places[mine % places.length]
    place.append(SQL, [mine, 0, 'x'.repeat(mine % 900)], () => { say(mine); row() })
    if (mine % 7 === 0) {
      const pair = k
      k += 2
      place.unit([[SQL, [pair, pair, 'a']], [SQL, [pair + 1, pair, 'b']]]).then(() => say(pair))
    }
    if (mine % 5 === 0) place.later('UPDATE rows SET v = ? WHERE k = ?', ['', mine])
  }
  for (let i = 0; i < 20; i++) row()
`

/** Starts the child and kills it a random moment after its first word; returns the numbers it printed in whole lines. */
async function killed(path: string, first: number, afterMs: number): Promise<number[]> {
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', child, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  process_.stdout.setEncoding('utf8')
  process_.stdout.on('data', text => {
    said += text
  })
  const closed = once(process_, 'close')
  await Promise.race([once(process_.stdout, 'data'), closed])
  const timer = setTimeout(() => process_.kill('SIGKILL'), afterMs)
  const [, signal] = await closed
  clearTimeout(timer)
  assert.equal(signal, 'SIGKILL', 'the child ended by itself')
  return said
    .slice(0, said.lastIndexOf('\n') + 1)
    .trim()
    .split('\n')
    .map(Number)
}

/** Two stores at a time, since most of the time goes into starting processes. */
const LANES = 2

it(`keeps every row it called durable when it is killed ${KILLS} times`, async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-kill-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  async function lane(number: number): Promise<void> {
    const path = join(directory, String(number), 'sotto.db')
    const promised: number[] = []
    for (let round = 0; round < KILLS / LANES; round++) {
      promised.push(...(await killed(path, (round + 1) * 1_000_000, Math.random() * 25)))
    }
    assert.ok(promised.length > KILLS)
    const db = await openSqlite(path, plan)
    t.after(() => db.close())
    assert.deepEqual(db.partitions('days'), DAYS)
    const places = [db, ...DAYS.map(day => db.partition('days', day))]
    const found = await Promise.all(places.map(place => place.all('SELECT k FROM rows')))
    const there = new Set(found.flat().map(row => row.k))
    assert.deepEqual(
      promised.filter(k => !there.has(k)),
      [],
    )
    for (const place of places) {
      const halves = await place.all('SELECT pair FROM rows WHERE pair > 0 GROUP BY pair HAVING COUNT(*) <> 2')
      assert.deepEqual(halves, [], 'units are there as a whole or not at all')
      assert.equal((await place.get('PRAGMA integrity_check'))?.integrity_check, 'ok')
    }
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
})
