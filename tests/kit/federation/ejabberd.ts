/** ejabberd, from Debian's package, started without its script: no daemon, no distribution, no user of its own. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { register } from '../server.ts'
import { Authority } from './authority.ts'
import { type Peer, type PeerWishes, usualNames } from './peer.ts'
import { freePorts, Program } from './programs.ts'

/** Where Debian puts the libraries of Erlang's programs: below the name of the machine's kind. */
const libraries = '/usr/lib'

export class Ejabberd implements Peer {
  readonly make = 'ejabberd'
  readonly ours = false
  readonly host = '127.0.0.1'
  readonly domain: string
  readonly ports: { readonly c2s: number; readonly c2sTls: number; readonly https: number }
  readonly s2s: Peer['s2s']
  readonly rooms: string
  readonly uploads: string
  readonly #directory: string
  readonly #hosts: string
  #program: Program | undefined

  private constructor(wishes: PeerWishes, directory: string, ports: Awaited<ReturnType<typeof portsOfOne>>) {
    const { c2s, c2sTls, https, s2s, s2sTls } = ports
    this.domain = wishes.domain
    this.rooms = `conference.${wishes.domain}`
    this.uploads = `files.${wishes.domain}`
    this.ports = { c2s, c2sTls, https }
    this.s2s = { starttls: s2s, direct: s2sTls }
    this.#directory = directory
    for (const each of ['data', 'log', 'files']) mkdirSync(join(directory, each))
    writeFileSync(join(directory, 'ejabberd.yml'), settings(wishes, directory, ports))
    this.#hosts = wishes.names.hosts
    writeFileSync(join(directory, 'inetrc'), inetSettings(wishes.names.port))
  }

  static async start(wishes: PeerWishes): Promise<Ejabberd> {
    const ejabberd = new Ejabberd(wishes, mkdtempSync(join(tmpdir(), 'sotto-ejabberd-')), await portsOfOne())
    await ejabberd.start()
    return ejabberd
  }

  get log(): string {
    try {
      return readFileSync(join(this.#directory, 'log', 'ejabberd.log'), 'utf8') + (this.#program?.output ?? '')
    } catch {
      return this.#program?.output ?? ''
    }
  }

  get pid(): number {
    return this.#program!.pid
  }

  async start(): Promise<void> {
    const { directory, machine, env } = this.#machine()
    const command = ['erl', '-noinput', ...machine, '-s', 'ejabberd'] as const
    this.#program = await Program.start({
      command,
      directory,
      env,
      ports: [this.ports.c2s, ...Object.values(this.s2s)],
    })
  }

  /** After it has halted: everything that it has, in files of XEP-0227 in that directory. */
  exports(into: string): void {
    const { directory, machine, env } = this.#machine()
    const eval_ = `{ok, _} = application:ensure_all_started(ejabberd), ok = ejabberd_piefxis:export_server(<<"${into}">>), init:stop().`
    execFileSync('erl', ['-noinput', ...machine, '-eval', eval_], {
      cwd: directory,
      env: { ...process.env, HOME: directory, ...env },
    })
  }

  #machine() {
    const directory = this.#directory
    // Two schedulers are enough for a test, and those that have nothing to do are to sleep at once.
    const schedulers = ['+S', '2:2', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none', '+K', 'true']
    const machine = [...schedulers, '-mnesia', 'dir', `"${directory}/data"`]
    const env = {
      ERL_LIBS: erlangLibraries(),
      ERL_INETRC: join(directory, 'inetrc'),
      ERL_CRASH_DUMP_SECONDS: '0',
      // It asks DNS for the service and the system for the addresses.
      LD_PRELOAD: 'libnss_wrapper.so',
      NSS_WRAPPER_HOSTS: this.#hosts,
      EJABBERD_CONFIG_PATH: join(directory, 'ejabberd.yml'),
      EJABBERD_LOG_PATH: join(directory, 'log', 'ejabberd.log'),
    }
    return { directory, machine, env }
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

const portsOfOne = () => freePorts('c2s', 'c2sTls', 'https', 's2s', 's2sTls')

function erlangLibraries(): string {
  for (const each of readdirSync(libraries)) {
    const directory = join(libraries, each)
    if (each.includes('-linux-') && readdirSync(directory).some(name => name.startsWith('ejabberd-'))) return directory
  }
  throw new Error(`ejabberd's libraries are not under ${libraries}.`)
}

const inetSettings = (dns: number) => `
{resolv_conf, ""}.
{hosts_file, ""}.
{lookup, [dns]}.
{nameserver, {127,0,0,1}, ${dns}}.
{cache_size, 0}.
{timeout, 2000}.
{retry, 2}.
`

function settings(wishes: PeerWishes, directory: string, ports: Record<string, number>): string {
  const { domain, authority, certificatesOnly = false } = wishes
  const files = Authority.write(directory, 'shown', wishes.credential ?? authority.issues(usualNames(domain)))
  writeFileSync(join(directory, 'authority.pem'), authority.certificate)
  const listener = (module: string, port: number, more = '') =>
    `  - module: ${module}\n    ip: "127.0.0.1"\n    port: ${port}\n${more}`
  return `
loglevel: ${wishes.talkative === false ? 'warning' : 'debug'}
hosts: ["${domain}"]
certfiles: ["${files.both}"]
ca_file: "${directory}/authority.pem"
auth_password_format: scram
registration_timeout: infinity
s2s_use_starttls: required
s2s_dns_timeout: 5
s2s_timeout: 60
s2s_max_retry_delay: 1
outgoing_s2s_families: [ipv4]
outgoing_s2s_timeout: 5
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
listen:
${listener('ejabberd_c2s', ports.c2s!, '    starttls_required: true\n')}
${listener('ejabberd_c2s', ports.c2sTls!, '    tls: true\n')}
${listener('ejabberd_s2s_in', ports.s2s!)}
${listener('ejabberd_s2s_in', ports.s2sTls!, '    tls: true\n')}
${listener('ejabberd_http', ports.https!, '    tls: true\n    request_handlers:\n      /upload: mod_http_upload\n')}
access_rules:
  everybody:
    allow: all
modules:
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_disco: {}
  mod_http_upload:
    host: "files.${domain}"
    access: everybody
    docroot: "${directory}/files"
    put_url: "https://files.${domain}:${ports.https}/upload"
  mod_mam:
    default: always
  mod_muc:
    host: "conference.${domain}"
    access_create: everybody
    default_room_options:
      mam: true
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub:
    plugins: [flat, pep]
    force_node_config:
      "eu.siacs.conversations.axolotl.*":
        access_model: open
      "urn:xmpp:omemo:2:*":
        access_model: open
  mod_register:
    access: everybody
  mod_roster: {}
${certificatesOnly ? '' : '  mod_s2s_dialback: {}\n'}
  mod_stream_mgmt: {}
  mod_vcard:
    search: false
  mod_version: {}
`
}
