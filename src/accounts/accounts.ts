import { randomBytes } from 'node:crypto'
import { type BareJid, bareJid, domainOf, localpartOf, registrable } from '../protocol/jid.ts'
import { type Derived, type PasswordWork, passwordBytes, type Verifier } from './credentials.ts'

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

/** Keeps accounts; what a promise resolves with is on disk. */
export interface AccountStore {
  find(localpart: string, domain: string): Promise<Account | undefined>
  credentials(localpart: string, domain: string): Promise<Credentials | undefined>
  /** False if the name is taken: then nothing was written. */
  create(account: Account, verifiers: readonly Verifier[]): Promise<boolean>
  /** False if there is no such account (any more). */
  setVerifiers(account: number, verifiers: readonly Verifier[]): Promise<boolean>
  /** Erases the account and everything the catalogue lists under it. False if there was none. */
  erase(account: number): Promise<boolean>
  list(domain?: string): Promise<readonly Account[]>
}

/** Who chooses a name and a password: people are held to rules that the operator may set aside. */
export type ChosenBy = 'operator' | 'owner'

export type Refusal = {
  readonly done: false
  readonly because: 'taken' | 'not allowed' | 'too short' | 'busy' | 'unknown'
  readonly tell: string
}
export type Created = { readonly done: true; readonly account: Account } | Refusal
export type Changed = { readonly done: true } | Refusal

export interface AccountEvents {
  created(account: Account): void | Promise<void>
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
  readonly domains: ReadonlySet<string>
  readonly today: () => Day
  /** Fewest characters of a password that its owner chooses; default 8. */
  readonly shortestPassword?: number
  /** Accounts remembered to spare lookups; default 20,000. */
  readonly remembered?: number
}

type Listeners = { readonly [E in keyof AccountEvents]: Set<AccountEvents[E]> }

/** The accounts of this server. Every change goes through here, so that what is remembered is never stale. */
export class Accounts {
  readonly #parts: AccountsParts
  readonly #remembered = new Map<string, Account>()
  readonly #leaving = new Set<string>()
  readonly #listeners: Listeners = {
    created: new Set(),
    leaving: new Set(),
    removed: new Set(),
    passwordChanged: new Set(),
  }
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
    const fit = this.serves(domain) ? registrable(localpart) : `The domain ${domain} is not served here.`
    if (fit !== true) return refuse('not allowed', fit)
    const bytes = this.#password(password, by)
    if ('because' in bytes) return bytes
    if ((await this.#parts.store.find(localpart, domain)) !== undefined) return taken
    const verifiers = await this.#parts.work.verifiers(bytes)
    if (verifiers === 'busy') return busy
    const account = { id: randomId(), localpart, domain, created: this.#parts.today() }
    if (this.#leaving.has(jid) || !(await this.#parts.store.create(account, verifiers.map(kept)))) return taken
    await this.#tell('created', account)
    return { done: true, account }
  }

  /** Gives an account a new password; tokens and the like that came from the old one have to end with the event. */
  async setPassword(jid: BareJid, password: string, by: ChosenBy): Promise<Changed> {
    const bytes = this.#password(password, by)
    if ('because' in bytes) return bytes
    const account = await this.findJid(jid)
    if (account === undefined) return unknown
    const keys = await this.#parts.work.verifiers(bytes)
    if (keys === 'busy') return busy
    if (!(await this.#parts.store.setVerifiers(account.id, keys.map(kept)))) return unknown
    this.#changes++
    await this.#tell('passwordChanged', account, keys)
    return { done: true }
  }

  /**
   * Ends an account: from the call on nobody can sign in to it; its sessions end; then everything about it is erased.
   * If erasing fails, the error is passed on and the account is as it was, without sessions.
   */
  async remove(jid: BareJid): Promise<Changed> {
    const account = await this.findJid(jid)
    if (account === undefined || this.#leaving.has(jid)) return unknown
    this.#leaving.add(jid)
    this.#remembered.delete(jid)
    this.#changes++
    try {
      await this.#tell('leaving', account)
      if (!(await this.#parts.store.erase(account.id))) return unknown
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

  #password(password: string, by: ChosenBy): Buffer | Refusal {
    const shortest = by === 'owner' ? (this.#parts.shortestPassword ?? 8) : 1
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
    await Promise.all([...listeners].map(async listener => listener(...args)))
  }
}

/** The address of an account. */
export function jidOf(account: Account): BareJid {
  const jid = bareJid(account.localpart, account.domain)
  if (jid === undefined) throw new Error('A stored account has a name that is no address.')
  return jid
}

const refuse = (because: Refusal['because'], tell: string): Refusal => ({ done: false, because, tell })
const taken = refuse('taken', 'This name is already taken.')
const unknown = refuse('unknown', 'There is no such account.')
const busy = refuse('busy', 'The server is busy. Please try again in a moment.')

function kept({ hash, salt, iterations, storedKey, serverKey }: Verifier): Verifier {
  return { hash, salt, iterations, storedKey, serverKey }
}

function randomId(): number {
  return randomBytes(8).readUIntBE(0, 6) * 16 + (randomBytes(1)[0]! & 15)
}
