import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ScramClient, type ScramClientOptions } from '../../../tests/kit/scram-client.ts'
import { admit, bindings, capulet, house, outcome, run } from '../../../tests/kit/sign-in.ts'
import type { HashName } from '../credentials.ts'
import { PasswordWork } from '../credentials.ts'
import { Candidates } from './candidates.ts'
import { downgradeHash, ScramExchange } from './scram.ts'
import type { SignInContext } from './types.ts'

const all = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1'] as const
const nurse = { username: 'nurse', password: 'pencil' }

test('every mechanism signs in, proves the server, and reveals the ClientKey of its hash', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  for (const mechanism of all) {
    const types = mechanism.endsWith('PLUS') ? (['tls-exporter', 'tls-server-end-point'] as const) : [undefined]
    for (const type of types) {
      const own = context()
      const client = new ScramClient({
        mechanism,
        ...nurse,
        advertised: own.offer,
        ...(type === undefined ? {} : { flag: `p=${type}`, bindingData: bindings[type]() }),
      })
      const signedIn = await run(signIn, client, own)
      assert.equal(outcome(signedIn), 'nurse', `${mechanism} ${type}`)
      if (!('account' in signedIn)) continue
      assert.equal(signedIn.mechanism, mechanism)
      const found = await accounts.credentials('nurse', capulet)
      const { hash, key } = signedIn.clientKey!
      const verifier = found!.verifiers.find(one => one.hash === hash)!
      const algorithm = hash === 'SHA-1' ? 'sha1' : 'sha256'
      assert.deepEqual(createHash(algorithm).update(key).digest(), Buffer.from(verifier.storedKey))
    }
  }
})

interface Published {
  readonly hash: HashName
  readonly salt: string
  readonly client: string
  readonly server: string
  readonly proof: string
  readonly signature: string
}

const published: readonly (readonly [string, Published])[] = [
  [
    'RFC 5802 §5',
    {
      hash: 'SHA-1',
      salt: 'QSXCR+Q6sek8bf92',
      client: 'fyko+d2lbbFgONRv9qkxdawL',
      server: '3rfcNHYJY1ZVvWVs7j',
      proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    },
  ],
  [
    'RFC 7677 §3',
    {
      hash: 'SHA-256',
      salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
      client: 'rOprNGfwEbeRWgbNEkqO',
      server: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
      proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    },
  ],
]

for (const [title, example] of published)
  test(`${title}: the published exchange, word for word but for the downgrade protection`, async t => {
    const { store, accounts } = await house(t)
    const work = new PasswordWork({ iterations: 4096 })
    const verifier = await work.derive(example.hash, Buffer.from('pencil'), Buffer.from(example.salt, 'base64'), 4096)
    assert.ok(verifier !== 'busy')
    await store.create({ id: 1, localpart: 'user', domain: capulet, created: '2026-11-22' }, [verifier])
    const candidates = new Candidates({ accounts, secret: Buffer.alloc(32), iterations: 4096 })
    const offer = { mechanisms: [], fastMechanisms: [], channelBindingTypes: [] }
    const exchange = new ScramExchange(
      `SCRAM-${example.hash}`,
      example.hash,
      { domain: capulet, secure: true, offer },
      { candidates, admit: () => undefined, nonce: () => example.server },
    )
    const first = await exchange.step(Buffer.from(`n,,n=user,r=${example.client}`))
    assert.ok(first.kind === 'challenge')
    const nonce = example.client + example.server
    const h = downgradeHash(example.hash, offer)
    assert.equal(Buffer.from(first.data).toString(), `r=${nonce},s=${example.salt},i=4096${h}`)
    // The added attribute is signed like everything else, so the published proof has to fail.
    const last = await exchange.step(Buffer.from(`c=biws,r=${nonce},p=${example.proof}`))
    assert.equal(last.kind === 'failure' && last.failure.condition, 'not-authorized')
  })

test('XEP-0474#example: the hash over mechanisms and channel bindings', () => {
  const offer = {
    mechanisms: ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1'],
    fastMechanisms: ['HT-SHA-256-NONE'],
    channelBindingTypes: ['tls-server-end-point', 'tls-exporter'],
  } as const
  assert.equal(downgradeHash('SHA-1', offer), ',h=G6k/rBLDqgOhRRaCuuatSDFkJ08=')
  const plain = createHash('sha256').update('PLAIN\x1eSCRAM-SHA-256').digest('base64')
  const unbound = { mechanisms: ['SCRAM-SHA-256', 'PLAIN'], fastMechanisms: [], channelBindingTypes: [] }
  assert.equal(downgradeHash('SHA-256', unbound), `,h=${plain}`)
})

const sha256 = { mechanism: 'SCRAM-SHA-256', ...nurse }
const plus = { mechanism: 'SCRAM-SHA-256-PLUS', ...nurse, bindingData: bindings['tls-exporter']() }

/** What a client does, what connection it has, and how that has to end. */
const table: readonly (readonly [string, ScramClientOptions, string, Partial<SignInContext>?])[] = [
  ['the right password', sha256, 'nurse'],
  ['a wrong password', { ...sha256, password: 'pencils' }, 'not-authorized'],
  ['an unknown name', { ...sha256, username: 'potpan' }, 'not-authorized'],
  ['a name in capitals', { ...sha256, username: 'Nurse' }, 'nurse'],
  ['the whole address as the name', { ...sha256, username: 'nurse@capulet.lit' }, 'nurse'],
  ['an address of another domain as the name', { ...sha256, username: 'nurse@montague.lit' }, 'not-authorized'],
  ['an address of another domain just as long', { ...sha256, username: 'nurse@capulet.lot' }, 'not-authorized'],
  ['a name that cannot be one', { ...sha256, username: 'the nurse' }, 'not-authorized'],
  ['an escaped comma and equals sign in the name', { ...sha256, username: 'n,=urse' }, 'not-authorized'],
  ['her own address as authzid', { ...sha256, authzid: 'nurse@capulet.lit' }, 'nurse'],
  ['her own address as authzid, in capitals', { ...sha256, authzid: 'Nurse@Capulet.LIT' }, 'nurse'],
  ['the address of another as authzid', { ...sha256, authzid: 'juliet@capulet.lit' }, 'invalid-authzid'],
  ['a full address as authzid', { ...sha256, authzid: 'nurse@capulet.lit/home' }, 'invalid-authzid'],
  ['a domain as authzid', { ...sha256, authzid: 'capulet.lit' }, 'invalid-authzid'],
  ['no client nonce', { ...sha256, nonce: '' }, 'malformed-request'],
  ['a nonce with a space', { ...sha256, nonce: 'a b' }, 'malformed-request'],
  ['an endless nonce', { ...sha256, nonce: 'x'.repeat(513) }, 'malformed-request'],
  ['an optional extension', { ...sha256, firstExtension: ',x=y' }, 'nurse'],
  ['an extension without a value', { ...sha256, firstExtension: ',x=' }, 'malformed-request'],
  ['a flag of y where binding is offered', { ...sha256, flag: 'y' }, 'malformed-request'],
  [
    'a flag of y where binding is not offered',
    { ...sha256, flag: 'y' },
    'nurse',
    { offer: { mechanisms: ['SCRAM-SHA-256'], fastMechanisms: [], channelBindingTypes: [] } },
  ],
  ['a flag of p without -PLUS', { ...sha256, flag: 'p=tls-exporter' }, 'malformed-request'],
  ['an unknown flag', { ...sha256, flag: 'F' }, 'malformed-request'],
  ['the right channel', plus, 'nurse'],
  ['another channel', { ...plus, bindingData: Buffer.from('of the man in the middle') }, 'not-authorized'],
  ['the data of another type', { ...plus, flag: 'p=tls-server-end-point' }, 'not-authorized'],
  ['a type that is not there', { ...plus, flag: 'p=tls-unique' }, 'malformed-request'],
  ['a type from the prototype of objects', { ...plus, flag: 'p=constructor' }, 'malformed-request'],
  ['-PLUS with a flag of n', { ...plus, flag: 'n' }, 'malformed-request'],
  ['-PLUS with a flag of y', { ...plus, flag: 'y' }, 'malformed-request'],
  ['a mechanism that is not offered', { ...sha256, mechanism: 'SCRAM-SHA-512' }, 'invalid-mechanism'],
  ['a mechanism in small letters', { ...sha256, mechanism: 'scram-sha-256' }, 'invalid-mechanism'],
  ['no TLS', sha256, 'encryption-required', { secure: false }],
]

const changes: readonly (readonly [string, (final: string) => string, string])[] = [
  ['a proof with one bit changed', final => flipped(final), 'not-authorized'],
  ['a short proof', final => final.replace(/p=.*/, 'p=AAAA'), 'malformed-request'],
  ['a proof that is not base64', final => final.replace(/p=.*/, 'p=%%%%'), 'malformed-request'],
  ['a proof without its padding', final => final.replace(/=+$/, ''), 'malformed-request'],
  ['no proof', final => final.replace(/,p=.*/, ''), 'malformed-request'],
  ['two proofs', final => `${final},${final.slice(final.indexOf('p='))}`, 'malformed-request'],
  ['something after the proof', final => `${final},x=y`, 'malformed-request'],
  ['another header', final => final.replace('c=biws', 'c=eSws'), 'not-authorized'],
  ['another nonce', final => final.replace(/r=./, 'r=#'), 'malformed-request'],
  ['a nonce cut short', final => final.replace(/(r=[^,]*)[^,],/, '$1,'), 'malformed-request'],
  ['a mandatory extension', final => final.replace(',p=', ',m=1,p='), 'malformed-request'],
  ['a mandatory extension at the start', final => `m=1,${final}`, 'malformed-request'],
  ['an extension that was not signed', final => final.replace(',p=', ',x=1,p='), 'not-authorized'],
  ['the parts in another order', final => final.replace(/^(c=[^,]*),(r=[^,]*)/, '$2,$1'), 'malformed-request'],
  ['nothing', () => '', 'malformed-request'],
  ['a NUL', final => `${final}\0`, 'malformed-request'],
  ['a line break', final => `${final}\n`, 'malformed-request'],
  ['a huge message', final => final + 'A'.repeat(9000), 'malformed-request'],
]

test('who gets in and who does not', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  await admit(accounts, 'juliet')
  const rows = [
    ...table,
    ...changes.map(([title, tamper, end]) => [`final message: ${title}`, { ...sha256, tamper }, end] as const),
  ]
  for (const [title, options, expected, more] of rows)
    assert.equal(outcome(await run(signIn, new ScramClient(options), context(more))), expected, title)
})

const firsts: readonly string[] = [
  '',
  'n',
  'n,',
  'n,,',
  'n,,n=nurse',
  'n,,r=abc',
  'n,,r=abc,n=nurse',
  'n,,n=,r=abc',
  'n,,n=nu=rse,r=abc',
  'n,,n=nurse=2c,r=abc',
  'n,,n=nurse=,r=abc',
  'n,,m=x,n=nurse,r=abc',
  'n,,n=nurse,r=abc,m=x',
  'n,,n=nurse,r=abc,',
  'n,a=,n=nurse,r=abc',
  'n,a=nurse=2,n=nurse,r=abc',
  'n,b=nurse,n=nurse,r=abc',
  'p=,,n=nurse,r=abc',
  'p=tls exporter,,n=nurse,r=abc',
  'p,,n=nurse,r=abc',
  'y=1,,n=nurse,r=abc',
  'n=nurse,r=abc',
  'n,,n=nurse,r=ab\u007fc',
  'n,,n=nurse,r=äbc',
  `n,,n=${'x'.repeat(9000)},r=abc`,
]

test('malformed first messages are refused without a look at the account', async t => {
  const { signIn, context } = await house(t)
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS'])
    for (const first of [...firsts.map(text => Buffer.from(text)), Buffer.from([0x6e, 0x2c, 0x2c, 0xff])]) {
      const exchange = signIn.start(mechanism, context())
      assert.ok('step' in exchange)
      const step = await exchange.step(first)
      assert.equal(step.kind === 'failure' && step.failure.condition, 'malformed-request', first.toString())
    }
})

test('XEP-0474: a client notices that a mechanism was struck from the list', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  const own = context()
  const advertised = { ...own.offer, mechanisms: own.offer.mechanisms.filter(name => !name.endsWith('-PLUS')) }
  await assert.rejects(run(signIn, new ScramClient({ ...sha256, advertised }), own), /altered on the way/)
})

test('a message too many ends nothing but the exchange', async t => {
  const { accounts, signIn, context } = await house(t)
  await admit(accounts, 'nurse')
  const client = new ScramClient(sha256)
  const exchange = signIn.start(client.mechanism, context())
  assert.ok('step' in exchange)
  const [first, second] = await Promise.all([exchange.step(client.first()), exchange.step(client.first())])
  assert.equal(first.kind, 'challenge')
  assert.equal(second.kind, 'failure')
})

function flipped(final: string): string {
  const at = final.indexOf('p=') + 2
  const proof = Buffer.from(final.slice(at), 'base64')
  proof[0]! ^= 1
  return final.slice(0, at) + proof.toString('base64')
}
