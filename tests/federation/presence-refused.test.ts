/** RFC 6121 §4.4.2 and §4.5.2: whose server has answered presence with an error is not told of presence any more. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { StrangerServer } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'
import type { Tree } from '../kit/tree.ts'
import type { Wire } from '../kit/wire.ts'

const padua = 'padua.lit'
const [gone, there] = [`gone@${padua}`, `there@${padua}`]

/** Two contacts at a server that the test itself plays; both see her. */
async function seen({
  verona,
  at,
  dns,
  authority,
}: World): Promise<{ juliet: Actor; wire: Wire; server: StrangerServer }> {
  const server = await StrangerServer.listens(authority.issues({ names: [padua] }))
  dns.knows(padua, { s2sTls: server.port })
  const juliet = await at(verona, 'juliet')
  juliet.sends`<message to="${there}" id="m"><body>Hello</body></message>`
  const wire = await server.letsIn("<bidi xmlns='urn:xmpp:features:bidi'/>")
  await wire.until(() => wire.inbox.find(tree => tree.attr('id') === 'm'), 'her first message')
  const isHers = (tree: Tree) => tree.attr('from') === juliet.fullJid
  for (const contact of [gone, there]) {
    wire.write(`<presence type='subscribe' from='${contact}' to='${juliet.jid}'/>`)
    await juliet.eventually`<presence type="subscribe" from="${contact}"/>`
    juliet.sends`<presence type="subscribed" to="${contact}"/>`
    await wire.until(
      () => wire.inbox.find(tree => tree.name === 'presence' && tree.attr('to') === contact && isHers(tree)),
      'her presence',
    )
  }
  wire.inbox.splice(0)
  return { juliet, wire, server }
}

/** Who was sent which presence of hers before a message that she sends now. */
async function told(juliet: Actor, wire: Wire): Promise<string[]> {
  const id = juliet.client.newId()
  juliet.sends`<message to="${there}" id="${id}"><body>And?</body></message>`
  await wire.until(() => wire.inbox.find(tree => tree.attr('id') === id), 'her message')
  return wire.inbox
    .splice(0)
    .filter(tree => tree.name === 'presence')
    .map(tree => `${tree.attr('to')} ${tree.attr('type') ?? tree.child('show')?.text()}`)
}

const shows = (juliet: Actor, word: string) => juliet.sends(`<presence><show>${word}</show></presence>`)

test(
  'an error is the end of it, until something else comes from the contact',
  among(async world => {
    const { juliet, wire, server } = await seen(world)
    shows(juliet, 'away')
    assert.deepEqual(await told(juliet, wire), [`${gone} away`, `${there} away`])
    wire.write(
      `<presence type='error' from='${gone}' to='${juliet.fullJid}'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
    )
    await juliet.eventually`<presence type="error" from="${gone}"/>`
    shows(juliet, 'xa')
    assert.deepEqual(await told(juliet, wire), [`${there} xa`])
    // RFC 6121 §4.6: what she says to one address alone goes there, and so does its end.
    juliet.sends`<presence to="${gone}"><show>chat</show></presence>`
    assert.deepEqual(await told(juliet, wire), [`${gone} chat`])
    juliet.sends`<presence type="unavailable"/>`
    assert.deepEqual(await told(juliet, wire), [`${there} unavailable`, `${gone} unavailable`])
    // Another session of presence: everybody is told anew.
    shows(juliet, 'away')
    assert.deepEqual(await told(juliet, wire), [`${gone} away`, `${there} away`])
    server.close()
  }),
)

test(
  'an error about all of her devices; and a contact who is there again after all',
  among(async world => {
    const { juliet, wire, server } = await seen(world)
    wire.write(
      `<presence type='error' from='${gone}' to='${juliet.jid}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>`,
    )
    await juliet.eventually`<presence type="error" from="${gone}"/>`
    shows(juliet, 'xa')
    assert.deepEqual(await told(juliet, wire), [`${there} xa`])
    wire.write(`<presence type='probe' from='${gone}' to='${juliet.jid}'/>`)
    await wire.until(() => wire.inbox.find(tree => tree.attr('to') === gone), 'the answer')
    wire.inbox.splice(0)
    shows(juliet, 'away')
    assert.deepEqual(await told(juliet, wire), [`${gone} away`, `${there} away`])
    server.close()
  }),
)
