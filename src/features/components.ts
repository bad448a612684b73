/** XEP-0114: Jabber Component Protocol. Programs beside this one that serve domains of their own are among its services. */
import { type Jid, parseJid } from '../protocol/jid.ts'
import { type Feature, xep } from '../routing/feature.ts'

/** @param present the domains of components that are connected now */
export const components = (present: () => readonly string[]): Feature => ({
  name: 'components',
  implements: [xep(114, '1.6', 'complete', 'the method “accept”')],
  serverItems: () =>
    present()
      .map(domain => parseJid(domain))
      .filter((jid): jid is Jid => jid !== undefined)
      .map(jid => ({ jid })),
})
