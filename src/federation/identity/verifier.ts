import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type DetailedPeerCertificate, getCACertificates, rootCertificates, type TLSSocket } from 'node:tls'
import { Authorities, type Trust } from './chain.ts'
import { isFor, namesOf } from './names.ts'

/** What a certificate is worth for a domain; the other words say why it is worth nothing. */
export type Verdict = Trust | 'for another name' | 'none shown'

/** Where a server was found whose certificate is looked at: the target of an SRV record (RFC 6120 §3.2.1). */
export interface Reached {
  readonly host: string
  readonly port: number
}

/** A way to tell whether the one who shows a certificate, and has its key, speaks for a domain. */
export interface Verifier {
  /**
   * @param chain as it was shown, the first is the one that the other side has the key of; may be empty
   * @param domain prepared, as in addresses
   * @param reached where we connected to; undefined for those who connected to us
   * @returns `valid`, or why not. Never rejects.
   */
  verify(chain: readonly X509Certificate[], domain: string, reached?: Reached): Promise<Verdict>
}

/** By authorities (RFC 6120 §13.7.2). */
export function byAuthorities(authorities: Authorities, now: () => number): Verifier {
  return {
    async verify(chain, domain) {
      const [first] = chain
      if (first === undefined) return 'none shown'
      const trust = authorities.judge(chain, new Date(now()))
      if (trust !== 'valid') return trust
      return isFor(namesOf(first.raw), domain) ? 'valid' : 'for another name'
    },
  }
}

/** One way after the other; what the first says is said where none is convinced. */
export function anyOf(verifiers: readonly [Verifier, ...Verifier[]]): Verifier {
  const [first, ...others] = verifiers
  if (others.length === 0) return first
  return {
    async verify(chain, domain, reached) {
      const verdict = await first.verify(chain, domain, reached)
      if (verdict === 'valid') return verdict
      for (const other of others) if ((await other.verify(chain, domain, reached)) === 'valid') return 'valid'
      return verdict
    },
  }
}

const endOfCertificate = '-----END CERTIFICATE-----'

/**
 * The authorities that the runtime believes, and those of a file.
 * @param file PEM; '' for none. Throws an Error that says what to do if it cannot be used.
 */
export function openAuthorities(file: string): Authorities {
  const usual = typeof getCACertificates === 'function' ? getCACertificates('default') : rootCertificates
  if (file === '') return new Authorities(usual)
  try {
    const text = readFileSync(file, 'utf8')
    const own = text.split(endOfCertificate).slice(0, -1)
    if (own.length === 0) throw new Error('There is no certificate in it.')
    return new Authorities([...usual, ...own.map(each => each + endOfCertificate)])
  } catch (cause) {
    throw new Error('The file of federation.authorities cannot be used: it has to hold certificates in PEM.', { cause })
  }
}

const mostCertificates = 20

/** What the other side of an encrypted connection showed, its own certificate first. */
export function shownBy(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  const seen = new Set<DetailedPeerCertificate>()
  while (next?.raw !== undefined && !seen.has(next) && chain.length < mostCertificates) {
    seen.add(next)
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate
  }
  return chain
}
