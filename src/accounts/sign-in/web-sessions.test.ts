import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../accounts.ts'
import { OneUseLinks } from '../one-use-links.ts'
import { WebSessions } from './web-sessions.ts'

const account = (id: number): Account => ({ id, localpart: `guest${id}`, domain: 'localhost', created: '2026-11-22' })
const minutes = 60_000

function sessionsAt(): { sessions: WebSessions; later: (ms: number) => void } {
  let time = 0
  const sessions = new WebSessions({ now: () => time, perAccount: 3, inAll: 5 })
  return {
    sessions,
    later(ms) {
      time += ms
    },
  }
}

test('a session ends after half an hour without a request, and after twelve hours with', () => {
  const { sessions, later } = sessionsAt()
  const { token } = sessions.open(account(1))
  later(29 * minutes)
  assert.notEqual(sessions.find(token), undefined)
  later(30 * minutes)
  assert.equal(sessions.find(token), undefined)
  const { token: busy } = sessions.open(account(1))
  for (let i = 0; i < 35; i++) {
    later(20 * minutes)
    assert.notEqual(sessions.find(busy), undefined)
  }
  later(20 * minutes)
  assert.equal(sessions.find(busy), undefined)
})

test('the second factor is waited for five minutes', () => {
  const { sessions, later } = sessionsAt()
  const { token } = sessions.open(account(1), { halfway: true })
  assert.equal(sessions.find(token)?.halfway, true)
  assert.equal(sessions.count(1), 0)
  later(5 * minutes)
  assert.equal(sessions.find(token), undefined)
})

test('there are only so many of one account and in all; those unused for the longest go', () => {
  const { sessions, later } = sessionsAt()
  const tokens = [1, 2, 3].map(() => sessions.open(account(1)).token)
  later(minutes)
  sessions.find(tokens[0])
  sessions.open(account(1))
  assert.deepEqual(
    tokens.map(token => sessions.find(token) !== undefined),
    [true, false, true],
  )
  for (const id of [2, 3, 4, 5]) sessions.open(account(id))
  assert.equal(sessions.size, 5)
  assert.equal(sessions.count(5), 1)
})

test('what is kept of a token is not the token', () => {
  const { sessions } = sessionsAt()
  const { token, session } = sessions.open(account(1))
  assert.match(token, /^[\w-]{43}$/)
  assert.ok(!JSON.stringify(session).includes(token))
  assert.equal(sessions.find(`${token}x`), undefined)
  assert.equal(sessions.find(undefined), undefined)
  sessions.open(account(1))
  assert.equal(sessions.endAll(1, session), 1)
  assert.equal(sessions.find(token), session)
})

test('a link is good once, for an hour, and only the last few of an account are', () => {
  let time = 0
  const links = new OneUseLinks<{ readonly account: Account }>({ now: () => time, livesMs: 60 * minutes, inAll: 4 })
  const one = links.issue({ account: account(1) })
  assert.equal(links.find(one)?.account.id, 1)
  assert.equal(links.take(one)?.account.id, 1)
  assert.equal(links.take(one), undefined)
  const old = links.issue({ account: account(1) })
  time += 60 * minutes
  assert.equal(links.find(old), undefined)
  const several = [1, 2, 3, 4].map(() => links.issue({ account: account(1) }))
  assert.deepEqual(
    several.map(token => links.find(token) !== undefined),
    [false, true, true, true],
  )
  const others = [2, 3].map(id => links.issue({ account: account(id) }))
  assert.equal(links.find(several[1]!), undefined)
  links.forget(2)
  assert.deepEqual(
    others.map(token => links.find(token) !== undefined),
    [false, true],
  )
})
