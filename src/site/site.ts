/** The web site of the service: everything at the HTTPS port that people look at. No logic. */

import type { Page } from '../http/page.ts'
import type { Refusal } from '../http/server.ts'
import type { PolicyFacts } from '../privacy/policy/facts.ts'
import type { Settings } from '../settings/schema.ts'
import { Frame } from './frame/frame.ts'
import { type Guise, usualGuise } from './frame/guise.ts'
import type { SitePage } from './frame/page.ts'
import { sheetPage } from './look/sheet.ts'
import { contactPage } from './pages/contact.ts'
import { homePage } from './pages/home.ts'
import { privacyPage } from './pages/privacy.ts'
import { yourDomainPage } from './pages/your-domain.ts'

export interface SiteParts {
  readonly settings: Settings
  readonly softwareVersion: string
  /** Where the HTTPS port is reached: `https://name:port`. */
  webAddress(): string
  policyFacts(domain: string): PolicyFacts
  /** The look of another domain that is served here; undefined where it has none of its own. */
  guise?(domain: string): Guise | undefined
  /** Pages of other rooms, in the same frame. */
  readonly more?: readonly SitePage[]
}

export interface Site {
  readonly pages: readonly Page[]
  readonly refusal: Refusal
}

export function openSite(parts: SiteParts): Site {
  const { settings, softwareVersion } = parts
  const usual = usualGuise(settings)
  const frame = new Frame({
    facts: { softwareVersion, legalNotice: settings.site.legalNotice[0], source: settings.site.source[0] },
    guise: host => parts.guise?.((host ?? '').replace(/:\d+$/, '').toLowerCase()) ?? usual,
    webAddress: () => parts.webAddress(),
  })
  const { contact } = settings
  const pages: readonly SitePage[] = [
    homePage({
      open: settings.registration.open,
      days: settings.retention.days,
      sealed: settings.archive.seal === 'owner',
      status: contact.status[0],
    }),
    contactPage({ contact, status: contact.status }),
    privacyPage({ facts: parts.policyFacts }),
    yourDomainPage,
    ...(parts.more ?? []),
  ]
  return { pages: [sheetPage, ...frame.pages(pages)], refusal: frame.refusal }
}
