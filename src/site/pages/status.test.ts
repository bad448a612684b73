import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announced, working } from './status.ts'

test('how the service is, is said in a sentence and not by colour alone', () => {
  const said = (ready: boolean) => working({ ready: () => ready, notice: () => undefined }, 'en').markup
  assert.match(said(true), />Everything works\.</)
  assert.match(said(false), />Something is broken here\./)
})

test('what is announced has its day, and is text', () => {
  const told = { text: '<b>Moving</b> house', day: '2027-03-04' }
  const { markup } = announced(
    { ready: () => true, notice: of => (of === 'a.example' ? told : undefined) },
    'a.example',
    'de',
  )
  assert.match(markup, /4\. März 2027:.*&lt;b&gt;Moving&lt;/)
  assert.equal(announced({ ready: () => true, notice: () => undefined }, 'a.example', 'de').markup, '')
})
