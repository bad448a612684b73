import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import type { Tree } from '../../../tests/kit/tree.ts'
import { credentials } from './credentials.ts'

const secret = 'a secret of some length'
const turn = { turn: { host: 'turn.capulet.lit', secret, tls_port: 5349 } }
const asks = (actor: Actor, inside: string): Promise<Tree> => actor.asks(`<iq type="get" to="localhost">${inside}</iq>`)
const services = (actor: Actor, type = ''): Promise<Tree> =>
  asks(actor, `<services xmlns="urn:xmpp:extdisco:2"${type}/>`)

describe('XEP-0215', () => {
  test(
    '#all: STUN, and TURN with a name and a password that differ each time',
    dialogue({ settings: turn }, async ({ juliet }) => {
      const first = (await services(juliet)).need('services').elements()
      assert.deepEqual(
        first.map(each => [each.attr('type'), each.attr('transport'), each.attr('host'), each.attr('port')].join(' ')),
        [
          'stun udp turn.capulet.lit 3478',
          'turn udp turn.capulet.lit 3478',
          'turn tcp turn.capulet.lit 3478',
          'turns tcp turn.capulet.lit 5349',
        ],
      )
      const [stun, relay] = first
      assert.equal(stun!.attr('username'), undefined)
      const [until, chance, ...rest] = relay!.attr('username')!.split(':')
      assert.deepEqual(rest, [])
      assert.equal(Date.parse(relay!.attr('expires')!), Number(until) * 1000)
      assert.equal(
        relay!.attr('password'),
        createHmac('sha1', secret).update(relay!.attr('username')!).digest('base64'),
      )
      const again = (await services(juliet)).need('services').elements()[1]!
      assert.notEqual(again.attr('username')!.split(':')[1], chance)
      assert.doesNotMatch(relay!.attr('username')!, new RegExp(juliet.username))
    }),
  )

  test(
    '#select: one type',
    dialogue({ settings: turn }, async ({ juliet }) => {
      const answer = (await services(juliet, ' type="turns"')).need('services')
      assert.equal(answer.attr('type'), 'turns')
      assert.deepEqual(
        answer.elements().map(each => each.attr('type')),
        ['turns'],
      )
      assert.deepEqual((await services(juliet, ' type="ftp"')).need('services').elements(), [])
    }),
  )

  test(
    '#credentials',
    dialogue({ settings: turn }, async ({ juliet }) => {
      const asked = (attributes: string) =>
        asks(juliet, `<credentials xmlns="urn:xmpp:extdisco:2"><service ${attributes}/></credentials>`)
      const both = (await asked('host="turn.capulet.lit" type="turn"')).need('credentials').elements()
      assert.equal(both.length, 2)
      assert.ok(both.every(each => each.attr('password') !== undefined))
      const refusals = [
        ['host="turn.capulet.lit" type="stun"', 'item-not-found'],
        ['host="turn.else" type="turn"', 'item-not-found'],
        ['host="turn.capulet.lit" type="turn" port="1"', 'item-not-found'],
        ['type="turn"', 'bad-request'],
      ] as const
      for (const [attributes, condition] of refusals) {
        assert.equal((await asked(attributes)).need('error').elements()[0]?.name, condition)
      }
    }),
  )

  test(
    '#disco: it is told of where it is there',
    dialogue({ settings: { turn: { host: '192.0.2.1' } } }, async ({ juliet }) => {
      const info = await asks(juliet, '<query xmlns="http://jabber.org/protocol/disco#info"/>')
      const features = info
        .need('query')
        .elements()
        .map(element => element.attr('var'))
      assert.ok(features.includes('urn:xmpp:extdisco:2'))
      const types = (await services(juliet))
        .need('services')
        .elements()
        .map(each => each.attr('type'))
      assert.deepEqual(types, ['stun'])
    }),
  )

  test(
    'where there is none, nothing is told of it',
    dialogue(async ({ juliet }) => {
      assert.equal((await services(juliet)).need('error').elements()[0]?.name, 'service-unavailable')
    }),
  )

  test('a known pair', () => {
    const { username, password, expires } = credentials('north', 3600, Date.parse('2026-11-22T12:00:00Z'))
    assert.match(username, /^1795352400:[\w-]{16}$/)
    assert.equal(password, createHmac('sha1', 'north').update(username).digest('base64'))
    assert.equal(expires, '2026-11-22T13:00:00Z')
  })
})
