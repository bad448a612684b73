/** Prosody, from Debian's package, with the modules that people who run it usually turn on. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { register } from '../server.ts'
import { Authority } from './authority.ts'
import { type Peer, type PeerWishes, usualNames } from './peer.ts'
import { freePorts, Program } from './programs.ts'

export class Prosody implements Peer {
  readonly make = 'prosody'
  readonly ours = false
  readonly host = '127.0.0.1'
  readonly domain: string
  readonly ports: { readonly c2s: number; readonly c2sTls: number; readonly https: number }
  readonly s2s: Peer['s2s']
  readonly rooms: string
  readonly uploads: string
  readonly #directory: string
  #program: Program | undefined

  private constructor(wishes: PeerWishes, directory: string, ports: Awaited<ReturnType<typeof portsOfOne>>) {
    const { c2s, c2sTls, https, s2s, s2sTls } = ports
    this.domain = wishes.domain
    this.rooms = `conference.${wishes.domain}`
    this.uploads = `files.${wishes.domain}`
    this.ports = { c2s, c2sTls, https }
    this.s2s = { starttls: s2s, direct: s2sTls }
    this.#directory = directory
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'prosody.cfg.lua'), settings(wishes, directory, ports))
  }

  static async start(wishes: PeerWishes): Promise<Prosody> {
    const prosody = new Prosody(wishes, mkdtempSync(join(tmpdir(), 'sotto-prosody-')), await portsOfOne())
    await prosody.start()
    return prosody
  }

  get log(): string {
    return this.#program?.output ?? ''
  }

  get pid(): number {
    return this.#program!.pid
  }

  async start(): Promise<void> {
    const directory = this.#directory
    const command = ['prosody', '-F', '--config', join(directory, 'prosody.cfg.lua')] as const
    this.#program = await Program.start({ command, directory, ports: [this.ports.c2s, ...Object.values(this.s2s)] })
  }

  /** After it has halted: everything that it has, in files of XEP-0227 in that directory. */
  exports(into: string): void {
    // Those that its writer of XEP-0227 knows.
    const stores = ['accounts', 'roster', 'vcard', 'private', 'archive-archive', 'pep-pubsub']
    const list = stores.map(store => `"${store}"`).join('; ')
    const file = join(this.#directory, 'migrator.cfg.lua')
    writeFileSync(
      file,
      `input { hosts = { ["${this.domain}"] = { ${list} } }; type = "internal"; path = "${this.#directory}/data" }\noutput { type = "xep0227" }\n`,
    )
    // It writes where Prosody's own data are, whatever it is told, and as Prosody's own user.
    const program = readFileSync('/usr/bin/prosody-migrator', 'utf8')
      .replace(/^CFG_DATADIR=.*$/m, `CFG_DATADIR='${into}'`)
      .replace('startup.switch_user();', '')
    const own = join(this.#directory, 'migrator')
    writeFileSync(own, program, { mode: 0o700 })
    execFileSync(own, [`--config=${file}`, '--keep-going', 'input', 'output'], { cwd: into, stdio: 'pipe' })
  }

  createAccount(username: string, password: string): Promise<void> {
    return register(this, username, password)
  }

  async kill(): Promise<void> {
    await this.#program?.kill()
  }

  async halts(): Promise<void> {
    await this.#program?.stop()
  }

  async stop(): Promise<void> {
    await this.halts()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const portsOfOne = () => freePorts('c2s', 'c2sTls', 'http', 'https', 's2s', 's2sTls')

const modules = [
  ...['disco', 'roster', 'saslauth', 'tls', 'dialback', 's2s_bidi', 's2s_auth_certs', 'smacks', 'mam', 'carbons'],
  ...['blocklist', 'bookmarks', 'pep', 'private', 'vcard4', 'vcard_legacy', 'ping', 'register', 'register_ibr'],
  ...['csi_simple', 'time', 'version', 'posix'],
]

function settings(wishes: PeerWishes, directory: string, ports: Record<string, number>): string {
  const { domain, authority, names, certificatesOnly = false, dialbackOnly = false } = wishes
  const files = Authority.write(directory, 'shown', wishes.credential ?? authority.issues(usualNames(domain)))
  writeFileSync(join(directory, 'authority.pem'), authority.certificate)
  const left = [...(certificatesOnly ? ['dialback'] : []), ...(dialbackOnly ? ['s2s_auth_certs'] : [])]
  const list = (all: readonly string[]) => `{ ${all.map(each => `"${each}"`).join('; ')} }`
  return `
daemonize = false
run_as_root = true
data_path = "${directory}/data"
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
use_ipv6 = false
c2s_ports = { ${ports.c2s} }
c2s_direct_tls_ports = { ${ports.c2sTls} }
s2s_ports = { ${ports.s2s} }
s2s_direct_tls_ports = { ${ports.s2sTls} }
http_ports = { ${ports.http} }
https_ports = { ${ports.https} }
http_interfaces = { "127.0.0.1" }
https_interfaces = { "127.0.0.1" }
modules_enabled = ${list(modules.filter(each => !left.includes(each)))}
modules_disabled = ${list(left)}
allow_registration = true
authentication = "internal_hashed"
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = ${certificatesOnly}
s2s_timeout = 10
unbound = {
  resolvconf = false;
  hoststxt = false;
  forward = "127.0.0.1@${names.port}";
  options = { ["do-not-query-localhost:"] = "no"; ["cache-max-ttl:"] = "0"; ["cache-max-negative-ttl:"] = "0"; ["do-ip6:"] = "no" };
}
ssl = { certificate = "${files.certificate}"; key = "${files.key}"; cafile = "${directory}/authority.pem"; capath = false }
log = { ${wishes.talkative === false ? 'warn' : 'debug'} = "*console" }

VirtualHost "${domain}"

Component "conference.${domain}" "muc"
  modules_enabled = { "muc_mam" }
  restrict_room_creation = false

Component "files.${domain}" "http_file_share"
  http_external_url = "https://files.${domain}:${ports.https}/"
`
}
