import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { SignInRefused } from '../../../tests/kit/client.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const commands = 'http://jabber.org/protocol/commands'
const node = (name: string) => `http://jabber.org/protocol/admin#${name}`
const freshName = () => `added-${randomBytes(4).toString('hex')}`
const condition = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name

const begins = (admin: Actor, name: string): Promise<Tree> =>
  admin.asks(`<iq type="set" to="localhost"><command xmlns="${commands}" node="${node(name)}" action="execute"/></iq>`)
async function does(admin: Actor, name: string, fields: Record<string, string>): Promise<Tree> {
  const begun = await begins(admin, name)
  const session = begun.need('command').attr('sessionid')
  const inside = Object.entries(fields).map(([key, value]) => `<field var="${key}"><value>${value}</value></field>`)
  const formType = `<field var="FORM_TYPE"><value>http://jabber.org/protocol/admin</value></field>`
  return admin.asks(
    `<iq type="set" to="localhost"><command xmlns="${commands}" node="${node(name)}" sessionid="${session}">` +
      `<x xmlns="jabber:x:data" type="submit">${formType}${inside.join('')}</x></command></iq>`,
  )
}
const counts = async (admin: Actor, name: string): Promise<number> => {
  const form = (await begins(admin, name)).at('command', 'x')
  const field = form.elements().find(each => each.attr('var')?.endsWith('num'))
  return Number(field?.child('value')?.text())
}

describe('XEP-0133', () => {
  test(
    'nobody else sees or runs a command',
    dialogue(async ({ romeo }) => {
      assert.equal(condition(await begins(romeo, 'add-user')), 'forbidden')
      const list = await romeo.asks(
        `<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#items" node="${commands}"/></iq>`,
      )
      const nodes = list
        .need('query')
        .elements()
        .map(item => item.attr('node') ?? '')
      assert.ok(nodes.every(each => !each.startsWith('http://jabber.org/protocol/admin')))
    }),
  )

  test(
    'what the promises forbid is not there',
    dialogue(async ({ romeo, server }) => {
      await server.makeAdmin!(romeo.username)
      for (const name of ['get-user-lastlogin', 'get-user-roster', 'user-stats', 'get-online-users-list']) {
        assert.equal(condition(await begins(romeo, name)), 'item-not-found')
      }
    }),
  )

  test(
    '#add-user, #change-user-password, #delete-user',
    dialogue({ settings: { accounts: { grace_days: 0 } } }, async ({ romeo, juliet, server }) => {
      await server.makeAdmin!(romeo.username)
      const accountjid = `${freshName()}@localhost`
      const before = await counts(romeo, 'get-registered-users-num')
      const two = await does(romeo, 'add-user', { accountjid, password: 'one', 'password-verify': 'other' })
      assert.equal(condition(two), 'not-acceptable')
      const added = await does(romeo, 'add-user', { accountjid, password: 'one', 'password-verify': 'one' })
      assert.equal(added.need('command').attr('status'), 'completed')
      assert.equal(condition(await does(romeo, 'add-user', { accountjid, password: 'one' })), 'conflict')
      assert.equal(await counts(romeo, 'get-registered-users-num'), before + 1)

      await does(romeo, 'change-user-password', { accountjid, password: 'two' })
      const client = await juliet.reaches()
      const username = accountjid.split('@')[0]!
      await client.signIn({ username, password: 'two' })
      client.drop()

      const deleted = await does(romeo, 'delete-user', { accountjids: accountjid })
      assert.equal(deleted.need('command').attr('status'), 'completed')
      assert.equal(await counts(romeo, 'get-registered-users-num'), before)
      assert.equal(condition(await does(romeo, 'delete-user', { accountjids: accountjid })), 'item-not-found')
      assert.equal(condition(await does(romeo, 'delete-user', { accountjids: romeo.jid })), 'not-allowed')
    }),
  )

  test(
    '#disable-user, #reenable-user: sessions end, and signing in is answered with account-disabled',
    dialogue(async ({ romeo, juliet, server }) => {
      await server.makeAdmin!(romeo.username)
      const before = await counts(romeo, 'get-disabled-users-num')
      await does(romeo, 'disable-user', { accountjids: juliet.jid })
      await juliet.isCutOff('not-authorized')
      assert.equal(await counts(romeo, 'get-disabled-users-num'), before + 1)
      for (const options of [{}, { sasl2: true }]) {
        await assert.rejects(juliet.connects(options), (error: Error) => {
          assert.ok(error instanceof SignInRefused)
          return /account-disabled/.test(String(error))
        })
      }
      // Who does not know the password learns nothing.
      const client = await juliet.reaches()
      await assert.rejects(client.signIn({ username: juliet.username, password: 'wrong' }), /not-authorized/)
      client.drop()
      await does(romeo, 'reenable-user', { accountjids: juliet.jid })
      await juliet.connects()
    }),
  )

  test(
    '#announce, #get-online-users-num',
    dialogue({ settings: {} }, async ({ romeo, juliet, server }) => {
      await server.makeAdmin!(romeo.username)
      assert.equal(await counts(romeo, 'get-online-users-num'), 2)
      await does(romeo, 'announce', { announcement: 'Back in an hour.' })
      await juliet.receives('<message from="localhost"><body>Back in an hour.</body></message>')
    }),
  )
})
