/**
 * POSH (RFC 7711): a domain says over HTTPS, at its own name, which certificates the servers have that somebody else runs
 * for it. Asked only where a certificate does not do by itself.
 */

import { createHash, type X509Certificate } from 'node:crypto'
import { asciiDomain } from '../../protocol/jid.ts'
import type { Verifier } from './verifier.ts'

const path = '/.well-known/posh/xmpp-server.json'
const hashes = { 'sha-256': 'sha256', 'sha-512': 'sha512' } as const
/** What is said may be believed for so long, however long it says; and that nothing is said, for so long. */
const longestMs = 24 * 3_600_000
const nothingMs = 10 * 60_000
const mostDomains = 2_000
const mostFingerprints = 100

/** One certificate: its hashes by known algorithms, in Base64. */
type Fingerprint = Readonly<Partial<Record<keyof typeof hashes, string>>>

interface Said {
  readonly fingerprints: readonly Fingerprint[]
  readonly forMs: number
}

/** Fetches a document over HTTPS from a server whose certificate is right for the name. @returns undefined if there is none */
export type Fetch = (url: URL) => Promise<string | undefined>

export interface PoshParts {
  readonly fetch: Fetch
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** Whether a domain vouches for a certificate in this way. */
export function byPosh({ fetch, now }: PoshParts): Verifier {
  const known = new Map<string, { readonly said: Promise<Said>; until: number }>()

  const whatIsSaidBy = (domain: string): Promise<Said> => {
    const found = known.get(domain)
    if (found !== undefined && found.until > now()) return found.said
    known.delete(domain)
    const entry = { said: ask(fetch, domain).catch(() => nothing), until: Number.POSITIVE_INFINITY }
    known.set(domain, entry)
    if (known.size > mostDomains) known.delete(known.keys().next().value as string)
    entry.said.then(({ forMs }) => {
      entry.until = now() + forMs
    })
    return entry.said
  }

  return {
    async verify(chain, domain) {
      const [first] = chain
      if (first === undefined) return 'none shown'
      const { fingerprints } = await whatIsSaidBy(domain)
      return fingerprints.some(each => isOf(each, first)) ? 'valid' : 'untrusted'
    },
  }
}

const nothing: Said = { fingerprints: [], forMs: nothingMs }

async function ask(fetch: Fetch, domain: string): Promise<Said> {
  const first = read(await fetch(new URL(`https://${asciiDomain(domain)}${path}`)))
  if (first === undefined) return nothing
  if (typeof first.url !== 'string') return fingerprintsIn(first)
  // RFC 7711 §3.2: it may lead elsewhere, and from there no further.
  const second = read(await fetch(new URL(first.url)))
  if (second === undefined) return nothing
  const said = fingerprintsIn(second)
  return { ...said, forMs: Math.min(said.forMs, lifetime(first)) }
}

function read(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
}

function fingerprintsIn(document: Readonly<Record<string, unknown>>): Said {
  const { fingerprints } = document
  if (!Array.isArray(fingerprints)) return nothing
  const usable = fingerprints.slice(0, mostFingerprints).filter(isFingerprint)
  return { fingerprints: usable, forMs: lifetime(document) }
}

/** One that names no algorithm we know would be one of every certificate. */
function isFingerprint(value: unknown): value is Fingerprint {
  if (typeof value !== 'object' || value === null) return false
  const named = Object.entries(value).filter(([name]) => name in hashes)
  return named.length > 0 && named.every(([, hash]) => typeof hash === 'string')
}

function lifetime({ expires }: Readonly<Record<string, unknown>>): number {
  const seconds = typeof expires === 'number' && expires > 0 ? expires : 0
  return Math.min(Math.max(seconds * 1000, nothingMs), longestMs)
}

function isOf(fingerprint: Fingerprint, { raw }: X509Certificate): boolean {
  return Object.entries(hashes).every(([name, algorithm]) => {
    const said = fingerprint[name as keyof typeof hashes]
    return said === undefined || Buffer.from(said, 'base64').equals(createHash(algorithm).update(raw).digest())
  })
}
