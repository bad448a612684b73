import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { Refused } from '../operations/control.ts'
import { SettingsError } from '../settings/load.ts'
import { sentencesFor } from './sentences.ts'

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

test('errors that were written for people speak for themselves', () => {
  assert.deepEqual(sentencesFor(new Refused('There is no account.')), ['There is no account.'])
  assert.deepEqual(sentencesFor(new SettingsError(['One.', 'Two.'])), ['One.', 'Two.'])
  const cause = Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen' })
  assert.deepEqual(sentencesFor(new Error('Another program listens there.', { cause })), [
    'Another program listens there.',
  ])
})

test('what the system says is translated', () => {
  const gone = thrownBy(() => readFileSync('/gone.pem'))
  assert.deepEqual(sentencesFor(gone), ['/gone.pem: there is no such file or directory.'])
  const taken = { code: 'EADDRINUSE', syscall: 'listen', address: '127.0.0.1', port: 9100 }
  assert.match(
    sentencesFor(Object.assign(new Error('x'), taken))[0]!,
    /^127\.0\.0\.1 port 9100 is already in use\. Stop/,
  )
  const unreadable = thrownBy(() => createSecureContext({ cert: 'nonsense', key: 'nonsense' }))
  assert.match(
    sentencesFor(unreadable)[0]!,
    /^The certificate or its key cannot be used \(ERR_OSSL_\w+\)\. "sotto doctor"/,
  )
})

test('everything else is our mistake, and says where without its text', () => {
  const [sentence] = sentencesFor(new RangeError('romeo@montague.example'))
  assert.match(sentence!, /^This is a mistake in Sotto and not in what you did: .*"RangeError".*sentences\.test\.ts:/)
  assert.doesNotMatch(sentence!, /romeo/)
})
