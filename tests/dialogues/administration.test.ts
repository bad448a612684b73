import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue, useServer } from '../kit/cast.ts'
import { adminNode, begins, commands, commandsNs, conditionOf, fieldsOf, filledForm, runs } from '../kit/commands.ts'
import { startInside, type TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'

/** Every command of XEP-0133 that is here, in the order in which it is listed; the promises forbid the others. */
const here = [
  'add-user',
  'delete-user',
  'disable-user',
  'reenable-user',
  'change-user-password',
  'get-registered-users-num',
  'get-disabled-users-num',
  'get-online-users-num',
  'announce',
]
/** The others (XEP-0133#usecases). */
const absent = [
  'end-user-session',
  'get-user-password',
  'get-user-roster',
  'get-user-lastlogin',
  'user-stats',
  'edit-blacklist',
  'edit-whitelist',
  'add-to-blacklist-in',
  'add-to-blacklist-out',
  'get-active-users-num',
  'get-idle-users-num',
  'get-registered-users-list',
  'get-disabled-users-list',
  'get-online-users-list',
  'get-active-users',
  'get-idle-users',
  'set-motd',
  'edit-motd',
  'delete-motd',
  'set-welcome',
  'delete-welcome',
  'edit-admin',
  'restart',
  'shutdown',
]
const actions = ['execute', 'next', 'prev', 'complete', 'cancel']

/** Whatever the clock of the server is set to, besides what it is. */
let ahead = 0
let server: TestServer
before(async () => {
  server = await startInside(bridgeSettings, { now: () => Date.now() + ahead })
  useServer(server)
})
after(() => server.stop())

const freshJid = () => `added-${randomBytes(4).toString('hex')}@localhost`
const specific = (answer: Tree): string | undefined =>
  answer
    .need('error')
    .elements()
    .find(each => each.ns === commandsNs)?.name
const statusOf = (answer: Tree): string | undefined => answer.child('command')?.attr('status')
const count = async (admin: Actor, name: string, field: string): Promise<number> =>
  Number(fieldsOf((await commands(admin, adminNode(name))).at('command', 'x'))[field])
const accounts = (admin: Actor) => count(admin, 'get-registered-users-num', 'registeredusersnum')
async function admin(actor: Actor): Promise<void> {
  await server.makeAdmin!(actor.username)
}
/** Signs in, and leaves again. */
async function canSignIn(actor: Actor, jid: string, password: string): Promise<boolean> {
  const client = await actor.reaches()
  const signedIn = await client.signIn({ username: jid.split('@')[0]!, password }).then(
    () => true,
    () => false,
  )
  client.drop()
  return signedIn
}

describe('XEP-0133#security: whoever has not the role', () => {
  test(
    'runs no command with any action, not even one that an admin has begun',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      for (const name of here) {
        const begun = await commands(romeo, adminNode(name))
        const sessionid = begun.need('command').attr('sessionid')!
        for (const action of actions) {
          for (const more of [{}, { sessionid }]) {
            const answer = await commands(
              juliet,
              adminNode(name),
              { action, ...more },
              filledForm({ announcement: 'I' }),
            )
            assert.equal(conditionOf(answer), 'forbidden', `${name} ${action}`)
          }
        }
        if (statusOf(begun) === 'executing') await commands(romeo, adminNode(name), { sessionid, action: 'cancel' })
      }
      await romeo.receivesNothing()
    }),
  )

  test(
    'neither does somebody elsewhere, who sees none either',
    dialogue(async ({ romeo }) => {
      await admin(romeo)
      const wire = await bridge(server)
      const asks = async (inside: string, type = 'set'): Promise<Tree> => {
        wire.write(`<iq type='${type}' id='1' from='romeo@${bridgeDomain}/x' to='localhost'>${inside}</iq>`)
        return wire.next()
      }
      for (const name of here) {
        const answer = await asks(`<command xmlns='${commandsNs}' node='${adminNode(name)}' action='execute'/>`)
        assert.equal(answer.need('error', accept).elements()[0]?.name, 'forbidden', name)
      }
      const list = await asks(`<query xmlns='http://jabber.org/protocol/disco#items' node='${commandsNs}'/>`, 'get')
      assert.deepEqual(list.need('query').elements(), [])
      wire.drop()
    }),
  )

  test(
    'any longer cannot finish what was begun before',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      const accountjid = freshJid()
      const sessionid = await begins(romeo, adminNode('add-user'))
      const { house } = server as Awaited<ReturnType<typeof startInside>>
      const account = await house.accounts.findJid(romeo.jid as never)
      await house.marks.set(account!, 'admin', false)
      const form = filledForm({ accountjid, password: 'R0m30', 'password-verify': 'R0m30' })
      const answer = await commands(romeo, adminNode('add-user'), { sessionid, action: 'complete' }, form)
      assert.equal(conditionOf(answer), 'forbidden')
      assert.equal(await canSignIn(juliet, accountjid, 'R0m30'), false)
    }),
  )
})

describe('XEP-0133#usecases', () => {
  test(
    '#disco: an admin is told of these commands and of no others, and each shows a form, or a result',
    dialogue(async ({ romeo }) => {
      await admin(romeo)
      const list = await romeo.asks(
        `<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#items" node="${commandsNs}"/></iq>`,
      )
      const nodes = list
        .need('query')
        .elements()
        .map(item => item.attr('node')!)
        .filter(node => node.startsWith(adminNode('')))
      assert.deepEqual(nodes, here.map(adminNode))
      for (const name of here) {
        const info = await romeo.asks(
          `<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#info" node="${adminNode(name)}"/></iq>`,
        )
        assert.ok(
          info
            .need('query')
            .elements()
            .some(each => each.attr('category') === 'automation' && each.attr('type') === 'command-node'),
        )
        const { command, form } = await formOf(romeo, name)
        assert.equal(fieldsOf(form).FORM_TYPE, 'http://jabber.org/protocol/admin')
        assert.equal(form.attr('type'), command.attr('status') === 'executing' ? 'form' : 'result')
        await commands(romeo, adminNode(name), { sessionid: command.attr('sessionid')!, action: 'cancel' })
      }
    }),
  )

  test(
    '#errors: what the promises forbid is not there, whoever asks',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      for (const name of absent) {
        for (const actor of [romeo, juliet]) {
          assert.equal(conditionOf(await commands(actor, adminNode(name))), 'item-not-found', name)
        }
      }
    }),
  )

  test(
    '#delete-user: everybody who is named has to be there, or nothing is done; to be named twice does no harm',
    dialogue(async ({ romeo, juliet, nurse }) => {
      await admin(romeo)
      const names = ['delete-user', 'disable-user', 'reenable-user']
      for (const name of names) {
        const answer = await runs(romeo, adminNode(name), { accountjids: [juliet.jid, nurse.jid, freshJid()] })
        assert.equal(conditionOf(answer), 'item-not-found', name)
        const own = await runs(romeo, adminNode(name), { accountjids: [juliet.jid, romeo.jid] })
        assert.equal(conditionOf(own), 'not-allowed', name)
        const nobody = await runs(romeo, adminNode(name), { accountjids: [] })
        assert.equal(conditionOf(nobody), 'not-acceptable', name)
        const many = await runs(romeo, adminNode(name), { accountjids: Array.from({ length: 101 }, freshJid) })
        assert.equal(conditionOf(many), 'not-acceptable', name)
        for (const [text, condition] of [
          [juliet.fullJid, 'jid-malformed'],
          ['localhost', 'jid-malformed'],
          ['@', 'jid-malformed'],
          ['juliet@capulet.lit', 'forbidden'],
        ] as const) {
          const answer = await runs(romeo, adminNode(name), { accountjids: [juliet.jid, text] })
          assert.equal(conditionOf(answer), condition, `${name} ${text}`)
        }
      }
      await juliet.receivesNothing()

      const before = await accounts(romeo)
      const done = await runs(romeo, adminNode('delete-user'), { accountjids: [juliet.jid, nurse.jid, juliet.jid] })
      assert.equal(statusOf(done), 'completed', String(done))
      await juliet.isCutOff('not-authorized')
      await nurse.isCutOff('not-authorized')
      assert.equal(await accounts(romeo), before - 2)
    }),
  )

  test(
    '#add-user, #change-user-password: what cannot be is refused, and nothing is changed',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      const before = await accounts(romeo)
      const fresh = freshJid()
      const twice = (password: string) => ({ password, 'password-verify': password })
      for (const [fields, condition] of [
        [{ accountjid: fresh, ...twice('') }, 'not-acceptable'],
        [{ accountjid: fresh }, 'not-acceptable'],
        [{ accountjid: fresh, ...twice('\u0627\u0031\u{1F600}\u200e') }, 'not-acceptable'],
        [{ accountjid: fresh, ...twice('x'.repeat(20_000)) }, 'not-acceptable'],
        [{ ...twice('R0m30') }, 'jid-malformed'],
        [{ accountjid: 'localhost', ...twice('R0m30') }, 'jid-malformed'],
        [{ accountjid: `${fresh}/globe`, ...twice('R0m30') }, 'jid-malformed'],
        [{ accountjid: 'added@capulet.lit', ...twice('R0m30') }, 'forbidden'],
        [{ accountjid: `added@conference.localhost`, ...twice('R0m30') }, 'forbidden'],
        [{ accountjid: juliet.jid.toUpperCase(), ...twice('R0m30') }, 'conflict'],
      ] as const) {
        const answer = await runs(romeo, adminNode('add-user'), fields)
        assert.equal(conditionOf(answer), condition, JSON.stringify(fields).slice(0, 90))
      }
      assert.equal(await accounts(romeo), before)
      for (const [fields, condition] of [
        [{ accountjid: fresh, password: 'V3r0n4' }, 'item-not-found'],
        [{ accountjid: juliet.jid, password: '' }, 'not-acceptable'],
        [{ accountjid: juliet.jid }, 'not-acceptable'],
        [{ accountjid: `${juliet.jid}/x`, password: 'V3r0n4' }, 'jid-malformed'],
        [{ accountjid: 'juliet@capulet.lit', password: 'V3r0n4' }, 'forbidden'],
      ] as const) {
        const answer = await runs(romeo, adminNode('change-user-password'), fields)
        assert.equal(conditionOf(answer), condition, JSON.stringify(fields))
      }
      assert.equal(await canSignIn(juliet, juliet.jid, juliet.password), true)
    }),
  )

  test(
    '#announce: of several lines, to whoever is there and to nobody who comes later',
    dialogue(async ({ romeo, juliet, nurse }) => {
      await admin(romeo)
      await nurse.disconnects()
      for (const announcement of [[], [''], ['  ', '\n']]) {
        assert.equal(conditionOf(await runs(romeo, adminNode('announce'), { announcement })), 'not-acceptable')
      }
      await juliet.receivesNothing()
      await runs(romeo, adminNode('announce'), { announcement: ['Down for', 'maintenance & <tea>'] })
      await juliet.receives('<message from="localhost"><body>Down for\nmaintenance &amp; &lt;tea&gt;</body></message>')
      await nurse.connects()
      await nurse.receivesNothing()
    }),
  )
})

const formOf = async (actor: Actor, name: string): Promise<{ command: Tree; form: Tree }> => {
  const command = (await commands(actor, adminNode(name), { action: 'execute' })).need('command')
  return { command, form: command.need('x') }
}

describe('XEP-0050 with commands of XEP-0133', () => {
  test(
    '#cancel: nothing happens, and the execution is over',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      const sessionid = await begins(romeo, adminNode('announce'))
      const form = filledForm({ announcement: 'Not to be told' })
      const cancelled = await commands(romeo, adminNode('announce'), { sessionid, action: 'cancel' }, form)
      assert.equal(statusOf(cancelled), 'canceled')
      for (const action of actions) {
        const late = await commands(romeo, adminNode('announce'), { sessionid, action }, form)
        assert.deepEqual([conditionOf(late), specific(late)], ['not-allowed', 'session-expired'], action)
      }
      await juliet.receivesNothing()
    }),
  )

  test(
    '#actions: before the first form there is nothing, and after the last one nothing either',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      const node = adminNode('announce')
      const form = filledForm({ announcement: 'Once' })
      const sessionid = await begins(romeo, node)
      for (const action of ['prev', 'next']) {
        const refused = await commands(romeo, node, { sessionid, action }, form)
        assert.deepEqual([conditionOf(refused), specific(refused)], ['bad-request', 'bad-action'], action)
      }
      const odd = await commands(romeo, node, { sessionid, action: 'finish' }, form)
      assert.deepEqual([conditionOf(odd), specific(odd)], ['bad-request', 'malformed-action'])
      const double = form.replace('</field>', '</field><field var="announcement"><value>Twice</value></field>')
      for (const wrong of [double, form.replace('submit', 'hand-in')]) {
        const refused = await commands(romeo, node, { sessionid }, wrong)
        assert.deepEqual([conditionOf(refused), specific(refused)], ['bad-request', 'bad-payload'])
      }
      await juliet.receivesNothing()
      assert.equal(statusOf(await commands(romeo, node, { sessionid, action: 'complete' }, form)), 'completed')
      await juliet.receives('<message from="localhost"><body>Once</body></message>')
      const again = await commands(romeo, node, { sessionid, action: 'complete' }, form)
      assert.equal(specific(again), 'session-expired')
      await juliet.receivesNothing()
    }),
  )

  test(
    '#session: it is of one device and of one command, and not for ever',
    dialogue(async ({ romeo, romeosPhone, juliet }) => {
      await admin(romeo)
      const form = filledForm({ announcement: 'Whose?', accountjids: juliet.jid })
      const sessionid = await begins(romeo, adminNode('announce'))
      const other = await commands(romeosPhone, adminNode('announce'), { sessionid }, form)
      assert.equal(specific(other), 'session-expired')
      const mixed = await commands(romeo, adminNode('delete-user'), { sessionid }, form)
      assert.equal(specific(mixed), 'session-expired')
      ahead += 16 * 60_000
      const late = await commands(romeo, adminNode('announce'), { sessionid }, form)
      assert.deepEqual([conditionOf(late), specific(late)], ['not-allowed', 'session-expired'])
      assert.equal(late.need('error').attr('type'), 'cancel')
      await juliet.receivesNothing()
    }),
  )

  test(
    '#impl-session: of executions that are left lying, as by apps that were refused something, the oldest give way',
    dialogue(async ({ romeo, romeosPhone }) => {
      await admin(romeo)
      const open: string[] = []
      for (let i = 0; i < 8; i++) open.push(await begins(i % 2 === 0 ? romeo : romeosPhone, adminNode('announce')))
      const gone = await commands(romeo, adminNode('announce'), { sessionid: open[2]!, action: 'cancel' })
      assert.equal(specific(gone), 'session-expired')
      const there = await commands(romeo, adminNode('announce'), { sessionid: open[4]!, action: 'cancel' })
      assert.equal(statusOf(there), 'canceled')
    }),
  )

  test(
    'a form with thousands of fields is read, and one that is larger than a stanza may be ends the stream',
    dialogue(async ({ romeo, juliet }) => {
      await admin(romeo)
      const sessionid = await begins(romeo, adminNode('announce'))
      const fields = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`f${i}`, 'x']))
      const answer = await commands(romeo, adminNode('announce'), { sessionid }, filledForm(fields))
      assert.equal(conditionOf(answer), 'not-acceptable')
      romeo.sends(
        `<iq type="set" id="big" to="localhost"><command xmlns="${commandsNs}" node="${adminNode('announce')}" ` +
          `sessionid="${sessionid}">${filledForm({ announcement: 'x'.repeat(600_000) })}</command></iq>`,
      )
      await romeo.isCutOff('policy-violation')
      await juliet.receivesNothing()
    }),
  )
})
