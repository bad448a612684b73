import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { preparePassword } from '../protocol/jid.ts'

/** The hashes of SCRAM for which every account has a verifier (RFC 5802, RFC 7677). */
export type HashName = 'SHA-1' | 'SHA-256'

export const hashNames = ['SHA-256', 'SHA-1'] as const satisfies readonly HashName[]

/** What is kept of a password (RFC 5802 §3): enough to check a proof, too little to make one. */
export interface Verifier {
  readonly hash: HashName
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** A verifier together with the ClientKey, which is known only while the password is at hand and never kept. */
export interface Derived extends Verifier {
  readonly clientKey: Uint8Array
}

/** A function of its own, so that what `pbkdf2` throws at once is a rejection too. */
const stretch = async (...args: Parameters<typeof pbkdf2Soon>) => pbkdf2Soon(...args)
const pbkdf2Soon = promisify(pbkdf2)

const algorithms = { 'SHA-1': 'sha1', 'SHA-256': 'sha256' } as const satisfies Record<HashName, string>
const lengths = { 'SHA-1': 20, 'SHA-256': 32 } as const satisfies Record<HashName, number>

export const saltBytes = 16
/** Longer passwords are refused before any work is done on them. */
export const longestPasswordBytes = 1024

/** The length in bytes of keys and proofs made with a hash. */
export function hashLength(hash: HashName): number {
  return lengths[hash]
}

/** H() of RFC 5802 §2.2. */
export function digest(hash: HashName, data: Uint8Array | string): Buffer {
  return createHash(algorithms[hash]).update(data).digest()
}

/** HMAC() of RFC 5802 §2.2. */
export function mac(hash: HashName, key: Uint8Array, data: Uint8Array | string): Buffer {
  return createHmac(algorithms[hash], key).update(data).digest()
}

/** The bytes of a password that are hashed, or undefined if it cannot be a password or has more than 1024 bytes. */
export function passwordBytes(password: string): Buffer | undefined {
  const prepared = preparePassword(password)
  if (prepared === undefined) return undefined
  const bytes = Buffer.from(prepared)
  return bytes.length > longestPasswordBytes ? undefined : bytes
}

/** All keys of RFC 5802 §3 from the salted password. */
export function keysFrom(hash: HashName, saltedPassword: Uint8Array, salt: Uint8Array, iterations: number): Derived {
  const clientKey = mac(hash, saltedPassword, 'Client Key')
  return {
    hash,
    salt,
    iterations,
    clientKey,
    storedKey: digest(hash, clientKey),
    serverKey: mac(hash, saltedPassword, 'Server Key'),
  }
}

export interface PasswordWorkOptions {
  /** PBKDF2 rounds of new verifiers. */
  readonly iterations: number
  /** Hashes computed at the same time; default: processor cores less one, at least one. */
  readonly parallel?: number
  /** Hashes that may wait for their turn; more are refused with 'busy'. */
  readonly waiting?: number
}

/**
 * Where passwords are stretched. PBKDF2 runs on the thread pool that files and name lookups use too, so only a few run at
 * once and only so many may wait.
 */
export class PasswordWork {
  readonly iterations: number
  readonly #parallel: number
  readonly #mayWait: number
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(options: PasswordWorkOptions) {
    this.iterations = options.iterations
    this.#parallel = Math.max(1, options.parallel ?? availableParallelism() - 1)
    this.#mayWait = options.waiting ?? 256
  }

  /**
   * All keys of a password under a given salt and number of rounds.
   * `password` comes from `passwordBytes`. 'busy' means too many are waiting: nothing was computed, trying later may help.
   */
  derive(hash: HashName, password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Derived | 'busy'> {
    if (this.#running >= this.#parallel && this.#queue.length >= this.#mayWait) return Promise.resolve('busy')
    return new Promise((resolve, reject) => {
      const start = () => {
        this.#running++
        stretch(password, salt, iterations, lengths[hash], algorithms[hash])
          .finally(() => {
            this.#running--
            this.#queue.shift()?.()
          })
          .then(salted => resolve(keysFrom(hash, salted, salt, iterations)), reject)
      }
      if (this.#running < this.#parallel) start()
      else this.#queue.push(start)
    })
  }

  /** Fresh verifiers for every hash, each with a salt of its own. */
  async verifiers(password: Uint8Array): Promise<readonly Derived[] | 'busy'> {
    const made: Derived[] = []
    for (const hash of hashNames) {
      const derived = await this.derive(hash, password, randomBytes(saltBytes), this.iterations)
      if (derived === 'busy') return 'busy'
      made.push(derived)
    }
    return made
  }
}
