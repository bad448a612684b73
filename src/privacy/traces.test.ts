import assert from 'node:assert/strict'
import { it } from 'node:test'
import { dayOf, daysBefore, isDay } from './day.ts'
import { holdsAddress, holdsTime, looksLikeAddresses } from './traces.ts'

it('tells addresses from other words', () => {
  for (const text of [
    '192.0.2.7',
    'peer=192.0.2.7:443',
    '"203.0.113.255"',
    '2001:db8::1',
    '[2001:db8:0:0:0:0:0:1]:5222',
    '::ffff:192.0.2.7',
    'fe80::1%eth0',
    'lines\n198.51.100.1\n',
    'from 198.51.100.1.',
  ]) {
    assert.equal(holdsAddress(text), true, text)
  }
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '999.1.1.1',
    '12:30:00',
    '127.0.0.1',
    'a [::1]:5222 b',
    'std::string',
    'urn:xmpp:sid:0',
    'MIIB9TCCAV6gAwIBAgI=',
    'SHA256:ab:cd',
  ]) {
    assert.equal(holdsAddress(text), false, text)
  }
})

it('tells addresses from random bytes', () => {
  const mixed = Array.from({ length: 20 }, (_, i) => new Uint8Array(16).fill(i * 13))
  assert.equal(looksLikeAddresses(mixed), false)
  assert.equal(looksLikeAddresses(mixed.map(value => value.with(0, 0x20))), true)
  assert.equal(looksLikeAddresses([new Uint8Array(4)]), true)
  assert.equal(looksLikeAddresses([]), false)
})

it('tells times from days', () => {
  for (const text of ['2026-11-22T10:45:00Z', '2026-11-22 10:45', '20261122T104500', 'Sun, 22 Nov 2026 10:45:00 GMT']) {
    assert.equal(holdsTime(text), true, text)
  }
  for (const text of ['2026-11-22', 'SHA-256', '10:45', '']) assert.equal(holdsTime(text), false, text)
})

it('counts days over the ends of months, and knows which exist', () => {
  assert.equal(dayOf(Date.UTC(2026, 10, 22, 23, 59, 59)), '2026-11-22')
  assert.equal(daysBefore('2026-11-22', 90), '2026-08-24')
  assert.equal(daysBefore('2028-03-01', 1), '2028-02-29')
  assert.equal(isDay('2028-02-29'), true)
  for (const text of ['2026-02-29', '2026-13-01', '2026-1-1', '2026-11-22T00:00', ''])
    assert.equal(isDay(text), false, text)
})
