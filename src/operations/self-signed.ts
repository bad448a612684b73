/**
 * A self-signed certificate for a first start, so that trying the service needs no other program. ECDSA P-256, because
 * its handshake costs a fraction of RSA's.
 */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { domainToASCII } from 'node:url'
import { bits, boolean, context, identifier, integer, octets, sequence, setOf, time, utf8 } from './der.ts'

/** Names under a domain that services of it usually have. */
const usualSubdomains = ['conference', 'upload', 'proxy', 'pubsub', 'www']

const validYears = 10
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'

export interface CertificatePair {
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

/** Makes a certificate (RFC 5280) for a domain and its usual subdomains, valid for ten years from `now`. */
export function selfSigned(domain: string, now: Date): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ascii = domainToASCII(domain)
  const names = [ascii, ...usualSubdomains.map(label => `${label}.${ascii}`)]
  const until = new Date(now)
  until.setUTCFullYear(until.getUTCFullYear() + validYears)
  const algorithm = sequence(identifier(ecdsaWithSha256))
  // RFC 5280 §4.1.2.6: the names that count are the alternative ones; the subject is for people who look.
  const name = sequence(setOf(sequence(identifier('2.5.4.3'), utf8(ascii.slice(0, 64)))))
  const body = sequence(
    context(0, true, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, true, sequence(...extensions(names))),
  )
  const signature = sign('sha256', body, privateKey)
  return {
    certificate: pem('CERTIFICATE', sequence(body, algorithm, bits(signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensions(names: readonly string[]): Buffer[] {
  const extension = (id: string, critical: boolean, value: Buffer) =>
    critical ? sequence(identifier(id), boolean(true), octets(value)) : sequence(identifier(id), octets(value))
  return [
    extension('2.5.29.17', false, sequence(...names.map(name => context(2, false, Buffer.from(name, 'ascii'))))),
    // It may sign itself and nothing else, so that trusting it by hand trusts no other certificate.
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'), identifier('1.3.6.1.5.5.7.3.2'))),
  ]
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/**
 * Writes a self-signed pair where neither file exists; says whether it did. The key is readable by its owner only. If
 * just one of the two is there, nothing is touched: half a pair is somebody's mistake, and theirs to look at.
 */
export function ensureCertificate(
  files: { readonly certificate: string; readonly key: string },
  domain: string,
  now: Date,
): boolean {
  if (existsSync(files.certificate) || existsSync(files.key)) return false
  const pair = selfSigned(domain, now)
  for (const file of [files.certificate, files.key]) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(files.key, pair.key, { mode: 0o600, flag: 'wx' })
  chmodSync(files.key, 0o600)
  writeFileSync(files.certificate, pair.certificate, { mode: 0o644, flag: 'wx' })
  return true
}

/** Where the pair lies that is made for a hosted domain whose name is in no other certificate. */
export function madeCertificate(data: string, domain: string): { certificate: string; key: string } {
  const directory = join(data, 'tls', 'hosted')
  const name = domainToASCII(domain)
  return { certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) }
}

/** The domain is gone, and with it the pair that was made for it. */
export function endMade(data: string, domain: string): void {
  for (const file of Object.values(madeCertificate(data, domain))) rmSync(file, { force: true })
}
