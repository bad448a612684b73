import { randomBytes } from 'node:crypto'
import { Allowance, limits } from '../operations/limits.ts'
import { daysBefore } from '../privacy/day.ts'
import { type BareJid, bareJid, domainOf, localpartOf, registrable } from '../protocol/jid.ts'
import { type Derived, type PasswordWork, passwordBytes, type Verifier } from './credentials.ts'

export type { PublicSeal } from '../seals/epochs.ts'

/** A UTC date, 'YYYY-MM-DD': nothing finer is kept of when something happened. */
export type Day = string

export interface Account {
  /** Random, 52 bits: says nothing about the order of sign-ups, and is never used again. */
  readonly id: number
  readonly localpart: string
  readonly domain: string
  readonly created: Day
}

export interface Credentials {
  readonly account: Account
  readonly verifiers: readonly Verifier[]
}

/** What is kept of a password, with what opens keys until it is kept. */
export type NewVerifier = Verifier & Partial<Pick<Derived, 'clientKey'>>

/** What becomes of the keys that the old password opened. */
export interface Rewrapping {
  /** Those that are open now stay: it is their owner who asks. */
  readonly keep?: boolean
  /** A recovery code, which opens them without the old password. */
  readonly code?: string
}

/** `lost`: what was sealed so far opens at most with a recovery code. */
export type VerifiersSet = 'kept' | 'lost' | 'wrong code' | 'unknown'

/** Keeps accounts; what a promise resolves with is on disk. */
export interface AccountStore {
  find(localpart: string, domain: string): Promise<Account | undefined>
  credentials(localpart: string, domain: string): Promise<Credentials | undefined>
  /** False if the name is taken, or was that of an account that was erased: then nothing was written. */
  create(account: Account, verifiers: readonly NewVerifier[]): Promise<boolean>
  /** `unknown` if there is no such account (any more), `wrong code` if a code opens nothing: then nothing was written. */
  setVerifiers(account: number, verifiers: readonly NewVerifier[], how?: Rewrapping): Promise<VerifiersSet>
  /** From now on nobody can sign in to the account; from the day on it is to be erased. False if there was none. */
  depart(account: number, due: Day): Promise<boolean>
  /** The account stays after all. False if it was not leaving. */
  stay(account: number): Promise<boolean>
  departures(): Promise<readonly { readonly account: number; readonly due: Day }[]>
  /** The day from which on an account is to be erased, if it is leaving. */
  departureOf(account: number): Promise<Day | undefined>
  /** Erases the account and everything the catalogue lists under it; its name is never given out again. False if there was none. */
  erase(account: number): Promise<boolean>
  /** Whether an account of this name was erased. */
  isErased(localpart: string, domain: string): Promise<boolean>
  withId(account: number): Promise<Account | undefined>
  list(domain?: string): Promise<readonly Account[]>
}

/**
 * Who chooses a name and a password: people are held to rules that the operator may set aside. `guest`: somebody who was sent
 * a link, which proves less than a sign-in, and opens nothing that is sealed.
 */
export type ChosenBy = 'operator' | 'owner' | 'guest'

export type Refusal = {
  readonly done: false
  readonly because: 'taken' | 'erased' | 'not allowed' | 'too short' | 'busy' | 'unknown' | 'wrong code' | 'too often'
  readonly tell: string
}
export type Created = { readonly done: true; readonly account: Account } | Refusal
export type Changed = { readonly done: true } | Refusal

/** `lost`: the messages that were sealed so far open at most with a recovery code. */
export type PasswordSet = { readonly done: true; readonly history: 'kept' | 'lost' } | Refusal

/** `due`: the account can no longer sign in, and is erased on that day; without it that has been done. */
export type Removed = { readonly done: true; readonly due?: Day } | Refusal

export interface AccountEvents {
  created(account: Account): void | Promise<void>
  /** The account can no longer sign in, and will be erased on a day to come: end its sessions. */
  suspended(account: Account): void | Promise<void>
  /** The account was to be erased on a day to come, and stays. */
  restored(account: Account): void | Promise<void>
  /** The account can no longer sign in and is about to be erased: end its sessions. Awaited before anything is erased. */
  leaving(account: Account): void | Promise<void>
  /** Everything about the account is erased. */
  removed(account: Account): void | Promise<void>
  /** Verifiers are for use during the call only. `clientKeys`: of the new password, never to be kept. */
  passwordChanged(account: Account, keys: readonly Derived[]): void | Promise<void>
}

export interface AccountsParts {
  readonly store: AccountStore
  readonly work: PasswordWork
  /** The domains that accounts can be made under. */
  readonly domains: { has(domain: string): boolean }
  readonly today: () => Day
  /** Days between the wish to leave and the erasure, in which one can think again; default 0. */
  readonly graceDays?: number
  /** Told of listeners that failed where an account leaves: it is erased all the same. */
  readonly onFault?: (fault: unknown) => void
  /** Fewest characters of a password that its owner chooses; default 8. */
  readonly shortestPassword?: number
  /** Accounts remembered to spare lookups; default 20,000. */
  readonly remembered?: number
}

/** Accounts that recovery codes were tried for lately; beyond it the longest untouched are forgotten. */
const maxCodeAttempts = 10_000

type Listeners = { readonly [E in keyof AccountEvents]: Set<AccountEvents[E]> }

/** The accounts of this server. Every change goes through here, so that what is remembered is never stale. */
export class Accounts {
  readonly #parts: AccountsParts
  readonly #remembered = new Map<string, Account>()
  readonly #leaving = new Set<string>()
  readonly #listeners: Listeners = {
    created: new Set(),
    suspended: new Set(),
    restored: new Set(),
    leaving: new Set(),
    removed: new Set(),
    passwordChanged: new Set(),
  }
  readonly #codeAttempts = new Map<number, Allowance>()
  readonly #erasing = new Set<Promise<Removed>>()
  #changes = 0

  constructor(parts: AccountsParts) {
    this.#parts = parts
  }

  /** Grows whenever an account is removed or gets another password. */
  get changes(): number {
    return this.#changes
  }

  serves(domain: string): boolean {
    return this.#parts.domains.has(domain)
  }

  /** Calls back at each such event until the returned function is called. */
  on<E extends keyof AccountEvents>(event: E, listener: AccountEvents[E]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** The account of a prepared name, remembered from earlier lookups where possible. */
  find(localpart: string, domain: string): Account | undefined | Promise<Account | undefined> {
    const key = `${localpart}@${domain}`
    if (this.#leaving.has(key)) return undefined
    const known = this.#remembered.get(key)
    if (known === undefined) return this.#look(key, localpart, domain)
    this.#remembered.delete(key)
    this.#remembered.set(key, known)
    return known
  }

  /** The account of an address. */
  findJid(jid: BareJid): Account | undefined | Promise<Account | undefined> {
    return this.find(localpartOf(jid), domainOf(jid))
  }

  /**
   * Account and verifiers, for checking a sign-in. Always asks the store: an answer from memory would come faster for
   * accounts than for names that do not exist, and so tell which is which.
   */
  async credentials(localpart: string, domain: string): Promise<Credentials | undefined> {
    const found = await this.#parts.store.credentials(localpart, domain)
    return this.#leaving.has(`${localpart}@${domain}`) ? undefined : found
  }

  /** All accounts, or those of one domain. */
  list(domain?: string): Promise<readonly Account[]> {
    return this.#parts.store.list(domain)
  }

  /** Makes an account with its verifiers for every hash. */
  async create(jid: BareJid, password: string, by: ChosenBy): Promise<Created> {
    const localpart = localpartOf(jid)
    const domain = domainOf(jid)
    if (!this.serves(domain)) return notServed(domain)
    const fit = registrable(localpart)
    if (fit !== true) return refuse('not allowed', fit)
    const bytes = this.#password(password, by)
    if ('because' in bytes) return bytes
    if ((await this.#parts.store.find(localpart, domain)) !== undefined) return taken
    const verifiers = await this.#parts.work.verifiers(bytes)
    if (verifiers === 'busy') return busy
    const account = { id: randomId(), localpart, domain, created: this.#parts.today() }
    if (this.#leaving.has(jid)) return taken
    if (!this.serves(domain)) return notServed(domain)
    const isMade = await this.#parts.store.create(account, verifiers)
    for (const { clientKey } of verifiers) clientKey.fill(0)
    if (!isMade) {
      // A stranger is not told that there was once somebody of this name.
      return by === 'operator' && (await this.#parts.store.isErased(localpart, domain)) ? erased : taken
    }
    await this.#tell('created', account)
    return { done: true, account }
  }

  /**
   * Gives an account a new password; tokens and the like that came from the old one have to end with the event. Its history
   * stays readable if its owner, who is signed in, does it, or with the recovery code.
   */
  async setPassword(jid: BareJid, password: string, by: ChosenBy, recoveryCode?: string): Promise<PasswordSet> {
    const bytes = this.#password(password, by)
    if ('because' in bytes) return bytes
    const account = await this.findJid(jid)
    if (account === undefined) return unknown
    const attempt = recoveryCode === undefined ? undefined : this.#codeAttempt(account.id)
    if (attempt === 'too often') return tooOften
    const keys = await this.#parts.work.verifiers(bytes)
    if (keys === 'busy') return busy
    const code = recoveryCode === undefined ? {} : { code: recoveryCode }
    const history = await this.#parts.store.setVerifiers(account.id, keys, { keep: by === 'owner', ...code })
    if (history === 'unknown') return unknown
    if (history === 'wrong code') return wrongCode
    attempt?.giveBack()
    this.#changes++
    await this.#tell('passwordChanged', account, keys)
    for (const { clientKey } of keys) clientKey.fill(0)
    return { done: true, history }
  }

  /**
   * Ends an account: from the call on nobody can sign in to it, and its sessions end. Everything about it is erased after
   * the grace period; at once where there is none, or with `now`. Once decided it happens: where it cannot be done, or the process
   * ends, `finishRemovals` does it later.
   */
  async remove(jid: BareJid, { now = false }: { readonly now?: boolean } = {}): Promise<Removed> {
    const account = await this.findJid(jid)
    if (account === undefined || this.#leaving.has(jid)) return unknown
    const { store, today, graceDays = 0 } = this.#parts
    if (now || graceDays === 0) return this.#erase(account, jid)
    const due = (await store.departureOf(account.id)) ?? daysBefore(today(), -graceDays)
    if (!(await store.depart(account.id, due))) return unknown
    this.#changes++
    await this.#tell('suspended', account)
    return { done: true, due }
  }

  /** Lets an account stay that was to be erased after the grace period. */
  async restore(jid: BareJid): Promise<Changed> {
    const account = await this.findJid(jid)
    if (account === undefined) return unknown
    if (!(await this.#parts.store.stay(account.id))) return staying
    await this.#tell('restored', account)
    return { done: true }
  }

  /** The account with that number. */
  withId(id: number): Promise<Account | undefined> {
    return this.#parts.store.withId(id)
  }

  /** The day from which on an account is erased; undefined if it is to stay. */
  leavesOn(account: Account): Promise<Day | undefined> {
    return this.#parts.store.departureOf(account.id)
  }

  /** Erases the accounts whose day has come, those included whose erasure was interrupted. */
  async finishRemovals(today: Day): Promise<void> {
    const { store } = this.#parts
    for (const { account: id, due } of await store.departures()) {
      const account = due <= today ? await store.withId(id) : undefined
      if (account !== undefined) await this.#erase(account, jidOf(account))
    }
  }

  /** Resolves when no erasure is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#erasing)
  }

  #erase(account: Account, jid: BareJid): Promise<Removed> {
    const erasing = this.#eraseNow(account, jid).finally(() => this.#erasing.delete(erasing))
    this.#erasing.add(erasing)
    return erasing
  }

  async #eraseNow(account: Account, jid: BareJid): Promise<Removed> {
    const { store, onFault } = this.#parts
    this.#leaving.add(jid)
    this.#remembered.delete(jid)
    this.#changes++
    try {
      if (!(await store.depart(account.id, atOnce))) return unknown
      await this.#tell('leaving', account).catch(fault => onFault?.(fault))
      if (!(await store.erase(account.id))) return unknown
    } finally {
      this.#leaving.delete(jid)
      this.#remembered.delete(jid)
      this.#changes++
    }
    await this.#tell('removed', account)
    return { done: true }
  }

  async #look(key: string, localpart: string, domain: string): Promise<Account | undefined> {
    const before = this.#changes
    const found = await this.#parts.store.find(localpart, domain)
    if (this.#leaving.has(key)) return undefined
    if (found !== undefined && before === this.#changes) this.#remember(key, found)
    return found
  }

  #remember(key: string, account: Account): void {
    this.#remembered.set(key, account)
    if (this.#remembered.size <= (this.#parts.remembered ?? 20_000)) return
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest)
      return
    }
  }

  /** Taken before the code is looked at, so that many at once cannot pass together. */
  #codeAttempt(account: number): Allowance | 'too often' {
    const now = performance.now()
    const allowance = this.#codeAttempts.get(account) ?? new Allowance(limits.recoveryCode, now)
    this.#codeAttempts.delete(account)
    this.#codeAttempts.set(account, allowance)
    const [oldest] = this.#codeAttempts.size > maxCodeAttempts ? this.#codeAttempts.keys() : []
    if (oldest !== undefined) this.#codeAttempts.delete(oldest)
    return allowance.take(now) ? allowance : 'too often'
  }

  #password(password: string, by: ChosenBy): Buffer | Refusal {
    const shortest = by === 'operator' ? 1 : (this.#parts.shortestPassword ?? 8)
    if ([...password].length < shortest) {
      return refuse('too short', `A password needs at least ${shortest} characters.`)
    }
    return (
      passwordBytes(password) ??
      refuse('not allowed', 'This password contains characters that cannot be used, or is too long (1024 bytes).')
    )
  }

  async #tell<E extends keyof AccountEvents>(event: E, ...args: Parameters<AccountEvents[E]>): Promise<void> {
    const listeners = this.#listeners[event] as ReadonlySet<
      (...args: Parameters<AccountEvents[E]>) => void | Promise<void>
    >
    const told = await Promise.allSettled([...listeners].map(async listener => listener(...args)))
    const failed = told.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** The address of an account. */
export function jidOf(account: Account): BareJid {
  const jid = bareJid(account.localpart, account.domain)
  if (jid === undefined) throw new Error('A stored account has a name that is no address.')
  return jid
}

/** Before every day that a clock can show, so that it is due whatever the clock shows. */
const atOnce: Day = '1970-01-01'

const refuse = (because: Refusal['because'], tell: string): Refusal => ({ done: false, because, tell })
const notServed = (domain: string): Refusal => refuse('not allowed', `The domain ${domain} is not served here.`)
const erased = refuse(
  'erased',
  'An account of this name was erased, and names are not given out again: somebody else would be taken for its owner.',
)
const wrongCode = refuse('wrong code', 'This is not the recovery code of the account; nothing was changed.')
const tooOften = refuse('too often', 'Too many wrong recovery codes. Please try again in some hours.')
const staying = refuse('not allowed', 'This account is not about to be erased.')
const taken = refuse('taken', 'This name is already taken.')
const unknown = refuse('unknown', 'There is no such account.')
const busy = refuse('busy', 'The server is busy. Please try again in a moment.')

function randomId(): number {
  return randomBytes(8).readUIntBE(0, 6) * 16 + (randomBytes(1)[0]! & 15)
}
