/** The web site of the service: everything at the HTTPS port that people look at. No logic. */

import type { Invitations } from '../accounts/invitations.ts'
import type { Joining } from '../accounts/joining.ts'
import type { NewCode } from '../accounts/recovery.ts'
import type { Page } from '../http/page.ts'
import type { Refusal } from '../http/server.ts'
import type { Limiter } from '../operations/limits.ts'
import type { AuditResult } from '../privacy/last-audit.ts'
import type { PolicyFacts } from '../privacy/policy/facts.ts'
import type { PolicyVersions } from '../privacy/policy/versions.ts'
import type { BareJid } from '../protocol/jid.ts'
import type { Settings } from '../settings/schema.ts'
import { FormTokens } from './frame/form.ts'
import { Frame } from './frame/frame.ts'
import { FormGuard } from './frame/guard.ts'
import type { SitePage } from './frame/page.ts'
import { sheetPage } from './look/sheet.ts'
import { contactPage, type Operators } from './pages/contact.ts'
import { homePage } from './pages/home.ts'
import { invitationPage } from './pages/invitation.ts'
import { privacyPages } from './pages/privacy.ts'
import type { StatusParts } from './pages/status.ts'
import { yourDomainPage } from './pages/your-domain.ts'
import { programPages } from './programs/programs.ts'
import { signUpPages } from './sign-up/sign-up.ts'

export interface SiteParts {
  readonly softwareVersion: string
  /** The settings as they are for a domain that is served here. */
  settingsOf(domain: string): Settings
  /** The domain that a host name stands for; the first one where it is nobody's. */
  domainAt(host: string): string
  /** Where the HTTPS port is reached by the people of a domain: `https://name:port`. */
  webAddress(domain: string): string
  policyFacts(domain: string): PolicyFacts
  readonly versions: PolicyVersions
  lastAudit(): AuditResult | undefined
  readonly status: StatusParts
  readonly joining: Joining
  readonly invitations: Invitations
  readonly limiter: Limiter
  /** Those who look after a domain, and how a message gets to them. */
  readonly operators: Operators
  /** A recovery code for an account that was just made. */
  recoveryCode(jid: BareJid, password: string): Promise<NewCode>
  /** Milliseconds since 1970. */
  now(): number
  /** The path of the page on which a forgotten password is replaced, if there is one. */
  readonly passwordReset?: string
  /** Pages of other rooms, in the same frame. */
  readonly more?: readonly SitePage[]
}

export interface Site {
  readonly pages: readonly Page[]
  readonly refusal: Refusal
}

export function openSite(parts: SiteParts): Site {
  const settingsAt = (host: string): Settings => parts.settingsOf(parts.domainAt(host))
  const frame = new Frame({
    softwareVersion: parts.softwareVersion,
    settingsAt,
    webAddress: domain => parts.webAddress(domain),
  })
  const guard = new FormGuard(new FormTokens(() => parts.now()))
  const pages: readonly SitePage[] = [
    homePage(parts.status),
    contactPage({ guard, status: parts.status, limiter: parts.limiter, operators: parts.operators }),
    ...privacyPages({ facts: parts.policyFacts, versions: parts.versions, lastAudit: () => parts.lastAudit() }),
    yourDomainPage,
    invitationPage(parts),
    ...signUpPages({
      joining: parts.joining,
      invitations: parts.invitations,
      guard,
      recoveryCode: (jid, password) => parts.recoveryCode(jid, password),
      mayLookUp: network => parts.limiter.allow('nameLookUp', network),
    }),
    ...(parts.more ?? []),
  ]
  const programs = programPages({
    softwareVersion: parts.softwareVersion,
    settingsAt,
    webAddress: domain => parts.webAddress(domain),
    policyFacts: parts.policyFacts,
    passwordReset: parts.passwordReset,
  })
  return { pages: [sheetPage, ...programs, ...frame.pages(pages)], refusal: frame.refusal }
}
