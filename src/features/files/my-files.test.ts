import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { escaped, type Tree } from '../../../tests/kit/tree.ts'
import { exchange, slotFor, uploads } from '../../../tests/kit/uploads.ts'

const data = mkdtempSync(join(tmpdir(), 'sotto-my-files-'))
after(() => rmSync(data, { recursive: true, force: true }))

const node = 'urn:sotto:files:0#mine'

async function uploaded(actor: Actor, domain: string, text: string): Promise<string> {
  const slot = await slotFor(actor, domain, { size: Buffer.byteLength(text) })
  assert.equal((await uploads(slot, text)).status, 201)
  return slot.get
}

function commands(
  actor: Actor,
  domain: string,
  session?: string,
  fields: Readonly<Record<string, readonly string[]>> = {},
): Promise<Tree> {
  const filled = Object.entries(fields).map(
    ([name, values]) =>
      `<field var="${name}">${values.map(value => `<value>${escaped(value)}</value>`).join('')}</field>`,
  )
  const x = session === undefined ? '' : `<x xmlns="jabber:x:data" type="submit">${filled.join('')}</x>`
  const id = session === undefined ? '' : ` sessionid="${session}"`
  return actor.asks(
    `<iq type="set" to="${domain}"><command xmlns="http://jabber.org/protocol/commands" node="${node}"${id}>${x}</command></iq>`,
  )
}

const options = (answer: Tree) =>
  answer
    .at('command', 'x')
    .elements()
    .find(field => field.attr('var') === 'files')!
    .elements()
    .filter(({ name }) => name === 'option')

const there = async (url: string) => (await exchange('GET', url)).status

describe('the command “My files”', () => {
  test(
    'is listed where clients look for commands',
    dialogue(async ({ romeo, server }) => {
      const list =
        await romeo.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#items" node="http://jabber.org/protocol/commands"/></iq>`
      const item = list
        .need('query')
        .elements()
        .find(one => one.attr('node') === node)
      assert.deepEqual(item?.attrs, { jid: server.domain, node, name: 'My files' })
      const info =
        await romeo.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info" node="${node}"/></iq>`
      assert.equal(info.at('query', 'identity').attr('type'), 'command-node')
      const server0 =
        await romeo.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      assert.ok(
        server0
          .need('query')
          .elements()
          .some(one => one.attr('var') === 'http://jabber.org/protocol/commands'),
      )
    }),
  )

  test(
    'shows day and size, deletes what is chosen by its short name or its link, and nobody else’s',
    dialogue({ settings: { service: { data: join(data, 'mine') } } }, async ({ romeo, juliet, server }) => {
      const empty = await commands(romeo, server.domain)
      assert.equal(empty.need('command').attr('status'), 'completed')
      const hers = await uploaded(juliet, server.domain, 'hers')
      const first = await uploaded(romeo, server.domain, 'a'.repeat(5000))
      const second = await uploaded(romeo, server.domain, 'b')
      const third = await uploaded(romeo, server.domain, 'c')

      const list = await commands(romeo, server.domain)
      const session = list.need('command').attr('sessionid')!
      const offered = options(list)
      assert.equal(offered.length, 3)
      const large = offered.find(option => option.attr('label')!.includes(' 5 KiB '))!
      assert.match(large.attr('label')!, /^\d{4}-\d\d-\d\d · 5 KiB · [0-9a-f]{8}$/)

      const none = await commands(romeo, server.domain, session, { links: [hers] })
      assert.equal(none.need('error').elements()[0]?.name, 'not-acceptable')
      const sure = await commands(romeo, server.domain, session, {
        files: [large.need('value').text()],
        links: [`${second.replace('https:', 'aesgcm:')}#0011`, hers, 'nonsense'],
      })
      assert.match(sure.at('command', 'x', 'instructions').text(), /5 KiB/)
      assert.equal(await there(first), 200)
      const done = await commands(romeo, server.domain, session, { sure: ['1'] })
      assert.equal(done.at('command', 'note').text(), '2 files were deleted.')
      assert.deepEqual(
        [await there(first), await there(second), await there(third), await there(hers)],
        [404, 404, 200, 200],
      )
      assert.equal(options(await commands(romeo, server.domain)).length, 1)
    }),
  )

  test(
    'deletes nothing where somebody is not sure',
    dialogue(async ({ romeo, server }) => {
      const link = await uploaded(romeo, server.domain, 'a')
      const session = (await commands(romeo, server.domain)).need('command').attr('sessionid')!
      await commands(romeo, server.domain, session, { links: [link] })
      const done = await commands(romeo, server.domain, session, { sure: ['0'] })
      assert.equal(done.at('command', 'note').text(), 'Nothing was deleted.')
      assert.equal(await there(link), 200)
    }),
  )
})

test(
  'P13: files go with their account',
  dialogue(
    { settings: { service: { data: join(data, 'erased') }, accounts: { grace_days: 0 } } },
    async ({ romeo, juliet, server }) => {
      const gone = await uploaded(romeo, server.domain, 'a')
      const hers = await uploaded(juliet, server.domain, 'b')
      romeo.sends`<iq type="set" id="bye"><query xmlns="jabber:iq:register"><remove/></query></iq>`
      const left = () =>
        readdirSync(join(data, 'erased', 'files'), { recursive: true, withFileTypes: true }).filter(each =>
          each.isFile(),
        )
      let status = 200
      for (let i = 0; i < 500 && (status !== 404 || left().length > 1); i++) status = await there(gone)
      assert.deepEqual([status, left().length, await there(hers)], [404, 1, 200])
    },
  ),
)
