import type { DomainSetting, DomainSettings } from '../../settings/per-domain.ts'

/** What has to be known of our domains. */
export interface OurDomains {
  readonly first: string
  /** The domain that a name stands for: itself, or what it is below. */
  under(name: string): string | undefined
  setting<K extends DomainSetting>(domain: string, key: K): DomainSettings[K]
}

/** The sets of lists that stay the same as long as the settings do. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/**
 * Whether a domain of ours and one elsewhere may talk at all. What the settings file blocks is blocked for every domain of
 * ours; a domain may block more, and have its own list of those it talks to.
 * @param our the domain, or that of a service below it
 */
export function mayTalk(domains: OurDomains, blockedByAll: readonly string[], our: string, their: string): boolean {
  const domain = domains.under(our) ?? domains.first
  if (covers(blockedByAll, their) || covers(domains.setting(domain, 'federationBlocked'), their)) return false
  if (domains.setting(domain, 'federationPolicy') === 'open') return true
  return covers(domains.setting(domain, 'federationAllowed'), their)
}

/** An entry stands for the domain and everything below it: rooms and whatever else it has. */
export function covers(list: readonly string[], domain: string): boolean {
  if (list.length === 0) return false
  let set = sets.get(list)
  if (set === undefined) {
    set = new Set(list)
    sets.set(list, set)
  }
  for (let name = domain; ; name = name.slice(name.indexOf('.') + 1)) {
    if (set.has(name)) return true
    if (!name.includes('.')) return false
  }
}
