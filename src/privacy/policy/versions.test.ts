import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openSqlite } from '../../storage/sqlite/open.ts'
import type { Block } from './blocks.ts'
import { differences } from './differences.ts'
import { PolicyVersions, policyVersionsTable } from './versions.ts'

const said = (...texts: string[]): readonly Block[] => texts.map(text => ({ text }))

test('a version is kept for each day on which the policy became another one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-policy-'))
  const db = await openSqlite(join(directory, 'a.db'), { tables: [policyVersionsTable] })
  try {
    const first = await PolicyVersions.keep(db, '2026-11-22', { en: said('a', 'b'), de: said('c') })
    assert.deepEqual(first.days, ['2026-11-22'])
    const same = await PolicyVersions.keep(db, '2026-11-23', { en: said('a', 'b'), de: said('c') })
    assert.deepEqual(same.days, ['2026-11-22'])
    await PolicyVersions.keep(db, '2026-11-25', { en: said('a', 'x'), de: said('c') })
    const again = await PolicyVersions.keep(db, '2026-11-25', { en: said('a', 'y'), de: said('c') })
    assert.deepEqual(again.days, ['2026-11-25', '2026-11-22'])
    assert.deepEqual(await again.at('2026-11-24', 'en'), said('a', 'b'))
    assert.deepEqual(await again.at('2026-11-25', 'en'), said('a', 'y'))
    assert.deepEqual(await again.at('2026-11-25', 'de'), said('c'))
    assert.equal(await again.at('2026-11-21', 'en'), undefined)
    assert.deepEqual(await again.before('2026-11-25', 'en'), said('a', 'b'))
    assert.equal(await again.before('2026-11-22', 'en'), undefined)
  } finally {
    await db.close()
    rmSync(directory, { recursive: true })
  }
})

test('differences are told in order, and none between the same', () => {
  assert.deepEqual(differences(said('a', 'b', 'c'), said('a', 'x', 'c', 'd')), [
    { is: 'gone', text: 'b' },
    { is: 'new', text: 'x' },
    { is: 'new', text: 'd' },
  ])
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const found = differences(said(...one), said(...other))
      const count = (list: readonly string[], text: string) => list.filter(each => each === text).length
      for (const text of 'abcd') {
        const gone = found.filter(each => each.is === 'gone' && each.text === text).length
        const added = found.filter(each => each.is === 'new' && each.text === text).length
        assert.equal(count(one, text) - gone + added, count(other, text))
      }
      if (one.join() === other.join()) assert.deepEqual(found, [])
    }),
  )
})
