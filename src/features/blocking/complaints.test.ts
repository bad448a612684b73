import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue, useServer } from '../../../tests/kit/cast.ts'
import { conditionOf } from '../../../tests/kit/commands.ts'
import { startInside } from '../../../tests/kit/server.ts'
import type { Tree } from '../../../tests/kit/tree.ts'
import type { Report } from '../../accounts/reports.ts'

type Inside = Awaited<ReturnType<typeof startInside>>
let server: Inside
before(async () => {
  server = await startInside()
  useServer(server)
})
after(() => server.stop())

const spam = 'urn:xmpp:reporting:spam'
const report = (inside = '', attributes = `reason="${spam}"`) =>
  `<report xmlns="urn:xmpp:reporting:1" ${attributes}>${inside}</report>`
const item = (jid: string, inside = '') => `<item jid="${jid}">${inside}</item>`
const blocks = (actor: Actor, inside: string, to = '', name = 'block'): Promise<Tree> =>
  actor.asks(`<iq type="set"${to}><${name} xmlns="urn:xmpp:blocking">${inside}</${name}></iq>`)
async function listOf(actor: Actor): Promise<string[]> {
  const answer = await actor.asks`<iq type="get"><blocklist xmlns="urn:xmpp:blocking"/></iq>`
  return answer
    .need('blocklist')
    .elements()
    .map(each => each.attr('jid')!)
    .sort()
}
/** What that actor has reported, without its number and day. */
async function reportsOf(actor: Actor): Promise<Omit<Report, 'id' | 'day' | 'from'>[]> {
  const all = (await server.house.reports.list()).filter(({ from }) => from === actor.jid)
  return all.map(({ id: _id, day: _day, from: _from, ...rest }) => rest)
}
const bare = (about: string, more = {}) => ({ about, reason: spam, messages: [], allows: [], ...more })

describe('XEP-0377', () => {
  test(
    '#disco: the server says that reports may come along',
    dialogue(async ({ juliet }) => {
      const info = await juliet.asks(
        '<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>',
      )
      assert.ok(
        info
          .need('query')
          .elements()
          .some(each => each.attr('var') === 'urn:xmpp:reporting:1'),
      )
    }),
  )

  test(
    '#payload, #processing: each item has its own; what is not understood, or has no reason, is no report, and blocks all the same',
    dialogue(async ({ juliet }) => {
      const answer = await blocks(
        juliet,
        item('one@a.lit', report()) +
          item('two@a.lit', report('', 'reason="urn:example:rude"')) +
          item('three@a.lit', report('', '')) +
          item('four@a.lit', `<report xmlns="urn:xmpp:reporting:0"><spam/></report>`) +
          item('five@a.lit', report('<text>The first.</text><text xml:lang="de">Das zweite.</text>')) +
          item('six@a.lit', report('<text> </text><third-party/><report-origin/><third-party/>')) +
          item('seven@a.lit', report('<stanza-id xmlns="urn:xmpp:sid:0" by="x@a.lit" id="1"/><stanza-id id="2"/>')) +
          item('eight@a.lit'),
      )
      assert.equal(answer.attr('type'), 'result')
      assert.equal((await listOf(juliet)).length, 8)
      const about = new Map((await reportsOf(juliet)).map(each => [each.about, each]))
      assert.deepEqual(about.get('one@a.lit'), bare('one@a.lit'))
      assert.deepEqual(about.get('two@a.lit'), bare('two@a.lit', { reason: 'urn:example:rude' }))
      assert.deepEqual(about.get('five@a.lit'), bare('five@a.lit', { text: 'The first.' }))
      assert.deepEqual(about.get('six@a.lit'), bare('six@a.lit', { allows: ['report-origin', 'third-party'] }))
      assert.deepEqual(about.get('seven@a.lit'), bare('seven@a.lit', { messages: [{ by: 'x@a.lit', id: '1' }] }))
      assert.equal(about.size, 5)
    }),
  )

  test(
    '#blocking: where there is an error nothing is blocked, and nothing reported',
    dialogue(async ({ juliet, romeo }) => {
      for (const [inside, condition] of [
        [item(juliet.jid, report()), 'not-allowed'],
        [item(juliet.fullJid, report()), 'not-allowed'],
        [item('tybalt@a.lit', report()) + item(juliet.jid, report()), 'not-allowed'],
        [item('tybalt@a.lit', report()) + item('@', report()), 'jid-malformed'],
        [`<item>${report()}</item>`, 'bad-request'],
        [report(), 'bad-request'],
      ] as const) {
        assert.equal(conditionOf(await blocks(juliet, inside)), condition, inside)
      }
      // Nobody reports in the name of somebody else.
      const foreign = await blocks(romeo, item('tybalt@a.lit', report()), ` to="${juliet.jid}"`)
      assert.equal(conditionOf(foreign), 'service-unavailable')
      // To unblock is no report.
      await blocks(juliet, item('tybalt@a.lit', report()), '', 'unblock')
      assert.deepEqual([await listOf(juliet), await reportsOf(juliet), await reportsOf(romeo)], [[], [], []])
    }),
  )

  test(
    '#blocking: whoever is blocked already can be reported, and one of our own; that one learns nothing of it',
    dialogue(async ({ juliet, romeo }) => {
      await blocks(juliet, item(romeo.jid))
      await blocks(juliet, item(romeo.jid, report('<text>He climbs the wall.</text>')))
      assert.deepEqual(await reportsOf(juliet), [bare(romeo.jid, { text: 'He climbs the wall.' })])
      assert.deepEqual(await listOf(juliet), [romeo.jid])
      await romeo.receivesNothing()
    }),
  )

  test(
    'one report is bounded, however much somebody writes',
    dialogue(async ({ juliet }) => {
      const ids = Array.from({ length: 60 }, (_, i) => `<stanza-id xmlns="urn:xmpp:sid:0" by="x@a.lit" id="${i}"/>`)
      const long = report(`${ids.join('')}<text>x${'\u{1F98A}'.repeat(10_000)}</text>`, `reason="${'r'.repeat(9_000)}"`)
      const answer = await blocks(juliet, item('tybalt@a.lit', long))
      assert.equal(answer.attr('type'), 'result')
      const [kept] = await reportsOf(juliet)
      assert.equal(kept!.text!.length, 3_999, 'no half of a character')
      assert.ok(kept!.text!.isWellFormed())
      assert.equal(kept!.reason.length, 200)
      assert.equal(kept!.messages.length, 50)
    }),
  )

  test(
    'a flood of reports: who is meant is blocked each time, and so many are kept',
    dialogue(async ({ juliet, julietsPhone }) => {
      const of = (from: number, many: number) =>
        Array.from({ length: many }, (_, i) => item(`troll-${from + i}@a.lit`, report())).join('')
      const both = [juliet, julietsPhone].flatMap((device, at) =>
        Array.from({ length: 8 }, (_, i) => blocks(device, of(at * 400 + i * 20, 20))),
      )
      for (const answer of await Promise.all(both)) assert.equal(answer.attr('type'), 'result')
      assert.equal((await listOf(juliet)).length, 320)
      assert.equal((await reportsOf(juliet)).length, 100)
    }),
  )

  test(
    'so many a day of one account',
    dialogue({ settings: { limits: { enabled: true } } }, async ({ juliet, server: own }) => {
      const { house } = own as Inside
      const items = Array.from({ length: 40 }, (_, i) => item(`troll-${i}@a.lit`, report())).join('')
      assert.equal((await blocks(juliet, items)).attr('type'), 'result')
      assert.equal((await house.reports.list()).length, 30)
      assert.equal((await listOf(juliet)).length, 40)
    }),
  )

  test(
    '#blocking: a report that cannot be kept does not undo the block: the answer is what it would be without one',
    dialogue({ settings: {} }, async ({ juliet, julietsPhone, romeo, server: own }) => {
      await listOf(julietsPhone)
      await julietsPhone.forgets()
      await (own as Inside).house.db.run('DROP TABLE reports')
      const answer = await blocks(juliet, item(romeo.jid, report()) + item('paris@a.lit', report()))
      assert.equal(answer.attr('type'), 'result')
      // Also on the devices that show the list.
      const push = await julietsPhone.receives(`<iq type="set"><block xmlns="urn:xmpp:blocking"/></iq>`)
      assert.deepEqual(
        push
          .need('block')
          .elements()
          .map(each => each.attr('jid')),
        [romeo.jid, 'paris@a.lit'],
      )
      romeo.sends(`<message to="${juliet.jid}" type="chat" id="m"><body>Soft!</body></message>`)
      await romeo.receives('<message type="error" id="m"/>')
    }),
  )
})
