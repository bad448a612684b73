/** XEP-0060#publisher: publishing and retracting. The owner is the only publisher (XEP-0163#approach-publisher). */
import { randomBytes } from 'node:crypto'
import type { ReceivedForm } from '../../protocol/data-forms.ts'
import { problem } from '../../protocol/problems.ts'
import { xml } from '../../protocol/xml/element.ts'
import { forgetOldBookmarks, replaceBookmarks } from './bookmarks.ts'
import { insistOnPreconditions, submittedForm } from './configuration.ts'
import { known, pubsub } from './names.ts'
import { refusal, unsupported } from './refusals.ts'
import { type Handlers, insistOnOwner, nodeNamed, type PubsubRequest } from './request.ts'
import type { Publication } from './service.ts'

const idBytes = 12

export const publisherSets: Handlers = {
  async publish(request) {
    insistOnOwner(request)
    const { service, account } = request
    const node = nodeNamed(request)
    const publication = publicationIn(request)
    const options = publishOptions(request)
    if (node === known.oldBookmarks) {
      const { configuration } = (await service.shelf(account)).oldBookmarks
      if (options !== undefined) insistOnPreconditions(configuration, options, service.limits.items)
      await replaceBookmarks(service, account, publication.payload)
    } else {
      await service.publish(account, node, [publication], options)
    }
    return xml('pubsub', { xmlns: pubsub }, xml('publish', { node }, xml('item', { id: publication.id })))
  },

  async retract(request) {
    insistOnOwner(request)
    const { service, account, verb } = request
    const shelf = await service.shelf(account)
    const node = service.node(shelf, nodeNamed(request))
    if (!node.configuration.persistItems) throw unsupported('persistent-items', 'This node keeps no items.')
    const wanted = verb.elements().filter(child => child.is('item', pubsub))
    if (wanted.length === 0) throw refusal('bad-request', 'item-required', 'Say which item to remove.')
    const items = new Set(
      wanted.map(child => {
        const id = child.attr('id')
        if (id === undefined) throw refusal('bad-request', 'item-required', 'Say which item to remove.')
        if (node.find(id) === undefined) throw problem('item-not-found', 'There is no such item.')
        return id
      }),
    )
    const notify = verb.attr('notify')
    if (node.name === known.oldBookmarks) await forgetOldBookmarks(service, account)
    else await service.retract(account, node.name, [...items], notify === '1' || notify === 'true')
    return undefined
  },
}

function publicationIn({ verb }: PubsubRequest): Publication {
  const [item, more] = verb.elements().filter(child => child.is('item', pubsub))
  // XEP-0060#events: only nodes that keep nothing and show nothing can do without an item; such a node needs none here.
  if (item === undefined) throw refusal('bad-request', 'item-required', 'There is no item to publish.')
  // XEP-0060#publisher-publish-request: there are no batches any more.
  if (more !== undefined) {
    throw refusal(
      'not-allowed',
      'max-items-exceeded',
      'Publish one item after the other, each with a request of its own.',
    )
  }
  const [payload, second] = item.elements()
  if (second !== undefined) throw refusal('bad-request', 'invalid-payload', 'An item has one payload.')
  return { id: item.attr('id') || randomBytes(idBytes).toString('base64url'), payload }
}

function publishOptions({ pubsub: all }: PubsubRequest): ReceivedForm | undefined {
  const options = all.child('publish-options')
  if (options === undefined) return undefined
  return submittedForm(options, 'The options of publishing')
}
