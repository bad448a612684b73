/**
 * DANE for servers (RFC 7673, RFC 7671): the owner of a domain says in DNS, signed, which certificates its servers have.
 * What is said so counts more than the word of any authority.
 */

import { createHash, type X509Certificate } from 'node:crypto'
import { asciiDomain } from '../../protocol/jid.ts'
import type { CertificateRecord, Service, ValidatingResolver } from '../reaching/validating-resolver.ts'
import { Authorities } from './chain.ts'
import { isFor, namesOf } from './names.ts'
import type { Reached, Verifier } from './verifier.ts'

const usages = { pkixAuthority: 0, pkixServer: 1, daneAuthority: 2, daneServer: 3 } as const
const selectors = { certificate: 0, publicKey: 1 } as const
const matchings = { whole: 0, sha256: 1, sha512: 2 } as const
/** Servers of one domain, and records of one server, that are looked at. */
const mostServers = 8
const mostRecords = 32
const usualPort = 5269

export interface DaneParts {
  readonly resolver: ValidatingResolver
  /** Where the domain says nothing. */
  readonly otherwise: Verifier
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Looks for what a domain says of its servers; only where that is nothing, `otherwise` is asked. */
export function byDane({ resolver, otherwise, now }: DaneParts): Verifier {
  return {
    async verify(chain, domain, reached) {
      const usual = () => otherwise.verify(chain, domain, reached)
      if (chain.length === 0) return usual()
      const match = (records: readonly CertificateRecord[], host: string) =>
        matches(records, chain, [asciiDomain(domain), host], now(), usual)
      if (reached === undefined) {
        // Who connects to us need not do so with the certificate that it shows to those who connect to it.
        const said = await saidOfServers(resolver, domain).catch(() => [])
        for (const { host, records } of said) if (await match(records, host)) return 'valid'
        return usual()
      }
      const said = await saidOf(resolver, domain, reached).catch(() => 'nothing can be told' as const)
      if (said === 'nothing') return usual()
      if (said === 'nothing can be told' || said === 'not a server of it') return 'untrusted'
      return (await match(said, reached.host)) ? 'valid' : 'untrusted'
    },
  }
}

type Said = readonly CertificateRecord[] | 'nothing' | 'not a server of it'

/** RFC 7673 §3: every step from the domain to the record has to be validated. */
async function saidOf(resolver: ValidatingResolver, domain: string, reached: Reached): Promise<Said> {
  const servers = await serversOf(resolver, domain)
  if (servers === 'unsigned') return 'nothing'
  const host = withoutDot(reached.host)
  if (!servers.some(each => each.host === host && each.port === reached.port)) return 'not a server of it'
  return certificatesOf(resolver, { host, port: reached.port })
}

async function saidOfServers(
  resolver: ValidatingResolver,
  domain: string,
): Promise<readonly { readonly host: string; readonly records: readonly CertificateRecord[] }[]> {
  const servers = await serversOf(resolver, domain)
  if (servers === 'unsigned') return []
  const all = servers.slice(0, mostServers).map(async server => {
    const said = await certificatesOf(resolver, server).catch(() => 'nothing' as const)
    return { host: server.host, records: said === 'nothing' ? [] : said }
  })
  return Promise.all(all)
}

async function serversOf(resolver: ValidatingResolver, domain: string): Promise<readonly Service[] | 'unsigned'> {
  const ascii = asciiDomain(domain)
  const answers = await Promise.all(
    ['_xmpp-server', '_xmpps-server'].map(service => resolver.services(`${service}._tcp.${ascii}`)),
  )
  if (!answers.every(({ secure }) => secure)) return 'unsigned'
  const found = answers.flatMap(({ records }) => records)
  return found.length > 0 ? found : [{ host: ascii, port: usualPort }]
}

async function certificatesOf(
  resolver: ValidatingResolver,
  { host, port }: Service,
): Promise<readonly CertificateRecord[] | 'nothing'> {
  // RFC 7672 §2.2.2: in zones that are not signed there can be no such records, and servers of DNS that choke on the question.
  if (host === '' || !(await resolver.hasSecureAddress(host))) return 'nothing'
  const { records, secure } = await resolver.certificates(`_${port}._tcp.${host}`)
  const usable = secure ? records.filter(isUsable).slice(0, mostRecords) : []
  return usable.length === 0 ? 'nothing' : usable
}

function isUsable({ usage, selector, matching, data }: CertificateRecord): boolean {
  const known = usage <= usages.daneServer && selector <= selectors.publicKey && matching <= matchings.sha512
  const length = [undefined, 32, 64][matching]
  return known && (length === undefined || data.length === length)
}

async function matches(
  records: readonly CertificateRecord[],
  chain: readonly X509Certificate[],
  names: readonly string[],
  now: number,
  usual: () => Promise<string>,
): Promise<boolean> {
  const [first, ...others] = chain
  const named = (wanted: number, among: readonly X509Certificate[]) =>
    records
      .filter(record => record.usage === wanted)
      .flatMap(record => among.filter(certificate => isMeant(record, certificate)))
  // RFC 7671 §5.1: neither the names in it nor its time count, only that it is this one.
  if (named(usages.daneServer, [first!]).length > 0) return true
  for (const anchor of named(usages.daneAuthority, others)) {
    const trusted = new Authorities([anchor.toString()]).judge(chain, new Date(now)) === 'valid'
    if (trusted && names.some(name => isFor(namesOf(first!.raw), name))) return true
  }
  const confirmed = named(usages.pkixServer, [first!]).length > 0 || named(usages.pkixAuthority, others).length > 0
  return confirmed && (await usual()) === 'valid'
}

/** RFC 6698 §2.1.2 and §2.1.3 */
function isMeant({ selector, matching, data }: CertificateRecord, certificate: X509Certificate): boolean {
  const chosen =
    selector === selectors.certificate ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  if (matching === matchings.whole) return data.equals(chosen)
  const hash = createHash(matching === matchings.sha256 ? 'sha256' : 'sha512')
  return data.equals(hash.update(chosen).digest())
}

const withoutDot = (name: string) => name.replace(/\.$/, '').toLowerCase()
