/**
 * An authority that the servers of a test trust, and the certificates it gives out: right ones, and every wrong one that
 * a server has to refuse. X.509 by RFC 5280, identities of XMPP by RFC 6120 §13.7.1.2.
 */

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  bits,
  boolean,
  context,
  identifier,
  integer,
  octets,
  sequence,
  setOf,
  time,
  utf8,
} from '../../../src/operations/der.ts'

export interface CertificateWishes {
  /** `dNSName`, wildcards included. */
  readonly names?: readonly string[]
  /** RFC 4985: `_xmpp-server.example.org`. */
  readonly serviceNames?: readonly string[]
  /** RFC 6120 §13.7.1.4: `id-on-xmppAddr`. */
  readonly xmppAddresses?: readonly string[]
  readonly commonName?: string
  /** Default: from an hour ago. */
  readonly from?: Date
  /** Default: until tomorrow. */
  readonly until?: Date
  /** Default: for servers and for clients. */
  readonly purposes?: readonly ('server' | 'client' | 'code')[]
  /** An extension that nobody knows, or only few: its identifier and whether it must be understood. */
  readonly extension?: { readonly id: string; readonly critical: boolean }
}

export interface AuthorityWishes extends Pick<CertificateWishes, 'from' | 'until' | 'extension'> {
  /** Who vouches for it; by default it does so itself. */
  readonly above?: Authority
  /** How many authorities may stand between it and a certificate. */
  readonly length?: number
  /** Default true: it says that it is one. */
  readonly isOne?: boolean
}

export interface Credential {
  /** PEM, without the authority's. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
  readonly der: Buffer
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'))
const purposeIds = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', code: '1.3.6.1.5.5.7.3.3' }
const hour = 3_600_000

interface Body {
  readonly issuer: string
  readonly subject: string
  readonly from: Date
  readonly until: Date
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

export class Authority {
  readonly certificate: string
  readonly name: string
  readonly #key: KeyObject

  constructor(name = 'The Prince of Verona', wishes: AuthorityWishes = {}) {
    const { above, length, isOne = true } = wishes
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.name = name
    this.#key = privateKey
    const most = length === undefined ? [] : [integer(Buffer.from([length]))]
    const extensions = [
      extension('2.5.29.19', true, isOne ? sequence(boolean(true), ...most) : sequence()),
      // Signs certificates.
      extension('2.5.29.15', true, bits(Buffer.from([0x04]), 2)),
      ...further(wishes),
    ]
    const body = { issuer: above?.name ?? name, subject: name, ...span(wishes), publicKey, extensions }
    this.certificate = pem('CERTIFICATE', signed(body, above === undefined ? privateKey : above.#key))
  }

  /** A certificate of this authority and its key. */
  issues(wishes: CertificateWishes): Credential {
    return credential(wishes, this.name, this.#key)
  }

  /** Writes what a server is configured with: `NAME.pem`, `NAME.key` and `NAME.both.pem`, which has the key, too. */
  static write(directory: string, name: string, given: Credential): { certificate: string; key: string; both: string } {
    const files = {
      certificate: join(directory, `${name}.pem`),
      key: join(directory, `${name}.key`),
      both: join(directory, `${name}.both.pem`),
    }
    writeFileSync(files.certificate, given.certificate)
    writeFileSync(files.key, given.key)
    writeFileSync(files.both, given.certificate + given.key)
    return files
  }
}

/** A certificate that vouches for itself, as anybody can make one. */
export function selfMade(wishes: CertificateWishes): Credential {
  return credential(wishes)
}

export const expired = (): Pick<CertificateWishes, 'from' | 'until'> => ({
  from: new Date(Date.now() - 48 * hour),
  until: new Date(Date.now() - 24 * hour),
})

function credential(wishes: CertificateWishes, issuer?: string, issuerKey?: KeyObject): Credential {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = wishes.commonName ?? wishes.names?.[0] ?? 'nobody'
  const body = { issuer: issuer ?? subject, subject, ...span(wishes), publicKey, extensions: extensions(wishes) }
  const der = signed(body, issuerKey ?? privateKey)
  return {
    der,
    certificate: pem('CERTIFICATE', der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const further = ({ extension: wish }: Pick<CertificateWishes, 'extension'>): Buffer[] =>
  wish === undefined ? [] : [extension(wish.id, wish.critical, sequence())]

function extensions(wishes: CertificateWishes): Buffer[] {
  const { names = [], serviceNames = [], xmppAddresses = [], purposes } = wishes
  const alternatives = [
    ...names.map(name => context(2, false, Buffer.from(name, 'ascii'))),
    ...serviceNames.map(name => otherName('1.3.6.1.5.5.7.8.7', ia5(name))),
    ...xmppAddresses.map(name => otherName('1.3.6.1.5.5.7.8.5', utf8(name))),
  ]
  return [
    ...(alternatives.length === 0 ? [] : [extension('2.5.29.17', false, sequence(...alternatives))]),
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension(
      '2.5.29.37',
      false,
      sequence(...(purposes ?? ['server', 'client']).map(each => identifier(purposeIds[each]))),
    ),
    ...further(wishes),
  ]
}

const span = ({ from, until }: Pick<CertificateWishes, 'from' | 'until'>) => ({
  from: from ?? new Date(Date.now() - hour),
  until: until ?? new Date(Date.now() + 24 * hour),
})

const otherName = (id: string, value: Buffer) => context(0, true, identifier(id), context(0, true, value))
const ia5 = (text: string) => Buffer.concat([Buffer.from([0x16, text.length]), Buffer.from(text, 'ascii')])

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return critical ? sequence(identifier(id), boolean(true), octets(value)) : sequence(identifier(id), octets(value))
}

function signed({ issuer, subject, from, until, publicKey, extensions }: Body, key: KeyObject): Buffer {
  const name = (text: string) => sequence(setOf(sequence(identifier('2.5.4.3'), utf8(text))))
  const body = sequence(
    context(0, true, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(from), time(until)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, true, sequence(...extensions)),
  )
  return sequence(body, ecdsaWithSha256, bits(sign('sha256', body, key)))
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
