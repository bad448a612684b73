/** XEP-0157: Contact Addresses for XMPP Services. Whom to write to about a domain. */
import type { LocalDomains } from '../accounts/domains.ts'
import { form } from '../protocol/data-forms.ts'
import { type Feature, xep } from '../routing/feature.ts'

const roles = ['abuse', 'admin', 'security', 'support'] as const

export const contactAddresses = (domains: LocalDomains): Feature => ({
  name: 'contact addresses',
  implements: [xep(157, '1.1.1', 'complete')],
  serverForms(domain) {
    const given = roles
      .map(role => [role, domains.setting(domain, role)] as const)
      .filter(([, addresses]) => addresses.length > 0)
    if (given.length === 0) return []
    return [
      form({
        type: 'result',
        means: 'http://jabber.org/network/serverinfo',
        fields: given.map(([role, values]) => ({ name: `${role}-addresses`, type: 'list-multi', values })),
      }),
    ]
  },
})
