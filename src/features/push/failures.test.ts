/** XEP-0357#publish-errors, with a clock in the test's hands: how long an app server may fail. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { accountStore } from '../../accounts/account-store.ts'
import { documents } from '../../accounts/documents.ts'
import { catalogue } from '../../catalogue.ts'
import { schemaOf } from '../../privacy/catalogue.ts'
import { type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'
import { backends } from '../../storage/contract/backends.ts'
import { Registrations } from './registrations.ts'
import { Waker } from './waker.ts'

const service = parseJid('push.verona.lit') as Jid
const result = xml('iq', { xmlns: NS.client, type: 'result' })
const error = (condition: string, type: string) =>
  xml('iq', { xmlns: NS.client, type: 'error' }, xml('error', { type }, xml(condition, { xmlns: NS.stanzaErrors })))
const unreachable = error('remote-server-not-found', 'cancel')

/** A phone that is away, its registration, and an app server that answers what it is told to. */
async function phone(t: TestContext) {
  const { db, end } = await backends[0]!.fresh(schemaOf(catalogue))
  t.after(() => end())
  await accountStore(db, catalogue).create(
    { id: 7, localpart: 'juliet', domain: 'capulet.lit', created: '2026-11-22' },
    [],
  )
  const registrations = new Registrations(documents(db), 10)
  const account = { id: 7, jid: 'juliet@capulet.lit', sessions: [], gone: false } as unknown as LocalAccount
  await registrations.put(account, { jid: service, node: 'phone', device: 'balcony' })
  let now = 0
  let asked = 0
  let answer: Element = result
  const waker = new Waker({
    post: {
      ask: async () => {
        asked++
        return answer
      },
    } as never,
    log: { bug: (_: string, bug: unknown) => assert.fail(String(bug)) } as never,
    registrations,
    patienceMs: 1_000,
    now: () => now,
    letsIn: () => true,
  })
  /** A message comes. @returns how many notifications went out */
  const comes = async (said: Element): Promise<number> => {
    const before = asked
    answer = said
    waker.came(account, 'message')
    for (let turn = 0; turn < 3; turn++) await registrations.all(account)
    // What the answer changes is on disk.
    await db.get('SELECT 1', [])
    return asked - before
  }
  return {
    comes,
    passes: (ms: number) => {
      now += ms
    },
    back: () => waker.back({ account, resource: 'balcony' } as unknown as Session),
    registered: async () => (await registrations.all(account)).length,
  }
}

const day = 86_400_000

test('an app server that cannot be reached is asked again, after pauses that grow, and given up after ten times', async t => {
  const { comes, passes, registered } = await phone(t)
  assert.equal(await comes(unreachable), 1)
  assert.equal(await comes(unreachable), 0)
  passes(29_999)
  assert.equal(await comes(unreachable), 0)
  passes(1)
  assert.equal(await comes(unreachable), 1)
  passes(30_000)
  assert.equal(await comes(unreachable), 0, 'the second pause is longer')
  for (let failed = 3; failed <= 10; failed++) {
    assert.equal(await registered(), 1)
    passes(day)
    assert.equal(await comes(unreachable), 1, `attempt ${failed}`)
  }
  assert.equal(await registered(), 0)
  passes(day)
  assert.equal(await comes(result), 0)
})

test('one success in between, and the failures are forgotten', async t => {
  const { comes, passes, back, registered } = await phone(t)
  for (let round = 0; round < 3; round++) {
    for (let failed = 1; failed <= 9; failed++) {
      assert.equal(await comes(error('internal-server-error', 'wait')), 1)
      passes(day)
    }
    assert.equal(await comes(result), 1)
    back()
  }
  assert.equal(await registered(), 1)
})

test('what is about the registration itself ends it at once', async t => {
  const { comes, registered } = await phone(t)
  assert.equal(await comes(error('not-authorized', 'auth')), 1)
  assert.equal(await registered(), 0)
})
