/**
 * RFC 5280 §6: does an authority vouch for a certificate? TLS libraries ask that for one purpose at a time, and most
 * certificates of today are for servers only, also when one server presents itself to another. So the path is looked
 * for here; whether a signature is right, and whether an issuer fits, is asked of OpenSSL.
 */

import { X509Certificate } from 'node:crypto'
import { extensionsOf, signatureAlgorithm } from './der.ts'

export type Trust = 'valid' | 'expired' | 'untrusted' | 'unusable'

/** Extensions by their identifiers, in hexadecimal. */
const basicConstraints = '551d13'
const nameConstraints = '551d1e'
/** Critical ones that are looked at here or by OpenSSL, or say nothing that matters: key usage, names, policies, purposes. */
const understood = new Set(['551d0f', '551d11', '551d20', '551d25', basicConstraints])

/** For servers, for clients, for any purpose. */
const purposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '2.5.29.37.0']

/** MD2, MD4, MD5 and SHA-1, with RSA, DSA or ECDSA. */
const weakSignatures = new Set(
  ['02', '03', '04', '05'].map(last => `2a864886f70d0101${last}`).concat('2a8648ce380403', '2a8648ce3d0401'),
)
const leastRsaBits = 2048

/** Certificates between the first and the authority, and steps of looking for a path among all that was sent. */
const longestPath = 8
const mostSteps = 100
const mostCertificates = 20

/** Those that are believed without further questions. */
export class Authorities {
  readonly #bySubject = new Map<string, X509Certificate[]>()

  /** @param certificates PEM. Throws an Error for what is none. */
  constructor(certificates: Iterable<string>) {
    for (const pem of certificates) {
      const certificate = new X509Certificate(pem)
      const others = this.#bySubject.get(certificate.subject)
      if (others === undefined) this.#bySubject.set(certificate.subject, [certificate])
      else others.push(certificate)
    }
  }

  /** @param chain as it was shown: the first is the one in question, the others may help in any order */
  judge(chain: readonly X509Certificate[], now: Date): Trust {
    const [first, ...rest] = chain.slice(0, mostCertificates)
    if (first === undefined) return 'untrusted'
    const search: Search = { others: rest, now, steps: 0, expired: false }
    try {
      if (!isUsable(first) || !allows(first) || weakSignatures.has(signatureAlgorithm(first.raw))) return 'unusable'
      if (!isCurrent(first, now)) return 'expired'
      if (this.#leads(first, [first], search)) return 'valid'
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      return 'unusable'
    }
    return search.expired ? 'expired' : 'untrusted'
  }

  #leads(certificate: X509Certificate, path: readonly X509Certificate[], search: Search): boolean {
    if (++search.steps > mostSteps || path.length > longestPath) return false
    for (const anchor of this.#bySubject.get(certificate.subject) ?? []) {
      if (anchor.fingerprint256 === certificate.fingerprint256) return true
    }
    for (const anchor of this.#bySubject.get(certificate.issuer) ?? []) {
      if (signs(anchor, certificate, path, search)) return true
    }
    for (const issuer of search.others) {
      if (path.includes(issuer) || weakSignatures.has(signatureAlgorithm(issuer.raw))) continue
      if (signs(issuer, certificate, path, search) && this.#leads(issuer, [...path, issuer], search)) return true
    }
    return false
  }
}

interface Search {
  readonly others: readonly X509Certificate[]
  readonly now: Date
  steps: number
  /** There would be a path if it were not too late for it. */
  expired: boolean
}

function signs(
  issuer: X509Certificate,
  certificate: X509Certificate,
  path: readonly X509Certificate[],
  search: Search,
): boolean {
  if (++search.steps > mostSteps) return false
  if (!certificate.checkIssued(issuer) || !issuer.ca || !isUsable(issuer) || !allows(issuer)) return false
  // §4.2.1.9: how many authorities may stand below this one, self-issued ones counted as well.
  if (path.length - 1 > longestBelow(issuer) || !certificate.verify(issuer.publicKey)) return false
  if (isCurrent(issuer, search.now)) return true
  search.expired = true
  return false
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && now.getTime() <= Date.parse(validTo)
}

/** §4.2: what is critical and not understood makes a certificate worth nothing. Limits on names are not understood. */
function isUsable(certificate: X509Certificate): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  if (asymmetricKeyType?.startsWith('rsa') && (asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits) return false
  const extensions = extensionsOf(certificate.raw)
  if (extensions.has(nameConstraints)) return false
  return [...extensions].every(([id, { critical }]) => !critical || understood.has(id))
}

/** §4.2.1.12. Servers present themselves to each other, so a certificate for either side will do. */
function allows({ keyUsage }: X509Certificate): boolean {
  return keyUsage === undefined || keyUsage.some(purpose => purposes.includes(purpose))
}

function longestBelow(issuer: X509Certificate): number {
  const constraints = extensionsOf(issuer.raw).get(basicConstraints)?.value
  // SEQUENCE { cA BOOLEAN TRUE, pathLenConstraint INTEGER OPTIONAL }: 30 06 01 01 ff 02 01 NN
  return constraints?.length === 8 && constraints[5] === 0x02 ? (constraints[7] ?? 0) : Number.POSITIVE_INFINITY
}
