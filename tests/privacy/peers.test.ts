/**
 * P1 among servers: another server's address and name, and the names of its people, are in no file of the data directory
 * and in nothing that the process says, whatever happens between the two.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { type Credential, expired, selfMade } from '../kit/federation/authority.ts'
import type { Sotto } from '../kit/federation/sotto.ts'
import { dialback, Stranger, StrangerServer } from '../kit/federation/stranger.ts'
import { World } from '../kit/federation/world.ts'
import { Stage } from '../kit/stage.ts'
import { filesBelow, formsOfAddress, formsOfSecret, occurrences, occurrencesBelow } from './search.ts'

const callsFrom = '127.99.13.38'
const isCalledAt = '127.99.13.39'
const mark = () => `marked${randomBytes(6).toString('hex')}`
const [name, person, nowhere, silent] = [mark(), mark(), mark(), mark()] as const
const domain = `${name}.lit`

test('neither addresses nor names of other servers are kept or told', { timeout: 120_000 }, async () => {
  const world = await World.start()
  try {
    const log = { level: 'debug' }
    const federation = { patience_seconds: 1, validating_resolver: `127.0.0.1:${world.names.port}` }
    const sotto = await world.sotto({
      ...{ domain: 'verona.lit', process: true, certificatesOnly: false },
      settings: { log, federation },
    })
    const stage = new Stage(sotto)
    const juliet = await stage.actor('juliet')
    const absent = await stage.actor('nurse')
    await juliet.connects()
    const credential = world.authority.issues({ names: [domain] })
    const called = await StrangerServer.listens(credential, isCalledAt)
    await world.names.saysAll(recordsOf(called.port))
    await calls(sotto, juliet, absent, credential, called)
    await misbehaves(sotto, credential)
    // One that nobody knows, one that is somebody else, one that is not there.
    for (const to of [`${person}.lit`, `${nowhere}.lit`, `${silent}.lit`]) {
      const answer = await juliet.client.ask('get', "<ping xmlns='urn:xmpp:ping'/>", to, 20_000)
      assert.equal(answer.attr('type'), 'error')
    }
    called.close()
    stage.ends()

    const forms = [
      ...[callsFrom, isCalledAt].flatMap(formsOfAddress),
      ...Object.entries({ name, person, nowhere, silent }).flatMap(([what, text]) => formsOfSecret(what, text)),
    ]
    const { process: server } = sotto
    const found = (when: string) => {
      assert.ok(filesBelow(server.data).some(file => file.endsWith('.db')))
      const told = [...occurrencesBelow(forms, server.data), ...occurrences(forms, Buffer.from(server.output))]
      assert.deepEqual(told, [], when)
    }
    for (const page of ['health', 'metrics']) {
      const answer = await fetch(`http://127.0.0.1:${server.ports.operations}/${page}`)
      assert.deepEqual(occurrences(forms, Buffer.from(await answer.text())), [], page)
    }
    found('while running')
    await sotto.kill()
    found('after a crash')
    await sotto.start()
    await sotto.halts()
    found('after the end')
    assert.doesNotMatch(server.output, /"bug":true/)
  } finally {
    await world.stop()
  }
})

const recordsOf = (port: number) => ({
  [`xmpp.${domain}`]: [`A ${isCalledAt}`],
  [`_xmpps-server._tcp.${domain}`]: [`SRV 0 5 ${port} xmpp.${domain}.`],
  [`_xmpps-server._tcp.${nowhere}.lit`]: [`SRV 0 5 ${port} xmpp.${domain}.`],
  [`_xmpp-server._tcp.${silent}.lit`]: [`SRV 0 5 9 xmpp.${domain}.`],
})

/** Everything that a server that is known may do, and is called for. */
async function calls(
  sotto: Sotto,
  juliet: Actor,
  absent: Actor,
  credential: Credential,
  called: StrangerServer,
): Promise<void> {
  const letIn = called.letsIn()
  const stranger = await Stranger.isKnown(sotto, { from: domain, credential, localAddress: callsFrom })
  const romeo = `${person}@${domain}/balcony`
  for (const to of [juliet.jid, absent.jid])
    stranger.says(
      `<message from='${romeo}' to='${to}' type='chat' id='m1'><body>But soft!</body></message>` +
        `<presence from='${person}@${domain}' to='${to}' type='subscribe'/>`,
    )
  await juliet.eventually`<presence type="subscribe" from="${person}@${domain}"/>`
  juliet.sends`<presence type="subscribed" to="${person}@${domain}"/>`
  juliet.sends`<presence type="subscribe" to="${person}@${domain}"/>`
  juliet.sends`<message to="${romeo}" type="chat"><body>Ay me!</body></message>`
  stranger.says(`<presence from='${romeo}' to='${juliet.jid}'/>`)
  stranger.says(
    `<presence from='${romeo}' to='ball@conference.verona.lit/${person}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  )
  stranger.says(`<iq type='get' id='q1' from='${romeo}' to='${juliet.jid}'><vCard xmlns='vcard-temp'/></iq>`)
  stranger.says(`<iq type='get' id='q2' from='${romeo}' to='verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>`)
  const wire = await letIn
  await wire.until(
    () => wire.inbox.find(each => each.attr('id') === 'q2' && each.attr('type') === 'result'),
    'answer',
    30_000,
  )
  await juliet.client.ping()
  stranger.wire.drop()
}

/** And what others do. */
async function misbehaves(sotto: Sotto, credential: Credential): Promise<void> {
  const wishes = { from: domain, localAddress: callsFrom }
  for (const bad of [selfMade({ names: [domain] }), selfMade({ names: [domain], ...expired() }), undefined]) {
    const stranger = await Stranger.calls(sotto, { ...wishes, ...(bad === undefined ? {} : { credential: bad }) })
    stranger.says(`<db:result xmlns:db='${dialback}' from='${silent}.lit' to='verona.lit'>${person}</db:result>`)
    await stranger.wire.next('an answer', 10_000)
    await stranger.authenticates()
    stranger.wire.drop()
  }
  for (const bad of [
    `<message from='${person}@${nowhere}.lit' to='juliet@verona.lit'/>`,
    `<message from='${person}@${domain}' to='juliet@${nowhere}.lit'/>`,
    `<message from='${person}@${domain}'/>`,
    `<message from='${person}@${domain}' to='juliet@verona.lit'>${'<a>'.repeat(1000)}`,
    `<${person}>&${person};`,
  ]) {
    const stranger = await Stranger.isKnown(sotto, { ...wishes, credential })
    stranger.says(bad)
    await stranger.wire.over()
  }
}
