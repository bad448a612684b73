/** XEP-0433: searching for rooms whose owners want them to be found. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { dialogue } from '../kit/cast.ts'
import { enters, makes, open, type Wishes } from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'

const base = 'urn:xmpp:channel-search:0'
const rsm = 'http://jabber.org/protocol/rsm'

function looksFor(actor: Actor, fields: Readonly<Record<string, string>>, set = ''): Promise<Tree> {
  const domain = actor.jid.slice(actor.jid.indexOf('@') + 1)
  const values = Object.entries(fields).map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${base}:search-params</value></field>${values.join('')}</x>`
  return actor.asks(
    `<iq type="get" to="conference.${domain}"><search xmlns="${base}:search">${set}${form}</search></iq>`,
  )
}

const addresses = (answer: Tree): string[] =>
  answer
    .need('result', `${base}:search`)
    .elements()
    .flatMap(each => each.attr('address') ?? [])
const errorOf = (answer: Tree): string[] =>
  answer
    .need('error')
    .elements()
    .map(({ name }) => name)

const found: Wishes = { ...open, publicroom: '1' }

describe('XEP-0433: searching for rooms', () => {
  test(
    'by words in name, description or address; only rooms in the list',

    dialogue(async ({ juliet, romeo, nurse }) => {
      const garden = await makes(juliet, 'Juliet', { ...found, roomname: 'The Garden', roomdesc: 'Roses and thorns' })
      const tomb = await makes(romeo, 'Romeo', {
        ...found,
        roomname: 'The Tomb',
        roomdesc: 'No roses',
        whois: 'anyone',
      })
      await makes(nurse, 'Nurse', { ...open, roomname: 'Hidden Garden', roomdesc: 'roses' })
      await enters(nurse, tomb, 'Nurse')
      const both = await looksFor(nurse, { q: 'ROSES' })
      assert.deepEqual(addresses(both), [tomb, garden], 'the one with more people comes first')
      const [item] = both.need('result', `${base}:search`).elements()
      assert.equal(item!.need('name').text(), 'The Tomb')
      assert.equal(item!.need('nusers').text(), '2')
      assert.equal(item!.need('is-open').text(), 'true')
      assert.equal(item!.need('anonymity-mode').text(), `{${base}:anonymity}none`)
      assert.deepEqual(addresses(await looksFor(nurse, { q: 'garden roses' })), [garden])
      assert.deepEqual(addresses(await looksFor(nurse, { q: 'roses', sindescription: 'false' })), [])
      assert.deepEqual(addresses(await looksFor(nurse, { q: garden.slice(8, 16) })), [garden])
      const all = { all: 'true', key: `{${base}:order}address` }
      const order = [garden, tomb].sort()
      const first = await looksFor(nurse, all, `<set xmlns="${rsm}"><max>1</max></set>`)
      assert.deepEqual(addresses(first), [order[0]])
      const set = first.need('result', `${base}:search`).need('set', rsm)
      assert.equal(set.need('count').text(), '2')
      const after = `<after>${set.need('last').text()}</after>`
      assert.deepEqual(addresses(await looksFor(nurse, all, `<set xmlns="${rsm}">${after}</set>`)), [order[1]])
      assert.deepEqual(addresses(await looksFor(nurse, all, `<set xmlns="${rsm}"><max>1</max><before/></set>`)), [
        order[1],
      ])
    }),
  )

  test(
    'the form, and what is refused',
    dialogue(async ({ juliet, server }) => {
      const form = await juliet.asks(
        `<iq type="get" to="conference.${server.domain}"><search xmlns="${base}:search"/></iq>`,
      )
      const names = form.need('search', `${base}:search`).need('x', 'jabber:x:data').elements()
      assert.ok(names.some(each => each.attr('var') === 'q'))
      assert.ok(errorOf(await looksFor(juliet, {})).includes('no-search-conditions'))
      assert.ok(errorOf(await looksFor(juliet, { q: 'x', all: 'true' })).includes('conflicting-fields'))
      assert.ok(errorOf(await looksFor(juliet, { q: 'x' })).includes('invalid-search-terms'))
      assert.ok(errorOf(await looksFor(juliet, { q: 'roses', key: 'age' })).includes('invalid-sort-key'))
      assert.deepEqual(addresses(await looksFor(juliet, { q: 'nothing like it' })), [])
    }),
  )
})
