import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '../protocol/jid.ts'
import { iqResult } from '../protocol/stanza.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import { Inquiries } from './inquiries.ts'

const us = parseJid('verona.example')!
const them = parseJid('mantua.example')!
const question = xml('iq', { xmlns: 'jabber:client', type: 'get', from: us, to: them }, xml('ping'))

function asked(inquiries: Inquiries): { answer: Promise<Element>; sent: Element } {
  let sent: Element | undefined
  const answer = inquiries.ask(question, them, iq => {
    sent = iq
  })
  return { answer, sent: sent! }
}

test('an answer finds its question, once', async () => {
  const inquiries = new Inquiries()
  const { answer, sent } = asked(inquiries)
  const result = iqResult(sent)
  assert.equal(inquiries.settle(result, them), true)
  assert.equal((await answer).attr('type'), 'result')
  assert.equal(inquiries.settle(result, them), false)
})

test('nobody else can give the answer', async () => {
  const inquiries = new Inquiries()
  const { answer, sent } = asked(inquiries)
  assert.equal(inquiries.settle(iqResult(sent), us), false)
  assert.equal(inquiries.settle(iqResult(sent.with({ id: 'guessed' })), them), false)
  assert.equal(inquiries.settle(iqResult(sent), them), true)
  await answer
})

test('who never answers is answered for', async () => {
  const held = setTimeout(() => undefined, 60_000)
  const answer = await asked(new Inquiries(1)).answer
  clearTimeout(held)
  assert.equal(answer.attr('type'), 'error')
  assert.ok(answer.child('error')?.child('remote-server-timeout', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
})
