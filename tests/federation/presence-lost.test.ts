/** What people see of one another when servers lose sight of each other (RFC 6121 §4). */

import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { Cable } from '../kit/federation/cable.ts'
import { StrangerServer } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'
import type { Wire } from '../kit/wire.ts'

const padua = 'padua.lit'
const bidi = "<bidi xmlns='urn:xmpp:features:bidi'/>"
const impatient = { settings: { federation: { patience_seconds: 1, connect_seconds: 1 } } }

/** Each sees the other. */
async function befriends(one: Actor, other: Actor): Promise<void> {
  for (const [asker, asked] of [
    [one, other],
    [other, one],
  ] as const) {
    asker.client.send(`<presence type='subscribe' to='${asked.jid}'/>`)
    await asked.eventually`<presence type="subscribe" from="${asker.jid}"/>`
    asked.client.send(`<presence type='subscribed' to='${asker.jid}'/>`)
    await asker.eventually`<presence from="${asked.fullJid}"/>`
  }
  await one.forgets()
  await other.forgets()
}

/** A friend at a server that the test itself plays. */
async function friendship({
  verona,
  at,
  dns,
  authority,
}: World): Promise<{ juliet: Actor; server: StrangerServer; wire: Wire }> {
  const server = await StrangerServer.listens(authority.issues({ names: [padua] }))
  dns.knows(padua, { s2sTls: server.port })
  const juliet = await at(verona, 'juliet')
  juliet.sends`<presence type="subscribe" to="a@${padua}"/>`
  const wire = await server.letsIn(bidi)
  await wire.next()
  wire.write(`<presence type='subscribed' from='a@${padua}' to='${juliet.jid}'/>`)
  wire.write(`<presence from='a@${padua}/one' to='${juliet.jid}'/>`)
  wire.write(`<presence from='a@${padua}/two' to='${juliet.jid}'/>`)
  await juliet.eventually`<presence from="a@${padua}/two"/>`
  await juliet.forgets()
  return { juliet, server, wire }
}

describe('a server that is gone', () => {
  test(
    'takes its people with it, as those here see it; when it is back they are asked for',
    among({ verona: impatient }, async world => {
      const { juliet, server, wire } = await friendship(world)
      server.close()
      wire.drop()
      await juliet.receivesInAnyOrder(
        `<presence type="unavailable" from="a@${padua}/one"/>`,
        `<presence type="unavailable" from="a@${padua}/two"/>`,
      )
      juliet.sends`<message to="a@${padua}" id="m1"><body>Where are you?</body></message>`
      await juliet.receives`<message type="error" id="m1"/>`
    }),
  )

  test(
    'and comes back at once: those who have gone meanwhile are seen to go, and nobody else',
    among(async world => {
      const { juliet, server, wire } = await friendship(world)
      wire.drop()
      const again = await server.letsIn(bidi)
      const probe = await again.next()
      if (probe.attr('type') !== 'probe') throw new Error(`A probe was expected, not ${probe}`)
      again.write(`<presence from='a@${padua}/two' to='${juliet.jid}'><show>away</show></presence>`)
      await juliet.receives`<presence from="a@${padua}/two"><show>away</show></presence>`
      await juliet.client.take(
        tree => tree.attr('type') === 'unavailable' && tree.attr('from') === `a@${padua}/one`,
        'end of the other device',
        10_000,
      )
      await juliet.receivesNothing()
      server.close()
    }),
  )

  test(
    'hears when it is back what became of ours meanwhile',
    among({ verona: impatient, mantua: impatient }, async ({ verona, mantua, at, dns }) => {
      const there = await Cable.to(mantua.ports.s2s!)
      const back = await Cable.to(verona.ports.s2s!)
      dns.knows('mantua.lit', { s2s: there.port })
      dns.knows('verona.lit', { s2s: back.port })
      const juliet = await at(verona, 'juliet')
      const nurse = await at(verona, 'nurse')
      const romeo = await at(mantua, 'romeo')
      await befriends(juliet, romeo)
      await befriends(nurse, romeo)
      there.falls()
      back.falls()
      const [julietsDevice, romeosDevice] = [juliet.fullJid, romeo.fullJid]
      nurse.sends`<presence><show>dnd</show></presence>`
      await juliet.disconnects()
      for (const cable of [there, back]) cable.cut(true)
      for (const from of [julietsDevice, nurse.fullJid])
        await romeo.client.take(
          tree => tree.attr('from') === from && tree.attr('type') === 'unavailable',
          'farewell',
          20_000,
        )
      await nurse.client.take(tree => tree.attr('from') === romeosDevice, 'farewell', 20_000)
      for (const cable of [there, back]) cable.falls(false)
      await romeo.client.take(
        tree => tree.attr('from') === nurse.fullJid && tree.child('show')?.text() === 'dnd',
        'nurse',
        30_000,
      )
      await nurse.client.take(
        tree => tree.attr('from') === romeosDevice && tree.attr('type') === undefined,
        'romeo',
        30_000,
      )
      there.close()
      back.close()
    }),
  )
})
