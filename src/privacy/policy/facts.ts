/** What the privacy policy goes by: the catalogue and the settings in force. Every form of the policy is made from this. */

import type { Catalogue } from '../catalogue.ts'

export const contactRoles = ['support', 'abuse', 'security', 'admin'] as const
export type ContactRole = (typeof contactRoles)[number]

/** The settings that the policy speaks of. */
export interface PolicySettings {
  readonly service: { readonly domain: string }
  readonly registration: { readonly open: boolean }
  readonly retention: { readonly days: number }
  readonly contact: Readonly<Record<ContactRole, readonly string[]>>
  readonly files: { readonly accountBytes: number }
  readonly accounts?: { readonly graceDays: number }
  readonly archive?: { readonly seal: 'owner' | 'server' }
}

export interface PolicyFacts {
  readonly domain: string
  /** Anybody can make an account. */
  readonly openToAll: boolean
  /** How long messages stay at most. */
  readonly days: number
  /** Days between leaving and being erased. */
  readonly graceDays: number
  /** Bytes that the files of one account may have together; undefined if no files are kept. */
  readonly fileBytes: number | undefined
  /** Addresses (URIs) by what they are for; only roles that have some. */
  readonly contact: readonly (readonly [role: ContactRole, addresses: readonly string[]])[]
  /** Who can open the message history; undefined if none is kept. */
  readonly historyFor: 'owner' | 'server' | undefined
  /** What is private is encrypted on the disk, with a key of its account's own. */
  readonly sealed: boolean
  /** Whether something of that name is in the catalogue: a table, a collection or a kind of files. */
  keeps(name: string): boolean
}

export function policyFacts(catalogue: Catalogue, settings: PolicySettings): PolicyFacts {
  const { tables, collections, files } = catalogue
  const names = new Set([...tables, ...collections, ...files].map(({ name }) => name))
  return {
    domain: settings.service.domain,
    openToAll: settings.registration.open,
    days: settings.retention.days,
    graceDays: settings.accounts?.graceDays ?? 0,
    fileBytes: names.has('files') ? settings.files.accountBytes : undefined,
    contact: contactRoles.flatMap(role =>
      settings.contact[role].length > 0 ? [[role, settings.contact[role]] as const] : [],
    ),
    historyFor: names.has('entries') ? (settings.archive?.seal ?? 'owner') : undefined,
    sealed: names.has('vault') && !names.has('spool'),
    keeps: name => names.has(name),
  }
}
