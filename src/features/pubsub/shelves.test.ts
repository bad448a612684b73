import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { accountStore } from '../../accounts/account-store.ts'
import { type Documents, documents } from '../../accounts/documents.ts'
import { catalogue } from '../../catalogue.ts'
import { schemaOf } from '../../privacy/catalogue.ts'
import { parseJid } from '../../protocol/jid.ts'
import { write } from '../../protocol/xml/write.ts'
import { backends } from '../../storage/contract/backends.ts'
import { initialConfiguration, usual } from './configuration.ts'
import { nodesCollection, ownItemsCollection, pepCollections, sharedItemsCollection } from './documents.ts'
import type { Shelf } from './shelf.ts'
import { Shelves } from './shelves.ts'

const account = 7
const text = (words: string) => `<n xmlns='urn:example:n'>${words}</n>`
const long = text('x'.repeat(10_000))

async function store(t: TestContext): Promise<Documents> {
  const { db, end } = await backends[0]!.fresh(schemaOf(catalogue))
  t.after(() => end())
  await accountStore(db, catalogue).create(
    { id: account, localpart: 'juliet', domain: 'capulet.lit', created: '2026-11-22' },
    [],
  )
  return documents(db)
}

/** Everything that readers find, with the payloads. */
async function found(shelves: Shelves): Promise<unknown> {
  const shelf = await shelves.of(account)
  const nodes = []
  for (const node of shelf.all()) {
    const items = []
    for (const item of node.items()) items.push([item.id, await shelves.text(shelf, node, item)])
    nodes.push([node.name, node.configuration, [...node.subscriptions], [...node.affiliations], items])
  }
  return nodes.sort((one, other) => (String(one[0]) < String(other[0]) ? -1 : 1))
}

/** After a while, or a restart, nothing is in memory. */
const again = (kept: Documents) => found(new Shelves(kept))

describe('nodes on disk', () => {
  test('are there again as they were: configuration, readers, subscribers, items in order, large ones too', async t => {
    const kept = await store(t)
    const shelves = new Shelves(kept)
    const shelf = await shelves.of(account)
    const { node, changes } = shelf.create('urn:example:n', { ...usual, maxItems: 'max', accessModel: 'roster' })
    node.affiliations.set(parseJid('romeo@montague.lit') as never, 'member')
    node.subscriptions.set(parseJid('paris@verona.lit/x')!, { state: 'pending', id: 'abc' })
    for (const [id, payload] of [
      ['b', text('b')],
      ['large', long],
      ['"\n', text('odd')],
      ['b', text('again')],
      ['empty', ''],
    ] as const) {
      changes.push(...shelf.publish(node, id, payload, 10))
    }
    await shelves.write(shelf, [...changes, ...shelf.configure(node, node.configuration, 10)])
    const before = await found(shelves)
    assert.deepEqual(await again(kept), before)
    assert.match(JSON.stringify(before), /large.*odd.*again.*empty/)
    assert.equal(node.get('large')?.text, undefined)
  })

  test('whatever is done, memory and disk agree, and nothing stays behind', async t => {
    const kept = await store(t)
    const step = fc.oneof(
      fc.record({
        does: fc.constant('publish' as const),
        node: fc.nat(2),
        id: fc.nat(4),
        size: fc.constantFrom(0, 10, 9_000),
      }),
      fc.record({ does: fc.constant('retract' as const), node: fc.nat(2), id: fc.nat(4) }),
      fc.record({
        does: fc.constant('configure' as const),
        node: fc.nat(2),
        accessModel: fc.constantFrom('open' as const, 'whitelist' as const),
        maxItems: fc.constantFrom('max' as const, 1, 3),
        persistItems: fc.boolean(),
      }),
      fc.record({ does: fc.constantFrom('clear' as const, 'remove' as const), node: fc.nat(2) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async steps => {
        const shelves = new Shelves(kept)
        const shelf: Shelf = await shelves.of(account)
        for (const each of steps) {
          const name = `urn:example:${each.node}`
          const { node, changes } = shelf.get(name) ? { node: shelf.get(name)!, changes: [] } : shelf.create(name)
          if (each.does === 'publish')
            changes.push(...shelf.publish(node, `${each.id}`, text('x'.repeat(each.size)), 4))
          else if (each.does === 'clear') changes.push(...shelf.clear(node))
          else if (each.does === 'remove') changes.push(...shelf.remove(node))
          else if (each.does === 'configure') {
            const { accessModel, maxItems, persistItems } = each
            changes.push(...shelf.configure(node, { ...node.configuration, accessModel, maxItems, persistItems }, 4))
          } else if (each.does === 'retract') {
            const item = node.get(`${each.id}`)
            if (item !== undefined) changes.push(...shelf.retract(node, item))
          }
          await shelves.write(shelf, changes)
        }
        assert.deepEqual(await again(kept), await found(shelves))
        let bytes = 0
        for (const node of shelf.all()) for (const item of node.items()) bytes += item.bytes
        assert.equal(shelf.bytes, bytes)
        for (const node of [...shelf.all()]) await shelves.write(shelf, shelf.remove(node))
        for (const where of pepCollections) assert.deepEqual(await kept.list(account, where), [])
        assert.equal(shelf.bytes, 0)
      }),
      { numRuns: 60 },
    )
  })

  test('lie in the collection that says who may read them', async t => {
    const kept = await store(t)
    const shelves = new Shelves(kept)
    const shelf = await shelves.of(account)
    const { node, changes } = shelf.create('urn:xmpp:bookmarks:1', initialConfiguration('urn:xmpp:bookmarks:1'))
    const { node: shown, changes: more } = shelf.create('urn:example:n')
    changes.push(...more, ...shelf.publish(node, 'a', text('mine'), 10), ...shelf.publish(shown, 'a', text('ours'), 10))
    await shelves.write(shelf, changes)
    const values = async (where: typeof sharedItemsCollection) =>
      (await kept.list(account, where)).map(one => one.value)
    assert.match(String(await values(ownItemsCollection)), /mine/)
    assert.match(String(await values(sharedItemsCollection)), /ours/)
    assert.equal(ownItemsCollection.reader, 'owner')
    const exported = ownItemsCollection.exported(await kept.list(account, ownItemsCollection))
    assert.equal(
      exported.map(each => write(each)).join(),
      `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'><item id='a'>${text('mine')}</item></items></pubsub>`,
    )
    const nodes = nodesCollection.exported(await kept.list(account, nodesCollection))
    assert.match(nodes.map(each => write(each)).join(), /<configure node='urn:example:n'><x xmlns='jabber:x:data'/)
  })
})

describe('nodes in memory', () => {
  test('weigh no more than they may together; what has left comes back as it was', async t => {
    const kept = await store(t)
    const shelves = new Shelves(kept, 1_000)
    const shelf = await shelves.of(account)
    const { node, changes } = shelf.create('urn:example:n', { ...usual, maxItems: 'max' })
    for (let i = 0; i < 5; i++) changes.push(...shelf.publish(node, `${i}`, text('x'.repeat(1_000)), 10))
    await shelves.write(shelf, changes)
    assert.ok(shelves.weight <= 1_000)
    const later = await shelves.of(account)
    assert.notEqual(later, shelf)
    assert.equal(later.get('urn:example:n')?.size, 5)
  })

  test('are read anew where a change could not be kept', async t => {
    const kept = await store(t)
    let broken = false
    const shelves = new Shelves({
      ...kept,
      change: (id, changes) => (broken ? Promise.reject(new Error('disk full')) : kept.change(id, changes)),
    })
    const shelf = await shelves.of(account)
    const { node, changes } = shelf.create('urn:example:n')
    await shelves.write(shelf, [...changes, ...shelf.publish(node, 'kept', text('kept'), 10)])
    broken = true
    await assert.rejects(shelves.write(shelf, shelf.publish(node, 'lost', text('lost'), 10)))
    broken = false
    assert.equal((await shelves.of(account)).get('urn:example:n')?.newest?.id, 'kept')
  })

  test('of an account that is gone are forgotten', async t => {
    const shelves = new Shelves(await store(t))
    const shelf = await shelves.of(account)
    await shelves.write(shelf, shelf.create('urn:example:n').changes)
    shelves.forget(account)
    assert.equal(shelves.weight, 0)
  })
})
