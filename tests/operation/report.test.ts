import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ToldReport } from '../../src/cli/report-handlers.ts'
import { dialogue, useServer } from '../kit/cast.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'

describe('XEP-0377: sotto report', () => {
  let server: ServerProcess
  before(async () => {
    server = await startProcess()
    useServer(server)
  })
  after(() => server.stop())

  const listed = async (): Promise<ToldReport[]> => JSON.parse(await server.command(['report', 'list', '--json']))

  test(
    '#blocking: what somebody attached when blocking is there until it is dealt with, and nothing else',
    { timeout: 60_000 },
    dialogue(async ({ juliet }) => {
      const blocked = await juliet.asks(
        `<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="tybalt@example.net">` +
          `<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam">` +
          `<stanza-id xmlns="urn:xmpp:sid:0" by="${juliet.jid}" id="28482-98726-73623"/>` +
          `<text xml:lang="en">Never came trouble to my house like this.</text><report-origin/></report></item>` +
          `<item jid="paris@example.net"/></block></iq>`,
      )
      assert.equal(blocked.attr('type'), 'result')
      const [report, ...more] = await listed()
      assert.deepEqual(more, [])
      const { id, day, ...rest } = report!
      assert.match(day, /^\d{4}-\d\d-\d\d$/)
      assert.deepEqual(rest, {
        about: 'tybalt@example.net',
        reason: 'urn:xmpp:reporting:spam',
        text: 'Never came trouble to my house like this.',
        messages: [{ by: juliet.jid, id: '28482-98726-73623' }],
        allows: ['report-origin'],
        from: juliet.jid,
      })
      const shown = await server.command(['report', 'show', id])
      assert.match(shown, /^tybalt@example.net was reported by .* on .*: spam\.$/m)
      assert.match(shown, /agrees that the server of the other hears of it/)
      await server.command(['report', 'done', id])
      assert.deepEqual(await listed(), [])
      await assert.rejects(server.command(['report', 'show', id]), /no such report/)

      const list = await juliet.asks('<iq type="get"><blocklist xmlns="urn:xmpp:blocking"/></iq>')
      assert.deepEqual(
        list
          .need('blocklist')
          .elements()
          .map(item => item.children.length),
        [0, 0],
      )
    }),
  )

  test(
    'what strangers write cannot take hold of the terminal, nor pretend to be what the program says',
    { timeout: 60_000 },
    dialogue(async ({ nurse }) => {
      const text = '\u009b2J\u202eevil\u2066\nThe author agrees that the server of the other hears of it.'
      await nurse.asks(
        `<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="tybalt@example.net">` +
          `<report xmlns="urn:xmpp:reporting:1" reason="spam&#10;\u009bA">` +
          `<stanza-id xmlns="urn:xmpp:sid:0" by="a&#10;b" id="1&#13;\u009b2"/><text>${text}</text></report></item></block></iq>`,
      )
      const id = (await listed()).find(({ from }) => from === nurse.jid)!.id
      for (const args of [
        ['report', 'list'],
        ['report', 'show', id],
      ]) {
        const shown = await server.command(args)
        assert.doesNotMatch(shown, /[\u0080-\u009f\u202a-\u202e\u2066-\u2069\r]/)
        assert.doesNotMatch(shown, /^(The author agrees|nurse|b$)/m)
      }
      await server.command(['report', 'done', id])
    }),
  )
})
