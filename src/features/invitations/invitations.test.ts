import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { Client } from '../../../tests/kit/client.ts'
import type { TestServer } from '../../../tests/kit/server.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const inviting = { registration: { users_may_invite: true } }
const visitor = ({ host, ports, domain }: TestServer) => Client.connect({ host, ports, domain })
const freshName = () => `guest-${randomBytes(4).toString('hex')}`
const commands = 'http://jabber.org/protocol/commands'

const fieldsOf = (form: Tree): Record<string, string> =>
  Object.fromEntries(
    form
      .elements()
      .filter(field => field.name === 'field')
      .map(field => [field.attr('var'), field.child('value')?.text() ?? '']),
  )
async function invites(host: Actor): Promise<Record<string, string> & { token: string }> {
  const answer = await host.asks(
    `<iq type="set" to="localhost"><command xmlns="${commands}" node="urn:xmpp:invite#invite" action="execute"/></iq>`,
  )
  return withToken(fieldsOf(answer.at('command', 'x')))
}
async function createsAccountInvitation(host: Actor, fields: Record<string, string>): Promise<Tree> {
  const node = 'urn:xmpp:invite#create-account'
  const begun = await host.asks(
    `<iq type="set" to="localhost"><command xmlns="${commands}" node="${node}" action="execute"/></iq>`,
  )
  if (begun.attr('type') === 'error') return begun
  const inside = Object.entries(fields).map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
  return host.asks(
    `<iq type="set" to="localhost"><command xmlns="${commands}" node="${node}" action="complete" ` +
      `sessionid="${begun.need('command').attr('sessionid')}">` +
      `<x xmlns="jabber:x:data" type="submit">${inside.join('')}</x></command></iq>`,
  )
}
const withToken = (fields: Record<string, string>): Record<string, string> & { token: string } => ({
  ...fields,
  token: /preauth=([a-z0-9]+)/.exec(fields.uri ?? '')?.[1] ?? '',
})
const shows = (client: Client, token: string): Promise<Tree> =>
  client.ask('set', `<preauth xmlns="urn:xmpp:pars:0" token="${token}"/>`, 'localhost')
const signsUp = (client: Client, username: string, password = 'Calliope'): Promise<Tree> =>
  client.ask(
    'set',
    `<query xmlns="jabber:iq:register"><username>${username}</username><password>${password}</password></query>`,
  )
const condition = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name

interface Fetched {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
}
const fetches = (server: TestServer, path: string): Promise<Fetched> =>
  new Promise((resolve, reject) => {
    const port = server.ports.https
    request(
      { host: server.host, port, path, rejectUnauthorized: false, headers: { origin: 'https://a.b' } },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      },
    )
      .on('error', reject)
      .end()
  })

describe('XEP-0401', () => {
  test(
    '#discover: both commands are listed for those who may invite, one for the others',
    dialogue({ settings: inviting }, async ({ romeo }) => {
      const list = await romeo.asks(
        `<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#items" node="${commands}"/></iq>`,
      )
      const nodes = list
        .need('query')
        .elements()
        .map(item => item.attr('node'))
      assert.ok(nodes.includes('urn:xmpp:invite#invite') && nodes.includes('urn:xmpp:invite#create-account'))
    }),
  )

  test(
    '#create-invitation: a guest makes an account, and both are contacts without being asked',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const { uri, token, expire, ...rest } = await invites(romeo)
      assert.equal(uri, `xmpp:${romeo.jid}?roster;preauth=${token};ibr=y`)
      assert.match(rest['landing-url']!, new RegExp(`^https://localhost:${server.ports.https}/invite/${token}$`))
      assert.match(expire!, /^\d{4}-\d\d-\d\dT23:59:59Z$/)

      const client = await visitor(server)
      assert.equal((await shows(client, token)).attr('type'), 'result')
      const username = freshName()
      assert.equal((await signsUp(client, username)).attr('type'), 'result')
      const guest = `${username}@${server.domain}`
      await romeo.receives(
        `<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${guest}" subscription="both"/></query></iq>`,
      )
      await client.signIn({ username, password: 'Calliope' })
      await client.bind('globe')
      const roster = await client.ask('get', '<query xmlns="jabber:iq:roster"/>')
      assert.equal(roster.at('query', 'item').attr('jid'), romeo.jid)
      assert.equal(roster.at('query', 'item').attr('subscription'), 'both')
      client.send('<presence/>')
      await romeo.receives(`<presence from="${guest}/globe"/>`)
      client.drop()

      const second = await visitor(server)
      assert.equal(condition(await shows(second, token)), 'item-not-found')
      second.drop()
    }),
  )

  test(
    '#create-invitation: where only the operator lets people in, a friend can still become a contact',
    dialogue(async ({ romeo, server }) => {
      const { uri, token } = await invites(romeo)
      assert.equal(uri, `xmpp:${romeo.jid}?roster;preauth=${token}`)
      const client = await visitor(server)
      assert.equal(condition(await shows(client, token)), 'item-not-found')
      assert.equal(condition(await signsUp(client, freshName())), 'not-allowed')
      client.drop()
      assert.equal(condition(await createsAccountInvitation(romeo, {})), 'forbidden')
    }),
  )

  test(
    '#account-creation: a name is kept for the guest, and for nobody else',
    dialogue({ settings: { registration: { users_may_invite: true, open: true } } }, async ({ romeo, server }) => {
      const username = freshName()
      const made = await createsAccountInvitation(romeo, { username })
      const { uri, token } = withToken(fieldsOf(made.at('command', 'x')))
      assert.equal(uri, `xmpp:${username}@localhost?register;preauth=${token}`)
      assert.equal(condition(await createsAccountInvitation(romeo, { username })), 'conflict')

      const stranger = await visitor(server)
      assert.equal(condition(await signsUp(stranger, username)), 'conflict')
      stranger.drop()

      const guest = await visitor(server)
      await shows(guest, token)
      const form = await guest.ask('get', '<query xmlns="jabber:iq:register"/>')
      assert.equal(form.at('query', 'username').text(), username)
      assert.equal(condition(await signsUp(guest, freshName())), 'not-allowed')
      assert.equal((await signsUp(guest, username)).attr('type'), 'result')
      guest.drop()
      await romeo.receivesNothing()
    }),
  )

  test(
    '#account-creation: without a name, and with becoming contacts',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const made = await createsAccountInvitation(romeo, { 'roster-subscription': '1' })
      const { uri } = withToken(fieldsOf(made.at('command', 'x')))
      assert.match(uri!, new RegExp(`^xmpp:${romeo.jid}[?]roster;preauth=[a-z0-9]{24};ibr=y$`))
      const plain = await createsAccountInvitation(romeo, {})
      assert.match(fieldsOf(plain.at('command', 'x')).uri!, /^xmpp:localhost[?]register;preauth=[a-z0-9]{24}$/)
      assert.equal(condition(await createsAccountInvitation(romeo, { username: 'a@b' })), 'not-acceptable')
      assert.equal(server.ours, true)
    }),
  )

  test(
    'only so many invitations are open at one time',
    dialogue({ settings: { registration: { users_may_invite: true, open_invitations: 2 } } }, async ({ romeo }) => {
      for (const _ of [1, 2]) assert.notEqual((await invites(romeo)).token, '')
      const third = await romeo.asks(
        `<iq type="set" to="localhost"><command xmlns="${commands}" node="urn:xmpp:invite#invite" action="execute"/></iq>`,
      )
      assert.equal(condition(third), 'resource-constraint')
    }),
  )
})

describe('XEP-0445', () => {
  test(
    '#preauth-ibr: an invitation is spent only by an account',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const { token } = await invites(romeo)
      const client = await visitor(server)
      await shows(client, token)
      assert.equal(condition(await signsUp(client, romeo.username)), 'conflict')
      assert.equal(condition(await signsUp(client, freshName(), 'short')), 'not-acceptable')
      assert.equal((await signsUp(client, freshName())).attr('type'), 'result')
      client.drop()
    }),
  )

  test(
    '#preauth-ibr: of two who show the same invitation the quicker one gets it',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const { token } = await invites(romeo)
      const [one, other] = [await visitor(server), await visitor(server)]
      for (const client of [one, other]) assert.equal((await shows(client, token)).attr('type'), 'result')
      const answers = await Promise.all([signsUp(one, freshName()), signsUp(other, freshName())])
      const outcomes = answers.map(answer => condition(answer) ?? 'done').sort()
      assert.deepEqual(outcomes, ['done', 'not-allowed'])
      for (const client of [one, other]) client.drop()
    }),
  )

  test(
    '#preauth-ibr: a token that is not good is item-not-found',
    dialogue(async ({ server }) => {
      const client = await visitor(server)
      for (const token of ['', 'x', 'a'.repeat(24), `${'a'.repeat(23)}&lt;`]) {
        assert.equal(condition(await shows(client, token)), 'item-not-found')
      }
      client.drop()
    }),
  )
})

describe('XEP-0379', () => {
  test(
    '#sub_approval: who comes with a token is let in and asked in turn; a second time the token is nothing',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const { token } = await invites(romeo)
      juliet.sends(`<presence to="${romeo.jid}" type="subscribed"/>`)
      juliet.sends(
        `<presence to="${romeo.jid}" type="subscribe"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></presence>`,
      )
      await romeo.eventually(
        `<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${juliet.jid}" subscription="both"/></query></iq>`,
      )
      await juliet.eventually(
        `<iq type="set"><query xmlns="jabber:iq:roster"><item jid="${romeo.jid}" subscription="both"/></query></iq>`,
      )
      await romeo.forgets()
      nurse.sends(
        `<presence to="${romeo.jid}" type="subscribe"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></presence>`,
      )
      await romeo.receives(`<presence type="subscribe" from="${nurse.jid}"/>`)
      await romeo.receivesNothing()
    }),
  )

  test(
    '#rules_fallback: somebody else’s token means nothing',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const { token } = await invites(nurse)
      juliet.sends(
        `<presence to="${romeo.jid}" type="subscribe"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></presence>`,
      )
      await romeo.receives(`<presence type="subscribe" from="${juliet.jid}"/>`)
      await romeo.receivesNothing()
    }),
  )

  test(
    '#link_transmission: the page tells who invites, has the link in its header, and loads nothing but the stylesheet',
    dialogue({ settings: inviting }, async ({ romeo, server }) => {
      const { uri, token } = await invites(romeo)
      const { status, headers, text } = await fetches(server, `/invite/${token}`)
      assert.equal(status, 200)
      assert.equal(headers.link, `<${uri}>; rel="alternate"`)
      assert.match(String(headers['access-control-expose-headers']), /link/i)
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.ok(text.includes(romeo.jid) && text.includes(`href="${uri}"`) && text.includes('<svg'))
      assert.doesNotMatch(
        text,
        /<script|<img|<link rel="(?!stylesheet" href="\/look\/|icon" type="image\/svg\+xml" href="data:)/,
      )
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/)
      const unknown = await fetches(server, `/invite/${'a'.repeat(24)}`)
      assert.equal(unknown.status, 404)
    }),
  )
})
