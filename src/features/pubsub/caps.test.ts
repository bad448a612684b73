import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, appearsWith, hashOf, shows } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { publishing, pubsubEvent } from '../../../tests/kit/nodes.ts'
import { granted } from '../../../tests/kit/refusals.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { verificationString } from '../../routing/capabilities.ts'
import { CapsCache, capsOf } from './caps.ts'

const tune = 'http://jabber.org/protocol/tune'
const mood = 'http://jabber.org/protocol/mood'
const publishes = (node: string) => publishing(node, 'now', `<now xmlns="${node}"/>`)

const info = (...features: string[]) =>
  parseElement(
    `<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc'/>` +
      `${features.map(feature => `<feature var='${feature}'/>`).join('')}</query>`,
  )
const claim = (ver: string) => ({ hash: 'sha-1', node: 'n', ver })

describe('what is remembered of versions', () => {
  test('only what the hash proves', () => {
    const cache = new CapsCache()
    const honest = info('a+notify', 'b')
    const ver = verificationString(honest)
    assert.deepEqual([...cache.learn(claim(ver), info('secret+notify'))], ['secret'])
    assert.equal(cache.get(claim(ver)), undefined)
    cache.learn(claim(ver), honest)
    assert.deepEqual([...(cache.get(claim(ver)) ?? [])], ['a'])
    assert.equal(cache.get({ ...claim(ver), hash: 'sha-256' }), undefined)
  })

  test('no more than there is room for, those used last', () => {
    const cache = new CapsCache(3)
    const versions = Array.from({ length: 5 }, (_, i) => info(`node-${i}+notify`))
    const [first, ...others] = versions.map(one => claim(verificationString(one)))
    cache.learn(first!, versions[0]!)
    for (const [i, other] of others.entries()) {
      assert.ok(cache.get(first!))
      cache.learn(other, versions[i + 1]!)
    }
    assert.equal(cache.size, 3)
  })

  test('no more nodes of one client than somebody can mean', () => {
    const many = info(...Array.from({ length: 5_000 }, (_, i) => `urn:example:${i}+notify`))
    assert.equal(new CapsCache().learn(claim('x'), many).size, 100)
    const long = info(...Array.from({ length: 5 }, (_, i) => `${i}${'x'.repeat(4_000)}+notify`))
    assert.equal(new CapsCache().learn(claim('x'), long).size, 2)
  })

  test('XEP-0115#legacy: nothing without a hash, and nothing that is too long to be one', () => {
    const presence = (attrs: string) =>
      parseElement(`<presence xmlns='jabber:client'><c xmlns='http://jabber.org/protocol/caps' ${attrs}/></presence>`)
    assert.equal(capsOf(presence(`node='n' ver='1.0'`)), undefined)
    assert.equal(capsOf(presence(`node='n' hash='sha-1' ver='${'x'.repeat(500)}'`)), undefined)
    assert.deepEqual(capsOf(presence(`node='n' hash='sha-1' ver='v'`)), claim('v'))
  })
})

describe('XEP-0115#security-poisoning', () => {
  test(
    'a lie about a hash concerns the liar alone',
    dialogue(async ({ juliet, romeo }) => {
      const honest = [`${tune}+notify`, 'urn:example:honest']
      const ver = hashOf(honest)
      // Romeo claims the hash of Juliet's client, and says that it wants something else.
      await answers(romeo, await shows(romeo, [], { ver }), [`${mood}+notify`])
      await answers(juliet, await shows(juliet, honest), honest)
      for (const actor of [romeo, juliet]) await actor.forgets()
      for (const node of [tune, mood]) {
        granted(await juliet.asks(publishes(node)))
        granted(await romeo.asks(publishes(node)))
      }
      await juliet.receives`<message><event xmlns="${pubsubEvent}"><items node="${tune}"/></event></message>`
      await romeo.receives`<message><event xmlns="${pubsubEvent}"><items node="${mood}"/></event></message>`
      await juliet.receivesNothing()
      await romeo.receivesNothing()
    }),
  )

  test(
    'an honest version is asked about once, for all who have it',
    dialogue(async ({ juliet, julietsPhone }) => {
      const features = await appearsWith(juliet, [`${tune}+notify`])
      const c = `<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='elsewhere' ver='${hashOf(features)}'/>`
      await julietsPhone.sends(`<presence>${c}</presence>`)
      await julietsPhone.forgets()
      granted(await juliet.asks(publishes(tune)))
      await julietsPhone.receives`<message><event xmlns="${pubsubEvent}"><items node="${tune}"/></event></message>`
    }),
  )

  test(
    'an answer that nobody asked for, or of somebody else, is none',
    dialogue(async ({ juliet, romeo }) => {
      const honest = [`${tune}+notify`, 'urn:example:other']
      const question = await shows(juliet, honest)
      const forged =
        `<iq type='result' id='${question.attr('id')}' to='${juliet.jid}'>` +
        `<query xmlns='http://jabber.org/protocol/disco#info'><feature var='${mood}+notify'/></query></iq>`
      romeo.sends(forged)
      juliet.sends(forged.replace(/id='[^']*'/, "id='guessed'"))
      await romeo.forgets()
      await answers(juliet, question, honest)
      await juliet.forgets()
      granted(await juliet.asks(publishes(mood)))
      granted(await juliet.asks(publishes(tune)))
      await juliet.receives`<message><event xmlns="${pubsubEvent}"><items node="${tune}"/></event></message>`
    }),
  )

  test(
    'a client that changes its mind is told of what is new, and of nothing else',
    dialogue(async ({ juliet }) => {
      for (const node of [tune, mood]) granted(await juliet.asks(publishes(node)))
      await appearsWith(juliet, [`${tune}+notify`])
      await juliet.eventually`<message><event xmlns="${pubsubEvent}"><items node="${tune}"/></event></message>`
      await appearsWith(juliet, [`${tune}+notify`, `${mood}+notify`])
      await juliet.eventually`<message><event xmlns="${pubsubEvent}"><items node="${mood}"/></event></message>`
      await juliet.receivesNothing()
    }),
  )
})
