/**
 * What one hosted domain may have otherwise than the service as a whole. The settings file says what is usual; the first
 * domain has nothing else.
 */

import { colour, contactList, oneOf, path, plainText, type Setting, toggle, webAddress } from './kit.ts'
import { domainList } from './kit-others.ts'
import type { Settings } from './schema.ts'

interface PerDomain<T> {
  readonly setting: Setting<T>
  /** What holds where the domain says nothing. */
  usual(settings: Settings): T
}

const of = <T>(setting: Setting<T>, usual: (settings: Settings) => T): PerDomain<T> => ({ setting, usual })

const contact = (help: string, usual: (settings: Settings['contact']) => readonly string[]) =>
  of(contactList({ default: [], help }), settings => usual(settings.contact))

const ofText = (help: string, usual: (settings: Settings) => string) =>
  of(plainText({ default: '', most: 2000, help }), usual)

const none: readonly string[] = []

export const perDomain = {
  registration: of(
    oneOf({
      default: 'invitation',
      words: ['open', 'invitation', 'closed'],
      help: 'How accounts come to be: by anybody, with an invitation, or by the operator only.',
    }),
    ({ registration }) => (registration.open ? 'open' : 'invitation'),
  ),
  usersMayInvite: of(
    toggle({ default: false, help: 'Whether everybody with an account may invite others to make one.' }),
    ({ registration }) => registration.usersMayInvite,
  ),
  roomsCreate: of(
    oneOf({
      default: 'local',
      words: ['local', 'admins', 'everyone'],
      help: 'Who of its people may make rooms; "everyone", in rooms of its own, means people of other services too.',
    }),
    ({ rooms }) => rooms.create,
  ),
  services: of(
    oneOf({
      default: 'shared',
      words: ['shared', 'own'],
      help:
        'Whether its people are shown the services of the first domain, or the same ones under names below their own ' +
        'domain, such as upload.example.org.',
    }),
    () => 'shared',
  ),
  webAddress: of(
    webAddress({
      default: '',
      shownDefault: 'that of the first domain',
      help: 'Where its people reach the HTTPS port, if not where those of the first domain do.',
    }),
    () => '',
  ),
  certificate: of(path({ default: '', help: 'Its certificate with the chain, PEM.' }), () => ''),
  key: of(path({ default: '', help: 'The private key of its certificate, PEM, without a passphrase.' }), () => ''),
  federationPolicy: of(
    oneOf({
      default: 'open',
      words: ['open', 'listed'],
      help: 'Which other servers it talks to: all that are not blocked, or those listed only.',
    }),
    ({ federation }) => federation.policy,
  ),
  federationAllowed: of(
    domainList({ default: [], help: 'Those that it talks to where these are listed.' }),
    ({ federation }) => federation.allowed,
  ),
  federationBlocked: of(
    domainList({ default: [], help: 'Those that it does not talk to, besides those in the settings file.' }),
    () => none,
  ),
  abuse: contact('For complaints about its people.', ({ abuse }) => abuse),
  admin: contact('For other operators.', ({ admin }) => admin),
  security: contact('For reports of vulnerabilities.', ({ security }) => security),
  support: contact('For its people.', ({ support }) => support),
  siteName: of(plainText({ default: '', most: 60, help: 'What it is called on its pages.' }), () => ''),
  siteAccent: of(colour({ default: '#2f5d62', help: 'The colour of its pages.' }), ({ site }) => site.accent),
  siteAboutEn: ofText('What its first page says about it, in English.', ({ site }) => site.aboutEn),
  siteAboutDe: ofText('The same in German.', ({ site }) => site.aboutDe),
  sitePriceEn: ofText('What it costs, in English.', ({ site }) => site.priceEn),
  sitePriceDe: ofText('The same in German.', ({ site }) => site.priceDe),
} as const

export type DomainSetting = keyof typeof perDomain

/** The values of everything that a domain may have otherwise. */
export type DomainSettings = {
  readonly [K in DomainSetting]: (typeof perDomain)[K] extends PerDomain<infer T> ? T : never
}

export const domainSettings = Object.keys(perDomain) as readonly DomainSetting[]

export function isDomainSetting(word: string): word is DomainSetting {
  return Object.hasOwn(perDomain, word)
}

/** `usersMayInvite` → `users-may-invite` */
export function optionName(key: DomainSetting): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** What holds for a domain that says nothing about it. */
export function usualSetting<K extends DomainSetting>(key: K, settings: Settings): DomainSettings[K] {
  return perDomain[key].usual(settings) as DomainSettings[K]
}

export type ReadSetting = { readonly value: DomainSettings[DomainSetting] } | { readonly refused: string }

/** Reads what the command line, or the store, says a setting is. */
export function readSetting(key: DomainSetting, written: string, base: string): ReadSetting {
  const { setting } = perDomain[key]
  const value = setting.read(setting.fromText(written), base)
  return typeof value === 'object' && 'refused' in value ? value : { value }
}

/** A value as it is kept, and as `readSetting` reads it again. */
export function writtenSetting(value: DomainSettings[DomainSetting]): string {
  return Array.isArray(value) ? value.join(' ') : String(value)
}
