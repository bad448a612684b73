import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dialogue } from '../../../tests/kit/cast.ts'
import { domainsOf } from '../../../tests/kit/domains.ts'
import type { Tree } from '../../../tests/kit/tree.ts'
import type { DomainJid } from '../../protocol/jid.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { verificationString } from '../../routing/capabilities.ts'
import type { Feature, Question } from '../../routing/feature.ts'
import { disco } from './disco.ts'

const refused = (answer: Tree, condition: string) => {
  assert.equal(answer.attr('type'), 'error')
  assert.equal(answer.need('error').elements()[0]?.name, condition)
}
const names = (answer: Tree) =>
  answer
    .need('query')
    .elements()
    .filter(child => child.name === 'feature')
    .map(child => child.attr('var'))

describe('the server', () => {
  test(
    'XEP-0030#info-basic: says what it is and what it can do',
    dialogue(async ({ juliet, server }) => {
      const answer =
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      assert.equal(answer.attr('from'), server.domain)
      const identity = answer.at('query', 'identity')
      assert.deepEqual([identity.attr('category'), identity.attr('type')], ['server', 'im'])
      const told = names(answer)
      assert.equal(new Set(told).size, told.length)
      for (const name of [
        'http://jabber.org/protocol/disco#info',
        'http://jabber.org/protocol/disco#items',
        'http://jabber.org/protocol/caps',
        'jabber:iq:private',
        'jabber:iq:register',
        'jabber:iq:version',
        'msgoffline',
        'urn:xmpp:blocking',
        'urn:xmpp:carbons:2',
        'urn:xmpp:ping',
        'urn:xmpp:time',
        'vcard-temp',
      ]) {
        assert.ok(told.includes(name), name)
      }
      // Deliberately absent: when people were last here is nobody's business.
      assert.ok(!told.includes('jabber:iq:last'))
      refused(
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="jabber:iq:last"/></iq>`,
        'service-unavailable',
      )
      // XEP-0004: whoever puts forms into requests only does not advertise them.
      assert.ok(!told.includes('jabber:x:data'))
    }),
  )

  test(
    'XEP-0030#items-basic: the services that belong to it',
    dialogue(async ({ juliet, server }) => {
      const answer =
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
      assert.equal(answer.attr('type'), 'result')
      const items = answer.need('query').elements()
      assert.deepEqual(
        items.map(({ name }) => name),
        items.map(() => 'item'),
      )
      assert.ok(items.some(item => item.attr('jid') === `upload.${server.domain}`))
    }),
  )

  test(
    'XEP-0030#errors: a node that is not there',
    dialogue(async ({ juliet, server }) => {
      for (const what of ['info', 'items']) {
        const answer =
          await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#${what}" node="n"/></iq>`
        refused(answer, 'item-not-found')
      }
    }),
  )

  test(
    'XEP-0115#stream: its capabilities are in the stream features, and the hash is that of what it tells',
    dialogue(async ({ juliet, server }) => {
      const offered = juliet.client.features.need('c', 'http://jabber.org/protocol/caps')
      assert.equal(offered.attr('hash'), 'sha-1')
      const node = `${offered.attr('node')}#${offered.attr('ver')}`
      const answer =
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info" node="${node}"/></iq>`
      const query = answer.need('query')
      assert.equal(query.attr('node'), node)
      assert.equal(verificationString(parseElement(String(query))), offered.attr('ver'))
    }),
  )
})

test(
  'XEP-0157: whom to write to, and the hash of XEP-0115 covers it',
  dialogue(
    {
      settings: {
        contact: { abuse: ['mailto:abuse@shakespeare.lit', 'xmpp:abuse@shakespeare.lit'], security: ['xmpp:s@x.lit'] },
      },
    },
    async ({ juliet, server }) => {
      const answer =
        await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      const form = answer.at('query').need('x', 'jabber:x:data')
      assert.equal(form.attr('type'), 'result')
      assert.deepEqual(
        form.elements().map(field => [field.attr('var'), ...field.elements().map(value => value.text())]),
        [
          ['FORM_TYPE', 'http://jabber.org/network/serverinfo'],
          ['abuse-addresses', 'mailto:abuse@shakespeare.lit', 'xmpp:abuse@shakespeare.lit'],
          ['security-addresses', 'xmpp:s@x.lit'],
        ],
      )
      assert.equal(form.elements()[0]?.attr('type'), 'hidden')
      const offered = juliet.client.features.need('c', 'http://jabber.org/protocol/caps')
      assert.equal(verificationString(parseElement(String(answer.need('query')))), offered.attr('ver'))
    },
  ),
)

describe('accounts', () => {
  const friends = [['romeo', 'juliet']] as const

  test(
    'XEP-0030#info-basic: the server answers for them, to themselves and to those who see their presence',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      for (const actor of [juliet, romeo]) {
        const answer =
          await actor.asks`<iq type="get" to="${juliet.jid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
        assert.equal(answer.attr('from'), juliet.jid)
        const identity = answer.at('query', 'identity')
        assert.deepEqual([identity.attr('category'), identity.attr('type')], ['account', 'registered'])
        const told = names(answer)
        for (const name of ['http://jabber.org/protocol/disco#info', 'urn:xmpp:carbons:2', 'urn:xmpp:sid:0']) {
          assert.ok(told.includes(name), name)
        }
      }
      await juliet.receivesNothing()
    }),
  )

  test(
    'XEP-0030#items-basic: whoever sees their presence is told which devices are there',
    dialogue({ friends }, async ({ romeo, juliet, julietsPhone }) => {
      for (const actor of [juliet, romeo]) {
        const answer =
          await actor.asks`<iq type="get" to="${juliet.jid}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
        const told = answer.need('query').elements()
        assert.deepEqual(told.map(item => item.attr('jid')).sort(), [juliet.fullJid, julietsPhone.fullJid].sort())
      }
      julietsPhone.sends`<presence type="unavailable"/>`
      await julietsPhone.receives`<presence type="unavailable"/>`
      const answer =
        await romeo.asks`<iq type="get" to="${juliet.jid}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
      assert.deepEqual(
        answer
          .need('query')
          .elements()
          .map(item => item.attr('jid')),
        [juliet.fullJid],
      )
    }),
  )

  test(
    'XEP-0030#errors: those who may ask are told that there are no nodes',
    dialogue({ friends }, async ({ romeo, juliet }) => {
      for (const what of ['info', 'items']) {
        const answer =
          await romeo.asks`<iq type="get" to="${juliet.jid}"><query xmlns="http://jabber.org/protocol/disco#${what}" node="n"/></iq>`
        refused(answer, 'item-not-found')
        assert.equal(answer.attr('from'), juliet.jid)
      }
    }),
  )

  test(
    'XEP-0030#security: strangers cannot tell whether there is an account, nor whether they are blocked',
    dialogue({ friends: [['tybalt', 'juliet']] }, async ({ romeo, tybalt, juliet, server }) => {
      const block =
        await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${tybalt.jid}"/></block></iq>`
      assert.equal(block.attr('type'), 'result')
      const nobody = `nobody-${juliet.username}@${server.domain}`
      for (const [asker, asked] of [
        [romeo, nobody],
        [romeo, juliet.jid],
        [tybalt, juliet.jid],
      ] as const) {
        for (const node of ['', ' node="n"']) {
          const info = await asker.asks(
            `<iq type="get" to="${asked}"><query xmlns="http://jabber.org/protocol/disco#info"${node}/></iq>`,
          )
          refused(info, 'service-unavailable')
          assert.equal(info.need('error').elements().length, 1)
          const items = await asker.asks(
            `<iq type="get" to="${asked}"><query xmlns="http://jabber.org/protocol/disco#items"${node}/></iq>`,
          )
          assert.equal(items.attr('type'), 'result')
          assert.equal(String(items.need('query')), '<query xmlns="http://jabber.org/protocol/disco#items"/>')
        }
      }
    }),
  )

  test(
    'RFC 6120 §10.5.4: a device answers for itself',
    dialogue(async ({ romeo, juliet }) => {
      romeo.sends`<iq type="get" id="d1" to="${juliet.fullJid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      await juliet.receives`<iq type="get" id="d1" from="${romeo.fullJid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
    }),
  )
})

test('XEP-0030#items: services that features bring are listed', () => {
  const rooms: Feature = {
    name: 'rooms',
    implements: [],
    serverItems: () => [{ jid: 'rooms.capulet.lit' as DomainJid, name: 'Rooms' }],
  }
  const all: Feature[] = [rooms]
  all.push(disco({ features: () => all, domains: domainsOf('capulet.lit') }))
  const answer = all[1]?.answers?.find(one => one.payload.includes('#items') && one.of.includes('server'))
  const payload = parseElement("<query xmlns='http://jabber.org/protocol/disco#items'/>")
  const reply = answer?.reply({ payload, domain: 'capulet.lit' } as Question) as ReturnType<typeof parseElement>
  assert.deepEqual(
    reply.elements().map(item => [item.attr('jid'), item.attr('name')]),
    [['rooms.capulet.lit', 'Rooms']],
  )
})
