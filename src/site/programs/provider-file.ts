/** `xmpp-provider-v2.json` (XMPP Providers): what directories of services show of this one. */

import { providerFile as keptFile } from '../../privacy/policy/data-policy.ts'
import type { PolicyFacts } from '../../privacy/policy/facts.ts'
import type { Settings } from '../../settings/schema.ts'
import { languages } from '../frame/language.ts'
import { inLanguage } from '../frame/layout.ts'

/**
 * @param web where the site is reached
 * @param passwordReset the path of the page on which a forgotten password is replaced, if there is one
 */
export function providerFile(
  { provider, site }: Settings,
  facts: PolicyFacts,
  web: string,
  passwordReset: string | undefined,
): Readonly<Record<string, unknown>> {
  const inEach = (address: (language: (typeof languages)[number]) => string) =>
    Object.fromEntries(languages.map(language => [language, address(language)]))
  const [notice] = site.legalNotice
  const { since, serverLocations } = provider
  return {
    website: inEach(language => `${web}${inLanguage('/', language)}`),
    passwordReset:
      passwordReset === undefined ? {} : inEach(language => `${web}${inLanguage(passwordReset, language)}`),
    legalNotice: notice === undefined ? {} : inEach(() => notice),
    // Addresses are given out at the domain that is asked, and nobody is told of the others.
    alternativeJids: [],
    busFactor: provider.busFactor,
    organization: provider.organization,
    serverTesting: provider.serverTesting,
    professionalHosting: provider.professionalHosting,
    freeOfCharge: provider.freeOfCharge,
    serverLocations: serverLocations.split(/ *, */).filter(country => country !== ''),
    ...(since === '' ? {} : { since }),
    ...keptFile(facts),
  }
}
