/** What features say of themselves holds together; that the documents made of it are fresh is in documents.test.ts. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { SaxesParser } from 'saxes'
import { inertFeatures } from '../../scripts/specs-documents.ts'
import { catalogue } from '../../src/catalogue.ts'

const root = resolve(import.meta.dirname, '../..')
const features = inertFeatures()

test('every feature has a name of its own and implements something', () => {
  const names = features.map(feature => feature.name)
  assert.deepEqual([...new Set(names)], names)
  assert.deepEqual(
    features.filter(feature => feature.implements.length === 0).map(feature => feature.name),
    [],
  )
})

/** Advertised without a request that could be asked. */
const withoutRequests: Readonly<Record<string, string>> = {
  msgoffline: 'XEP-0160#disco',
  'urn:xmpp:sid:0': 'XEP-0359#disco',
  'urn:xmpp:carbons:rules:0': 'XEP-0280#disco',
  'urn:xmpp:message-retract:1': 'XEP-0424#disco',
  'urn:xmpp:message-retract:1#tombstone': 'XEP-0424#disco',
  'urn:xmpp:mam:2#extended': 'XEP-0313#support',
  'urn:xmpp:mam:2#groupchat-field': 'XEP-0313#support',
  'http://jabber.org/protocol/rsm': 'XEP-0059#disco',
  'urn:xmpp:reporting:1': 'XEP-0377#disco',
  'http://jabber.org/protocol/caps': 'XEP-0115#support',
  'urn:xmpp:bookmarks-conversion:0': 'XEP-0411#disco',
  'urn:xmpp:bookmarks:1#compat': 'XEP-0402#support',
  'urn:xmpp:bookmarks:1#compat-pep': 'XEP-0402#support',
  'urn:xmpp:mds:server-assist:0': 'XEP-0490#discovering-support',
  'urn:xmpp:pep-vcard-conversion:0': 'XEP-0398#disco',
}

test('what service discovery tells is there: some request of that namespace is answered where it is told', () => {
  const answers = features.flatMap(feature => feature.answers ?? [])
  // XEP-0060#features: each of them is a part of what is answered in one namespace.
  const asked = (name: string) => name.replace(/(?<=^http:\/\/jabber\.org\/protocol\/pubsub)#.*/, '')
  const answered = (name: string, of: readonly string[]) =>
    answers.some(answer => answer.payload.startsWith(`{${asked(name)}}`) && answer.of.some(each => of.includes(each)))
  for (const { advertises } of features) {
    for (const name of advertises?.server ?? [])
      assert.ok(name in withoutRequests || answered(name, ['server', 'self', 'account']), name)
    for (const name of advertises?.account ?? [])
      assert.ok(name in withoutRequests || answered(name, ['self', 'account']), name)
  }
})

test('docs/doap.xml is XML with namespaces', () => {
  const parser = new SaxesParser({ xmlns: true })
  const seen = new Set<string>()
  parser.on('error', error => {
    throw error
  })
  parser.on('opentag', ({ uri, local }) => seen.add(`{${uri}}${local}`))
  parser.write(readFileSync(join(root, 'docs/doap.xml'), 'utf8')).close()
  for (const name of ['{http://usefulinc.com/ns/doap#}Project', '{https://linkmauve.fr/ns/xmpp-doap#}SupportedXep'])
    assert.ok(seen.has(name), name)
})

test('docs/privacy.md names every table, column, collection and file', () => {
  const page = readFileSync(join(root, 'docs/privacy.md'), 'utf8')
  for (const { name, columns } of catalogue.tables)
    for (const word of [name, ...Object.keys(columns)]) assert.ok(page.includes(`\`${word}\``), word)
  for (const { name, why } of catalogue.collections) assert.ok(page.includes(`| \`${name}\` | ${why} |`), name)
  for (const { paths } of catalogue.files) for (const path of paths) assert.ok(page.includes(`\`${path}\``), path)
})
