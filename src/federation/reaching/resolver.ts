/** Where the servers of a domain are: RFC 6120 §3.2.1, and XEP-0368 for TLS from the first byte. */

import type { SrvRecord } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { asciiDomain } from '../../protocol/jid.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly direct: boolean
}

/** Where to go, in this order; or why there is nowhere to go. */
export type Found = readonly Endpoint[] | 'no such server' | 'no answer'

const usualPort = 5269
/** How long answers are believed, in milliseconds. Their own times are not told by all runtimes. */
const believedMs = 60_000
const disbelievedMs = 5_000
const mostAnswers = 2_000
/** Targets of one domain, and addresses of one target, that are tried at all. */
const mostEndpoints = 12
const mostAddresses = 8

interface Kept<T> {
  readonly answer: Promise<T>
  until: number
}

export interface ResolverParts {
  /** DNS servers; empty for those of the system. */
  readonly servers: readonly string[]
  readonly now: () => number
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Asks DNS, and remembers for a minute. */
export class PeerResolver {
  readonly #dns: Resolver
  readonly #now: () => number
  readonly #random: () => number
  readonly #found = new Map<string, Kept<Found>>()
  readonly #addresses = new Map<string, Kept<readonly string[]>>()

  constructor({ servers, now, random = Math.random }: ResolverParts) {
    this.#dns = new Resolver({ timeout: 2_000, tries: 3 })
    if (servers.length > 0) this.#dns.setServers([...servers])
    this.#now = now
    this.#random = random
  }

  /** @param domain prepared, as in addresses. Never rejects. */
  find(domain: string): Promise<Found> {
    // Nobody can have a certificate for such a domain, and no records say that it wants to be found.
    if (isIP(domain) !== 0 || domain.startsWith('[')) return Promise.resolve('no such server')
    return this.#remembered(this.#found, domain, () => this.#look(asciiDomain(domain)), Array.isArray)
  }

  /** IPv6 and IPv4 addresses by turns, as they are to be tried (RFC 8305 §4). Empty if there are none. Never rejects. */
  addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return Promise.resolve([host])
    return this.#remembered(
      this.#addresses,
      host,
      () => this.#lookUp(host),
      list => list.length > 0,
    )
  }

  async #look(domain: string): Promise<Found> {
    const [starting, direct] = await Promise.all([
      this.#services(`_xmpp-server._tcp.${domain}`),
      this.#services(`_xmpps-server._tcp.${domain}`),
    ])
    const records = [
      ...(Array.isArray(starting) ? starting : []).map(record => ({ ...record, direct: false })),
      ...(Array.isArray(direct) ? direct : []).map(record => ({ ...record, direct: true })),
    ]
    // RFC 2782: the target "." says that there is no such service.
    const offered = records.filter(({ name }) => name !== '' && name !== '.')
    if (offered.length > 0) return inOrder(offered, this.#random).slice(0, mostEndpoints)
    if (records.length > 0) return 'no such server'
    if (starting === 'no answer' || direct === 'no answer') return 'no answer'
    const addresses = await this.#lookUp(domain).catch(() => undefined)
    if (addresses === undefined) return 'no answer'
    return addresses.length === 0 ? 'no such server' : [{ host: domain, port: usualPort, direct: false }]
  }

  #services(name: string): Promise<SrvRecord[] | 'none' | 'no answer'> {
    return this.#dns.resolveSrv(name).catch((error: unknown) => (saysNone(error) ? 'none' : 'no answer'))
  }

  /** Rejects if there was no answer at all. */
  async #lookUp(host: string): Promise<readonly string[]> {
    const [six, four] = await Promise.allSettled([this.#dns.resolve6(host), this.#dns.resolve4(host)])
    const unanswered = [six, four].filter(each => each.status === 'rejected' && !saysNone(each.reason))
    const [sixes, fours] = [six, four].map(each => (each.status === 'fulfilled' ? each.value : []))
    const both = byTurns(sixes ?? [], fours ?? []).slice(0, mostAddresses)
    if (both.length === 0 && unanswered.length > 0) throw new Error('There was no answer.')
    return both
  }

  #remembered<T>(
    kept: Map<string, Kept<T>>,
    name: string,
    ask: () => Promise<T>,
    isGood: (answer: T) => boolean,
  ): Promise<T> {
    const now = this.#now()
    const known = kept.get(name)
    if (known !== undefined && known.until > now) return known.answer
    kept.delete(name)
    const entry: Kept<T> = { answer: ask(), until: now + believedMs }
    kept.set(name, entry)
    if (kept.size > mostAnswers) kept.delete(kept.keys().next().value as string)
    const doubt = (): void => {
      entry.until = Math.min(entry.until, this.#now() + disbelievedMs)
    }
    entry.answer.then(answer => {
      if (!isGood(answer)) doubt()
    }, doubt)
    return entry.answer
  }
}

function saysNone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENODATA' || code === 'ENOTFOUND'
}

/** RFC 2782: by priority, and by chance according to weight where that is the same. */
function inOrder(records: readonly (SrvRecord & { direct: boolean })[], random: () => number): Endpoint[] {
  const left = records.toSorted((one, other) => one.priority - other.priority || one.weight - other.weight)
  const endpoints: Endpoint[] = []
  while (left.length > 0) {
    const same = left.filter(({ priority }) => priority === left[0]?.priority)
    const { name, port, direct } = left.splice(byWeight(same, random()), 1)[0]!
    endpoints.push({ host: name, port, direct })
  }
  return endpoints
}

/** @param chance from 0 to 1. @returns which of them it is */
function byWeight(records: readonly SrvRecord[], chance: number): number {
  let at = chance * (records.reduce((sum, { weight }) => sum + weight, 0) + 1)
  for (const [index, { weight }] of records.entries()) {
    at -= weight
    if (at <= 0) return index
  }
  return records.length - 1
}

function byTurns(one: readonly string[], other: readonly string[]): string[] {
  const all: string[] = []
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    if (at < one.length) all.push(one[at]!)
    if (at < other.length) all.push(other[at]!)
  }
  return all
}
