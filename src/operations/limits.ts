/**
 * How often something may be done. Counting happens in memory, under keys that are keyed hashes with a secret which
 * changes daily and is known to this process only: the limiter counts, it does not remember people.
 */

import { createHmac, randomBytes } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** `burst` at once, and then `burst` more in each `per`. */
export interface Limit {
  readonly burst: number
  readonly per: 'second' | 'minute' | 'hour' | 'day'
  /** Whose allowance it is, in words. */
  readonly by: 'network' | 'account' | 'account and network' | 'session' | 'service' | 'domain'
}

/** Every rate there is. The numbers of things that may exist at one time are settings. */
export const limits = {
  connect: { burst: 120, per: 'minute', by: 'network' },
  request: { burst: 1200, per: 'minute', by: 'network' },
  signUp: { burst: 5, per: 'hour', by: 'network' },
  contact: { burst: 5, per: 'hour', by: 'network' },
  contactInAll: { burst: 100, per: 'day', by: 'service' },
  nameLookUp: { burst: 10, per: 'hour', by: 'network' },
  invite: { burst: 50, per: 'day', by: 'account' },
  invitation: { burst: 20, per: 'hour', by: 'network' },
  signIn: { burst: 10, per: 'minute', by: 'account and network' },
  signInNetwork: { burst: 100, per: 'minute', by: 'network' },
  changePassword: { burst: 10, per: 'hour', by: 'account' },
  recoveryCode: { burst: 5, per: 'day', by: 'account' },
  recovery: { burst: 5, per: 'hour', by: 'network' },
  recoveryLetter: { burst: 3, per: 'hour', by: 'account' },
  confirmationLetter: { burst: 5, per: 'hour', by: 'account' },
  secondFactor: { burst: 10, per: 'hour', by: 'account' },
  export: { burst: 10, per: 'hour', by: 'account' },
  import: { burst: 10, per: 'hour', by: 'account' },
  held: { burst: 60, per: 'hour', by: 'account' },
  report: { burst: 30, per: 'day', by: 'account' },
  stanzas: { burst: 400, per: 'second', by: 'session' },
  stanzaBytes: { burst: 2_097_152, per: 'second', by: 'session' },
  roomCreation: { burst: 20, per: 'hour', by: 'account' },
  roomConfiguration: { burst: 60, per: 'minute', by: 'account' },
  roomUnveiling: { burst: 5, per: 'hour', by: 'account' },
  roomSearch: { burst: 30, per: 'minute', by: 'account' },
  roomAuthor: { burst: 60, per: 'minute', by: 'account' },
  roomRetraction: { burst: 120, per: 'minute', by: 'account' },
  roomEntering: { burst: 100, per: 'minute', by: 'account' },
  roomPresence: { burst: 60, per: 'minute', by: 'account' },
  roomDeliveries: { burst: 30_000, per: 'minute', by: 'account' },
  roomNick: { burst: 10, per: 'minute', by: 'account' },
  roomSubject: { burst: 10, per: 'minute', by: 'account' },
  roomInvitation: { burst: 50, per: 'hour', by: 'account' },
  subscriptions: { burst: 100, per: 'hour', by: 'account' },
} as const satisfies Readonly<Record<string, Limit>>

export type LimitName = keyof typeof limits

const milliseconds = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

declare const kind: unique symbol
/** Stands for a network (an IPv4 address, an IPv6 /64) for some hours at most. Never leaves the process. */
export type NetworkKey = string & { readonly [kind]: 'network' }

/** One allowance that grows back with time. Pure but for its own two numbers. */
export class Allowance {
  readonly #burst: number
  readonly #perMs: number
  #left: number
  #atMs: number

  constructor({ burst, per }: Limit, nowMs: number) {
    this.#burst = burst
    this.#perMs = burst / milliseconds[per]
    this.#left = burst
    this.#atMs = nowMs
  }

  /** Takes `amount` if that much is left, else nothing. An amount above the burst passes while the allowance is full. */
  take(nowMs: number, amount = 1): boolean {
    this.#grow(nowMs)
    if (this.#left < Math.min(amount, this.#burst)) return false
    this.#left -= amount
    return true
  }

  giveBack(amount = 1): void {
    this.#left = Math.min(this.#burst, this.#left + amount)
  }

  /** Milliseconds until `amount` could be taken; 0 if at once. Lets a reader pause instead of refusing. */
  waitMs(nowMs: number, amount = 1): number {
    this.#grow(nowMs)
    return Math.max(0, Math.ceil((Math.min(amount, this.#burst) - this.#left) / this.#perMs))
  }

  #grow(nowMs: number): void {
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, nowMs - this.#atMs) * this.#perMs)
    this.#atMs = nowMs
  }
}

export interface LimiterOptions {
  /** False lets everything pass: settings allow it on loopback only. */
  readonly enabled: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** How many allowances are remembered; beyond it the longest untouched are forgotten. */
  readonly capacity?: number
}

/** The counting of everything in `limits`, and of what is open at one time. */
export class Limiter {
  readonly enabled: boolean
  readonly #now: () => number
  readonly #capacity: number
  readonly #allowances = new Map<string, Allowance>()
  readonly #open = new Map<string, number>()
  #secret = randomBytes(32)
  #secretSince: number

  constructor({ enabled, now = () => performance.now(), capacity = 50_000 }: LimiterOptions) {
    this.enabled = enabled
    this.#now = now
    this.#capacity = capacity
    this.#secretSince = now()
  }

  /** Takes one from the allowance of `key` (an address of an account, a network key, both joined). */
  allow(name: LimitName, key: string, amount = 1): boolean {
    return !this.enabled || this.#allowance(name, key).take(this.#now(), amount)
  }

  /** Puts back what `allow` took, where the thing turned out to be harmless. */
  giveBack(name: LimitName, key: string, amount = 1): void {
    if (this.enabled) this.#allowance(name, key).giveBack(amount)
  }

  /**
   * Counts one more open thing (a connection) of a network, at most `most` at one time. Returns how to count it off,
   * which is safe to call twice, or undefined when there are too many.
   */
  hold(key: NetworkKey, most: number): (() => void) | undefined {
    if (!this.enabled) return () => undefined
    const open = this.#open.get(key) ?? 0
    if (open >= most) return undefined
    this.#open.set(key, open + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const left = this.#open.get(key)! - 1
      if (left === 0) this.#open.delete(key)
      else this.#open.set(key, left)
    }
  }

  /** The key of the network an address belongs to. It holds nothing of the address that could be read back. */
  networkOf(address: string): NetworkKey {
    return this.#hash(networkPart(address)) as NetworkKey
  }

  #allowance(name: LimitName, key: string): Allowance {
    const hashed = this.#hash(`${name} ${key}`)
    const found = this.#allowances.get(hashed)
    const allowance = found ?? new Allowance(limits[name], this.#now())
    if (found !== undefined) this.#allowances.delete(hashed)
    this.#allowances.set(hashed, allowance)
    if (this.#allowances.size > this.#capacity) this.#allowances.delete(this.#allowances.keys().next().value!)
    return allowance
  }

  #hash(text: string): string {
    if (this.#now() - this.#secretSince > milliseconds.day) {
      this.#secret = randomBytes(32)
      this.#secretSince = this.#now()
      this.#allowances.clear()
    }
    return createHmac('sha256', this.#secret).update(text).digest('base64url').slice(0, 22)
  }
}

/**
 * What a single customer of a provider is given: one IPv4 address, or the first 64 bits of an IPv6 address. IPv4 in
 * IPv6 clothes (as sockets on "::" report it, and proxies pass it on, in whatever way it is written) counts as IPv4.
 */
export function networkPart(address: string): string {
  const [plain = ''] = address.split('%')
  if (isIPv4(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => 0), ...after]
  if (groups.length === 8 && groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap(group => [group >> 8, group & 0xff])
      .join('.')
  }
  return groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')
}

/** RFC 4291 §2.2: groups of 16 bits; the last two may be written as IPv4. */
function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap(group => {
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return group.includes('.') ? [(a << 8) | b, (c << 8) | d] : [Number.parseInt(group, 16)]
  })
}
