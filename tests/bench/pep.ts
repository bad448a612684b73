/**
 * What it costs to tell contacts of something published: `node tests/bench/pep.ts [contacts] [publications]`.
 * Prints one line of JSON: microseconds of the server's CPU for each notification, all included (TLS and the network);
 * for comparison the same for a presence, which is the cheapest thing there is to tell many, and for a publication itself.
 */
import { readFileSync } from 'node:fs'
import type { Actor } from '../kit/actor.ts'
import { appearsWith } from '../kit/capabilities.ts'
import { publishing } from '../kit/nodes.ts'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

const [contacts = 100, publications = 200] = process.argv.slice(2).map(Number)
const tune = 'http://jabber.org/protocol/tune'
const ticksPerSecond = 100
const microseconds = 1_000_000

/** Microseconds of CPU that a process has used. */
function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * microseconds
}

const server = await startProcess()
const stage = new Stage(server)
try {
  const juliet = await stage.actor('juliet')
  await juliet.connects()
  const others: Actor[] = []
  for (let i = 0; i < contacts; i++) {
    const other = await stage.actor(`contact${i}`)
    await other.connects()
    await stage.befriend(juliet, other)
    await appearsWith(other, [`${tune}+notify`])
    others.push(other)
  }
  for (const actor of [juliet, ...others]) await actor.forgets()

  const count = async (interested: boolean): Promise<number> => {
    const node = interested ? tune : 'urn:example:nobody'
    const payload = `<tune xmlns="${node}"><artist>Prokofiev</artist><title>Montagues and Capulets</title></tune>`
    const before = cpu(server.pid)
    for (let i = 0; i < publications; i++) await juliet.asks(publishing(node, 'current', payload))
    for (const other of others) await other.client.ping()
    if (interested) for (const other of others) other.client.wire.inbox.length = 0
    return cpu(server.pid) - before
  }
  await count(true)
  const [alone, told] = [await count(false), await count(true)]
  const each = (told - alone) / (contacts * publications)
  const publication = alone / publications
  const before = cpu(server.pid)
  for (let i = 0; i < publications; i++) {
    juliet.sends`<presence><status>${i}</status></presence>`
    await juliet.client.ping()
  }
  for (const other of others) await other.client.ping()
  const presence = (cpu(server.pid) - before) / (contacts * publications)
  process.stdout.write(
    `${JSON.stringify({ contacts, publications, usPerNotification: Number(each.toFixed(2)), usPerPresence: Number(presence.toFixed(2)), usPerPublication: Math.round(publication) })}\n`,
  )
} finally {
  stage.ends()
  await server.stop()
}
