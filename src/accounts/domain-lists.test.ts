import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue } from '../catalogue.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { loadSettings } from '../settings/load.ts'
import { backends } from '../storage/contract/backends.ts'
import { covers } from './domain-lists.ts'
import { Domains } from './domains.ts'

test('an entry stands for the domain and everything below it, and for nothing else', () => {
  const list = ['verona.example', 'padua.example']
  for (const domain of ['verona.example', 'rooms.verona.example', 'a.b.padua.example']) assert.ok(covers(list, domain))
  for (const domain of ['example', 'notverona.example', 'verona.example.org', 'mantua.example'])
    assert.ok(!covers(list, domain))
  assert.ok(!covers([], 'verona.example'))
})

test('what is blocked is blocked, also where it is listed; a domain has its own lists, also after a restart', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-lists-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const env = { SOTTO_SERVICE_DOMAIN: 'capulet.example', SOTTO_FEDERATION_BLOCKED: 'spam.example' }
  const { settings } = loadSettings({ env, directory })
  const { db, end } = await backends[0]!.fresh(schemaOf(catalogue))
  t.after(end)
  const parts = { db, settings, today: () => '2026-11-22' }
  const before = await Domains.open(parts)
  await before.add('montague.example', {
    federationPolicy: 'listed',
    federationAllowed: ['verona.example', 'spam.example'],
    federationBlocked: ['bad.verona.example'],
  })
  for (const domains of [before, await Domains.open(parts)]) {
    const lets = (our: string, their: string) => domains.lets(our, their)
    assert.ok(lets('capulet.example', 'verona.example'))
    assert.ok(lets('capulet.example', 'bad.verona.example'))
    assert.ok(!lets('capulet.example', 'spam.example'))
    assert.ok(!lets('rooms.capulet.example', 'rooms.spam.example'))
    assert.ok(lets('montague.example', 'verona.example'))
    assert.ok(lets('rooms.montague.example', 'verona.example'))
    assert.ok(!lets('montague.example', 'mantua.example'))
    assert.ok(!lets('rooms.montague.example', 'mantua.example'))
    assert.ok(!lets('montague.example', 'bad.verona.example'))
    assert.ok(!lets('montague.example', 'spam.example'))
  }
})

test('a host name stands for a domain: itself, the one whose web address it is, or the one it is below', async t => {
  const { settings } = loadSettings({ env: { SOTTO_SERVICE_DOMAIN: 'capulet.example' }, directory: tmpdir() })
  const { db, end } = await backends[0]!.fresh(schemaOf(catalogue))
  t.after(end)
  const domains = await Domains.open({ db, settings, today: () => '2026-11-22' })
  await domains.add('bücher.example', { webAddress: 'https://chat.other.example:8443' })
  const found = [
    ['capulet.example', 'capulet.example'],
    ['CAPULET.example:5443', 'capulet.example'],
    ['upload.capulet.example', 'capulet.example'],
    ['xn--bcher-kva.example', 'bücher.example'],
    ['chat.other.example', 'bücher.example'],
    ['other.example', undefined],
    ['example', undefined],
    ['', undefined],
    ['192.0.2.1', undefined],
    ['a.b.c.d.e.f.capulet.example', undefined],
  ] as const
  for (const [host, domain] of found) assert.equal(domains.under(host), domain, host)
  assert.equal((await domains.add('second.example', { webAddress: 'https://chat.other.example' })).done, false)
  await domains.drop('bücher.example')
  assert.equal(domains.under('chat.other.example'), undefined)
})
