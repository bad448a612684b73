/** What apps keep for each other, and the server has no opinion on: it comes back as it went in, after a restart, on another device. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { publishing, reading } from '../kit/nodes.ts'
import { granted, refused } from '../kit/refusals.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

/** One account with two devices, of which the second comes after the service has been away. */
async function restarted(
  play: (devices: { first: Actor; second: Actor; stranger: Actor }, restart: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const server: ServerProcess = await startProcess()
  const stage = new Stage(server)
  try {
    const [first, second, stranger] = [
      await stage.actor('juliet'),
      await stage.actor('julietsPhone'),
      await stage.actor('romeo'),
    ]
    await first.connects()
    await play({ first, second, stranger }, async () => {
      server.signal('SIGTERM')
      await server.exited()
      await server.start()
      for (const actor of [second, stranger]) await actor.connects()
    })
  } finally {
    stage.ends()
    await server.stop()
  }
}

/** The payloads of a node, as text, by the ids of their items. */
async function payloads(actor: Actor, node: string): Promise<Record<string, string>> {
  const items = granted(await actor.asks(reading(node)))
    .at('pubsub', 'items')
    .elements()
  return Object.fromEntries(items.map(item => [item.attr('id') ?? '', item.elements().map(String).join('')]))
}

describe('kept untouched', () => {
  test('XEP-0492: how a conversation notifies, inside its bookmark, with what only some apps understand', async () => {
    await restarted(async ({ first, second }, restart) => {
      const bookmarks = 'urn:xmpp:bookmarks:1'
      const room = 'orchard@rooms.example'
      const bookmark =
        `<conference xmlns="${bookmarks}" name="The Orchard" autojoin="true"><nick>JC</nick><extensions>` +
        '<notify xmlns="urn:xmpp:notification-settings:1">' +
        '<never identity-category="client" identity-type="pc"><advanced>' +
        '<quiet xmlns="custom:ns-1" from="22:00" to="6:00">  two  spaces &amp; an ampersand\n</quiet></advanced></never>' +
        '<on-mention identity-category="client" identity-type="phone"/><always/></notify>' +
        '<state xmlns="urn:example:other" xml:lang="de">ä😀</state></extensions></conference>'
      granted(await first.asks(publishing(bookmarks, room, bookmark)))
      const before = await payloads(first, bookmarks)
      await restart()
      const after = await payloads(second, bookmarks)
      assert.deepEqual(after, { [room]: bookmark })
      assert.deepEqual(after, before)
    })
  })

  test('XEP-0510: contacts and groups that only their owner’s apps can read, as many as there are, for nobody else', async () => {
    await restarted(async ({ first, second, stranger }, restart) => {
      const sealed = (text: string) =>
        `<openpgp xmlns="urn:xmpp:openpgp:0">${Buffer.from(text).toString('base64')}</openpgp>`
      const kept = {
        'urn:xmpp:contacts': { a1b2c3d4: sealed('a friend'), a1b2c3d5: '<reserved xmlns="urn:xmpp:contacts:0"/>' },
        'urn:xmpp:contacts-groups': { 'grp-789': sealed('Friends'), 'grp-123': sealed('House of Capulet') },
      }
      // XEP-0510#contacts-example: apps may leave it to the server how the nodes are made.
      for (const [node, items] of Object.entries(kept)) {
        for (const [id, payload] of Object.entries(items)) granted(await first.asks(publishing(node, id, payload)))
      }
      await restart()
      for (const [node, items] of Object.entries(kept)) {
        assert.deepEqual(await payloads(second, node), items)
        refused(await stranger.asks(reading(node, second.jid)), 'not-allowed', 'closed-node')
        // XEP-0223: an app that says how it takes them to be is right.
        const own = {
          access_model: 'whitelist',
          persist_items: 'true',
          max_items: 'max',
          send_last_published_item: 'never',
        }
        granted(await second.asks(publishing(node, 'another', '<reserved xmlns="urn:xmpp:contacts:0"/>', own)))
      }
      const listed =
        await stranger.asks`<iq type="get" to="${second.jid}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
      assert.equal(String(listed).includes('urn:xmpp:contacts'), false)
    })
  })
})
