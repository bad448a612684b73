/** P13, P8: what is deleted or too old is nowhere in the data directory, unused parts of files and logs included. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue } from '../../src/catalogue.ts'
import type { AccountDetails } from '../../src/cli/account-handlers.ts'
import { openHouse } from '../../src/house.ts'
import { families, isWhole } from '../../src/privacy/catalogue.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { leaveOnAccountPages } from './account-belongings.ts'
import { freshMarks, leaveEverywhere, type Marks, signedIn } from './belongings.ts'
import { ClockedService, dayMs, hourMs } from './clocked-service.ts'
import { type Form, formsOfSecret, occurrencesBelow } from './search.ts'

/** In the clear, hexadecimal or base64, as a whole. */
function formsOf(marks: Partial<Marks>): Form[] {
  return Object.entries(marks).flatMap(([place, mark]) => formsOfSecret(place, mark))
}

/** The database is closed: reading its file beside SQLite in one process would take its locks away. */
const found = (service: ClockedService, marks: Partial<Marks>) => occurrencesBelow(formsOf(marks), service.data)

test('P13: nothing is left of an account that was deleted', { timeout: 60_000 }, async t => {
  const service = new ClockedService(t)
  const marks = freshMarks()
  await service.start()
  await service.populate()
  await leaveEverywhere(service, marks)
  await leaveOnAccountPages(service.house, marks)
  await service.command('account admin', { jid: 'romeo@localhost', on: true })
  await service.command('invite create', { contact: 'romeo@localhost', name: marks.guest, uses: 1, days: 7 })
  const { holds } = (await service.command('account show', { jid: 'romeo@localhost' })) as AccountDetails
  assert.deepEqual(
    holds.filter(({ count, what }) => count === 0 && what !== 'departures').map(({ what }) => what),
    [],
    'belongings.ts has to leave something in each of these',
  )
  await service.command('account delete', { jid: 'romeo@localhost', now: true })
  const nobody = await service.command('account list')
  assert.deepEqual(
    (nobody as readonly { jid: string }[]).map(({ jid }) => jid),
    ['juliet@localhost'],
  )
  await service.stop()
  // What juliet was sent is hers now.
  const { sent: _, correction: _c, ...his } = marks
  assert.deepEqual(found(service, his), [])
})

test('P13: nothing is left of an account that was deleted while the service was stopped', {
  timeout: 60_000,
}, async t => {
  const service = new ClockedService(t)
  const marks = freshMarks()
  await service.start()
  await service.populate()
  await leaveEverywhere(service, marks)
  await leaveOnAccountPages(service.house, marks)
  await service.stop()
  await deleteWhileStopped(service)
  const { sent: _, correction: _c, ...his } = marks
  assert.deepEqual(found(service, his), [])
})

async function deleteWhileStopped(service: ClockedService): Promise<void> {
  const house = await openHouse(loadSettings({ file: join(service.directory, 'sotto.toml'), env: {} }).settings)
  assert.ok((await house.accounts.remove(bareJid('romeo', 'localhost')!, { now: true })).done)
  await house.close()
}

test('P13: with days of grace nobody can sign in, and the last day ends it', { timeout: 60_000 }, async t => {
  const service = new ClockedService(t, '[accounts]\ngrace_days = 7\n')
  const marks = freshMarks()
  await service.start()
  await service.populate()
  await leaveEverywhere(service, marks)
  await leaveOnAccountPages(service.house, marks)
  const open = await signedIn(service, 'romeo', 'romeo')
  assert.deepEqual(await service.command('account delete', { jid: 'romeo@localhost' }), { leaves: '2026-11-29' })
  await open.wire.over()
  await assert.rejects(signedIn(service, 'romeo', 'romeo'), /not-authorized/)
  await service.command('account restore', { jid: 'romeo@localhost' })
  await (await signedIn(service, 'romeo', 'romeo')).close()
  await service.command('account delete', { jid: 'romeo@localhost' })
  service.now += 6 * dayMs
  await service.command('expire')
  assert.ok(await service.house.accounts.findJid(bareJid('romeo', 'localhost')!))
  service.now += dayMs
  await service.command('expire')
  assert.equal(await service.house.accounts.findJid(bareJid('romeo', 'localhost')!), undefined)
  await service.stop()
  const { sent: _, correction: _c, ...his } = marks
  assert.deepEqual(found(service, his), [])
})

test('P8: ninety days and an hour later no message is left', { timeout: 60_000 }, async t => {
  const service = new ClockedService(t)
  const marks = freshMarks()
  await service.start()
  await service.populate()
  await leaveEverywhere(service, marks)
  await leaveOnAccountPages(service.house, marks)
  service.now += 90 * dayMs + hourMs
  await service.stop()
  await service.start()
  const { house } = service
  for (const { name } of catalogue.tables.filter(table => table.facts.expires !== undefined && isWhole(table)))
    assert.deepEqual(await house.db.all(`SELECT * FROM ${name}`), [], name)
  for (const family of families(catalogue.tables)) assert.deepEqual(house.db.partitions(family), [])
  const romeo = await signedIn(service, 'romeo', 'romeo')
  romeo.send('<presence/>')
  await romeo.ping()
  assert.deepEqual(
    romeo.wire.inbox.filter(tree => tree.name === 'message'),
    [],
  )
  await romeo.close()
  await service.stop()
  const { sent, waiting, correction } = marks
  assert.deepEqual(found(service, { sent, waiting, correction }), [])
})
