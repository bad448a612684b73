import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { catalogue } from '../../catalogue.ts'
import { parseForm, type ReceivedForm } from '../../protocol/data-forms.ts'
import { policyForm, providerFile } from './data-policy.ts'
import { type PolicyFacts, type PolicySettings, policyFacts } from './facts.ts'
import { policyHtml, policyLanguages, policyMarkdown } from './policy.ts'
import { promises, promisesKept } from './promises.ts'
import { things, thingsKept, untold } from './things.ts'

const usual: PolicySettings = {
  service: { domain: 'example.org' },
  registration: { open: false },
  retention: { days: 90 },
  files: { accountBytes: 4_294_967_296 },
  contact: { abuse: [], admin: [], security: [], support: [] },
  archive: { seal: 'owner' },
}

/** The catalogue without some of what is in it. */
function without(...names: readonly string[]) {
  const rest = <T extends { readonly name: string }>(all: readonly T[]) =>
    all.filter(({ name }) => !names.includes(name))
  return {
    ...catalogue,
    tables: rest(catalogue.tables),
    collections: rest(catalogue.collections),
    files: rest(catalogue.files),
  }
}

/** The catalogue with these names in it, and without the store of messages from before there was an archive. */
function withMore(...names: readonly string[]) {
  const more = names.map(name => ({ ...catalogue.files[0]!, name }))
  const rest = without('spool', ...names)
  return { ...rest, files: [...rest.files, ...more] }
}

/** Every form of the policy. */
function forms(facts: PolicyFacts) {
  const form = parseForm(policyForm(facts)) as ReceivedForm
  return {
    en: policyMarkdown(facts, 'en').replace(/\s+/g, ' '),
    de: policyMarkdown(facts, 'de').replace(/\s+/g, ' '),
    html: policyLanguages.map(language => policyHtml(facts, language)).join(''),
    field: (name: string) => form.values(name),
    form,
    file: providerFile(facts),
  }
}

const given = (change: Partial<PolicySettings>, of = withMore('entries', 'waiting', 'files', 'vault')) =>
  forms(policyFacts(of, { ...usual, ...change }))

describe('one policy in many forms: what a setting changes, it changes everywhere', () => {
  for (const days of [1, 7, 90]) {
    test(`retention.days = ${days}`, () => {
      const { en, de, html, field, file } = given({ retention: { days } })
      const [inEnglish, inGerman] = days === 1 ? ['one day', 'einem Tag'] : [`${days} days`, `${days} Tagen`]
      assert.ok(en.includes(`Messages and files are erased after ${inEnglish} at the latest.`))
      assert.ok(en.includes(`- **How long:** ${inEnglish} at most.`))
      assert.ok(de.includes(`Nachrichten und Dateien werden spätestens nach ${inGerman} gelöscht.`))
      assert.ok(html.includes(`${inEnglish} at the latest`) && html.includes(`nach ${inGerman} gelöscht`))
      assert.deepEqual(field('data_retention'), [String(days * 24)])
      assert.ok(field('extra_info').some(line => line.includes(inEnglish)))
      assert.deepEqual(file, {
        maximumMessageArchiveManagementStorageTime: days,
        maximumHttpFileUploadStorageTime: days,
        maximumHttpFileUploadTotalSize: 4294,
      })
      for (const [all] of `${en} ${de}`.matchAll(/\d+ (?:days?|Tagen?)\b/g)) assert.ok(all.startsWith(`${days} `), all)
    })
  }

  test('archive.seal', () => {
    const owner = given({ archive: { seal: 'owner' } })
    const server = given({ archive: { seal: 'server' } })
    assert.match(owner.en, /Only you\. It is sealed the moment it arrives/)
    assert.match(owner.de, /Nur du\. Es wird im Augenblick seines Eintreffens versiegelt/)
    assert.match(owner.en, /nobody can open your old messages any more/)
    for (const text of [server.en, server.de, server.html])
      assert.doesNotMatch(text, /Only you[.,]|Nur du[.,]|: only you,|: nur du,/)
    assert.doesNotMatch(server.en, /recovery code/)
    assert.doesNotMatch(server.de, /Wiederherstellungscode/)
    for (const { field } of [owner, server]) assert.deepEqual(field('encryption_at_rest'), ['true'])
  })

  test('accounts.grace_days', () => {
    const { en, de, field } = given({ accounts: { graceDays: 14 } })
    for (const text of [en, field('extra_info').join(' ')])
      assert.match(text, /after 14 days in which you can think again/)
    assert.match(de, /nach 14 Tagen Bedenkzeit/)
    for (const { en, de } of [given({}), given({ accounts: { graceDays: 0 } })])
      assert.doesNotMatch(`${en} ${de}`, /think again|Bedenkzeit/)
  })

  test('files.account_bytes', () => {
    const size = (accountBytes: number) => given({ files: { accountBytes } }).file.maximumHttpFileUploadTotalSize
    assert.deepEqual([2_500_000, 1_000_000, 65_536].map(size), [2, 1, -1])
  })

  test('registration.open', () => {
    assert.match(given({ registration: { open: true } }).en, /Make an account, right in your app/)
    assert.match(given({ registration: { open: true } }).de, /Ein Konto anlegen, gleich in deiner App/)
    assert.match(given({}).en, /Get an account from those who run this service/)
    assert.match(given({}).de, /Dir von denen, die den Dienst betreiben, ein Konto geben lassen/)
  })

  test('contact', () => {
    const contact = { ...usual.contact, support: ['mailto:help@example.org', 'xmpp:help@example.org'] }
    const { en, de, html } = given({ contact })
    assert.ok(en.includes('- Questions and help: <mailto:help@example.org>, <xmpp:help@example.org>'))
    assert.ok(de.includes('- Fragen und Hilfe: <mailto:help@example.org>'))
    assert.ok(html.includes('<a href="mailto:help@example.org">help@example.org</a>'))
    assert.doesNotMatch(en, /Complaints/)
    assert.match(given({}).en, /Ask whoever gave you your account/)
  })

  test('service.domain', () => {
    const { en, de, html } = given({ service: { domain: 'chat_*.example' } })
    for (const text of [en, de]) assert.ok(text.includes('chat\\_\\*.example'))
    assert.ok(html.includes('<h1>Privacy at chat_*.example</h1>'))
  })
})

describe('the catalogue decides what is told', () => {
  test('of everything in it something is told, in every language, and of nothing else', () => {
    assert.deepEqual(untold(catalogue), [], 'Say it in src/privacy/policy/things.ts and in the languages there.')
    assert.deepEqual(untold(withMore('something new')), ['something new'])
    for (const thing of Object.keys(things) as (keyof typeof things)[]) {
      const names: readonly string[] = things[thing]
      assert.ok(thingsKept(policyFacts(withMore(...names), usual)).includes(thing))
      assert.ok(!thingsKept(policyFacts(without(...names), usual)).includes(thing))
    }
  })

  test('P1: there is no more to an account than is told', () => {
    assert.deepEqual(Object.keys(catalogue.accounts.columns), ['id', 'localpart', 'domain', 'created'])
  })

  test('a promise whose ground is not there is not made', () => {
    const bare = policyFacts({ ...catalogue, tables: [], collections: [], files: [] }, usual)
    assert.deepEqual(promisesKept(bare), ['P1', 'P9', 'P10', 'P13', 'P15'])
    const { en, file, field } = forms(bare)
    assert.doesNotMatch(en, /history|wait for you|is encrypted/)
    assert.deepEqual(file, {})
    assert.deepEqual(field('encryption_at_rest'), ['false'])
    const all: readonly string[] = [...Object.values(things).flat(), 'archive-preferences', 'retention']
    const full = policyFacts(withMore(...all.filter(name => name !== 'spool')), usual)
    assert.deepEqual(promisesKept(full), Object.keys(promises))
  })
})

test('XEP-0504: fields, types and values are as the specification has them', () => {
  const form = policyForm(policyFacts(catalogue, usual))
  assert.equal(parseForm(form)?.means, 'urn:xmpp:data-policy:0')
  const types = Object.fromEntries(form.elements().map(field => [field.attr('var'), field.attr('type')]))
  assert.deepEqual(types, {
    FORM_TYPE: 'hidden',
    auth_data: 'list-single',
    data_retention: 'text-single',
    data_deletion: 'boolean',
    data_export: 'boolean',
    encryption_at_rest: 'boolean',
    access_policy: 'list-multi',
    full_erasure: 'boolean',
    extra_info: 'text-multi',
  })
})

test('the HTML is a fragment that is well-formed and loads nothing', () => {
  for (const language of policyLanguages) {
    const text = policyHtml(policyFacts(catalogue, { ...usual, service: { domain: 'a<b>&"c' } }), language)
    assert.doesNotMatch(text, /<(script|style|img|link|iframe)|style=|src=/)
    const open: string[] = []
    for (const [, end, name] of text.matchAll(/<(\/?)([a-z0-9]+)[^<>]*>/g)) {
      if (end === '') open.push(name!)
      else assert.equal(open.pop(), name)
    }
    assert.deepEqual(open, [])
    assert.ok(text.startsWith(`<article lang="${language}">`) && text.includes('a&lt;b&gt;&amp;&quot;c'))
    assert.ok(text.includes('<li id="P9">'))
  }
})
