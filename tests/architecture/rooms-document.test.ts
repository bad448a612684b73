/** docs/rooms.md names a test for each section of XEP-0045: they exist. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')
const rows = [
  ...readFileSync(join(root, 'docs/rooms.md'), 'utf8').matchAll(/^\| .* \| `([^`|]+\.test\.ts)`: (.+) \|$/gm),
]

test('every test that docs/rooms.md names exists', () => {
  assert.ok(rows.length > 50)
  const missing = rows.filter(([, file = '', name = '']) => {
    const path = join(root, file)
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${name}'`)
  })
  assert.deepEqual(
    missing.map(([row]) => row),
    [],
  )
})
