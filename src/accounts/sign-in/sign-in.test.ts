import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PlainClient, ScramClient } from '../../../tests/kit/scram-client.ts'
import { admit, bindings, capulet, fewRounds, finish, house, jid, outcome, run } from '../../../tests/kit/sign-in.ts'
import { PasswordWork } from '../credentials.ts'
import { serviceKey } from '../service-keys.ts'
import { Attempts } from './attempts.ts'
import { Candidates } from './candidates.ts'
import { SignIn } from './sign-in.ts'
import { FastTokens } from './tokens.ts'

const scram = (more: { username?: string; password?: string } = {}) =>
  new ScramClient({ mechanism: 'SCRAM-SHA-256', username: 'nurse', password: 'pencil', ...more })
const plain = (more: { username?: string; password?: string; authzid?: string } = {}) =>
  new PlainClient({ username: 'nurse', password: 'pencil', ...more })

test('what is offered depends on the connection, and on nothing else', async t => {
  const { signIn } = await house(t, { signIn: { tokens: new FastTokens({ now: () => 0 }) } })
  assert.deepEqual(signIn.offer({ secure: true, channelBindings: bindings }), {
    mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
    fastMechanisms: ['HT-SHA-256-EXPR', 'HT-SHA-256-ENDP', 'HT-SHA-256-NONE'],
    channelBindingTypes: ['tls-exporter', 'tls-server-end-point'],
  })
  assert.deepEqual(signIn.offer({ secure: true }), {
    mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'],
    fastMechanisms: ['HT-SHA-256-NONE'],
    channelBindingTypes: [],
  })
  assert.deepEqual(signIn.offer({ secure: false }), { mechanisms: [], fastMechanisms: [], channelBindingTypes: [] })
})

test('RFC 4616: who gets in by PLAIN and who does not', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  await admit(accounts, 'peter', 'f\u00e4cher')
  const table: readonly (readonly [string, PlainClient, string])[] = [
    ['the right password', plain(), 'nurse'],
    ['a password in another form of the same', plain({ username: 'peter', password: 'fa\u0308cher' }), 'peter'],
    ['a wrong password', plain({ password: 'Pencil' }), 'not-authorized'],
    ['a password that cannot be one', plain({ password: 'pen\u0007cil' }), 'not-authorized'],
    ['a huge password', plain({ password: 'x'.repeat(2000) }), 'not-authorized'],
    ['an endless password', plain({ password: 'x'.repeat(9000) }), 'malformed-request'],
    ['an unknown name', plain({ username: 'potpan' }), 'not-authorized'],
    ['a name that cannot be one', plain({ username: 'the nurse' }), 'not-authorized'],
    ['the whole address as the name', plain({ username: 'nurse@capulet.lit' }), 'nurse'],
    ['her own address as authzid', plain({ authzid: 'nurse@capulet.lit' }), 'nurse'],
    ['the address of another', plain({ authzid: 'peter@capulet.lit' }), 'invalid-authzid'],
    ['no name', plain({ username: '' }), 'malformed-request'],
    ['no password', plain({ password: '' }), 'malformed-request'],
    ['a NUL too many', plain({ password: 'pencil\0' }), 'malformed-request'],
  ]
  for (const [title, client, expected] of table)
    assert.equal(outcome(await run(signIn, client, context())), expected, title)
  assert.equal(outcome(await run(signIn, plain(), context({ secure: false }))), 'encryption-required')
  const signedIn = await run(signIn, plain(), context())
  const found = await accounts.credentials('nurse', capulet)
  assert.ok('account' in signedIn && found !== undefined)
  const viaScram = await run(signIn, scram(), context())
  assert.ok('account' in viaScram)
  assert.deepEqual(signedIn.clientKey, viaScram.clientKey)
})

test('XEP-0388#initiation: an authzid that is not the address of the stream is refused', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  const claimed = jid('peter@capulet.lit')
  const asHerself = plain({ authzid: 'nurse@capulet.lit' })
  assert.equal(outcome(await run(signIn, asHerself, context({ claimed }))), 'invalid-authzid')
  assert.equal(outcome(await run(signIn, plain(), context({ claimed }))), 'nurse')
})

/** The parts of a server's first message that do not change from one exchange to the next. */
async function greeting(parts: Pick<Awaited<ReturnType<typeof house>>, 'signIn' | 'context'>, username: string) {
  const exchange = parts.signIn.start('SCRAM-SHA-256', parts.context())
  assert.ok('step' in exchange)
  const step = await exchange.step(scram({ username }).first())
  assert.ok(step.kind === 'challenge')
  return Buffer.from(step.data)
    .toString()
    .replace(/^r=[^,]*/, 'r=…')
}

test('unknown names look like accounts, and still the same after a restart', async t => {
  const before = await house(t)
  await admit(before.accounts, 'nurse')
  const secret = new Uint8Array(32).fill(7)
  const first = await house(t, { signIn: { secret } })
  const second = await house(t, { signIn: { secret } })
  const stranger = await greeting(first, 'potpan')
  assert.equal(stranger, await greeting(first, 'potpan'))
  assert.equal(stranger, await greeting(first, 'Potpan'))
  assert.equal(stranger, await greeting(second, 'potpan'))
  assert.notEqual(stranger, await greeting(first, 'gregory'))
  assert.notEqual(stranger, await greeting(before, 'potpan'))
  const shape = (text: string) => text.replace(/s=[A-Za-z0-9+/]{22}==,/, 's=…,')
  assert.equal(shape(stranger), shape(await greeting(before, 'nurse')))
})

test('the secret behind unknown names is kept with the database', async t => {
  const { db, accounts, context, signIn } = await house(t)
  const again = new SignIn({
    accounts,
    work: new PasswordWork({ iterations: fewRounds }),
    secret: await serviceKey(db, 'unknown names', 32),
  })
  assert.equal(await greeting({ signIn, context }, 'potpan'), await greeting({ signIn: again, context }, 'potpan'))
})

test('unknown names show the rounds of older accounts as often as accounts do, and move on with them', async t => {
  const secret = new Uint8Array(32).fill(9)
  const { accounts } = await house(t)
  const names = Array.from({ length: 1000 }, (_, n) => `name${n}`)
  const invented = async (older: number) => {
    const candidates = new Candidates({
      accounts,
      secret,
      iterations: 10_000,
      iterationCounts: [
        [10_000, 100 - older],
        [4096, older],
      ],
    })
    const found = await Promise.all(names.map(name => candidates.find(name, capulet, ['SHA-256'])))
    return found.map(one => one.verifier)
  }
  const many = await invented(60)
  const few = await invented(20)
  const share = (all: typeof many) => all.filter(one => one.iterations === 4096).length
  assert.ok(Math.abs(share(many) - 600) < 60, `${share(many)}`)
  assert.ok(Math.abs(share(few) - 200) < 60, `${share(few)}`)
  for (const [n, one] of few.entries()) {
    if (one.iterations === 4096) assert.equal(many[n]!.iterations, 4096)
    const same = Buffer.from(one.salt).equals(many[n]!.salt)
    assert.equal(same, one.iterations === many[n]!.iterations)
  }
})

test('names that exist and names that do not cost the same queries, which read as much', async t => {
  const { accounts, db, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  const asked: string[] = []
  for (const method of ['get', 'all'] as const) {
    const real = db[method].bind(db)
    const noted = async (sql: string, params: []) => {
      const read = await real(sql, params)
      asked.push(`${sql}: ${Array.isArray(read) ? read.length : read !== undefined}`)
      return read
    }
    Object.assign(db, { [method]: noted })
  }
  const cost = async (client: ScramClient | PlainClient) => {
    asked.length = 0
    assert.equal(outcome(await run(signIn, client, context())), 'not-authorized')
    return [...asked]
  }
  for (const by of [scram, plain]) {
    const known = await cost(by({ password: 'wrong' }))
    assert.ok(known.length > 0)
    assert.deepEqual(await cost(by({ username: 'potpan' })), known)
  }
})

test('a password that changed, or an account that went, during the exchange lets nobody in', async t => {
  const { accounts, signIn, context } = await house(t)
  const nurse = jid('nurse@capulet.lit')
  const begin = async () => {
    const client = scram()
    const exchange = signIn.start(client.mechanism, context())
    assert.ok('step' in exchange)
    return { client, exchange, step: await exchange.step(client.first()) }
  }
  await admit(accounts, 'nurse')
  await admit(accounts, 'peter')
  const one = await begin()
  await accounts.setPassword(jid('peter@capulet.lit'), 'another', 'operator')
  assert.equal(outcome(await finish(one.exchange, one.client, one.step)), 'nurse')
  const two = await begin()
  await accounts.setPassword(nurse, 'another', 'operator')
  assert.equal(outcome(await finish(two.exchange, two.client, two.step)), 'not-authorized')
  await accounts.setPassword(nurse, 'pencil', 'operator')
  const three = await begin()
  await accounts.remove(nurse)
  assert.equal(outcome(await finish(three.exchange, three.client, three.step)), 'not-authorized')
})

test('failed attempts use up the allowance of an account in one network; others go on', async t => {
  let now = 0
  const attempts = new Attempts({ now: () => now, account: { burst: 3, per: 'minute', by: 'account and network' } })
  const { accounts, signIn, context } = await house(t, { signIn: { attempts } })
  await admit(accounts, 'nurse')
  await admit(accounts, 'peter')
  const from = (network: string, password = 'pencil', username = 'nurse') =>
    run(signIn, scram({ username, password }), context({ network })).then(outcome)
  for (let n = 0; n < 10; n++) assert.equal(await from('home'), 'nurse')
  for (let n = 0; n < 3; n++) assert.equal(await from('home', 'guess'), 'not-authorized')
  assert.equal(await from('home', 'guess'), 'temporary-auth-failure')
  assert.equal(await from('home'), 'temporary-auth-failure')
  assert.equal(await from('abroad'), 'nurse')
  assert.equal(await from('home', 'pencil', 'peter'), 'peter')
  for (let n = 0; n < 3; n++) assert.equal(await from('home', 'guess', 'potpan'), 'not-authorized')
  assert.equal(await from('home', 'guess', 'potpan'), 'temporary-auth-failure')
  now += 20_000
  assert.equal(await from('home'), 'nurse')
  const unlimited = context()
  for (let n = 0; n < 5; n++)
    assert.equal(outcome(await run(signIn, scram({ password: 'guess' }), unlimited)), 'not-authorized')
})

test('too many passwords to hash: try again later, and the attempt is not counted', async t => {
  const work = new PasswordWork({ iterations: fewRounds, parallel: 1, waiting: 0 })
  const attempts = new Attempts({ now: () => 0, account: { burst: 2, per: 'minute', by: 'account and network' } })
  const { accounts, signIn, context } = await house(t, { signIn: { work, attempts } })
  await admit(accounts, 'nurse')
  const four = [1, 2].map(() => run(signIn, plain(), context({ network: 'home' })).then(outcome))
  assert.deepEqual((await Promise.all(four)).sort(), ['nurse', 'temporary-auth-failure'])
  assert.equal(outcome(await run(signIn, plain(), context({ network: 'home' }))), 'nurse')
})

test('a store that fails lets nobody in, and is reported', async t => {
  const faults: unknown[] = []
  const { accounts, signIn, context } = await house(t, { signIn: { onFault: fault => faults.push(fault) } })
  const fault = new Error('the disk is gone')
  Object.assign(accounts, { credentials: () => Promise.reject(fault) })
  assert.equal(outcome(await run(signIn, scram(), context())), 'temporary-auth-failure')
  assert.deepEqual(faults, [fault])
})

test('whatever bytes arrive: a challenge or a failure, never an error and never a way in', async t => {
  const { accounts, signIn, context } = await house(t, { signIn: { tokens: new FastTokens({ now: () => 0 }) } })
  await admit(accounts, 'nurse')
  const own = context({ clientId: 'c', fast: {} })
  const mechanism = fc.constantFrom(...own.offer.mechanisms, ...own.offer.fastMechanisms)
  const snippet = fc.constantFrom(
    'n,,',
    'p=tls-exporter,,',
    'n=nurse',
    ',r=',
    'abc',
    'c=biws',
    ',p=',
    '=2C',
    '=',
    ',',
    '\0',
  )
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary' }).map(text => Buffer.from(text)),
    fc.array(snippet, { maxLength: 8 }).map(parts => Buffer.from(parts.join(''))),
  )
  await fc.assert(
    fc.asyncProperty(mechanism, message, message, async (name, one, two) => {
      const exchange = signIn.start(name, own)
      assert.ok('step' in exchange)
      for (const data of [one, two]) assert.notEqual((await exchange.step(data)).kind, 'success')
    }),
    { numRuns: 500 },
  )
})
