import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domainsOf } from '../../../tests/kit/domains.ts'
import { covers, mayTalk } from './policy.ts'

test('an entry stands for the domain and everything below it, and for nothing else', () => {
  const list = ['verona.example', 'padua.example']
  for (const domain of ['verona.example', 'rooms.verona.example', 'a.b.padua.example']) assert.ok(covers(list, domain))
  for (const domain of ['example', 'notverona.example', 'verona.example.org', 'mantua.example'])
    assert.ok(!covers(list, domain))
  assert.ok(!covers([], 'verona.example'))
})

test('what is blocked is blocked, also where it is listed; a domain has its own lists', () => {
  const usual = domainsOf('capulet.example')
  const own: Record<string, unknown> = {
    federationPolicy: 'listed',
    federationAllowed: ['verona.example', 'spam.example'],
    federationBlocked: ['bad.verona.example'],
  }
  const domains = {
    ...usual,
    has: (domain: string) => usual.has(domain) || domain === 'montague.example',
    under: (host: string) => (host.endsWith('montague.example') ? 'montague.example' : 'capulet.example'),
    setting: ((domain: string, key: never) =>
      domain === 'montague.example' && key in own ? own[key] : usual.setting(domain, key)) as typeof usual.setting,
  }
  const talk = (our: string, their: string) => mayTalk(domains, ['spam.example'], our, their)
  assert.ok(talk('capulet.example', 'verona.example'))
  assert.ok(talk('capulet.example', 'bad.verona.example'))
  assert.ok(!talk('capulet.example', 'spam.example'))
  assert.ok(talk('montague.example', 'verona.example'))
  assert.ok(talk('rooms.montague.example', 'verona.example'))
  assert.ok(!talk('montague.example', 'mantua.example'))
  assert.ok(!talk('rooms.montague.example', 'mantua.example'))
  assert.ok(!talk('montague.example', 'bad.verona.example'))
  assert.ok(!talk('montague.example', 'spam.example'))
})
