import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../tests/kit/actor.ts'
import { dialogue } from '../../tests/kit/cast.ts'
import type { Tree } from '../../tests/kit/tree.ts'

const refused = (answer: Tree, condition: string) => {
  assert.equal(answer.attr('type'), 'error')
  assert.equal(answer.need('error').elements()[0]?.name, condition)
}
const stores = async (actor: Actor, inside: string): Promise<Tree> =>
  actor.asks(`<iq type="set"><query xmlns="jabber:iq:private">${inside}</query></iq>`)
const looksUp = async (actor: Actor, inside: string): Promise<Tree> =>
  actor.asks(`<iq type="get"><query xmlns="jabber:iq:private">${inside}</query></iq>`)

describe('XEP-0049', () => {
  test(
    'what one device stores another one finds',
    dialogue(async ({ juliet, julietsPhone }) => {
      const stored = await stores(juliet, '<exodus xmlns="exodus:prefs"><defaultnick>Hamlet</defaultnick></exodus>')
      assert.equal(stored.attr('type'), 'result')
      const found = await looksUp(julietsPhone, '<exodus xmlns="exodus:prefs"/>')
      assert.equal(
        String(found.need('query')),
        '<query xmlns="jabber:iq:private"><exodus xmlns="exodus:prefs"><defaultnick>Hamlet</defaultnick></exodus></query>',
      )
    }),
  )

  test(
    'what was never stored is there, and empty',
    dialogue(async ({ juliet }) => {
      const found = await looksUp(juliet, '<exodus xmlns="exodus:prefs"/>')
      assert.equal(found.attr('type'), 'result')
      assert.equal(String(found.at('query', 'exodus')), '<exodus xmlns="exodus:prefs"/>')
    }),
  )

  test(
    'a later element replaces an earlier one of the same name, and an empty one removes it',
    dialogue(async ({ juliet }) => {
      await stores(juliet, '<storage xmlns="storage:bookmarks"><conference jid="a@rooms.x"/></storage>')
      await stores(
        juliet,
        '<storage xmlns="storage:bookmarks"><conference jid="b@rooms.x" name="B &amp; b"/></storage>',
      )
      const found = await looksUp(juliet, '<storage xmlns="storage:bookmarks"/>')
      const rooms = found.at('query', 'storage').elements()
      assert.deepEqual(
        rooms.map(room => [room.attr('jid'), room.attr('name')]),
        [['b@rooms.x', 'B & b']],
      )
      await stores(juliet, '<storage xmlns="storage:bookmarks"/>')
      assert.deepEqual(
        (await looksUp(juliet, '<storage xmlns="storage:bookmarks"/>')).at('query', 'storage').children,
        [],
      )
    }),
  )

  test(
    'several elements are stored at once, each by its own name and namespace',
    dialogue(async ({ juliet }) => {
      await stores(juliet, '<a xmlns="n:1">one</a><b xmlns="n:1">two</b><a xmlns="n:2">three</a>')
      for (const [name, ns, text] of [
        ['a', 'n:1', 'one'],
        ['b', 'n:1', 'two'],
        ['a', 'n:2', 'three'],
      ] as const) {
        assert.equal((await looksUp(juliet, `<${name} xmlns="${ns}"/>`)).at('query', name).text(), text)
      }
    }),
  )

  test(
    'prefixes and languages come back in meaning',
    dialogue(async ({ juliet }) => {
      await stores(juliet, '<p:a xmlns:p="n:1" xml:lang="it" p:x="1"><p:b/><c xmlns="n:3" xml:lang="de"/></p:a>')
      const found = (await looksUp(juliet, '<a xmlns="n:1"/>')).need('query').need('a', 'n:1')
      assert.deepEqual(found.attrs, { 'xml:lang': 'it', '{n:1}x': '1' })
      assert.ok(found.child('b', 'n:1'))
      assert.equal(found.need('c', 'n:3').attr('xml:lang'), 'de')
    }),
  )

  test(
    'nothing, two things at once and things without a namespace cannot be asked for or stored',
    dialogue(async ({ juliet }) => {
      refused(await looksUp(juliet, ''), 'bad-request')
      refused(await looksUp(juliet, '<a xmlns="n:1"/><a xmlns="n:2"/>'), 'bad-request')
      refused(await looksUp(juliet, '<a/>'), 'not-acceptable')
      refused(await stores(juliet, ''), 'not-acceptable')
      refused(await stores(juliet, '<a/>'), 'not-acceptable')
      refused(await stores(juliet, '<a xmlns="">text</a>'), 'not-acceptable')
      // All or nothing.
      refused(await stores(juliet, '<a xmlns="n:1">text</a><b/>'), 'not-acceptable')
      assert.equal((await looksUp(juliet, '<a xmlns="n:1"/>')).at('query', 'a').text(), '')
    }),
  )

  test(
    'it is nobody else’s, and whoever tries cannot tell whether there is an account',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, server }) => {
      await stores(juliet, '<exodus xmlns="exodus:prefs"><defaultnick>Juliet</defaultnick></exodus>')
      for (const to of [juliet.jid, `nobody@${server.domain}`]) {
        for (const type of ['get', 'set']) {
          const answer =
            await romeo.asks`<iq type="${type}" to="${to}"><query xmlns="jabber:iq:private"><exodus xmlns="exodus:prefs"><defaultnick>Macbeth</defaultnick></exodus></query></iq>`
          refused(answer, 'service-unavailable')
        }
      }
      const found = await looksUp(juliet, '<exodus xmlns="exodus:prefs"/>')
      assert.equal(found.at('query', 'exodus', 'defaultnick').text(), 'Juliet')
    }),
  )
})

test(
  'limits.document_bytes bounds one element, and all of an account’s together',
  dialogue({ settings: { limits: { document_bytes: 1024 } } }, async ({ juliet }) => {
    const large = (name: string, length: number) => `<${name} xmlns="n:1">${'x'.repeat(length)}</${name}>`
    refused(await stores(juliet, large('a', 1100)), 'policy-violation')
    for (const name of ['a', 'b', 'c', 'd'])
      assert.equal((await stores(juliet, large(name, 900))).attr('type'), 'result', name)
    refused(await stores(juliet, large('e', 900)), 'resource-constraint')
    assert.equal((await looksUp(juliet, '<e xmlns="n:1"/>')).at('query', 'e').text(), '')
    // Replacing needs no more room, and what is emptied makes some.
    assert.equal((await stores(juliet, large('d', 901))).attr('type'), 'result')
    assert.equal((await stores(juliet, `<a xmlns="n:1"/>${large('e', 900)}`)).attr('type'), 'result')
  }),
)
