import type { TestContext } from 'node:test'
import { accountStore, iterationCounts } from '../../src/accounts/account-store.ts'
import { type AccountStore, Accounts, type AccountsParts } from '../../src/accounts/accounts.ts'
import { PasswordWork } from '../../src/accounts/credentials.ts'
import { serviceKey } from '../../src/accounts/service-keys.ts'
import { SignIn, type SignInParts } from '../../src/accounts/sign-in/sign-in.ts'
import type {
  ChannelBindings,
  Exchange,
  Failure,
  SignedIn,
  SignInContext,
  Step,
} from '../../src/accounts/sign-in/types.ts'
import { accountsTable, accountTables, documentsTable, storeFiles } from '../../src/accounts/tables.ts'
import { catalogue, schemaOf } from '../../src/privacy/catalogue.ts'
import { type BareJid, parseBareJid } from '../../src/protocol/jid.ts'
import { backends } from '../../src/storage/contract/backends.ts'
import type { Database } from '../../src/storage/database.ts'
import type { SaslClient } from './scram-client.ts'

const kept = catalogue({
  accounts: accountsTable,
  documents: documentsTable,
  tables: accountTables,
  collections: [],
  files: [storeFiles],
})

/** Few rounds: these tests are about who gets in, not about how long it takes. The least that clients accept. */
export const fewRounds = 4096

export const capulet = 'capulet.lit'

/** The channel of every test connection. */
export const bindings = {
  'tls-exporter': () => Buffer.from('exported by the channel of this test'),
  'tls-server-end-point': () => Buffer.from('hash of the certificate of this test'),
} satisfies ChannelBindings

export interface House {
  readonly db: Database
  readonly store: AccountStore
  readonly accounts: Accounts
  readonly signIn: SignIn
  /** The connection of a client inside TLS. */
  context(more?: Partial<SignInContext>): SignInContext
}

/** A database of its own with accounts on capulet.lit, and the door to it. */
export async function house(
  t: TestContext,
  more: { readonly accounts?: Partial<AccountsParts>; readonly signIn?: Partial<SignInParts> } = {},
): Promise<House> {
  const { db, end } = await backends[0]!.fresh(schemaOf(kept))
  t.after(end)
  const work = new PasswordWork({ iterations: fewRounds })
  const store = accountStore(db, kept)
  const accounts = new Accounts({
    store,
    work,
    domains: new Set([capulet]),
    today: () => '2026-11-22',
    ...more.accounts,
  })
  const signIn = new SignIn({
    accounts,
    work,
    secret: await serviceKey(db, 'unknown names', 32),
    iterationCounts: await iterationCounts(db),
    onFault: fault => {
      throw fault
    },
    ...more.signIn,
  })
  const connection = { secure: true, channelBindings: bindings }
  return {
    db,
    store,
    accounts,
    signIn,
    context: changed => ({ domain: capulet, ...connection, offer: signIn.offer(connection), ...changed }),
  }
}

export function jid(text: string): BareJid {
  const parsed = parseBareJid(text)
  if (parsed === undefined) throw new Error(`${text} is no bare JID.`)
  return parsed
}

/** Makes an account; its password is 'pencil' unless told otherwise. */
export async function admit(accounts: Accounts, localpart: string, password = 'pencil'): Promise<void> {
  const made = await accounts.create(jid(`${localpart}@${capulet}`), password, 'operator')
  if (!made.done) throw new Error(made.tell)
}

/** Lets a client sign in to its end; what the server proves is checked. */
export async function run(
  signIn: SignIn,
  client: SaslClient,
  context: SignInContext,
): Promise<SignedIn | { readonly failure: Failure }> {
  const exchange = signIn.start(client.mechanism, context)
  if ('condition' in exchange) return { failure: exchange }
  return finish(exchange, client, await exchange.step(client.first()))
}

/** Goes on from a step. */
export async function finish(
  exchange: Exchange,
  client: SaslClient,
  step: Step,
): Promise<SignedIn | { readonly failure: Failure }> {
  if (step.kind === 'failure') return { failure: step.failure }
  if (step.kind === 'challenge') return finish(exchange, client, await exchange.step(client.respond(step.data)))
  client.finish(step.signedIn.additionalData)
  return step.signedIn
}

/** How a sign-in ended: the account's name, or the condition of its failure. */
export function outcome(result: SignedIn | { readonly failure: Failure }): string {
  return 'failure' in result ? result.failure.condition : result.account.localpart
}
