/**
 * What hosted domains cost: `node tests/bench/domains.ts [domains] [accounts per domain] [messages]`.
 *
 * Starts the server as a process of its own with one domain and nobody in it, then with all of them, and tells how long it
 * takes until it listens, what memory it has then, how long one more domain takes to be added, and how fast messages
 * between people of two domains go. With `0` domains it is the first one alone that is measured. Nothing sleeps; the memory
 * is that of `VmRSS`, on Linux.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountStore } from '../../src/accounts/account-store.ts'
import type { Verifier } from '../../src/accounts/credentials.ts'
import { catalogue } from '../../src/catalogue.ts'
import { openHouse } from '../../src/house.ts'
import { openControl } from '../../src/operations/control.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { Client } from '../kit/client.ts'
import { ServerProcess } from '../kit/server.ts'

const [domains = 500, perDomain = 10, messages = 2_000] = process.argv.slice(2).map(Number)
const first = 'first.example'
const password = 'wherefore art thou'
/** Accounts that are being made at one time. */
const atOnce = 200
/** Messages on their way at one time. */
const underway = 50

const nameOf = (domain: number): string => `d${domain}.example`

/** Verifiers of one password, worked out once: what is measured here is not how passwords are stretched. */
async function verifiersOf(house: Awaited<ReturnType<typeof openHouse>>): Promise<readonly Verifier[]> {
  const verifiers = await house.work.verifiers(Buffer.from(password))
  if (verifiers === 'busy') throw new Error('Passwords could not be stretched.')
  return verifiers
}

async function populate(config: string): Promise<void> {
  const { settings } = loadSettings({ file: config, env: {} })
  const house = await openHouse(settings)
  const store = accountStore(house.db, catalogue, [], house)
  const verifiers = await verifiersOf(house)
  const created = house.today()
  for (let domain = 0; domain < domains; domain++) await house.domains.add(nameOf(domain))
  const wanted = Array.from({ length: domains * perDomain }, (_, index) => index)
  while (wanted.length > 0) {
    await Promise.all(
      wanted.splice(-atOnce).map(index => {
        const account = { id: randomBytes(6).readUIntBE(0, 6), localpart: `u${index % perDomain}`, created }
        const keys = verifiers.map(each => ({ ...each, clientKey: randomBytes(32) }))
        return store.create({ ...account, domain: nameOf(Math.floor(index / perDomain)) }, keys)
      }),
    )
  }
  await house.close()
}

function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
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

async function signsIn(server: ServerProcess, username: string, domain: string): Promise<Client> {
  const client = await Client.connect({ host: server.host, ports: server.ports, domain })
  await client.signIn({ username, password })
  await client.bind('bench')
  client.send('<presence/>')
  await client.ping()
  client.wire.inbox.length = 0
  return client
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

/** Seconds of user and system time, of all threads. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const directory = mkdtempSync(join(tmpdir(), 'sotto-domains-'))
const server = new ServerProcess({ service: { domain: first } }, { directory })
const line = (what: string, figure: number, unit: string, digits = 0) =>
  console.log(`${what.padEnd(52)} ${figure.toFixed(digits).padStart(9)} ${unit}`)
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
