/** docs/security.md names a test for each threat; here it is seen whether they are there. And who can write letters. */

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

test('every test that docs/security.md names exists', () => {
  const rows = readFileSync(join(root, 'docs/security.md'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| threat'))
  assert.ok(rows.length > 20)
  for (const row of rows) {
    const [, file = '', title = ''] = /\| `([^`]+)`: (.+) \|$/.exec(row) ?? []
    assert.ok(existsSync(join(root, file)), row)
    const text = readFileSync(join(root, file), 'utf8')
    const named = [`'${title}'`, `: ${title}\``]
    assert.ok(
      named.some(name => text.includes(name)),
      row,
    )
  }
})

test('one file writes letters, and it knows two', () => {
  const sources = globSync('src/**/*.ts', { cwd: root })
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  assert.deepEqual(
    sources.filter(file => /from 'nodemailer|'node:smtp|sendMail/.test(read(file))),
    ['src/mail/mailer.ts'],
  )
  assert.match(read('src/mail/letters.ts'), /readonly kind: 'confirm' \| 'recover'\n/)
})
