/** What the command line can have done about domains, by the running service or on the store itself. */

import { existsSync, readFileSync } from 'node:fs'
import type { Accounts } from '../accounts/accounts.ts'
import { endDomain } from '../accounts/domain-end.ts'
import type { DomainChanged, Domains, HostedDomain } from '../accounts/domains.ts'
import type { Invitations } from '../accounts/invitations.ts'
import { type Identity, identityOf } from '../connections/certificates.ts'
import { type Handler, Pieces, Refused } from '../operations/control.ts'
import { madeCertificate } from '../operations/self-signed.ts'
import { asciiDomain, prepareDomain } from '../protocol/jid.ts'
import { domainName } from '../settings/kit.ts'
import {
  type DomainSetting,
  type DomainSettings,
  domainSettings,
  isDomainSetting,
  optionName,
  readSetting,
  writtenSetting,
} from '../settings/per-domain.ts'
import type { Settings } from '../settings/schema.ts'
import type { Database } from '../storage/database.ts'

export interface DomainSummary {
  readonly name: string
  /** The domain of the settings file. */
  readonly first: boolean
  readonly accounts: number
  readonly registration: DomainSettings['registration']
  /** It is being removed. */
  readonly leaving?: true
}

export interface DomainDetails extends DomainSummary {
  /** The day it was added. */
  readonly created?: string
  readonly settings: readonly { readonly setting: DomainSetting; readonly value: string; readonly own: boolean }[]
  /** A sentence about what is shown by TLS. */
  readonly certificate: string
}

export interface DomainHandlerParts {
  readonly settings: Settings
  readonly db: Database
  readonly domains: Domains
  readonly accounts: Accounts
  readonly invitations: Invitations
}

export function domainHandlers(parts: DomainHandlerParts): Readonly<Record<string, Handler>> {
  const { db, domains, settings } = parts

  async function accountsIn(name: string): Promise<number> {
    const row = await db.get('SELECT COUNT(*) AS n FROM accounts WHERE domain = ?', [name])
    return Number(row?.n ?? 0)
  }

  function summary({ name, leaving }: HostedDomain, accounts: number): DomainSummary {
    return {
      name,
      first: name === domains.first,
      accounts,
      registration: domains.setting(name, 'registration'),
      ...(leaving ? { leaving } : {}),
    }
  }

  function known(name: string): HostedDomain {
    const found = domains.get(name)
    if (found === undefined) throw new Refused(`The domain ${name} is not served here. "sotto domain list" shows all.`)
    return found
  }

  return {
    async 'domain add'({ name, own }) {
      const domain = nameIn(name)
      const read = settingsIn(own)
      const notes = certificateNotes(domain, read, settings)
      insist(await domains.add(domain, read))
      return { name: domain, notes }
    },

    async 'domain set'({ name, own, usual }) {
      const domain = known(preparedIn(name)).name
      const read = settingsIn(own)
      const notes = certificateNotes(domain, read, settings)
      const back = Object.fromEntries(namesIn(usual).map(key => [key, undefined]))
      insist(await domains.change(domain, { ...back, ...read }))
      return { name: domain, notes }
    },

    async 'domain remove'({ name, erase }) {
      const domain = known(preparedIn(name)).name
      if (domain === domains.first) throw new Refused('The first domain is the one of the settings file, and stays.')
      const accounts = await accountsIn(domain)
      if (accounts > 0 && erase !== true) {
        throw new Refused(
          `${domain} has ${accounts === 1 ? 'an account' : `${accounts} accounts`}. Add --erase to erase everything about all of them for good.`,
        )
      }
      return new Pieces(endDomain(parts, domain))
    },

    async 'domain list'(): Promise<DomainSummary[]> {
      const rows = await db.all('SELECT domain, COUNT(*) AS n FROM accounts GROUP BY domain')
      const counts = new Map(rows.map(({ domain, n }) => [String(domain), Number(n)]))
      return [...domains].map(each => summary(each, counts.get(each.name) ?? 0))
    },

    async 'domain show'({ name }): Promise<DomainDetails> {
      const found = known(preparedIn(name))
      const domain = found.name
      return {
        ...summary(found, await accountsIn(domain)),
        ...(found.created === undefined ? {} : { created: found.created }),
        settings: domainSettings.map(setting => ({
          setting,
          value: writtenSetting(domains.setting(domain, setting)),
          own: found.own[setting] !== undefined,
        })),
        certificate: shownFor(domain, found.own, settings),
      }
    },
  }
}

function preparedIn(name: unknown): string {
  const prepared = typeof name === 'string' ? prepareDomain(name) : undefined
  if (prepared === undefined) throw new Refused('This is not the name of a domain, such as example.org.')
  return prepared
}

/** A name for people to have addresses in: more is asked of it than of one that is only looked for. */
function nameIn(name: unknown): string {
  const read = domainName({ default: '', help: '' }).read(name, '/')
  if (typeof read !== 'string') throw new Refused('This is not the name of a domain, such as example.org.')
  return read
}

function settingsIn(own: unknown): Partial<DomainSettings> {
  const read: Record<string, unknown> = {}
  for (const [key, written] of Object.entries((own ?? {}) as Record<string, unknown>)) {
    if (!isDomainSetting(key) || typeof written !== 'string') throw new Refused(`Domains have no setting ${key}.`)
    const found = readSetting(key, written, '/')
    if ('refused' in found) throw new Refused(`--${optionName(key)} ${found.refused}.`)
    read[key] = found.value
  }
  return read as Partial<DomainSettings>
}

function namesIn(usual: unknown): DomainSetting[] {
  return (Array.isArray(usual) ? usual : []).map(word => {
    const key = domainSettings.find(each => optionName(each) === word)
    if (key === undefined) {
      const all = domainSettings.map(optionName).join(', ')
      throw new Refused(`Domains have no setting ${word}. They have: ${all}.`)
    }
    return key
  })
}

function insist(result: DomainChanged): void {
  if (!result.done) throw new Refused(result.tell)
}

/** What somebody should know about a certificate that a domain is given. Throws `Refused` if it cannot be used at all. */
function certificateNotes(domain: string, own: Partial<DomainSettings>, settings: Settings): string[] {
  if (own.certificate === undefined || own.key === undefined) {
    if (own.certificate !== own.key)
      throw new Refused('A certificate and its key belong together: name both files, or neither.')
    return covered(domain, settings)
      ? []
      : [`No certificate is made out to ${domain}: a self-signed one is shown, which apps refuse or ask about.`]
  }
  const identity = readIdentity(own.certificate, own.key)
  if (identity === undefined) {
    throw new Refused(
      `${own.certificate} and ${own.key} cannot be used: they have to be PEM files that the service can read, and belong together.`,
    )
  }
  return identity.certificate.checkHost(asciiDomain(domain)) === undefined
    ? [`${own.certificate} is not made out to ${domain}: apps will refuse it.`]
    : []
}

function shownFor(domain: string, own: Partial<DomainSettings>, settings: Settings): string {
  if (own.certificate !== undefined && own.key !== undefined) {
    return `its own, ${validity(readIdentity(own.certificate, own.key))}`
  }
  if (covered(domain, settings) || domain === settings.service.domain) {
    return `that of the first domain, ${validity(readIdentity(settings.tls.certificate, settings.tls.key))}`
  }
  const made = madeCertificate(settings.service.data, domain)
  return existsSync(made.certificate) ? 'self-signed' : 'self-signed, made when somebody first connects'
}

function validity(identity: Identity | undefined): string {
  return identity === undefined
    ? 'which cannot be read'
    : `valid until ${identity.certificate.validToDate.toISOString().slice(0, 10)}`
}

function covered(domain: string, { tls }: Settings): boolean {
  return readIdentity(tls.certificate, tls.key)?.certificate.checkHost(asciiDomain(domain)) !== undefined
}

function readIdentity(certificate: string, key: string): Identity | undefined {
  try {
    return identityOf(readFileSync(certificate), readFileSync(key))
  } catch {
    return undefined
  }
}
