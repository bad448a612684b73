/** How the entries of the catalogue are told to people: several of them may be one thing to whom they are about. */

import type { Catalogue } from '../catalogue.ts'
import type { PolicyFacts } from './facts.ts'

/** What is kept about a person, in the order of the policy, with the names in the catalogue that it stands for. */
export const things = {
  account: ['accounts', 'departures'],
  password: ['credentials'],
  email: ['recovery-address'],
  codes: ['second-factor'],
  contacts: ['roster'],
  blocked: ['blocklist'],
  apps: ['private-xml', 'pep-private'],
  card: ['vcard'],
  published: ['pep-nodes', 'pep-shared', 'pep-large'],
  phones: ['push'],
  invitations: ['invitations'],
  marks: ['marks', 'suspension'],
  domainWish: ['domain_requests'],
  reports: ['reports'],
  history: ['entries', 'epochs', 'archive_days', 'archive'],
  memberships: ['rooms', 'room_people', 'room_cards'],
  rooms: ['room_days', 'room_authors', 'room_entries', 'room archives', 'room_keys'],
  waiting: ['spool', 'waiting'],
  preferences: ['archive-preferences', 'own_retention'],
  files: ['files', 'uploads'],
  keys: ['archive_keys', 'archive_wraps', 'vault', 'keys'],
  gone: ['tombstones'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Thing = keyof typeof things

/** What is about nobody, and what only holds the things above. */
const carriers = [
  'documents',
  'store',
  'counters',
  'service_keys',
  'domains',
  'domain_settings',
  'notices',
  'retention',
  'policy_versions',
  'audits',
  'certificate',
  'certificate key',
  'control',
]

/** The things that are kept, by the catalogue. */
export function thingsKept(facts: PolicyFacts): Thing[] {
  return (Object.keys(things) as Thing[]).filter(thing => things[thing].some(name => facts.keeps(name)))
}

/** Names in the catalogue that no thing stands for: the policy would be silent about them. */
export function untold({ tables, collections, files }: Catalogue): string[] {
  const told = new Set<string>([...Object.values(things).flat(), ...carriers])
  return [...tables, ...collections, ...files].map(({ name }) => name).filter(name => !told.has(name))
}
