/** XEP-0060#entity: what service discovery tells about an account's nodes, to those who may read them. */
import { NS } from '../../protocol/namespaces.ts'
import { xml } from '../../protocol/xml/element.ts'
import type { AccountDiscovery } from '../../routing/feature.ts'
import { mayRead, refusedReading } from './access.ts'
import { metadataForm } from './configuration.ts'
import { pubsub } from './names.ts'
import type { PubsubService } from './service.ts'

/** What is announced of XEP-0060#features; the rest is not there. */
export const pubsubFeatures = [
  'access-authorize',
  'access-open',
  'access-presence',
  'access-roster',
  'access-whitelist',
  'auto-create',
  'auto-subscribe',
  'config-node',
  'config-node-max',
  'create-and-configure',
  'create-nodes',
  'delete-items',
  'delete-nodes',
  'filtered-notifications',
  'instant-nodes',
  'item-ids',
  'last-published',
  'manage-subscriptions',
  'member-affiliation',
  'meta-data',
  'modify-affiliations',
  'multi-items',
  'outcast-affiliation',
  'persistent-items',
  'presence-notifications',
  'presence-subscribe',
  'publish',
  'publish-options',
  'pubsub-on-a-jid',
  'purge-nodes',
  'retract-items',
  'retrieve-affiliations',
  'retrieve-default',
  'retrieve-items',
  'retrieve-subscriptions',
  'rsm',
  'subscribe',
].map(name => `${pubsub}#${name}`)

export function discoveryOf(service: PubsubService): AccountDiscovery {
  return {
    identities: [xml('identity', { category: 'pubsub', type: 'pep' })],

    async items(account, asker, name) {
      const shelf = await service.shelf(account)
      if (name === undefined) {
        const readable = [...shelf.all()].filter(node => mayRead(account, node, asker))
        return readable.map(node => ({ jid: account.jid, node: node.name }))
      }
      const node = shelf.get(name)
      if (node === undefined) return undefined
      const refused = refusedReading(account, node, asker)
      if (refused !== undefined) throw refused
      // XEP-0060#entity-discoveritems: the name is the item's id, and there is no node.
      return Array.from(node.shown(), ({ id }) => ({ jid: account.jid, name: id }))
    },

    async info(account, asker, name) {
      const shelf = await service.shelf(account)
      const node = shelf.get(name)
      if (node === undefined) return undefined
      const refused = refusedReading(account, node, asker)
      if (refused !== undefined) throw refused
      return [
        xml('identity', { category: 'pubsub', type: 'leaf' }),
        ...[pubsub, NS.discoInfo, NS.discoItems].map(name => xml('feature', { var: name })),
        metadataForm(node.configuration, [...node.shown()].length),
      ]
    },
  }
}
