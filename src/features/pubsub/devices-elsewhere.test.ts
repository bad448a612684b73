import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BareJid, bareOf, type FullJid, parseJid } from '../../protocol/jid.ts'
import { DevicesElsewhere } from './devices-elsewhere.ts'

const account = (name: string): BareJid => parseJid(`${name}@verona.lit`) as BareJid
const device = (name: string, domain = 'mantua.lit'): FullJid => parseJid(`${name}@${domain}/phone`) as FullJid

describe('devices of contacts at other servers', () => {
  test('an account remembers no more than it can have contacts for', () => {
    const devices = new DevicesElsewhere()
    for (let i = 0; i < 2_000; i++) assert.ok(devices.add(account('juliet'), device(`friend-${i}`)))
    assert.equal(devices.add(account('juliet'), device('one-too-many')), undefined)
    assert.ok(devices.add(account('nurse'), device('one-too-many')))
    devices.remove(account('juliet'), device('friend-7'))
    assert.ok(devices.add(account('juliet'), device('one-too-many')))
    assert.equal(devices.size, 2_001)
  })

  test('where there is no room, accounts whose contacts were heard of longest ago are forgotten first', () => {
    const devices = new DevicesElsewhere(3)
    for (const name of ['juliet', 'nurse', 'tybalt', 'juliet', 'paris']) {
      assert.ok(devices.add(account(name), device(`friend-${devices.size}`)))
    }
    assert.equal(devices.size, 3)
    assert.equal(devices.get(account('nurse'), device('friend-1')), undefined)
    assert.equal(devices.of(account('juliet'), bareOf(device('friend-3'))).length, 1)
    assert.equal(devices.of(account('paris'), bareOf(device('friend-3'))).length, 1)
  })

  test('a server that is lost takes its people with it, as seen from one of our domains', () => {
    const devices = new DevicesElsewhere()
    const elsewhere = parseJid('juliet@padua.lit') as BareJid
    for (const who of [account('juliet'), elsewhere]) {
      devices.add(who, device('romeo'))
      devices.add(who, device('benvolio', 'rome.lit'))
    }
    devices.lose('verona.lit', 'mantua.lit')
    assert.equal(devices.get(account('juliet'), device('romeo')), undefined)
    assert.ok(devices.get(account('juliet'), device('benvolio', 'rome.lit')))
    assert.ok(devices.get(elsewhere, device('romeo')))
    devices.forget(elsewhere)
    assert.equal(devices.size, 1)
  })
})
