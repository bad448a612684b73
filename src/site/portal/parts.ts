/** What the account pages may have done, and by whom. */

import type { Account, Accounts } from '../../accounts/accounts.ts'
import type { ArchivePreferences } from '../../accounts/archive-preferences.ts'
import type { Documents } from '../../accounts/documents.ts'
import type { DomainRequests } from '../../accounts/domain-requests.ts'
import type { ImportReport, NoImport } from '../../accounts/import-report.ts'
import type { Invitations } from '../../accounts/invitations.ts'
import type { Marks } from '../../accounts/marks.ts'
import type { Notices } from '../../accounts/notices.ts'
import type { OneUseLinks } from '../../accounts/one-use-links.ts'
import type { OwnRetention } from '../../accounts/own-retention.ts'
import type { AddressMark, RecoveryAddresses } from '../../accounts/recovery-address.ts'
import type { Reports } from '../../accounts/reports.ts'
import type { SecondFactors } from '../../accounts/second-factor.ts'
import type { Opened, WebDoor } from '../../accounts/sign-in/web-door.ts'
import type { WebSessions } from '../../accounts/sign-in/web-sessions.ts'
import type { Suspensions } from '../../accounts/suspensions.ts'
import type { Mailer } from '../../mail/mailer.ts'
import type { HealthReport } from '../../operations/health.ts'
import type { Limiter } from '../../operations/limits.ts'
import type { Holding } from '../../privacy/describe.ts'
import type { PolicyFacts } from '../../privacy/policy/facts.ts'
import type { BareJid } from '../../protocol/jid.ts'
import type { Settings } from '../../settings/schema.ts'
import type { FormTokens } from '../frame/form.ts'
import type { Language } from '../frame/language.ts'

/** A connected app. */
export interface Device {
  /** What the app calls itself on this account; whatever it likes. */
  readonly resource: string
  /** Its connection broke, and it may come back to it. */
  readonly waiting: boolean
}

/** An uploaded file, as its owner may see it. */
export interface OwnFile {
  readonly blob: string
  readonly day: string
  readonly kib: number
}

/** What an account takes up, in bytes. */
export interface AccountSize {
  readonly documents: number
  readonly history: number
  readonly files: number
}

/** What lies in other rooms: the keys, the archive, the files, the sessions of apps. */
export interface OwnThings {
  holdings(account: Account): Promise<readonly Holding[]>
  facts(domain: string): PolicyFacts
  /** Whether there is a recovery code. */
  hasRecoveryCode(account: number): Promise<boolean>
  knowsRecoveryCode(account: number, code: string): Promise<boolean>
  /** A new code; undefined where the history does not open with the password any more. Wipes the key. */
  newRecoveryCode(opened: Opened): Promise<string | undefined>
  /** Changes the password of an account whose present one was given; what it opens stays open to the new one. */
  changePassword(opened: Opened, password: string): ReturnType<Accounts['setPassword']>
  exported(opened: Opened): AsyncIterable<string>
  /** The same and the uploaded files, as far as their links can be found: a ZIP archive. */
  bundled(opened: Opened, language: Language): AsyncIterable<Uint8Array>
  /** Takes in a file from elsewhere (XEP-0227), as it comes. */
  imported(
    opened: Opened,
    file: AsyncIterable<Uint8Array>,
    how: { readonly from?: BareJid; readonly tells: boolean },
  ): Promise<ImportReport | NoImport>
  preferences(jid: BareJid): Promise<ArchivePreferences | undefined>
  /** Erases the history; resolves with the number of messages. */
  purgeHistory(account: number): Promise<number>
  files(account: number): Promise<readonly OwnFile[]>
  removeFiles(account: number, blobs: readonly string[]): Promise<number>
  /** Bytes of documents, of sealed messages and of files, for each of these accounts. */
  sizes(accounts: readonly number[]): Promise<ReadonlyMap<number, AccountSize>>
  devices(jid: BareJid): readonly Device[]
  /** Ends the connection of one app, or of all. Resolves with how many there were. */
  disconnect(jid: BareJid, resource?: string): number
  /** Where the account says that it has moved to (XEP-0283). */
  movedTo(jid: BareJid): Promise<string | undefined>
  /** False if it could not be said. */
  sayMoved(jid: BareJid, to: BareJid | undefined): Promise<boolean>
  /** A message of a domain to those of it who are connected. Returns how many that were. */
  announce(domain: string, text: string): number
  health(): HealthReport
  /** The last run of `sotto audit`. */
  lastAudit(): { readonly day: string; readonly findings: number } | undefined
}

export interface PortalParts {
  /** The first domain: who looks after it looks after the service, too. */
  readonly firstDomain: string
  /** The settings as they are for a domain that is served here. */
  settingsOf(domain: string): Settings
  readonly accounts: Accounts
  readonly door: WebDoor
  readonly sessions: WebSessions
  readonly tokens: FormTokens
  readonly limiter: Limiter
  readonly mailer: Mailer
  readonly documents: Documents
  readonly addresses: RecoveryAddresses
  readonly secondFactors: SecondFactors
  readonly marks: Marks
  readonly suspensions: Suspensions
  readonly invitations: Invitations
  readonly reports: Reports
  readonly domainRequests: DomainRequests
  readonly notices: Notices
  readonly ownRetention: OwnRetention
  readonly things: OwnThings
  /** Links that confirm an address. */
  readonly confirmations: OneUseLinks<{ readonly account: Account; readonly mark: AddressMark }>
  /** Links that choose a new password. */
  readonly resets: OneUseLinks<{ readonly account: Account }>
  /** Where the site is reached by the people of a domain: `https://name:port`. */
  webAddress(domain: string): string
  /** Told of what should not happen after a page has answered. */
  failed(bug: unknown): void
  today(): string
}
