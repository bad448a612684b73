import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../protocol/xml/parser.ts'
import { provesHash, verificationString } from './capabilities.ts'

const query = (inside: string) => parseElement(`<query xmlns='http://jabber.org/protocol/disco#info'>${inside}</query>`)

test('XEP-0115#ver-gen-simple', () => {
  const info = query(`<identity category='client' type='pc' name='Exodus 0.9.1'/>
    <feature var='http://jabber.org/protocol/muc'/>
    <feature var='http://jabber.org/protocol/disco#items'/>
    <feature var='http://jabber.org/protocol/disco#info'/>
    <feature var='http://jabber.org/protocol/caps'/>`)
  assert.equal(verificationString(info), 'QgayPKawpkPSDYmwT/WM94uAlu0=')
})

test('XEP-0115#ver-gen-complex: languages and a form', () => {
  const info = query(`<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
    <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
    <feature var='http://jabber.org/protocol/caps'/>
    <feature var='http://jabber.org/protocol/disco#info'/>
    <feature var='http://jabber.org/protocol/disco#items'/>
    <feature var='http://jabber.org/protocol/muc'/>
    <x xmlns='jabber:x:data' type='result'>
      <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
      <field var='software_version'><value>0.11</value></field>
      <field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>
      <field var='software'><value>Psi</value></field>
      <field var='os_version'><value>10.5.1</value></field>
      <field var='os'><value>Mac</value></field>
    </x>`)
  assert.equal(verificationString(info), 'q07IKJEyjvHSyhy//CH0CxmKi8w=')
})

test('XEP-0115#ver-gen: sorted by octets, not by UTF-16', () => {
  const feature = (name: string) => `<feature var='${name}'/>`
  const one = query(feature('\u{ff5a}') + feature('\u{1f33a}'))
  const other = query(feature('\u{1f33a}') + feature('\u{ff5a}'))
  assert.equal(verificationString(one), verificationString(other))
  // printf '\xef\xbd\x9a<\xf0\x9f\x8c\xba<' | openssl dgst -sha1 -binary | base64
  assert.equal(verificationString(one), '5PiY8O52BtzrRszLgCbqGlQCtJo=')
})

test('XEP-0115#ver-proc: a hash is believed only for what it was made of', () => {
  const info = query(`<identity category='client' type='pc'/><feature var='a'/><feature var='b'/>`)
  assert.ok(provesHash(info, 'sha-1', verificationString(info)))
  assert.ok(provesHash(info, 'sha-256', verificationString(info, 'sha256')))
  assert.ok(!provesHash(info, 'sha-256', verificationString(info)))
  assert.ok(!provesHash(info, 'rot13', verificationString(info)))
  const other = query(`<identity category='client' type='pc'/><feature var='a'/><feature var='c'/>`)
  assert.ok(!provesHash(other, 'sha-1', verificationString(info)))
})

test('XEP-0115#ver-proc: what is ill-formed proves nothing', () => {
  for (const inside of [
    "<feature var='a'/><feature var='a'/>",
    "<identity category='client' type='pc'/><identity category='client' type='pc'/>",
    "<feature var='a&lt;b'/>",
    `<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>t</value></field></x>
     <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>t</value></field></x>`,
  ]) {
    const info = query(inside)
    assert.ok(!provesHash(info, 'sha-1', verificationString(info)), inside)
  }
})
