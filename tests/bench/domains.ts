/**
 * What hosted domains cost: `node tests/bench/domains.ts [domains] [accounts per domain] [messages]`.
 *
 * Starts the server as a process of its own with one domain and nobody in it, then with all of them, and tells how long it
 * takes until it listens, what memory it has then, how long one more domain takes to be added, and how fast messages
 * between people of two domains go. With `0` domains it is the first one alone that is measured. Nothing sleeps; the memory
 * is that of `VmRSS`, on Linux.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHouse } from '../../src/house.ts'
import { openControl } from '../../src/operations/control.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { ServerProcess } from '../kit/server.ts'
import { cpuOf, line, makeAccounts, residentMiB, signsIn } from './people.ts'

const [domains = 500, perDomain = 10, messages = 2_000] = process.argv.slice(2).map(Number)
const first = 'first.example'
/** Messages on their way at one time. */
const underway = 50

const nameOf = (domain: number): string => `d${domain}.example`

async function populate(config: string): Promise<void> {
  const { settings } = loadSettings({ file: config, env: {} })
  const house = await openHouse(settings)
  for (let domain = 0; domain < domains; domain++) await house.domains.add(nameOf(domain))
  const people = Array.from({ length: domains * perDomain }, (_, index) => ({
    localpart: `u${index % perDomain}`,
    domain: nameOf(Math.floor(index / perDomain)),
  }))
  await makeAccounts(house, people)
  await house.close()
}

/** @returns milliseconds until the ports are open, and MiB then */
async function starts(server: ServerProcess): Promise<{ ms: number; mib: number }> {
  const begun = performance.now()
  await server.start()
  return { ms: performance.now() - begun, mib: residentMiB(server.pid) }
}

/** @returns milliseconds, the median of some */
async function adds(server: ServerProcess): Promise<number> {
  const control = await openControl(server.data)
  const times: number[] = []
  for (let n = 0; n < 21; n++) {
    const begun = performance.now()
    await control!.ask('domain add', { name: `late${n}.example`, own: {} })
    times.push(performance.now() - begun)
  }
  control!.close()
  return times.sort((one, other) => one - other)[10]!
}

/** @returns messages in a second, and microseconds of the server's CPU for each */
async function delivers(server: ServerProcess, from: string, to: string): Promise<{ rate: number; cpu: number }> {
  const sender = await signsIn(server, 'u0', from)
  const reader = await signsIn(server, 'u1', to)
  const before = cpuOf(server.pid)
  const begun = performance.now()
  const send = () => sender.send(`<message to='u1@${to}' type='chat'><body>${'x'.repeat(200)}</body></message>`)
  for (let sent = 0; sent < underway; sent++) send()
  for (let read = 0; read < messages; read++) {
    await reader.take(tree => tree.name === 'message', 'a message')
    if (read + underway < messages) send()
  }
  const took = performance.now() - begun
  const cpu = cpuOf(server.pid) - before
  for (const client of [sender, reader]) client.drop()
  return { rate: (messages / took) * 1000, cpu: (cpu * 1e6) / messages }
}

const directory = mkdtempSync(join(tmpdir(), 'sotto-domains-'))
const server = new ServerProcess({ service: { domain: first } }, { directory })
try {
  // The first start makes certificate, vault and tables; the second finds its code compiled.
  await server.start()
  await server.stop()
  await server.start()
  await server.stop()
  const alone = await starts(server)
  await server.stop()
  line('start, one domain, nobody', alone.ms, 'ms')
  line('memory then', alone.mib, 'MiB', 1)

  const begun = performance.now()
  await populate(server.config)
  line(`(making ${domains} domains with ${perDomain} accounts each`, (performance.now() - begun) / 1000, 's)', 1)
  const full = await starts(server)
  line('start, all domains', full.ms, 'ms')
  line('memory then', full.mib, 'MiB', 1)
  line('more memory for each domain', ((full.mib - alone.mib) * 1024) / Math.max(domains, 1), 'KiB', 2)
  line('one more domain, over the control socket', await adds(server), 'ms', 1)
  if (domains > 1) {
    // Code is compiled while it runs for the first time.
    await delivers(server, nameOf(0), nameOf(0))
    for (const [what, to] of [
      ['within a domain', nameOf(0)],
      ['from one domain to another', nameOf(domains - 1)],
    ] as const) {
      const { rate, cpu } = await delivers(server, nameOf(0), to)
      line(`messages ${what}`, rate, 'a second')
      line('CPU for each', cpu, 'µs')
    }
  }
} finally {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
