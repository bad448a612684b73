import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from './commands.ts'
import { run } from './run.ts'

async function sotto(...words: readonly string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await run(words, commands, {
    env: { SOTTO_CONTACT_SUPPORT: 'mailto:help@example.org' },
    directory: import.meta.dirname,
    interactive: false,
    out: text => out.push(text),
    err: text => err.push(text),
    ask: async () => undefined,
    input: async () => '',
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('sotto policy speaks English unless asked for German, Markdown unless asked for HTML', async () => {
  const english = await sotto('policy')
  assert.match(english.out, /^# Privacy at localhost\n/)
  assert.match(english.out, /<mailto:help@example\.org>$/)
  assert.deepEqual(await sotto('policy', '--lang', 'en'), english)
  assert.match((await sotto('policy', '--lang', 'de')).out, /^# Datenschutz bei localhost\n/)
  assert.match((await sotto('policy', '--lang', 'de', '--html')).out, /^<article lang="de">\n<h1>Datenschutz/)
  assert.deepEqual(await sotto('policy', '--lang', 'fr'), {
    code: 2,
    out: '',
    err: 'The policy is not written in "fr". There is en and de.',
  })
})

test('sotto policy --provider-file is what directories are told', async () => {
  const { code, out, err } = await sotto('policy', '--provider-file')
  assert.equal(code, 0)
  const file = JSON.parse(out) as Record<string, unknown>
  assert.equal(file.maximumMessageArchiveManagementStorageTime, 90)
  assert.deepEqual(file.website, { en: 'https://localhost:5443/en/', de: 'https://localhost:5443/de/' })
  assert.equal(err, '')
})
