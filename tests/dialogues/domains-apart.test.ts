/** What one domain has otherwise than another, and what its people and its operators have no part in. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openControl } from '../../src/operations/control.ts'
import type { Actor } from '../kit/actor.ts'
import { visit } from '../kit/bosh.ts'
import { Client } from '../kit/client.ts'
import { startInside, type TestServer } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import type { Tree } from '../kit/tree.ts'

const [capulet, montague, verona] = ['capulet.example', 'montague.example', 'verona.example'] as const
const commands = 'http://jabber.org/protocol/commands'
const admin = (name: string) => `http://jabber.org/protocol/admin#${name}`

let server: TestServer
before(async () => {
  server = await startInside({
    service: { domain: capulet },
    listen: { public_addresses: ['192.0.2.1'] },
    contact: { security: ['mailto:security@capulet.example'] },
  })
  await server.addDomain!(montague, {
    registration: 'open',
    webAddress: 'https://chat.montague.example',
    security: ['mailto:security@montague.example'],
  })
  await server.addDomain!(verona, { registration: 'closed' })
})
after(() => server.stop())

const reach = (domain: string) => Client.connect({ host: server.host, ports: server.ports, domain })
const condition = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name
const signsUp = (client: Client, username: string): Promise<Tree> =>
  client.ask(
    'set',
    `<query xmlns="jabber:iq:register"><username>${username}</username><password>Calliope</password></query>`,
  )

async function commanded(command: string, request: object): Promise<Record<string, string>> {
  const control = await openControl(server.data!)
  try {
    return (await control!.ask(command, { ...request })) as Record<string, string>
  } finally {
    control!.close()
  }
}

const invitation = (domain: string) => commanded('invite create', { domain, uses: 1, days: 1 })

describe('XEP-0077: signing up', () => {
  test('is open in one domain, by invitation in another, and not possible in a third', async () => {
    const offered = async (domain: string) => {
      const client = await reach(domain)
      const offers = client.features.child('register', 'http://jabber.org/features/iq-register') !== undefined
      const form = await client.ask('get', '<query xmlns="jabber:iq:register"/>', domain)
      client.drop()
      return [offers, form.attr('type')]
    }
    assert.deepEqual(await offered(montague), [true, 'result'])
    assert.deepEqual(await offered(capulet), [true, 'error'])
    const closed = await reach(verona)
    assert.equal(closed.features.child('register', 'http://jabber.org/features/iq-register'), undefined)
    await assert.rejects(signsUp(closed, 'paris'), /not-authorized/)
    closed.drop()
  })

  test('makes the account in the domain that the stream is for', async () => {
    const client = await reach(montague)
    assert.equal((await signsUp(client, 'benvolio')).attr('type'), 'result')
    await client.signIn({ username: 'benvolio', password: 'Calliope' })
    assert.equal(await client.bind('street'), `benvolio@${montague}/street`)
    // XEP-0077#usecases-cancel is asked of one's own server, and of no other.
    const leaving = await client.ask('set', '<query xmlns="jabber:iq:register"><remove/></query>', capulet)
    assert.equal(condition(leaving), 'not-allowed')
    client.drop()
    const elsewhere = await reach(capulet)
    await assert.rejects(elsewhere.signIn({ username: 'benvolio', password: 'Calliope' }))
    elsewhere.drop()
  })
})

describe('XEP-0445: an invitation', () => {
  const shows = (client: Client, token: string) =>
    client.ask('set', `<preauth xmlns="urn:xmpp:pars:0" token="${token}"/>`)

  test('lets in where it is for, and nowhere else', async () => {
    const { uri = '' } = await invitation(capulet)
    const token = /preauth=([a-z0-9]+)/.exec(uri)![1]!
    const elsewhere = await reach(montague)
    assert.equal(condition(await shows(elsewhere, token)), 'item-not-found')
    elsewhere.drop()
    const client = await reach(capulet)
    assert.equal((await shows(client, token)).attr('type'), 'result')
    assert.equal((await signsUp(client, 'nurse')).attr('type'), 'result')
    client.drop()
  })

  test('has the links of its domain', async () => {
    const { uri = '', landing = '' } = await invitation(montague)
    assert.match(uri, /^xmpp:montague\.example\?register;preauth=/)
    assert.match(landing, /^https:\/\/chat\.montague\.example\/invite\//)
    assert.match((await invitation(capulet)).landing!, /^https:\/\/capulet\.example:\d+\/invite\//)
  })

  test('is not made for a domain that lets nobody in, nor for one that is not here', async () => {
    await assert.rejects(invitation(verona), /are made by the operator only/)
    await assert.rejects(invitation('padua.example'), /not served here/)
  })
})

describe('XEP-0133: who looks after one domain', () => {
  const executes = (actor: Actor, domain: string, name: string, more = '') =>
    actor.asks(`<iq type="set" to="${domain}"><command xmlns="${commands}" node="${admin(name)}"${more}</iq>`)
  const begins = (actor: Actor, domain: string, name: string) => executes(actor, domain, name, '/>')
  async function fills(actor: Actor, domain: string, name: string, fields: Record<string, string>): Promise<Tree> {
    const session = (await begins(actor, domain, name)).need('command').attr('sessionid')
    const inside = Object.entries(fields).map(([key, value]) => `<field var="${key}"><value>${value}</value></field>`)
    const means = '<field var="FORM_TYPE"><value>http://jabber.org/protocol/admin</value></field>'
    const form = `<x xmlns="jabber:x:data" type="submit">${means}${inside.join('')}</x>`
    return executes(actor, domain, name, ` sessionid="${session}">${form}</command>`)
  }

  test('has no say in another, counts nobody of it and speaks to nobody there', async () => {
    const [here, there] = [new Stage(server), new Stage(server.at!(montague))]
    try {
      const [juliet, romeo, mercutio] = [
        await here.actor('juliet'),
        await there.actor('romeo'),
        await there.actor('mercutio'),
      ]
      for (const actor of [juliet, romeo, mercutio]) await actor.connects()
      await server.at!(montague).makeAdmin!(romeo.username)

      assert.equal(condition(await begins(romeo, capulet, 'add-user')), 'forbidden')
      for (const [name, field] of [
        ['delete-user', 'accountjids'],
        ['change-user-password', 'accountjid'],
        ['add-user', 'accountjid'],
      ] as const) {
        const answer = await fills(romeo, montague, name, { [field]: juliet.jid, password: 'mine now' })
        assert.equal(condition(answer), 'forbidden', name)
      }
      const form = (await begins(romeo, montague, 'get-online-users-num')).at('command', 'x')
      const count = form.elements().find(each => each.attr('var') === 'onlineusersnum')
      assert.equal(count?.child('value')?.text(), '2')

      for (const stage of [here, there]) await stage.clears()
      await fills(romeo, montague, 'announce', { announcement: 'A plague o’ both your houses!' })
      await mercutio.receives`<message from="${montague}"><body>A plague o’ both your houses!</body></message>`
      juliet.sends`<message to="${juliet.jid}" type="chat" id="own"><body>Peace.</body></message>`
      await juliet.receives`<message id="own"/>`
    } finally {
      here.ends()
      there.ends()
    }
    assert.deepEqual(server.bugs!(), [])
  })
})

describe('the HTTPS port tells of the domain whose host was asked for', () => {
  const at = (host: string, path: string) =>
    visit({ host: server.host, port: server.ports.https! }, path, { headers: { host } })

  test('XEP-0156, XEP-0487: where to connect', async () => {
    assert.match((await at(capulet, '/.well-known/host-meta')).body, /wss:\/\/capulet\.example:\d+\/xmpp-websocket/)
    for (const host of [montague, 'chat.montague.example', 'www.montague.example:443', 'MONTAGUE.example']) {
      const { body } = await at(host, '/.well-known/host-meta')
      assert.match(body, /wss:\/\/chat\.montague\.example\/xmpp-websocket/, host)
    }
    const { links } = JSON.parse((await at(montague, '/.well-known/host-meta.json')).body)
    const tls = links.find(({ rel }: { rel: string }) => rel === 'urn:xmpp:alt-connections:tls')
    assert.equal(tls.sni, montague)
    assert.match((await at('nowhere.example', '/.well-known/host-meta')).body, /wss:\/\/capulet\.example/)
  })

  test('RFC 9116: whom to tell', async () => {
    const txt = async (host: string) => (await at(host, '/.well-known/security.txt')).body
    assert.match(await txt(montague), /^Contact: mailto:security@montague\.example$/m)
    assert.match(await txt(montague), /^Canonical: https:\/\/chat\.montague\.example\//m)
    assert.match(await txt(verona), /^Contact: mailto:security@capulet\.example$/m)
  })
})

test('RFC 6066 §3: a domain shows its certificate, and its people bind their sign-in to that (RFC 5929 §4)', async () => {
  const stage = new Stage(server.at!(montague))
  const { username, password } = await stage.actor('juliet')
  for (const tls of ['starttls', 'direct'] as const) {
    for (const [servername, name] of [
      [montague, montague],
      [`upload.${montague}`, montague],
      [capulet, capulet],
      ['', capulet],
    ] as const) {
      const where = { host: server.host, ports: server.ports, domain: montague, tls, tlsOptions: { servername } }
      const client = await Client.connect(where)
      assert.equal(client.wire.tls!.getPeerCertificate().subject.CN, name)
      await client.signIn({ username, password, mechanism: 'SCRAM-SHA-256-PLUS', flag: 'p=tls-server-end-point' })
      assert.equal(await client.bind('orchard'), `${username}@${montague}/orchard`)
      client.drop()
    }
  }
  stage.ends()
})
