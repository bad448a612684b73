import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { generatedDocuments } from '../../scripts/generated-documents.ts'

const root = resolve(import.meta.dirname, '../..')

for (const [file, text] of await generatedDocuments()) {
  test(`${file} is fresh (npm run docs)`, () => assert.equal(readFileSync(join(root, file), 'utf8'), text))
}
