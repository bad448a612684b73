/** XEP-0157: Contact Addresses for XMPP Services. Whom to write to about this server. */
import { form } from '../protocol/data-forms.ts'
import { type Feature, xep } from '../routing/feature.ts'
import type { Settings } from '../settings/schema.ts'

export const contactAddresses = ({ abuse, admin, security, support }: Settings['contact']): Feature => {
  const given = Object.entries({ abuse, admin, security, support }).filter(([, addresses]) => addresses.length > 0)
  const addresses = form({
    type: 'result',
    means: 'http://jabber.org/network/serverinfo',
    fields: given.map(([role, values]) => ({ name: `${role}-addresses`, type: 'list-multi', values })),
  })
  return {
    name: 'contact addresses',
    implements: [xep(157, '1.1.1', 'complete')],
    serverForms: () => (given.length > 0 ? [addresses] : []),
  }
}
