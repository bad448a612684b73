/** The documents that follow from the code, by path: what `npm run docs` writes and the freshness tests compare. */

import { catalogue } from '../src/catalogue.ts'
import { privacyPage } from '../src/privacy/page.ts'
import { manual, sample } from '../src/settings/manual.ts'
import { specsDocuments } from './specs-documents.ts'

export async function generatedDocuments(): Promise<readonly (readonly [file: string, text: string])[]> {
  return [
    ['docs/settings.md', manual()],
    ['sotto.sample.toml', sample()],
    ['docs/privacy.md', privacyPage(catalogue)],
    ...specsDocuments(),
  ]
}
