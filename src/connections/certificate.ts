import { createHash, type X509Certificate } from 'node:crypto'

/** The hash of a signature algorithm, by its OID (RFC 3279, RFC 5758). */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5',
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}

/** Hashes by their own OID, as RSASSA-PSS names them in its parameters (RFC 4055 §2.1). */
const pssHashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
}

const rsassaPss = '1.2.840.113549.1.1.10'

/**
 * RFC 5929 §4.1: the data of the channel binding `tls-server-end-point`, a hash of the certificate by the hash of its
 * own signature, or by SHA-256 in place of MD5 and SHA-1. Undefined where the signature has no single hash (Ed25519).
 */
export function endPointOf(certificate: X509Certificate): Buffer | undefined {
  const { raw } = certificate
  const name = signatureHash(raw)
  if (name === undefined) return undefined
  return createHash(name === 'md5' || name === 'sha1' ? 'sha256' : name)
    .update(raw)
    .digest()
}

/** RFC 5280 §4.1: Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, … }. */
function signatureHash(der: Buffer): string | undefined {
  const certificate = valueAt(der, 0)
  const signed = valueAt(der, certificate.from)
  const algorithm = valueAt(der, signed.to)
  const oid = valueAt(der, algorithm.from)
  const name = oidText(der.subarray(oid.from, oid.to))
  if (name !== rsassaPss) return hashes[name]
  // RFC 4055 §3.1: without [0] hashAlgorithm it is SHA-1.
  if (oid.to >= algorithm.to) return 'sha1'
  const parameters = valueAt(der, oid.to)
  if (parameters.from === parameters.to || der[parameters.from] !== 0xa0) return 'sha1'
  const hash = valueAt(der, valueAt(der, valueAt(der, parameters.from).from).from)
  return pssHashes[oidText(der.subarray(hash.from, hash.to))]
}

/** Where the value of the DER element at `at` begins and ends. */
function valueAt(der: Buffer, at: number): { readonly from: number; readonly to: number } {
  const first = der[at + 1] ?? 0
  if (first < 0x80) return { from: at + 2, to: at + 2 + first }
  const octets = first & 0x7f
  const from = at + 2 + octets
  return { from, to: from + der.readUIntBE(at + 2, octets) }
}

function oidText(der: Buffer): string {
  const parts: number[] = []
  let value = 0
  for (const octet of der) {
    value = value * 128 + (octet & 0x7f)
    if (octet >= 0x80) continue
    if (parts.length === 0)
      parts.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)))
    else parts.push(value)
    value = 0
  }
  return parts.join('.')
}
