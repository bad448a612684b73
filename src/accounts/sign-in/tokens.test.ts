import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashedTokenClient, type HashedTokenMechanism, ScramClient } from '../../../tests/kit/scram-client.ts'
import { admit, bindings, house, jid, outcome, run } from '../../../tests/kit/sign-in.ts'
import { FastTokens } from './tokens.ts'
import type { FastRequest, FastToken, SignedIn } from './types.ts'

const day = 24 * 3_600_000
const phone = 'd4565fa7-4d72-4749-b3d3-740edbf87770'
const data = {
  'HT-SHA-256-NONE': undefined,
  'HT-SHA-256-EXPR': bindings['tls-exporter'](),
  'HT-SHA-256-ENDP': bindings['tls-server-end-point'](),
} as const

async function fastHouse(t: import('node:test').TestContext) {
  const clock = { ms: 1_700_000_000_000 }
  const tokens = new FastTokens({ now: () => clock.ms })
  const parts = await house(t, { signIn: { tokens } })
  await admit(parts.accounts, 'nurse')
  const byPassword = async (mechanism: HashedTokenMechanism, clientId = phone): Promise<FastToken | undefined> => {
    const client = new ScramClient({ mechanism: 'SCRAM-SHA-256', username: 'nurse', password: 'pencil' })
    const done = await run(parts.signIn, client, parts.context({ clientId, requestToken: mechanism }))
    assert.equal(outcome(done), 'nurse')
    return (done as SignedIn).freshToken
  }
  const byToken = (
    token: string,
    more: {
      mechanism?: HashedTokenMechanism
      clientId?: string
      fast?: FastRequest
      username?: string
      on?: Buffer
    } = {},
  ) => {
    const mechanism = more.mechanism ?? 'HT-SHA-256-EXPR'
    const bindingData = more.on ?? data[mechanism]
    const client = new HashedTokenClient({
      mechanism,
      token,
      username: more.username ?? 'nurse',
      ...(bindingData === undefined ? {} : { bindingData }),
    })
    return run(parts.signIn, client, parts.context({ clientId: more.clientId ?? phone, fast: more.fast ?? {} }))
  }
  const fresh = async (mechanism: HashedTokenMechanism = 'HT-SHA-256-EXPR', clientId = phone): Promise<string> => {
    const made = await byPassword(mechanism, clientId)
    assert.ok(made)
    return made.token
  }
  return { ...parts, clock, tokens, byPassword, byToken, fresh }
}

test('XEP-0484#token-response: a token for the asking, good for fourteen days', async t => {
  const { byPassword, byToken, clock } = await fastHouse(t)
  for (const mechanism of ['HT-SHA-256-EXPR', 'HT-SHA-256-ENDP', 'HT-SHA-256-NONE'] as const) {
    const made = await byPassword(mechanism)
    assert.ok(made)
    assert.equal(Buffer.from(made.token, 'base64url').length, 32)
    assert.equal(made.expires.getTime(), clock.ms + 14 * day)
    const done = await byToken(made.token, { mechanism })
    assert.equal(outcome(done), 'nurse')
    assert.equal((done as SignedIn).clientKey, undefined)
    assert.equal((done as SignedIn).freshToken, undefined)
  }
})

test('XEP-0484#fast-auth: a token is good for its account, client, mechanism and channel only', async t => {
  const { accounts, byToken, fresh } = await fastHouse(t)
  await admit(accounts, 'peter')
  const token = await fresh()
  const ended = 'credentials-expired'
  assert.equal(outcome(await byToken(`${token}x`)), ended)
  assert.equal(outcome(await byToken(token, { clientId: 'another' })), ended)
  assert.equal(outcome(await byToken(token, { username: 'peter' })), ended)
  assert.equal(outcome(await byToken(token, { username: 'potpan' })), ended)
  assert.equal(outcome(await byToken(token, { username: 'the nurse' })), ended)
  assert.equal(outcome(await byToken(token, { mechanism: 'HT-SHA-256-NONE' })), ended)
  assert.equal(outcome(await byToken(token, { mechanism: 'HT-SHA-256-ENDP' })), ended)
  assert.equal(outcome(await byToken(token, { on: Buffer.from('of the man in the middle') })), ended)
  assert.equal(outcome(await byToken(token)), 'nurse')
})

test('a token is of no use outside <fast/>, without a client id or with a malformed count', async t => {
  const { context, fresh, signIn } = await fastHouse(t)
  const client = new HashedTokenClient({
    mechanism: 'HT-SHA-256-NONE',
    username: 'nurse',
    token: await fresh('HT-SHA-256-NONE'),
  })
  assert.equal(outcome(await run(signIn, client, context({ clientId: phone }))), 'invalid-mechanism')
  assert.equal(outcome(await run(signIn, client, context({ fast: {} }))), 'malformed-request')
  for (const count of [-1, 1.5, Number.NaN])
    assert.equal(outcome(await run(signIn, client, context({ clientId: phone, fast: { count } }))), 'malformed-request')
  assert.equal(outcome(await run(signIn, client, context({ clientId: phone, fast: {} }))), 'nurse')
})

test('XEP-0484#fast-auth: a count that was seen is refused', async t => {
  const { byToken, fresh } = await fastHouse(t)
  const token = await fresh()
  const counted = async (count: number) => outcome(await byToken(token, { fast: { count } }))
  assert.equal(await counted(5), 'nurse')
  assert.equal(await counted(5), 'credentials-expired')
  assert.equal(await counted(4), 'credentials-expired')
  assert.equal(await counted(6), 'nurse')
})

test('XEP-0484#token-rotation: an old token gives a new one, and ends when the new one is used', async t => {
  const { byToken, clock, fresh } = await fastHouse(t)
  const first = await fresh()
  assert.equal(outcome(await byToken(first)), 'nurse')
  clock.ms += day
  const lost = ((await byToken(first)) as SignedIn).freshToken
  const second = ((await byToken(first)) as SignedIn).freshToken
  assert.ok(lost && second)
  assert.equal(second.expires.getTime(), clock.ms + 14 * day)
  assert.equal(outcome(await byToken(lost.token)), 'credentials-expired')
  assert.equal(outcome(await byToken(first)), 'nurse')
  const third = await byToken(first)
  assert.equal(outcome(await byToken((third as SignedIn).freshToken!.token)), 'nurse')
  assert.equal(outcome(await byToken(first)), 'credentials-expired')
})

test('a token ends after its time', async t => {
  const { accounts, byToken, clock, fresh, tokens } = await fastHouse(t)
  const token = await fresh()
  clock.ms += 14 * day - 1
  assert.equal(outcome(await byToken(token)), 'nurse')
  clock.ms += 1
  assert.equal(outcome(await byToken(token)), 'credentials-expired')
  const account = await accounts.findJid(jid('nurse@capulet.lit'))
  assert.equal(tokens.holds(account!.id), true)
  clock.ms += 14 * day
  assert.equal(tokens.holds(account!.id), false)
  assert.equal(tokens.held, 1)
  tokens.issue(1, 'another', 'HT-SHA-256-NONE')
  assert.equal(tokens.held, 1)
})

test('XEP-0484#invalidation: a client ends its token, and gets another only if it asks', async t => {
  const { byToken, clock, context, fresh, signIn } = await fastHouse(t)
  const token = await fresh()
  clock.ms += 2 * day
  const last = await byToken(token, { fast: { invalidate: true } })
  assert.equal(outcome(last), 'nurse')
  assert.equal((last as SignedIn).freshToken, undefined)
  assert.equal(outcome(await byToken(token)), 'credentials-expired')
  const another = await fresh()
  const client = new HashedTokenClient({
    mechanism: 'HT-SHA-256-EXPR',
    username: 'nurse',
    token: another,
    bindingData: data['HT-SHA-256-EXPR'],
  })
  const asking = context({ clientId: phone, fast: { invalidate: true }, requestToken: 'HT-SHA-256-NONE' })
  const renewed = ((await run(signIn, client, asking)) as SignedIn).freshToken
  assert.ok(renewed)
  assert.equal(outcome(await byToken(another)), 'credentials-expired')
  assert.equal(outcome(await byToken(renewed.token, { mechanism: 'HT-SHA-256-NONE' })), 'nurse')
})

test('a new password, and the end of the account, end all its tokens', async t => {
  const { accounts, byToken, fresh, tokens } = await fastHouse(t)
  const nurse = jid('nurse@capulet.lit')
  const token = await fresh()
  const account = await accounts.findJid(nurse)
  assert.ok(account && tokens.holds(account.id))
  await accounts.setPassword(nurse, 'pencil', 'operator')
  assert.equal(tokens.holds(account.id), false)
  assert.equal(outcome(await byToken(token)), 'credentials-expired')
  await fresh()
  assert.equal(tokens.held, 1)
  await accounts.remove(nurse)
  assert.equal(tokens.held, 0)
})

test('no token for a client that does not say who it is, or asks for what is not offered', async t => {
  const { context, signIn } = await fastHouse(t)
  const client = () => new ScramClient({ mechanism: 'SCRAM-SHA-1', username: 'nurse', password: 'pencil' })
  for (const own of [
    context({ requestToken: 'HT-SHA-256-NONE' }),
    context({ requestToken: 'HT-SHA-256-NONE', clientId: '' }),
    context({ requestToken: 'HT-SHA-256-NONE', clientId: 'x'.repeat(129) }),
    context({ requestToken: 'HT-SHA-256-UNIQ', clientId: phone }),
  ])
    assert.equal(((await run(signIn, client(), own)) as SignedIn).freshToken, undefined)
})

test('the longest unused clients give way, of one account and of all', () => {
  const tokens = new FastTokens({ now: () => 0, clientsPerAccount: 3, clients: 5 })
  for (const client of ['a', 'b', 'c']) tokens.issue(1, client, 'HT-SHA-256-NONE')
  tokens.issue(1, 'a', 'HT-SHA-256-NONE')
  tokens.issue(1, 'd', 'HT-SHA-256-NONE')
  assert.equal(tokens.held, 3)
  for (const client of ['a', 'b', 'c', 'd']) tokens.issue(2, client, 'HT-SHA-256-NONE')
  assert.equal(tokens.held, 5)
  assert.ok(tokens.holds(1) && tokens.holds(2))
  for (let account = 3; account < 8; account++) tokens.issue(account, 'a', 'HT-SHA-256-NONE')
  assert.equal(tokens.held, 5)
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].filter(account => tokens.holds(account)),
    [3, 4, 5, 6, 7],
  )
})
