/** Tokens that are expired, used, forged, somebody else's or somebody's who was shut out. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { visit } from '../../../tests/kit/bosh.ts'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../../../tests/kit/bridge.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { Client } from '../../../tests/kit/client.ts'
import {
  adminNode,
  commands,
  commandsNs,
  conditionOf,
  fieldsOf,
  filledForm,
  runs,
} from '../../../tests/kit/commands.ts'
import { startInside, type TestServer } from '../../../tests/kit/server.ts'
import { Stage } from '../../../tests/kit/stage.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const inviting = { registration: { users_may_invite: true } }
const inviteNode = 'urn:xmpp:invite#invite'
const createNode = 'urn:xmpp:invite#create-account'
const day = 86_400_000

const visitor = ({ host, ports, domain }: TestServer) => Client.connect({ host, ports, domain })
const freshName = () => `guest-${randomBytes(4).toString('hex')}`
const tokenIn = (answer: Tree): string =>
  /preauth=([a-z0-9]+)/.exec(fieldsOf(answer.at('command', 'x')).uri ?? '')?.[1] ?? ''
const invites = async (host: Actor): Promise<string> => tokenIn(await commands(host, inviteNode))
const shows = (client: Client, token: string, domain = 'localhost'): Promise<Tree> =>
  client.ask('set', `<preauth xmlns="urn:xmpp:pars:0" token="${token}"/>`, domain)
const signsUp = (client: Client, username = freshName(), password = 'Calliope'): Promise<Tree> =>
  client.ask(
    'set',
    `<query xmlns="jabber:iq:register"><username>${username}</username><password>${password}</password></query>`,
  )
/** Somebody new comes and shows a token. @returns the condition of the refusal */
async function triesToken(server: TestServer, token: string): Promise<string | undefined> {
  const client = await visitor(server)
  const answer = await shows(client, token)
  client.drop()
  return conditionOf(answer)
}
const asksWith = (guest: Actor, host: Actor, token: string): void =>
  guest.sends(
    `<presence to="${host.jid}" type="subscribe"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></presence>`,
  )
/** The ordinary way: the host is asked, and nobody is let in. */
async function isAskedOnly(host: Actor, guest: Actor): Promise<void> {
  await host.receives(`<presence type="subscribe" from="${guest.jid}"/>`)
  await host.receivesNothing()
  await guest.receives(
    '<iq type="set"><query xmlns="jabber:iq:roster"><item subscription="none" ask="subscribe"/></query></iq>',
  )
  await guest.receivesNothing()
}

describe('XEP-0445#preauth-ibr', () => {
  test('the last day counts when the token is shown, and not when the account is made', async () => {
    const noon = Date.parse('2026-11-22T23:50:00Z')
    let now = noon
    const settings = { registration: { users_may_invite: true, invitation_days: 2 } }
    const server = await startInside(settings, { now: () => now })
    const stage = new Stage(server)
    try {
      const [romeo, juliet] = [await stage.actor('romeo'), await stage.actor('juliet')]
      await romeo.connects()
      const [one, other, friends] = [await invites(romeo), await invites(romeo), await invites(romeo)]
      now = noon + day
      const inTime = await visitor(server)
      assert.equal((await shows(inTime, one)).attr('type'), 'result')
      const https = { host: '127.0.0.1', port: server.ports.https! }
      assert.equal((await visit(https, `/invite/${other}`)).status, 200)
      now = noon + day + 20 * 60_000
      assert.equal((await signsUp(inTime)).attr('type'), 'result')
      inTime.drop()
      assert.equal(await triesToken(server, other), 'item-not-found')
      assert.equal((await visit(https, `/invite/${other}`)).status, 404)
      // XEP-0379#rules_fallback
      await juliet.connects()
      await romeo.forgets()
      asksWith(juliet, romeo, friends)
      await isAskedOnly(romeo, juliet)
    } finally {
      stage.ends()
      await server.stop()
    }
  })

  test(
    'a token is for the stream on which it was shown, for people without an account, and not before TLS',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const token = await invites(romeo)
      const [one, other] = [await visitor(server), await visitor(server)]
      assert.equal((await shows(one, token)).attr('type'), 'result')
      assert.equal(conditionOf(await signsUp(other)), 'not-allowed')
      const own = await romeo.asks(
        `<iq type="set" to="localhost"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></iq>`,
      )
      assert.equal(own.attr('type'), 'error')
      const { host, ports, domain } = server
      const plain = await Client.connect({ host, ports, domain, tls: 'plain' })
      plain.send(`<iq type="set" id="p" to="localhost"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></iq>`)
      assert.notEqual((await plain.wire.next()).attr('type'), 'result')
      for (const client of [one, other, plain]) client.drop()
      assert.equal(await triesToken(server, token), undefined, 'it is as good as before')
    }),
  )

  test(
    'forged tokens are tried so many times from one network; good ones do not count',
    dialogue({ settings: { ...inviting, limits: { enabled: true } } }, async ({ romeo, server }) => {
      const token = await invites(romeo)
      for (let i = 0; i < 25; i++) assert.equal(await triesToken(server, token), undefined)
      const early = await visitor(server)
      assert.equal((await shows(early, token)).attr('type'), 'result')
      for (let i = 0; i < 20; i++) {
        assert.equal(await triesToken(server, randomBytes(12).toString('hex')), 'item-not-found')
      }
      const late = await visitor(server)
      const refused = await shows(late, token)
      assert.equal(conditionOf(refused), 'resource-constraint')
      assert.equal(refused.need('error').attr('type'), 'wait')
      // What had been shown before is still good.
      assert.equal((await signsUp(early)).attr('type'), 'result')
      for (const client of [early, late]) client.drop()
    }),
  )

  test(
    'who was shown the door lets nobody in by it: invitations of a disabled account are good again when it is enabled',
    dialogue({ settings: inviting }, async ({ romeo, juliet, nurse, server }) => {
      await server.makeAdmin!(nurse.username)
      const [token, friends] = [await invites(romeo), await invites(romeo)]
      const https = { host: '127.0.0.1', port: server.ports.https! }
      await runs(nurse, adminNode('disable-user'), { accountjids: romeo.jid })
      await romeo.isCutOff('not-authorized')
      assert.equal(await triesToken(server, token), 'item-not-found')
      assert.equal((await visit(https, `/invite/${token}`)).status, 404)
      asksWith(juliet, romeo, friends)
      await juliet.receives('<iq type="set"><query xmlns="jabber:iq:roster"><item ask="subscribe"/></query></iq>')
      await juliet.receivesNothing()
      await runs(nurse, adminNode('reenable-user'), { accountjids: romeo.jid })
      assert.equal(await triesToken(server, token), undefined)
    }),
  )

  test(
    'nor do those of an account that is about to be deleted',
    dialogue({ settings: { ...inviting, accounts: { grace_days: 3 } } }, async ({ romeo, nurse, server }) => {
      await server.makeAdmin!(nurse.username)
      const token = await invites(romeo)
      await runs(nurse, adminNode('delete-user'), { accountjids: romeo.jid })
      assert.equal(await triesToken(server, token), 'item-not-found')
    }),
  )

  test(
    'a domain that lets nobody in any more does not do so by what was given out before',
    dialogue({ settings: inviting }, async ({ server }) => {
      const verona = 'verona.example'
      await server.addDomain!(verona)
      const there = new Stage(server.at!(verona))
      const romeo = await there.actor('romeo')
      await romeo.connects()
      const token = tokenIn(await commands(romeo, inviteNode, {}, '', verona))
      const client = await visitor(server.at!(verona))
      assert.equal((await shows(client, token, verona)).attr('type'), 'result')
      await server.changeDomain!(verona, { registration: 'closed' })
      await assert.rejects(signsUp(client), /not-authorized/)
      await assert.rejects(shows(await visitor(server.at!(verona)), token, verona), /not-authorized/)
      await server.changeDomain!(verona, { registration: undefined })
      const later = await visitor(server.at!(verona))
      assert.equal((await shows(later, token, verona)).attr('type'), 'result')
      later.drop()
      there.ends()
    }),
  )
})

describe('XEP-0379#security_validity', () => {
  test(
    'what has made an account makes no contact, and the other way round',
    dialogue({ settings: inviting }, async ({ romeo, juliet, server }) => {
      const [one, other] = [await invites(romeo), await invites(romeo)]
      const client = await visitor(server)
      await shows(client, one)
      assert.equal((await signsUp(client)).attr('type'), 'result')
      client.drop()
      await romeo.forgets()
      asksWith(juliet, romeo, one)
      await isAskedOnly(romeo, juliet)
      juliet.sends(`<presence to="${romeo.jid}" type="unsubscribe"/>`)
      for (const actor of [romeo, juliet]) await actor.forgets()
      asksWith(juliet, romeo, other)
      await juliet.eventually(`<presence type="subscribed" from="${romeo.jid}"/>`)
      assert.equal(await triesToken(server, other), 'item-not-found')
    }),
  )

  test(
    'an invitation to an account, without becoming contacts, is none to the contact list; nor is what is malformed',
    dialogue({ settings: inviting }, async ({ romeo, juliet }) => {
      const plain = tokenIn(await runs(romeo, createNode, {}))
      for (const token of [plain, '', 'x', 'a'.repeat(24), 'a'.repeat(5_000), `${plain}&#10;`]) {
        for (const actor of [romeo, juliet]) await actor.forgets()
        asksWith(juliet, romeo, token)
        await isAskedOnly(romeo, juliet)
        juliet.sends(`<presence to="${romeo.jid}" type="unsubscribe"/>`)
      }
    }),
  )

  test(
    'whoever is blocked is not let in by a token',
    dialogue(async ({ romeo, juliet }) => {
      const token = await invites(romeo)
      await romeo.asks(`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${juliet.jid}"/></block></iq>`)
      asksWith(juliet, romeo, token)
      await romeo.receivesNothing()
      const theirs = await juliet.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
      assert.equal(theirs.at('query', 'item').attr('subscription'), 'none')
      const roster = await romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
      assert.deepEqual(roster.need('query').elements(), [])
    }),
  )
})

describe('XEP-0401', () => {
  test(
    'the bound on open invitations holds for several that are asked for at once, on several devices',
    dialogue(
      { settings: { registration: { users_may_invite: true, open_invitations: 3 } } },
      async ({ romeo, romeosPhone }) => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) => commands(i % 2 === 0 ? romeo : romeosPhone, inviteNode)),
        )
        const conditions = answers.map(answer => conditionOf(answer) ?? 'done')
        assert.equal(conditions.filter(each => each === 'done').length, 3)
        assert.equal(conditions.filter(each => each === 'resource-constraint').length, 17)
      },
    ),
  )

  test(
    'XEP-0445#rules: of several who want to keep one name at once, one does',
    dialogue({ settings: inviting }, async ({ romeo, romeosPhone, juliet }) => {
      const username = freshName()
      const answers = await Promise.all(
        [romeo, romeosPhone, juliet, romeo, juliet].map(host => runs(host, createNode, { username })),
      )
      const conditions = answers.map(answer => conditionOf(answer) ?? 'done').sort()
      assert.deepEqual(conditions, ['conflict', 'conflict', 'conflict', 'conflict', 'done'])
    }),
  )

  test(
    '#account-creation: names that are taken, or none; a command that is cancelled invites nobody',
    dialogue({ settings: inviting }, async ({ romeo, juliet, server }) => {
      const { house } = server as Awaited<ReturnType<typeof startInside>>
      assert.equal(conditionOf(await runs(romeo, createNode, { username: juliet.username.toUpperCase() })), 'conflict')
      for (const username of ['a b', 'a@b', '"x"', 'x'.repeat(1_100), 'a/b']) {
        assert.equal(conditionOf(await runs(romeo, createNode, { username })), 'not-acceptable', username.slice(0, 20))
      }
      const begun = (await commands(romeo, createNode)).need('command')
      const form = begun.need('x')
      assert.deepEqual(
        form.elements().flatMap(field => (field.attr('type') === 'hidden' ? [] : (field.attr('var') ?? []))),
        ['username', 'roster-subscription'],
      )
      const sessionid = begun.attr('sessionid')!
      const filled = filledForm({ username: freshName() })
      const cancelled = await commands(romeo, createNode, { sessionid, action: 'cancel' }, filled)
      assert.equal(cancelled.need('command').attr('status'), 'canceled')
      assert.equal((await house.db.all('SELECT * FROM invitations')).length, 0)
    }),
  )

  test(
    'so many a day of one account, refusals included, since they tell which names are taken',
    dialogue(
      { settings: { registration: { users_may_invite: true, open_invitations: 1000 }, limits: { enabled: true } } },
      async ({ romeo, juliet }) => {
        for (let i = 0; i < 25; i++) {
          assert.equal(conditionOf(await runs(romeo, createNode, { username: juliet.username })), 'conflict')
          assert.notEqual(await invites(romeo), '')
        }
        const late = await commands(romeo, inviteNode)
        assert.equal(conditionOf(late), 'resource-constraint')
        assert.equal(conditionOf(await runs(romeo, createNode, { username: juliet.username })), 'resource-constraint')
        assert.notEqual(await invites(juliet), '')
      },
    ),
  )

  test(
    'is for people of this domain: somebody elsewhere sees no command and runs none',
    dialogue({ settings: { ...inviting, ...bridgeSettings } }, async ({ server }) => {
      const wire = await bridge(server)
      for (const node of [inviteNode, createNode]) {
        wire.write(
          `<iq type='set' id='1' from='romeo@${bridgeDomain}/x' to='localhost'><command xmlns='${commandsNs}' node='${node}' action='execute'/></iq>`,
        )
        assert.equal((await wire.next()).need('error', accept).elements()[0]!.name, 'forbidden')
      }
      wire.drop()
    }),
  )
})
