/** The documents that follow from the code, by path: what `npm run docs` writes and the freshness tests compare. */

import { manual, sample } from '../src/settings/manual.ts'

export async function generatedDocuments(): Promise<readonly (readonly [file: string, text: string])[]> {
  return [
    ['docs/settings.md', manual()],
    ['sotto.sample.toml', sample()],
  ]
}
