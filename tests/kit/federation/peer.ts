/** A server of another make, as the plays see it. */

import type { TestServer } from '../server.ts'
import type { Authority, CertificateWishes, Credential } from './authority.ts'
import type { Names } from './names.ts'

export interface PeerWishes {
  readonly domain: string
  readonly authority: Authority
  readonly names: Names
  /** What it shows others instead of a right certificate. */
  readonly credential?: Credential
  /** Whether it believes certificates only; otherwise it calls back where a certificate does not do. */
  readonly certificatesOnly?: boolean
  /** Default true: tells of everything it does. Otherwise of what goes wrong. */
  readonly talkative?: boolean
  /** Never shows a certificate as a proof, so that it has to be called back. */
  readonly dialbackOnly?: boolean
}

export interface Peer extends TestServer {
  readonly make: 'prosody' | 'ejabberd' | 'sotto'
  readonly domain: string
  /** Where other servers reach it: with STARTTLS, and with TLS from the first byte. */
  readonly s2s: { readonly starttls: number; readonly direct: number }
  /** Of rooms and of files, where it has them. */
  readonly rooms: string
  readonly uploads: string
  /** What it logged, the end of it. */
  readonly log: string
  readonly pid: number
  start(): Promise<void>
  /** Ends in good order, with what it keeps: it may say goodbye. */
  halts(): Promise<void>
  /** Ends at once. */
  kill(): Promise<void>
}

/** What its certificate says unless told otherwise. */
export const usualNames = (domain: string): CertificateWishes => ({
  names: [domain, ...['conference', 'files', 'upload'].map(each => `${each}.${domain}`)],
})

/** The records of a peer and of its services, which share its ports. */
export function recordsOf({
  domain,
  rooms,
  uploads,
  s2s,
}: Pick<Peer, 'domain' | 'rooms' | 'uploads' | 's2s'>): Record<string, readonly string[]> {
  const host = `xmpp.${domain}.`
  const records: Record<string, readonly string[]> = { [host]: ['A 127.0.0.1'] }
  for (const name of [domain, rooms, uploads]) {
    records[`_xmpp-server._tcp.${name}`] = [`SRV 10 5 ${s2s.starttls} ${host}`]
    if (s2s.direct !== 0) records[`_xmpps-server._tcp.${name}`] = [`SRV 20 5 ${s2s.direct} ${host}`]
  }
  return records
}
