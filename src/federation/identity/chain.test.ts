import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { Authority, expired, selfMade } from '../../../tests/kit/federation/authority.ts'
import { Authorities } from './chain.ts'

const names = ['verona.lit']
const root = new Authority()
const believed = new Authorities([root.certificate])
const judge = (...chain: readonly string[]) =>
  believed.judge(
    chain.map(pem => new X509Certificate(pem)),
    new Date(),
  )

describe('RFC 5280 §6: a certificate is believed', () => {
  const between = new Authority('The Friar', { above: root })
  const below = new Authority('The Nurse', { above: between })

  test('if an authority vouches for it, itself or through others, in whatever order they are shown', () => {
    assert.equal(judge(root.issues({ names }).certificate), 'valid')
    const { certificate } = below.issues({ names })
    assert.equal(judge(certificate, below.certificate, between.certificate), 'valid')
    assert.equal(judge(certificate, between.certificate, selfMade({ names }).certificate, below.certificate), 'valid')
    assert.equal(judge(certificate, below.certificate, between.certificate, root.certificate), 'valid')
  })

  test('if it is listed itself', () => {
    const { certificate } = selfMade({ names })
    const own = new Authorities([certificate])
    assert.equal(own.judge([new X509Certificate(certificate)], new Date()), 'valid')
  })

  test('whether it is for servers or for clients, and for nothing else', () => {
    assert.equal(judge(root.issues({ names, purposes: ['server'] }).certificate), 'valid')
    assert.equal(judge(root.issues({ names, purposes: ['client'] }).certificate), 'valid')
    assert.equal(judge(root.issues({ names, purposes: ['code'] }).certificate), 'unusable')
  })

  test('not if a part of the path is missing, or nobody known is at its end', () => {
    const { certificate } = below.issues({ names })
    assert.equal(judge(certificate), 'untrusted')
    assert.equal(judge(certificate, below.certificate), 'untrusted')
    assert.equal(judge(selfMade({ names }).certificate), 'untrusted')
    const stranger = new Authority('Somebody else')
    assert.equal(judge(stranger.issues({ names }).certificate, stranger.certificate), 'untrusted')
    assert.equal(believed.judge([], new Date()), 'untrusted')
  })

  test('not if somebody only has the name of an authority', () => {
    const namesake = new Authority(root.name)
    assert.equal(judge(namesake.issues({ names }).certificate), 'untrusted')
    assert.equal(judge(namesake.issues({ names }).certificate, namesake.certificate), 'untrusted')
    const impostor = new Authority(between.name, { above: namesake })
    assert.equal(judge(impostor.issues({ names }).certificate, impostor.certificate), 'untrusted')
  })

  test('not if the one who vouches for it is no authority (§4.2.1.9)', () => {
    const pretender = new Authority('Paris', { above: root, isOne: false })
    assert.equal(judge(pretender.issues({ names }).certificate, pretender.certificate), 'untrusted')
  })

  test('not if there are more in between than an authority allows (§4.2.1.9)', () => {
    const short = new Authority('The Friar', { above: root, length: 0 })
    assert.equal(judge(short.issues({ names }).certificate, short.certificate), 'valid')
    const further = new Authority('The Nurse', { above: short })
    assert.equal(judge(further.issues({ names }).certificate, further.certificate, short.certificate), 'untrusted')
  })

  test('not before or after its time, nor that of those who vouch for it', () => {
    assert.equal(judge(root.issues({ names, ...expired() }).certificate), 'expired')
    const past = new Authority('The Friar', { above: root, ...expired() })
    assert.equal(judge(past.issues({ names }).certificate, past.certificate), 'expired')
    const anchor = new Authority('The old Prince', expired())
    const old = new Authorities([anchor.certificate])
    assert.equal(old.judge([new X509Certificate(anchor.issues({ names }).certificate)], new Date()), 'expired')
  })

  test('not if something has to be understood that is not (§4.2), limited names among it (§4.2.1.10)', () => {
    const unknown = '1.2.3.4'
    assert.equal(judge(root.issues({ names, extension: { id: unknown, critical: true } }).certificate), 'unusable')
    assert.equal(judge(root.issues({ names, extension: { id: unknown, critical: false } }).certificate), 'valid')
    const strange = new Authority('The Friar', { above: root, extension: { id: unknown, critical: true } })
    assert.equal(judge(strange.issues({ names }).certificate, strange.certificate), 'untrusted')
    const limited = new Authority('The Friar', { above: root, extension: { id: '2.5.29.30', critical: false } })
    assert.equal(judge(limited.issues({ names }).certificate, limited.certificate), 'untrusted')
  })

  test('and a tangle of authorities that vouch for one another is no way to keep us busy', () => {
    const circle = Array.from({ length: 19 }, () => new Authority('The Montagues'))
    const began = performance.now()
    assert.equal(judge(circle[0]!.issues({ names }).certificate, ...circle.map(each => each.certificate)), 'untrusted')
    assert.ok(performance.now() - began < 500)
  })
})
