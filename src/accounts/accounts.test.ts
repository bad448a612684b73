import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit, capulet, fewRounds, house, jid } from '../../tests/kit/sign-in.ts'
import { daysBefore } from '../privacy/day.ts'
import { jidOf } from './accounts.ts'
import { PasswordWork } from './credentials.ts'

const nurse = jid('nurse@capulet.lit')
const today = '2026-11-22'

test('an account is made with a random id, its day and verifiers for both hashes', async t => {
  const { accounts } = await house(t)
  const made = await accounts.create(nurse, 'pencil', 'operator')
  assert.ok(made.done)
  const { id, ...rest } = made.account
  assert.ok(Number.isSafeInteger(id) && id >= 0 && id < 2 ** 52)
  assert.deepEqual(rest, { localpart: 'nurse', domain: capulet, created: '2026-11-22' })
  assert.equal(jidOf(made.account), nurse)
  assert.deepEqual(await accounts.findJid(nurse), made.account)
  assert.deepEqual(await accounts.list(), [made.account])
  const found = await accounts.credentials('nurse', capulet)
  assert.deepEqual(
    found?.verifiers.map(one => [one.hash, one.iterations]),
    [
      ['SHA-256', fewRounds],
      ['SHA-1', fewRounds],
    ],
  )
  assert.ok(!JSON.stringify(found).includes('clientKey'))
})

test('who may have which name and password', async t => {
  const { accounts } = await house(t)
  const refused = async (address: string, password: string, by: 'operator' | 'owner' = 'owner') => {
    const made = await accounts.create(jid(address), password, by)
    return made.done ? undefined : made.because
  }
  assert.equal(await refused('nurse@montague.lit', 'long enough'), 'not allowed')
  assert.equal(await refused('f!@capulet.lit', 'long enough'), 'not allowed')
  assert.equal(await refused('nurse@capulet.lit', 'seven77'), 'too short')
  assert.equal(await refused('nurse@capulet.lit', '\u{1f33a}'.repeat(7)), 'too short')
  assert.equal(await refused('nurse@capulet.lit', '', 'operator'), 'too short')
  assert.equal(await refused('nurse@capulet.lit', 'x'.repeat(1025), 'operator'), 'not allowed')
  assert.equal(await refused('nurse@capulet.lit', 'pen\u0000cil', 'operator'), 'not allowed')
  assert.deepEqual(await accounts.list(), [])
  assert.equal(await refused('nurse@capulet.lit', 'eight888'), undefined)
  assert.equal(await refused('nurse@capulet.lit', 'eight888'), 'taken')
  assert.equal(await refused('peter@capulet.lit', 'x', 'operator'), undefined)
})

test('a name asked for twice at the same time is given once', async t => {
  const { accounts } = await house(t)
  const made = await Promise.all([1, 2, 3].map(() => accounts.create(nurse, 'pencil', 'operator')))
  assert.deepEqual(made.map(one => (one.done ? 'made' : one.because)).sort(), ['made', 'taken', 'taken'])
})

test('a new password replaces every verifier', async t => {
  const { accounts } = await house(t)
  await admit(accounts, 'nurse')
  const told: unknown[] = []
  accounts.on('passwordChanged', (account, keys) => {
    told.push([account.localpart, keys.map(one => [one.hash, one.clientKey.length])])
  })
  const before = await accounts.credentials('nurse', capulet)
  const refused = await accounts.setPassword(nurse, 'short', 'owner')
  assert.equal(refused.done || refused.because, 'too short')
  assert.deepEqual(await accounts.credentials('nurse', capulet), before)
  assert.deepEqual(await accounts.setPassword(nurse, 'another pencil', 'owner'), { done: true, history: 'kept' })
  const after = await accounts.credentials('nurse', capulet)
  assert.deepEqual(told, [
    [
      'nurse',
      [
        ['SHA-256', 32],
        ['SHA-1', 20],
      ],
    ],
  ])
  for (const [n, one] of (before?.verifiers ?? []).entries()) {
    assert.notDeepEqual(after?.verifiers[n]?.salt, one.salt)
    assert.notDeepEqual(after?.verifiers[n]?.storedKey, one.storedKey)
  }
  const nobody = await accounts.setPassword(jid('potpan@capulet.lit'), 'another pencil', 'owner')
  assert.equal(nobody.done || nobody.because, 'unknown')
})

test('while an account leaves, nobody finds it, and it is erased after its sessions were told', async t => {
  const { accounts, db } = await house(t)
  await admit(accounts, 'nurse')
  await accounts.findJid(nurse)
  const seen: unknown[] = []
  const rows = async () => (await db.all('SELECT * FROM credentials')).length
  accounts.on('leaving', async account => {
    seen.push([
      'leaving',
      account.localpart,
      await accounts.findJid(nurse),
      await accounts.credentials('nurse', capulet),
    ])
    const again = await accounts.create(nurse, 'pencil', 'operator')
    seen.push(again.done || again.because, await accounts.remove(nurse).then(done => done.done), await rows())
  })
  accounts.on('removed', async account => {
    seen.push(['removed', account.localpart, await rows()])
  })
  assert.deepEqual(await accounts.remove(nurse), { done: true })
  assert.deepEqual(seen, [['leaving', 'nurse', undefined, undefined], 'taken', false, 2, ['removed', 'nurse', 0]])
  assert.equal(await accounts.findJid(nurse), undefined)
  const gone = await accounts.remove(nurse)
  assert.equal(gone.done || gone.because, 'unknown')
})

test('the name of an erased account is not given out again, and strangers do not learn why', async t => {
  const { accounts, db } = await house(t)
  await admit(accounts, 'nurse')
  await accounts.remove(nurse)
  const made = await Promise.all(
    (['operator', 'owner'] as const).map(by => accounts.create(nurse, 'a good pencil', by)),
  )
  assert.deepEqual(
    made.map(one => one.done || one.because),
    ['erased', 'taken'],
  )
  const [{ tag } = {}] = await db.all('SELECT tag FROM tombstones')
  assert.equal((tag as Uint8Array).length, 32)
  await admit(accounts, 'nurses')
})

test('an account that could not be erased cannot be signed in to, and is erased later', async t => {
  const { accounts, store } = await house(t)
  await admit(accounts, 'nurse')
  const erase = store.erase
  Object.assign(store, { erase: () => Promise.reject(new Error('the disk is full')) })
  await assert.rejects(accounts.remove(nurse), /the disk is full/)
  assert.ok(await accounts.findJid(nurse))
  assert.equal(await accounts.credentials('nurse', capulet), undefined)
  await assert.rejects(accounts.finishRemovals('2026-11-22'), /the disk is full/)
  Object.assign(store, { erase })
  await accounts.finishRemovals('1970-01-01')
  assert.equal(await accounts.findJid(nurse), undefined)
})

test('an account is erased even if not everybody could be told', async t => {
  const faults: unknown[] = []
  const { accounts } = await house(t, { accounts: { onFault: fault => faults.push(fault) } })
  await admit(accounts, 'nurse')
  const bug = new Error('a bug')
  accounts.on('leaving', () => {
    throw bug
  })
  assert.deepEqual(await accounts.remove(nurse), { done: true })
  assert.deepEqual(faults, [bug])
})

test('with days of grace an account is erased when they are over, and can come back before', async t => {
  const { accounts, db } = await house(t, { accounts: { graceDays: 7 } })
  await admit(accounts, 'nurse')
  const seen: string[] = []
  for (const event of ['suspended', 'restored', 'leaving', 'removed'] as const) {
    accounts.on(event, ({ localpart }) => void seen.push(`${event} ${localpart}`))
  }
  const due = daysBefore(today, -7)
  assert.deepEqual(await accounts.remove(nurse), { done: true, due })
  const account = await accounts.findJid(nurse)
  assert.equal(await accounts.leavesOn(account!), due)
  assert.equal(await accounts.credentials('nurse', capulet), undefined)
  const again = await accounts.create(nurse, 'pencil', 'operator')
  assert.equal(again.done || again.because, 'taken')
  await accounts.finishRemovals(daysBefore(due, 1))

  assert.deepEqual(await accounts.restore(nurse), { done: true })
  assert.ok(await accounts.credentials('nurse', capulet))
  const staying = await accounts.restore(nurse)
  assert.equal(staying.done || staying.tell, 'This account is not about to be erased.')
  await accounts.finishRemovals(due)
  assert.ok(await accounts.findJid(nurse))

  await accounts.remove(nurse)
  await accounts.finishRemovals(due)
  assert.equal(await accounts.findJid(nurse), undefined)
  assert.deepEqual(await db.all('SELECT * FROM departures'), [])
  assert.deepEqual(seen, ['suspended nurse', 'restored nurse', 'suspended nurse', 'leaving nurse', 'removed nurse'])

  await admit(accounts, 'peter')
  assert.deepEqual(await accounts.remove(jid('peter@capulet.lit'), { now: true }), { done: true })
})

test('lookups are remembered, but not for names that do not exist, and not without a bound', async t => {
  const { accounts, store } = await house(t, { accounts: { remembered: 2 } })
  for (const name of ['nurse', 'peter', 'gregory']) await admit(accounts, name)
  const asked: string[] = []
  const find = store.find
  Object.assign(store, {
    find: (localpart: string, domain: string) => {
      asked.push(localpart)
      return find(localpart, domain)
    },
  })
  const look = async (...names: string[]) => {
    asked.length = 0
    for (const name of names) await accounts.find(name, capulet)
    return asked.join(' ')
  }
  assert.equal(await look('nurse', 'nurse', 'peter', 'nurse'), 'nurse peter')
  assert.equal(await look('gregory', 'nurse', 'peter'), 'gregory peter')
  assert.equal(await look('potpan', 'potpan'), 'potpan potpan')
})

test('when too many passwords are being hashed, the answer is to try again', async t => {
  const work = new PasswordWork({ iterations: fewRounds, parallel: 1, waiting: 0 })
  const { accounts } = await house(t, { accounts: { work } })
  const made = await Promise.all(
    ['nurse', 'peter'].map(name => accounts.create(jid(`${name}@capulet.lit`), 'pencil', 'operator')),
  )
  assert.deepEqual(
    made.map(one => (one.done ? 'made' : one.because)),
    ['made', 'busy'],
  )
})

test('who no longer listens is not told', async t => {
  const { accounts } = await house(t)
  let told = 0
  const stop = accounts.on('created', () => {
    told++
  })
  await admit(accounts, 'nurse')
  stop()
  await admit(accounts, 'peter')
  assert.equal(told, 1)
})
