/** People come from servers that others wrote, with the files that these write (XEP-0227). */

import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ImportReport } from '../../src/accounts/import-report.ts'
import { Client } from '../kit/client.ts'
import type { Ejabberd } from '../kit/federation/ejabberd.ts'
import type { Prosody } from '../kit/federation/prosody.ts'
import { World } from '../kit/federation/world.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'

let world: World
let server: ServerProcess
before(async () => {
  world = await World.start()
  server = await startProcess({ listen: { s2s: false, s2s_tls: false } })
})
after(async () => {
  await server.stop()
  await world.stop()
})

const password = 'bafotu-limeka-rosine'
type Old = Pick<Ejabberd | Prosody, 'domain' | 'host' | 'ports' | 'createAccount' | 'halts' | 'exports'>

async function app(where: Pick<Old, 'domain' | 'host' | 'ports'>, username: string): Promise<Client> {
  const client = await Client.connect(where)
  await client.signIn({ username, password })
  await client.bind('old')
  // Prosody tells of subscriptions only those who want the contact list.
  await client.ask('get', `<query xmlns='jabber:iq:roster'/>`)
  client.send('<presence/>')
  return client
}

/** What juliet does at her old server. */
async function lives(old: Old): Promise<void> {
  for (const name of ['juliet', 'romeo']) await old.createAccount(name, password)
  const [juliet, romeo] = [await app(old, 'juliet'), await app(old, 'romeo')]
  const at = (name: string) => `${name}@${old.domain}`
  juliet.send(`<presence to='${at('romeo')}' type='subscribe'/>`)
  await romeo.take(tree => tree.attr('type') === 'subscribe', 'the request')
  romeo.send(`<presence to='${at('juliet')}' type='subscribed'/><presence to='${at('juliet')}' type='subscribe'/>`)
  await juliet.take(tree => tree.attr('type') === 'subscribe', 'the request')
  juliet.send(`<presence to='${at('romeo')}' type='subscribed'/>`)
  await romeo.take(tree => tree.attr('type') === 'subscribed', 'the answer')
  await juliet.ask(
    'set',
    `<query xmlns='jabber:iq:roster'><item jid='${at('romeo')}' name='Romeo 🌹'><group>Friends &amp; more</group></item></query>`,
  )
  await juliet.ask('set', `<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>`)
  await juliet.ask(
    'set',
    `<query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'><nick>J</nick></exodus></query>`,
  )
  await juliet.ask('set', `<block xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.example'/></block>`)
  const item = `<item id='current'><nick xmlns='http://jabber.org/protocol/nick'>Jule</nick></item>`
  await juliet.ask(
    'set',
    `<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='http://jabber.org/protocol/nick'>${item}</publish></pubsub>`,
  )
  romeo.send(`<message to='${at('juliet')}' type='chat' id='m1'><body>She speaks</body></message>`)
  await juliet.take(tree => tree.child('body')?.text() === 'She speaks', 'the message')
  juliet.send(`<message to='${at('romeo')}' type='chat' id='m2'><body>Ay me</body></message>`)
  await romeo.take(tree => tree.child('body')?.text() === 'Ay me', 'the message')
  juliet.send('</stream:stream>')
  await juliet.wire.over()
  romeo.send(`<message to='${at('juliet')}' type='chat' id='m3'><body>Are you there?</body></message>`)
  await romeo.ask('get', `<ping xmlns='urn:xmpp:ping'/>`, old.domain)
  romeo.drop()
}

async function comes(old: Old, name: string): Promise<{ report: ImportReport; client: Client }> {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-coming-'))
  await lives(old)
  await old.halts()
  old.exports(directory)
  await server.createAccount(name, password)
  const files = globSync('**/*.xml', { cwd: directory })
  // The one that names the others, where there is one.
  const [file] = files.sort(
    (one, other) => one.split('/').length - other.split('/').length || one.length - other.length,
  )
  const main = files.find(each => each.includes('juliet')) ?? file!
  const chosen = files.some(each => each.includes('juliet')) ? main : file!
  const out = await server.command([
    'account',
    'import',
    `${name}@localhost`,
    join(directory, chosen),
    '--from',
    `juliet@${old.domain}`,
    '--json',
  ])
  rmSync(directory, { recursive: true })
  return { report: JSON.parse(out), client: await app(server, name) }
}

async function has(client: Client, old: Old): Promise<void> {
  const [item] = (await client.ask('get', `<query xmlns='jabber:iq:roster'/>`)).need('query').elements()
  assert.deepEqual(
    ['jid', 'name', 'subscription', 'ask', 'approved'].map(each => item!.attr(each)),
    [`romeo@${old.domain}`, 'Romeo 🌹', 'none', 'subscribe', 'true'],
  )
  assert.equal(item!.child('group')?.text(), 'Friends & more')
  const exodus = await client.ask('get', `<query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'/></query>`)
  assert.equal(exodus.at('query', 'exodus', 'nick').text(), 'J')
}

test('from ejabberd, with what ejabberdctl export_piefxis writes', async () => {
  const old = await world.ejabberd({ domain: 'capulet.example', talkative: false })
  const { report, client } = await comes(old, 'from-ejabberd')
  await has(client, old)
  assert.equal(report.broken, undefined)
  assert.deepEqual(
    [report.contacts.taken, report.contacts.asked, report.card.taken, report.settings.taken],
    [1, 1, 1, 1],
  )
  client.drop()
})

test('from Prosody, with what prosody-migrator writes', async () => {
  const old = await world.prosody({ domain: 'montague.example', talkative: false })
  const { report, client } = await comes(old, 'from-prosody')
  await has(client, old)
  assert.equal(report.broken, undefined)
  assert.deepEqual([report.contacts.taken, report.contacts.asked, report.settings.taken], [1, 1, 1])
  assert.deepEqual([report.history.taken, report.unknown], [3, 0])
  assert.deepEqual(report.published, { taken: 2, there: 0, left: 0 })
  const nick = await client.ask(
    'get',
    `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='http://jabber.org/protocol/nick'/></pubsub>`,
    'from-prosody@localhost',
  )
  assert.equal(nick.at('pubsub', 'items', 'item', 'nick').text(), 'Jule')
  client.drop()
})
