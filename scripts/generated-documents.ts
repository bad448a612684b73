/** The documents that follow from the code, by path: what `npm run docs` writes and the freshness tests compare. */

import { catalogue } from '../src/catalogue.ts'
import { privacyPage } from '../src/privacy/page.ts'
import { policyFacts } from '../src/privacy/policy/facts.ts'
import { type PolicyLanguage, policyLanguages, policyMarkdown } from '../src/privacy/policy/policy.ts'
import { loadSettings } from '../src/settings/load.ts'
import { manual, sample } from '../src/settings/manual.ts'
import { specsDocuments } from './specs-documents.ts'

export async function generatedDocuments(): Promise<readonly (readonly [file: string, text: string])[]> {
  return [
    ['docs/settings.md', manual()],
    ['sotto.sample.toml', sample()],
    ['docs/privacy.md', privacyPage(catalogue)],
    ...policyLanguages.map(language => [`docs/policy.${language}.md`, policyPage(language)] as const),
    ...specsDocuments(),
  ]
}

/** The policy of a service that changes no setting. */
function policyPage(language: PolicyLanguage): string {
  const { settings } = loadSettings({ env: {}, directory: import.meta.dirname })
  const note =
    '<!-- Generated from src/catalogue.ts and the default settings by `npm run docs`; a test compares the two. -->'
  return `${note}\n\n${policyMarkdown(policyFacts(catalogue, settings), language)}`
}
