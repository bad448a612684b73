/**
 * The DNS of a test: Knot answers for two zones with authority, `lit.`, which is signed, and `mantua.`, which is not;
 * Unbound is the resolver that servers ask, and validates what is signed. Nothing is kept longer than it takes to say it.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, Program, tool } from './programs.ts'

const zones = ['lit.', 'mantua.']

export class Names {
  /** Of the resolver, on 127.0.0.1. */
  readonly port: number
  /** The same addresses as a file of hosts, for programs that ask the system. */
  readonly hosts: string
  readonly #directory: string
  readonly #programs: Program[] = []
  readonly #records = new Map<string, string[]>()
  #serial = 1

  private constructor(directory: string, port: number) {
    this.#directory = directory
    this.port = port
    this.hosts = join(directory, 'hosts')
  }

  static async start(): Promise<Names> {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-names-'))
    const ports = await freePorts('authority', 'resolver')
    const names = new Names(directory, ports.resolver)
    try {
      await names.#start(ports.authority)
    } catch (error) {
      await names.stop()
      throw error
    }
    return names
  }

  async #start(authority: number): Promise<void> {
    const directory = this.#directory
    const knot = join(directory, 'knot')
    mkdirSync(knot)
    this.#write()
    const file = join(directory, 'knot.conf')
    writeFileSync(file, knotSettings(knot, authority))
    await tool(['keymgr', '-c', file, 'lit.', 'generate', 'algorithm=ecdsap256sha256', 'ksk=yes', 'zsk=yes'], directory)
    const anchor = (await tool(['keymgr', '-c', file, 'lit.', 'dnskey'], directory)).trim()
    const resolver = join(directory, 'unbound.conf')
    writeFileSync(resolver, unboundSettings(directory, authority, this.port, anchor))
    this.#programs.push(await Program.start({ command: ['knotd', '-c', file], directory, ports: [authority] }))
    this.#programs.push(
      await Program.start({ command: ['unbound', '-d', '-p', '-c', resolver], directory, ports: [this.port] }),
    )
  }

  /** Says these records of a name instead of those said before: `SRV 0 5 5269 xmpp.lit.`, `A 127.0.0.1`. */
  async says(name: string, ...records: readonly string[]): Promise<void> {
    await this.saysAll({ [name]: records })
  }

  /** The same for many names at once. */
  async saysAll(all: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const [name, records] of Object.entries(all)) this.#records.set(absolute(name), [...records])
    this.#write()
    const file = join(this.#directory, 'knot.conf')
    await tool(['knotc', '-b', '-c', file, 'zone-reload'], this.#directory)
  }

  #write(): void {
    this.#serial++
    const addresses = [...this.#records].flatMap(([name, records]) =>
      records.filter(record => record.startsWith('A ')).map(record => `${record.slice(2)} ${name.slice(0, -1)}\n`),
    )
    writeFileSync(this.hosts, addresses.join(''))
    for (const zone of zones) {
      const lines = [
        `${zone} 0 SOA ns.${zone} prince.${zone} ${this.#serial} 60 60 600 0`,
        `${zone} 0 NS ns.${zone}`,
        `ns.${zone} 0 A 127.0.0.1`,
      ]
      for (const [name, records] of this.#records)
        if (name.endsWith(`.${zone}`)) lines.push(...records.map(record => `${name} 0 ${record}`))
      writeFileSync(join(this.#directory, 'knot', `${zone}zone`), `${lines.join('\n')}\n`)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map(each => each.stop()))
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const absolute = (name: string) => (name.endsWith('.') ? name : `${name}.`)

function knotSettings(directory: string, port: number): string {
  return `
server:
  listen: 127.0.0.1@${port}
  rundir: "${directory}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: "${directory}"
policy:
  - id: signed
    algorithm: ecdsap256sha256
    manual: on
    single-type-signing: on
    cds-cdnskey-publish: none
template:
  - id: default
    storage: "${directory}"
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
  - domain: lit.
    dnssec-signing: on
    dnssec-policy: signed
  - domain: mantua.
`
}

function unboundSettings(directory: string, authority: number, port: number, anchor: string): string {
  const stubs = zones.map(zone => `stub-zone:\n  name: "${zone}"\n  stub-addr: 127.0.0.1@${authority}\n`)
  return `
server:
  interface: 127.0.0.1
  port: ${port}
  directory: "${directory}"
  chroot: ""
  username: ""
  use-syslog: no
  num-threads: 1
  module-config: "validator iterator"
  do-not-query-localhost: no
  do-ip6: no
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 1
  aggressive-nsec: no
  harden-below-nxdomain: no
  neg-cache-size: 0
  trust-anchor: "${anchor}"
  local-zone: "." always_nxdomain
  local-zone: "lit." transparent
  local-zone: "mantua." transparent
remote-control:
  control-enable: no
${stubs.join('')}`
}
