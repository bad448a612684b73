/**
 * The same requests about an account's nodes to Sotto, Prosody and ejabberd: where XEP-0060 leaves room, clients have learnt
 * to live with what these answer. Where we answer otherwise, a line says so, and why.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Peer } from '../kit/federation/peer.ts'
import { World } from '../kit/federation/world.ts'
import type { Markup } from '../kit/markup.ts'
import { configuring, making, publishing, pubsub, pubsubOwner, reading, subscribing } from '../kit/nodes.ts'
import { Stage } from '../kit/stage.ts'
import type { Tree } from '../kit/tree.ts'

/** Written for whatever addresses the three have: `juliet` owns the nodes, `romeo` is a contact, `paris` a stranger. */
type Who = 'juliet' | 'romeo' | 'paris'
type Written = string | Markup | ((jid: Record<Who, string>) => string | Markup)

interface Asked {
  readonly what: string
  readonly who: Who
  readonly iq: Written
  /** What all answer: 'ok', or the condition of XMPP, then that of pubsub if it is ours to give. */
  readonly answer: string
  readonly prosody?: string
  readonly ejabberd?: string
}

const payload = '<note xmlns="urn:example:note"/>'
const set = (inside: string) => `<iq type="set"><pubsub xmlns="${pubsub}">${inside}</pubsub></iq>`
const owner = (type: 'get' | 'set', inside: string) =>
  `<iq type="${type}"><pubsub xmlns="${pubsubOwner}">${inside}</pubsub></iq>`
const to = (jid: string, iq: string | Markup) => String(iq).replace('<iq', `<iq to="${jid}"`)
const juliets = (iq: string | Markup) => (jid: Record<Who, string>) => to(jid.juliet, iq)
const disco = (what: 'info' | 'items', node: string) =>
  `<iq type="get"><query xmlns="http://jabber.org/protocol/disco#${what}" node="${node}"/></iq>`

/** Debian's ejabberd does not know “max” among options, and refuses what it does not understand as if there were no room. */
const noMax = { ejabberd: 'resource-constraint' }
/** Prosody tells strangers nothing, not even why. */
const tightLipped = { prosody: 'forbidden' }

const mine: readonly Omit<Asked, 'who'>[] = [
  { what: 'reading a node that is not there', iq: reading('none'), answer: 'item-not-found' },
  { what: 'publishing makes the node', iq: publishing('a', 'one', payload), answer: 'ok' },
  { what: 'publishing without an id', iq: publishing('a', undefined, payload), answer: 'ok' },
  { what: 'making a node that is there', iq: set('<create node="a"/>'), answer: 'conflict' },
  { what: 'making a node without a name', iq: set('<create/>'), answer: 'ok' },
  { what: 'publishing nothing', iq: set('<publish node="a"/>'), answer: 'bad-request' },
  { what: 'publishing nowhere', iq: set(`<publish><item>${payload}</item></publish>`), answer: 'bad-request' },
  { what: 'publishing nothing under an id', iq: set('<publish node="a"><item/></publish>'), answer: 'bad-request' },
  { what: 'two payloads', iq: publishing('a', 'two', payload + payload), answer: 'bad-request' },
  { what: 'an item that is not there', iq: reading('a', undefined, '<item id="x"/>' as never), answer: 'ok' },
  {
    what: 'removing what is not there',
    iq: set('<retract node="a"><item id="x"/></retract>'),
    answer: 'item-not-found',
  },
  {
    what: 'removing from nowhere',
    iq: set('<retract node="none"><item id="x"/></retract>'),
    answer: 'item-not-found',
  },
  {
    what: 'removing without an id',
    iq: set('<retract node="a"><item/></retract>'),
    answer: 'bad-request',
    prosody: 'item-not-found',
  },
  { what: 'options that hold', iq: publishing('a', 'x', payload, { access_model: 'presence' }), answer: 'ok' },
  { what: 'options that do not', iq: publishing('a', 'x', payload, { access_model: 'open' }), answer: 'conflict' },
  {
    // XEP-0060#publisher-publish-options: MUST reject.
    what: 'options that nobody knows',
    iq: publishing('a', 'x', payload, { nonsense: '1' }),
    answer: 'conflict',
    prosody: 'ok',
    ...noMax,
  },
  {
    what: 'options as for bookmarks, which make the node',
    iq: publishing('b', 'x', payload, { access_model: 'open', max_items: 'max', persist_items: 'true' }),
    answer: 'ok',
    ...noMax,
  },
  {
    what: 'options as for bookmarks, once more',
    iq: publishing('b', 'y', payload, { access_model: 'open', max_items: 'max' }),
    answer: 'ok',
    ...noMax,
  },
  { what: 'an open node', iq: making('c', { access_model: 'open' }), answer: 'ok' },
  { what: 'an item in it', iq: publishing('c', 'x', payload), answer: 'ok' },
  { what: 'a list', iq: making('d', { access_model: 'whitelist' }), answer: 'ok' },
  { what: 'its configuration', iq: owner('get', '<configure node="c"/>'), answer: 'ok' },
  { what: 'that of nothing', iq: owner('get', '<configure node="none"/>'), answer: 'item-not-found' },
  { what: 'another one', iq: configuring('c', { max_items: '5' }), answer: 'ok' },
  { what: 'one that cannot be', iq: configuring('c', { access_model: 'royal' }), answer: 'not-acceptable', ...noMax },
  { what: 'no form', iq: owner('set', '<configure node="c"/>'), answer: 'bad-request' },
  { what: 'the usual configuration', iq: owner('get', '<default/>'), answer: 'ok' },
  { what: 'affiliations', iq: owner('get', '<affiliations node="c"/>'), answer: 'ok' },
]

const theirs: readonly Asked[] = [
  { who: 'romeo', what: 'a contact reads', iq: juliets(reading('a')), answer: 'ok' },
  { who: 'paris', what: 'a stranger does not', iq: juliets(reading('a')), answer: 'not-authorized', ...tightLipped },
  { who: 'paris', what: 'a stranger reads what is open', iq: juliets(reading('c')), answer: 'ok' },
  { who: 'romeo', what: 'a list is closed', iq: juliets(reading('d')), answer: 'not-allowed', ...tightLipped },
  { who: 'romeo', what: 'a contact publishes', iq: juliets(publishing('a', 'x', payload)), answer: 'forbidden' },
  { who: 'romeo', what: 'a contact makes a node', iq: juliets(set('<create node="e"/>')), answer: 'forbidden' },
  {
    who: 'romeo',
    what: 'a contact removes an item',
    iq: juliets(set('<retract node="c"><item id="x"/></retract>')),
    answer: 'forbidden',
  },
  { who: 'romeo', what: 'a contact looks', iq: juliets(owner('get', '<configure node="a"/>')), answer: 'forbidden' },
  { who: 'romeo', what: 'a contact empties', iq: juliets(owner('set', '<purge node="c"/>')), answer: 'forbidden' },
  { who: 'romeo', what: 'a contact deletes', iq: juliets(owner('set', '<delete node="c"/>')), answer: 'forbidden' },
  { who: 'paris', what: 'subscribing', iq: jid => subscribing('c', jid.paris, jid.juliet), answer: 'ok' },
  { who: 'paris', what: 'subscribing again', iq: jid => subscribing('c', jid.paris, jid.juliet), answer: 'ok' },
  {
    who: 'paris',
    what: 'subscribing somebody else',
    iq: jid => subscribing('c', jid.romeo, jid.juliet),
    answer: 'bad-request',
    ...tightLipped,
  },
  {
    who: 'paris',
    what: 'subscribing to nothing',
    iq: jid => subscribing('none', jid.paris, jid.juliet),
    answer: 'item-not-found',
    ...tightLipped,
  },
  {
    who: 'paris',
    what: 'own subscriptions',
    iq: juliets(String(set('<subscriptions/>')).replace('set', 'get')),
    answer: 'ok',
  },
  {
    who: 'romeo',
    what: 'ending what was not begun',
    iq: jid => to(jid.juliet, set(`<unsubscribe node="c" jid="${jid.romeo}"/>`)),
    answer: 'unexpected-request',
  },
  {
    who: 'paris',
    what: 'ending a subscription',
    iq: jid => to(jid.juliet, set(`<unsubscribe node="c" jid="${jid.paris}"/>`)),
    answer: 'ok',
  },
  { who: 'romeo', what: 'looking at a node', iq: juliets(disco('info', 'c')), answer: 'ok' },
  { who: 'romeo', what: 'looking into a node', iq: juliets(disco('items', 'c')), answer: 'ok' },
  {
    // XEP-0030#info-nodes: there is no such thing.
    who: 'romeo',
    what: 'looking at nothing',
    iq: juliets(disco('info', 'none')),
    answer: 'item-not-found',
    ejabberd: 'ok',
  },
  {
    // Prosody takes the word all the same, and then nobody is let in: so it is asked last.
    who: 'juliet',
    what: 'an affiliation that is none',
    iq: ({ paris }) =>
      owner('set', `<affiliations node="c"><affiliation jid="${paris}" affiliation="king"/></affiliations>`),
    answer: 'bad-request',
    prosody: 'forbidden',
  },
  { who: 'juliet', what: 'emptying', iq: owner('set', '<purge node="c"/>'), answer: 'ok' },
  { who: 'juliet', what: 'what is left', iq: reading('c'), answer: 'ok' },
  { who: 'juliet', what: 'deleting', iq: owner('set', '<delete node="c"/>'), answer: 'ok' },
  { who: 'juliet', what: 'deleting again', iq: owner('set', '<delete node="c"/>'), answer: 'item-not-found' },
]

const asked: readonly Asked[] = [...mine.map(each => ({ ...each, who: 'juliet' as const })), ...theirs]

let world: World
const peers: Peer[] = []

before(async () => {
  world = await World.start()
  peers.push(await world.sotto({ domain: 'verona.lit' }))
  peers.push(await world.prosody({ domain: 'montague.lit', talkative: false }))
  peers.push(await world.ejabberd({ domain: 'capulet.lit', talkative: false }))
})
after(() => world.stop())

for (const [at, make] of (['sotto', 'prosody', 'ejabberd'] as const).entries()) {
  test(`${make} answers as it is written here`, async () => {
    const stage = new Stage(peers[at]!)
    try {
      const actors = {
        juliet: await stage.actor('juliet'),
        romeo: await stage.actor('romeo'),
        paris: await stage.actor('paris'),
      }
      for (const actor of Object.values(actors)) await actor.connects()
      await stage.befriend(actors.juliet, actors.romeo)
      const jid = { juliet: actors.juliet.jid, romeo: actors.romeo.jid, paris: actors.paris.jid }
      const wrong: string[] = []
      for (const each of asked) {
        const iq = typeof each.iq === 'function' ? each.iq(jid) : each.iq
        const answer = kindOf(await actors[each.who].asks(String(iq)))
        const expected = make === 'sotto' ? each.answer : (each[make] ?? each.answer)
        if (answer !== expected) wrong.push(`${each.what}: ${answer}, not ${expected}`)
      }
      assert.deepEqual(wrong, [])
    } finally {
      stage.ends()
    }
  })
}

function kindOf(answer: Tree): string {
  if (answer.attr('type') !== 'error') return 'ok'
  const conditions = answer.need('error').elements()
  return conditions.find(({ ns, name }) => ns === 'urn:ietf:params:xml:ns:xmpp-stanzas' && name !== 'text')?.name ?? ''
}
