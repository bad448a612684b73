import type { Domains, LocalDomains } from '../../src/accounts/domains.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { usualSetting } from '../../src/settings/per-domain.ts'

/** One domain, with nothing but what is usual. */
export function domainsOf(first: string): LocalDomains & Pick<Domains, 'under'> {
  const { settings } = loadSettings({ env: { SOTTO_SERVICE_DOMAIN: first }, directory: import.meta.dirname })
  return {
    first,
    has: domain => domain === first,
    welcomes: domain => domain === first,
    setting: (_domain, key) => usualSetting(key, settings),
    under: host => (host === first ? first : undefined),
    changes: 0,
    lets: () => true,
  }
}
