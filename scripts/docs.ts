/** Writes the generated documents. Tests compare them with the code, so forgetting to run this does not go unnoticed. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedDocuments } from './generated-documents.ts'

const root = dirname(import.meta.dirname)
for (const [file, text] of await generatedDocuments()) {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  let before: string | undefined
  try {
    before = readFileSync(path, 'utf8')
  } catch {
    before = undefined
  }
  if (before === text) continue
  writeFileSync(path, text)
  console.log(`${file} written`)
}
