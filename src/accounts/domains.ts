import { domainToUnicode } from 'node:url'
import { serviceTable } from '../privacy/catalogue.ts'
import type { Day } from '../privacy/day.ts'
import { prepareDomain } from '../protocol/jid.ts'
import {
  type DomainSetting,
  type DomainSettings,
  isDomainSetting,
  readSetting,
  usualSetting,
  writtenSetting,
} from '../settings/per-domain.ts'
import type { Settings } from '../settings/schema.ts'
import type { Database, Step } from '../storage/database.ts'
import { covers } from './domain-lists.ts'

export const domainsTable = serviceTable(
  'domains',
  {
    name: { kind: 'name', why: 'a domain that people have addresses in, besides the one of the settings file' },
    created: { kind: 'day', why: 'the day the operator added it' },
    leaving: {
      kind: 'number',
      why: 'whether it is being removed: its accounts are erased, by the next start at the latest',
    },
  },
  { key: ['name'], keep: 'until the operator removes it', reader: 'public', endedBy: 'the operator', since: 5 },
)

export const domainSettingsTable = serviceTable(
  'domain_settings',
  {
    domain: { kind: 'name', why: 'the domain that has something otherwise than the service as a whole' },
    setting: { kind: 'text', why: 'what it has otherwise' },
    value: { kind: 'name', why: 'what the operator chose for it' },
  },
  {
    key: ['domain', 'setting'],
    clustered: true,
    keep: 'until the operator changes it, or removes the domain',
    reader: 'public',
    endedBy: 'the operator',
    since: 5,
  },
)

/** The names, below a domain, at which this program has services. */
export const serviceLabels = ['upload', 'proxy', 'conference'] as const
export type ServiceLabel = (typeof serviceLabels)[number]

/** What routing asks about domains. */
export interface LocalDomains {
  /** The domain of the settings file. */
  readonly first: string
  /** Do people here have addresses in that domain? */
  has(domain: string): boolean
  /** May people sign in to that domain, and make accounts there? Not any more once it is being removed. */
  welcomes(domain: string): boolean
  /** Grows whenever a domain goes, or has other settings than before. */
  readonly changes: number
  /** What a domain has, or what is usual. */
  setting<K extends DomainSetting>(domain: string, key: K): DomainSettings[K]
  /** Does a domain of ours, or a service below it, talk to that other domain? */
  lets(our: string, their: string): boolean
}

export interface HostedDomain {
  readonly name: string
  /** Undefined for the first one. */
  readonly created: Day | undefined
  readonly leaving: boolean
  /** What it has otherwise than the service as a whole. */
  readonly own: Partial<DomainSettings>
}

export type DomainRefusal = { readonly done: false; readonly tell: string }
export type DomainChanged = { readonly done: true } | DomainRefusal

/** Settings of a domain that become others; undefined takes back what is usual. */
export type DomainChanges = { readonly [K in DomainSetting]?: DomainSettings[K] | undefined }

export interface DomainEvents {
  added(domain: string): void | Promise<void>
  /** A setting is a different one now. */
  changed(domain: string): void | Promise<void>
  /** Nobody can sign in any more; its accounts are about to be erased. */
  leaving(domain: string): void | Promise<void>
  removed(domain: string): void | Promise<void>
}

type Listeners = { readonly [E in keyof DomainEvents]: Set<DomainEvents[E]> }

interface Row {
  name: string
  created: Day
  leaving: boolean
  own: Partial<DomainSettings>
}

/** What most domains have: one object for all of them. */
const nothing: Partial<DomainSettings> = Object.freeze({})

export interface DomainsParts {
  readonly db: Database
  readonly settings: Settings
  readonly today: () => Day
}

/**
 * The domains that this program serves: the one of the settings file, and any number of rows, all in memory. What has
 * changed is in force when it is on the disk.
 */
export class Domains implements LocalDomains {
  readonly first: string
  readonly #parts: DomainsParts
  readonly #rows = new Map<string, Row>()
  /** By the host names of their web addresses. */
  readonly #hosts = new Map<string, string>()
  readonly #listeners: Listeners = { added: new Set(), changed: new Set(), leaving: new Set(), removed: new Set() }

  #changes = 0

  private constructor(parts: DomainsParts) {
    this.#parts = parts
    this.first = parts.settings.service.domain
  }

  /** Reads all there are. */
  static async open(parts: DomainsParts): Promise<Domains> {
    const domains = new Domains(parts)
    const rows = await parts.db.all('SELECT name, created, leaving FROM domains ORDER BY name')
    for (const { name, created, leaving } of rows) domains.#hold(String(name), String(created), leaving === 1)
    for (const { domain, setting, value } of await parts.db.all('SELECT domain, setting, value FROM domain_settings')) {
      const key = String(setting)
      const read = isDomainSetting(key) ? readSetting(key, String(value), '/') : undefined
      const row = domains.#rows.get(String(domain))
      if (row !== undefined && read !== undefined && 'value' in read) row.own = { ...row.own, [key]: read.value }
    }
    for (const row of domains.#rows.values()) domains.#index(row)
    return domains
  }

  get changes(): number {
    return this.#changes
  }

  /** How many there are, the first included. */
  get size(): number {
    return this.#rows.size + 1
  }

  has(domain: string): boolean {
    return domain === this.first || this.#rows.has(domain)
  }

  welcomes(domain: string): boolean {
    return domain === this.first || this.#rows.get(domain)?.leaving === false
  }

  get(domain: string): HostedDomain | undefined {
    if (domain === this.first) return { name: domain, created: undefined, leaving: false, own: nothing }
    return this.#rows.get(domain)
  }

  /** All of them, the first one first. */
  *[Symbol.iterator](): IterableIterator<HostedDomain> {
    yield this.get(this.first)!
    yield* this.#rows.values()
  }

  setting<K extends DomainSetting>(domain: string, key: K): DomainSettings[K] {
    const own = domain === this.first ? undefined : this.#rows.get(domain)?.own[key]
    return (own as DomainSettings[K] | undefined) ?? usualSetting(key, this.#parts.settings)
  }

  /** What the settings file blocks is blocked for every domain; each may block more, and say whom it talks to. */
  lets(our: string, their: string): boolean {
    const domain = this.under(our) ?? this.first
    const { blocked } = this.#parts.settings.federation
    if (covers(blocked, their) || covers(this.setting(domain, 'federationBlocked'), their)) return false
    if (this.setting(domain, 'federationPolicy') === 'open') return true
    return covers(this.setting(domain, 'federationAllowed'), their)
  }

  /** The settings of the service as they are for a domain: its own where it has some. */
  settingsOf(domain: string): Settings {
    const { settings } = this.#parts
    if (domain === this.first) return settings
    const of = <K extends DomainSetting>(key: K) => this.setting(domain, key)
    return {
      ...settings,
      service: { ...settings.service, domain },
      registration: {
        ...settings.registration,
        open: of('registration') === 'open',
        usersMayInvite: of('usersMayInvite'),
      },
      contact: {
        ...settings.contact,
        abuse: of('abuse'),
        admin: of('admin'),
        security: of('security'),
        support: of('support'),
      },
      site: {
        ...settings.site,
        name: of('siteName'),
        accent: of('siteAccent'),
        aboutEn: of('siteAboutEn'),
        aboutDe: of('siteAboutDe'),
        priceEn: of('sitePriceEn'),
        priceDe: of('sitePriceDe'),
      },
    }
  }

  /**
   * The domain that a host name stands for: its own name, that of its web address, or one below it, such as
   * `www.example.org`. Undefined for names that nobody has here.
   * @param host as it was written; a port behind it does not matter
   */
  under(host: string): string | undefined {
    if (this.has(host)) return host
    let name = prepareDomain(domainToUnicode(host.replace(/:\d*$/, '')))
    for (let deeper = 0; name !== undefined && deeper < deepest; deeper++) {
      const known = this.has(name) ? name : this.#hosts.get(name)
      if (known !== undefined) return known
      const dot = name.indexOf('.')
      name = dot === -1 ? undefined : name.slice(dot + 1)
    }
    return undefined
  }

  /** Calls back at each such event until the returned function is called. */
  on<E extends keyof DomainEvents>(event: E, listener: DomainEvents[E]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** @param name prepared */
  async add(name: string, own: Partial<DomainSettings> = {}): Promise<DomainChanged> {
    const refused = this.#whyNot(name, own)
    if (refused !== undefined) return refuse(refused)
    const { db, today } = this.#parts
    const row = this.#hold(name, today(), false)
    row.leaving = true
    try {
      await db.unit([
        ['INSERT INTO domains (name, created, leaving) VALUES (?, ?, 0)', [name, row.created]],
        ...Object.entries(own).map(([key, value]) => kept(name, key, value)),
      ])
    } catch (error) {
      this.#rows.delete(name)
      throw error
    }
    row.own = Object.keys(own).length === 0 ? nothing : own
    row.leaving = false
    this.#index(row)
    await this.#tell('added', name)
    return { done: true }
  }

  /** Gives a domain settings of its own; undefined takes back what is usual. */
  async change(name: string, changes: DomainChanges): Promise<DomainChanged> {
    const row = this.#rows.get(name)
    if (row === undefined) return refuse(name === this.first ? speaksForFirst : noSuchDomain(name))
    const own: Record<string, unknown> = { ...row.own }
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete own[key]
      else own[key] = value
    }
    const refused = this.#conflict(name, own as Partial<DomainSettings>)
    if (refused !== undefined) return refuse(refused)
    await this.#parts.db.unit(
      Object.entries(changes).map(
        ([key, value]): Step =>
          value === undefined
            ? ['DELETE FROM domain_settings WHERE domain = ? AND setting = ?', [name, key]]
            : kept(name, key, value),
      ),
    )
    this.#unindex(row)
    row.own = own as Partial<DomainSettings>
    this.#changes++
    this.#index(row)
    await this.#tell('changed', name)
    return { done: true }
  }

  /** Nobody comes in any more: the first step of a removal, which goes on at the next start if it is interrupted. */
  async close(name: string): Promise<DomainChanged> {
    const row = this.#rows.get(name)
    if (row === undefined) return refuse(name === this.first ? firstStays : noSuchDomain(name))
    row.leaving = true
    await this.#parts.db.run('UPDATE domains SET leaving = 1 WHERE name = ?', [name])
    await this.#tell('leaving', name)
    return { done: true }
  }

  /** The last step of a removal: the domain is not served any more. */
  async drop(name: string): Promise<void> {
    const row = this.#rows.get(name)
    if (row === undefined) return
    await this.#parts.db.unit([
      ['DELETE FROM domains WHERE name = ?', [name]],
      ['DELETE FROM domain_settings WHERE domain = ?', [name]],
    ])
    this.#unindex(row)
    this.#rows.delete(name)
    this.#changes++
    await this.#tell('removed', name)
  }

  #hold(name: string, created: Day, leaving: boolean): Row {
    const row: Row = { name, created, leaving, own: nothing }
    this.#rows.set(name, row)
    return row
  }

  #whyNot(name: string, own: Partial<DomainSettings>): string | undefined {
    if (this.has(name)) return `The domain ${name} is served already.`
    const dot = name.indexOf('.')
    const label = name.slice(0, Math.max(dot, 0))
    if ((serviceLabels as readonly string[]).includes(label) && this.has(name.slice(dot + 1))) {
      return `${name} is the name of a service of ${name.slice(dot + 1)}. Choose another name.`
    }
    if (this.#parts.settings.components.secrets.some(entry => entry.split(' ')[0] === name)) {
      return `${name} is the domain of a component (components.secrets in the settings).`
    }
    return this.#conflict(name, own)
  }

  #conflict(name: string, own: Partial<DomainSettings>): string | undefined {
    if ((own.certificate === undefined) !== (own.key === undefined)) {
      return 'A certificate and its key belong together: name both files, or neither.'
    }
    const below = serviceLabels.map(label => `${label}.${name}`).find(each => this.has(each))
    if (own.services === 'own' && below !== undefined) {
      return `${name} cannot have services of its own: ${below} is a domain with accounts.`
    }
    const host = own.webAddress ? new URL(own.webAddress).hostname : undefined
    const other = host === undefined ? undefined : this.#hosts.get(hostKey(host))
    if (other !== undefined && other !== name) return `${host} is the web address of ${other} already.`
    return undefined
  }

  #index({ name, own }: Row): void {
    if (own.webAddress) this.#hosts.set(hostKey(new URL(own.webAddress).hostname), name)
  }

  #unindex({ name, own }: Row): void {
    const host = own.webAddress ? hostKey(new URL(own.webAddress).hostname) : undefined
    if (host !== undefined && this.#hosts.get(host) === name) this.#hosts.delete(host)
  }

  async #tell<E extends keyof DomainEvents>(event: E, domain: string): Promise<void> {
    for (const listener of [...this.#listeners[event]]) await listener(domain)
  }
}

/** A host may be this many labels below its domain. */
const deepest = 4

function hostKey(host: string): string {
  return prepareDomain(domainToUnicode(host)) ?? host
}

function kept(domain: string, setting: string, value: unknown): Step {
  return [
    'INSERT INTO domain_settings (domain, setting, value) VALUES (?, ?, ?) ON CONFLICT (domain, setting) DO UPDATE SET value = excluded.value',
    [domain, setting, writtenSetting(value as DomainSettings[DomainSetting])],
  ]
}

const refuse = (tell: string): DomainRefusal => ({ done: false, tell })
const speaksForFirst = 'The settings file speaks for the first domain: change them there.'
const firstStays = 'The first domain is the one of the settings file, and stays.'
const noSuchDomain = (name: string): string => `The domain ${name} is not served here. "sotto domain list" shows all.`
