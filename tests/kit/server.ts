/**
 * The server under test: in the test's own process, as a process of its own, or a server of another make that is already
 * running, to find out whether a play asks for what the specifications say or for what we happen to do.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { DomainChanges } from '../../src/accounts/domains.ts'
import { type Server, startServer } from '../../src/main.ts'
import { openLog } from '../../src/operations/log.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { DomainSettings } from '../../src/settings/per-domain.ts'
import { Client } from './client.ts'
import { escaped } from './tree.ts'

export interface TestServer {
  /** False if another make of server is being played against: it need not offer what is optional. */
  readonly ours: boolean
  readonly host: string
  readonly domain: string
  readonly ports: {
    readonly c2s: number
    readonly c2sTls: number
    readonly https?: number
    readonly operations?: number
    readonly components?: number
    readonly s2s?: number
    readonly s2sTls?: number
  }
  createAccount(username: string, password: string): Promise<void>
  /** The settings file, and the data directory, where they are known. */
  readonly config?: string
  readonly data?: string
  /** Serves one more domain. */
  addDomain?(name: string, own?: Partial<DomainSettings>): Promise<void>
  /** Gives a domain settings of its own; undefined takes back what is usual. */
  changeDomain?(name: string, changes: DomainChanges): Promise<void>
  /** The same server, as people of another of its domains see it. */
  at?(domain: string): TestServer
  /** Gives an account the role admin. */
  makeAdmin?(username: string): Promise<void>
  /** What the server itself calls a mistake in its code, since the last call. */
  bugs?(): readonly string[]
  stop(): Promise<void>
}

/** Sections and keys as in the settings file: `{ registration: { open: true } }`. */
export type ServerSettings = Readonly<
  Record<string, Readonly<Record<string, string | number | boolean | readonly string[]>>>
>

const root = resolve(import.meta.dirname, '../..')
const program = join(root, 'bin/sotto')

/**
 * What is set for the tests, or for the person who runs them, is no setting of the server's. The code is compiled once for
 * all the processes that the tests start.
 */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SOTTO_') || name === 'SOTTO_RUNTIME'),
  ),
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
}

/** Starts the server that plays need; `SOTTO_PLAY_AGAINST` names the description of another one to use instead. */
export async function startTestServer(settings: ServerSettings = {}): Promise<TestServer> {
  const other = process.env.SOTTO_PLAY_AGAINST
  return other === undefined ? startInside(settings) : runningServer(other)
}

/**
 * A server that somebody else runs on this machine and that allows in-band registration, as described by a JSON file
 * with `host`, `port`, `tlsPort` and `domain`.
 */
export function runningServer(description: string): TestServer {
  const { host, port, tlsPort, domain } = JSON.parse(readFileSync(description, 'utf8'))
  const where = { host, domain, ports: { c2s: port, c2sTls: tlsPort } }
  return {
    ours: false,
    ...where,
    createAccount: (username, password) => register(where, username, password),
    stop: async () => {},
  }
}

/** XEP-0077#usecases-register, before signing in. */
export async function register(
  where: Pick<TestServer, 'host' | 'domain' | 'ports'>,
  username: string,
  password: string,
): Promise<void> {
  const client = await Client.connect(where)
  const fields = `<username>${escaped(username)}</username><password>${escaped(password)}</password>`
  const answer = await client.ask('set', `<query xmlns='jabber:iq:register'>${fields}</query>`)
  client.drop()
  if (answer.attr('type') !== 'result') throw new Error(`The account was not made: ${answer}`)
}

/** The server inside this process: starts in a moment, and makes accounts without a command. Its clock can be another one. */
export async function startInside(
  settings: ServerSettings = {},
  { now = Date.now }: { readonly now?: () => number } = {},
): Promise<TestServer & { readonly house: Server['house'] }> {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-test-'))
  const { all, file } = writeSettings(settings, directory)
  const bugs: string[] = []
  let last = ''
  const write = (line: string) => {
    last = line
  }
  const log = openLog({ level: 'error', write, onBug: () => queueMicrotask(() => bugs.push(last)) })
  const server = await startServer(loadSettings({ file, env: {} }), { log, now })
  const { domains } = server.house
  const seenFrom = (domain: string): TestServer => ({
    ours: true,
    host: '127.0.0.1',
    domain,
    config: file,
    data: String(all.service!.data),
    ports: server.ports,
    at: seenFrom,
    async addDomain(name, own) {
      const added = await domains.add(name, own)
      if (!added.done) throw new Error(added.tell)
    },
    async changeDomain(name, changes) {
      const changed = await domains.change(name, changes)
      if (!changed.done) throw new Error(changed.tell)
    },
    bugs: () => bugs.splice(0),
    async createAccount(username, password) {
      const made = await server.house.accounts.create(bareJid(username, domain)!, password, 'operator')
      if (!made.done) throw new Error(`The account was not made: ${JSON.stringify(made)}`)
    },
    async makeAdmin(username) {
      const { accounts, marks } = server.house
      const account = await accounts.findJid(bareJid(username, domain)!)
      await marks.set(account!, 'admin', true)
    },
    async stop() {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  })
  return { ...seenFrom(String(all.service!.domain)), house: server.house }
}

export interface StartOptions {
  /** A directory to keep between starts; the caller removes it. Otherwise there is a new one that goes at `stop()`. */
  readonly directory?: string
}

export async function startProcess(settings: ServerSettings = {}, options: StartOptions = {}): Promise<ServerProcess> {
  const server = new ServerProcess(settings, options)
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

const neededPorts = ['c2s', 'c2s_tls']

/** `bin/sotto serve` on free ports, with rate limits off unless the settings say otherwise. */
export class ServerProcess implements TestServer {
  readonly ours = true
  readonly host = '127.0.0.1'
  readonly domain: string
  readonly directory: string
  readonly config: string
  ports: { c2s: number; c2sTls: number; https: number; operations: number } = {
    c2s: 0,
    c2sTls: 0,
    https: 0,
    operations: 0,
  }
  /** Everything the process wrote to either stream since the first start. */
  output = ''
  readonly #temporary: boolean
  #child: ChildProcess | undefined
  #exit: Promise<void> = Promise.resolve()

  constructor(settings: ServerSettings, options: StartOptions) {
    this.#temporary = options.directory === undefined
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sotto-test-'))
    const { all, file } = writeSettings(settings, this.directory)
    this.domain = String(all.service!.domain)
    this.config = file
  }

  get data(): string {
    return join(this.directory, 'data')
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server is not running.')
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts it (again) on the same directory and waits until its ports are open. */
  async start(): Promise<void> {
    const child = spawn(program, ['serve', '--config', this.config], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const found: Record<string, number> = {}
    await new Promise<void>((ready, failed) => {
      const line = (text: string) => {
        this.output += `${text}\n`
        const { event, name, port } = facts(text)
        if (event !== 'listening' || typeof name !== 'string') return
        found[name] = Number(port)
        if (neededPorts.every(each => each in found)) ready()
      }
      createInterface(child.stdout!).on('line', line)
      createInterface(child.stderr!).on('line', line)
      child.on('error', failed)
      this.#exit = new Promise(exited => child.on('close', () => exited()))
      child.on('exit', code => failed(new Error(`The server ended with ${code} before it listened:\n${this.output}`)))
    })
    this.ports = { c2s: found.c2s!, c2sTls: found.c2s_tls!, https: found.https ?? 0, operations: found.operations ?? 0 }
  }

  createAccount(username: string, password: string): Promise<void> {
    return this.command(['account', 'create', `${username}@${this.domain}`, '--password-stdin'], `${password}\n`).then(
      () => {},
    )
  }

  /** Runs `bin/sotto` with this server's settings and gives back what it printed. Rejects if it fails. */
  command(args: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...args, '--config', this.config], {
        cwd: root,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      let output = ''
      child.stdout.on('data', bytes => {
        output += bytes
      })
      child.stderr.on('data', bytes => {
        output += bytes
      })
      child.on('error', reject)
      child.on('close', code =>
        code === 0
          ? resolve(output)
          : reject(new Error(`sotto ${args.slice(0, 2).join(' ')} ended with ${code}:\n${output}`)),
      )
      child.stdin.on('error', () => {})
      child.stdin.end(input)
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** Resolves when the process is gone and all its output was read. */
  exited(): Promise<void> {
    return this.#exit
  }

  /** SIGKILL: no chance to write anything more. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#exit
  }

  async stop(): Promise<void> {
    if (this.running) {
      this.signal('SIGTERM')
      const late = setTimeout(() => this.signal('SIGKILL'), 15_000)
      await this.#exit
      clearTimeout(late)
    }
    if (this.#temporary) rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Free ports on loopback, and no limits of rates, unless the settings say otherwise. */
function writeSettings(settings: ServerSettings, directory: string): { all: ServerSettings; file: string } {
  const ports = { c2s: 0, c2s_tls: 0, s2s: false, s2s_tls: false, https: 0, operations: 0 }
  const all = {
    ...settings,
    service: { domain: 'localhost', data: join(directory, 'data'), ...settings.service },
    listen: { address: '127.0.0.1', ...ports, ...settings.listen },
    limits: { enabled: false, ...settings.limits },
    // Nobody looks into the DNS of the machine that the tests run on.
    federation: { enabled: false, ...settings.federation },
  }
  const file = join(directory, 'sotto.toml')
  writeFileSync(file, toml(all))
  return { all, file }
}

function toml(settings: ServerSettings): string {
  const sections = Object.entries(settings).map(([name, keys]) =>
    [`[${name}]`, ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join('\n'),
  )
  return `${sections.join('\n\n')}\n`
}

function facts(line: string): Record<string, unknown> {
  if (!line.startsWith('{')) return {}
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
