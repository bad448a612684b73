/** A component and an administrator that others wrote: slixmpp on the other side of XEP-0114, XEP-0050 and XEP-0133. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue } from '../kit/cast.ts'
import { adminNode } from '../kit/commands.ts'

const program = join(import.meta.dirname, 'slixmpp_component.py')
const secret = bridgeSettings.components.secrets[0]!.split(' ')[1]!

type Told = { readonly event: string } & Record<string, unknown>

/** Runs the program; what it tells comes one after the other. */
function runs(order: object): { next(): Promise<Told>; ends(): void } {
  const child = spawn('/usr/bin/python3', [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', bytes => {
    errors += bytes
  })
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async next() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`The program ended: ${errors.slice(-2000)}`)
      return JSON.parse(value)
    },
    ends: () => child.kill('SIGKILL'),
  }
}

describe('slixmpp', () => {
  test(
    'XEP-0114: a component signs in, is found, asked, seen and talked with, and is gone when it ends',
    { timeout: 60_000 },
    dialogue({ settings: bridgeSettings }, async ({ romeo, server }) => {
      const wrong = runs({ as: 'component', jid: bridgeDomain, secret: 'guessed', port: server.ports.components })
      assert.deepEqual(await wrong.next(), { event: 'refused', because: 'not-authorized' })
      wrong.ends()
      const echo = runs({ as: 'component', jid: bridgeDomain, secret, port: server.ports.components })
      assert.deepEqual(await echo.next(), { event: 'online', jid: bridgeDomain })
      const info = await romeo.asks(
        `<iq type="get" to="${bridgeDomain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      )
      assert.equal(info.at('query', 'identity').attr('category'), 'gateway')
      const pong = await romeo.asks(`<iq type="get" to="${bridgeDomain}"><ping xmlns="urn:xmpp:ping"/></iq>`)
      assert.equal(pong.attr('type'), 'result')
      romeo.sends(`<presence to="echo@${bridgeDomain}" type="subscribe"/>`)
      await romeo.eventually(`<presence from="echo@${bridgeDomain}" type="subscribe"/>`)
      await romeo.eventually(`<presence from="echo@${bridgeDomain}/echo"><show>chat</show></presence>`)
      await romeo.forgets()
      romeo.sends(`<message to="echo@${bridgeDomain}" type="chat"><body>Wherefore &amp; \u{1F339}</body></message>`)
      assert.deepEqual(await echo.next(), { event: 'message', body: 'Wherefore & \u{1F339}', from: romeo.fullJid })
      await romeo.receives(
        `<message from="echo@${bridgeDomain}" type="chat"><body>\u{1F339} &amp; eroferehW</body></message>`,
      )
      echo.ends()
      await romeo.receives(`<presence type="unavailable" from="echo@${bridgeDomain}/echo"/>`)
    }),
  )

  test(
    'XEP-0050, XEP-0133: its client finds the commands, fills in the forms and understands what becomes of them',
    { timeout: 60_000 },
    dialogue({ settings: {} }, async ({ romeo, juliet, server }) => {
      await server.makeAdmin!(romeo.username)
      const accountjid = 'added@localhost'
      const password = 'R0m30 and more'
      const work = [
        { node: adminNode('add-user'), fields: { accountjid, password, 'password-verify': password } },
        { node: adminNode('add-user'), fields: { accountjid, password, 'password-verify': password } },
        { node: adminNode('get-registered-users-num') },
        { node: adminNode('announce'), fields: { announcement: 'Not told' }, action: 'cancel' },
        { node: adminNode('announce'), fields: { announcement: 'Back in\nan hour' } },
        { node: adminNode('disable-user'), fields: { accountjids: [juliet.jid] } },
        { node: adminNode('delete-user'), fields: { accountjids: [accountjid, juliet.jid] } },
        { node: adminNode('get-user-roster') },
      ]
      const admin = runs({ as: 'admin', jid: romeo.jid, password: romeo.password, port: server.ports.c2s, work })
      const first = await admin.next()
      assert.equal(first.event, 'commands', JSON.stringify(first))
      const nodes = first.nodes
      for (const { node } of work.slice(0, -1)) assert.ok((nodes as string[]).includes(node), node)
      const outcomes: Told[] = []
      for (;;) {
        const told = await admin.next()
        if (told.event === 'done') break
        assert.notEqual(told.event, 'failed', JSON.stringify([told, outcomes]))
        if (told.event !== 'stage') outcomes.push(told)
        else if (told.status === 'executing') assert.deepEqual(told.allowed, ['complete'])
      }
      admin.ends()
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['completed', 'conflict', 'completed', 'canceled', 'completed', 'completed', 'completed', 'item-not-found'],
      )
      assert.equal((outcomes[2]!.values as Record<string, unknown>).registeredusersnum, '3')
      await juliet.eventually('<message from="localhost"><body>Back in\nan hour</body></message>')
      await juliet.isCutOff('not-authorized')
    }),
  )
})
