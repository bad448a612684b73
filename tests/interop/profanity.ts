/**
 * A device on profanity, a client for people at a terminal. It runs in a terminal of its own inside tmux: keys are
 * typed, and what happens is read off the screen.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Device, Happening, SignInAs } from './device.ts'

const run = promisify(execFile)
const patienceMs = Number(process.env.SOTTO_TEST_PATIENCE_MS ?? 20_000)

/** What profanity's first window says when something happens. */
const notices: Readonly<Record<string, (jid: string, resource: string | undefined) => string>> = {
  online: jid => `${jid}/\\S+ logged in successfully`,
  refused: () => 'Login failed',
  left: jid => `${jid}\\S* logged out`,
  asked: jid => `Received authorization request from ${jid}`,
  approved: jid => `Subscription received from ${jid}`,
  present: (jid, resource) => `\\+\\+ ${jid} \\(${resource ?? '.*'}\\) is online`,
  absent: (jid, resource) => `-- ${jid} \\(${resource ?? '.*'}\\) is offline`,
}

const firstWindow = 1
const chatWindow = 2

export class Profanity implements Device {
  readonly #name: string
  readonly #socket = `sotto-${randomBytes(6).toString('hex')}`
  readonly #home = mkdtempSync(join(tmpdir(), 'sotto-profanity-'))
  readonly #taken = new Map<string, number>()
  jid = ''
  #watcher: ChildProcess | undefined
  #wake = () => {}
  #changed = false
  #typing: Promise<unknown> = Promise.resolve()

  readonly #settings: string

  /** `settings` is more of profanity's own file of settings. */
  constructor(name: string, settings = '') {
    this.#name = name
    this.#settings = settings
  }

  /** Where it keeps what it has to remember. Thrown away at the end. */
  get home(): string {
    return this.#home
  }

  async connects(as: SignInAs): Promise<Happening> {
    const [bare = '', resource = ''] = as.jid.split('/')
    this.jid = as.jid
    this.#configure(as, bare, resource)
    await this.#tmux('new-session', '-d', '-s', 'p', '-x', '200', '-y', '120', 'profanity')
    this.#watch()
    await this.#until(
      async () => ((await this.#screen()).includes('Profanity. Type /help') ? true : undefined),
      'its start',
    )
    this.#type(`/connect ${bare}`)
    return this.sees({ event: 'online', jid: bare })
  }

  #configure(as: SignInAs, bare: string, resource: string): void {
    const account = { enabled: true, jid: bare, resource, password: as.password, server: as.host, port: as.port }
    const lines = Object.entries({ ...account, 'tls.policy': 'trust' }).map(([key, value]) => `${key}=${value}`)
    for (const directory of ['config', 'data']) mkdirSync(join(this.#home, directory, 'profanity'), { recursive: true })
    writeFileSync(join(this.#home, 'data/profanity/accounts'), `[${bare}]\n${lines.join('\n')}\n`)
    const settings = '[connection]\ncarbons=true\n[ui]\nsplash=false\nhistory=false\n'
    writeFileSync(join(this.#home, 'config/profanity/profrc'), settings + this.#settings)
  }

  subscribes(to: string): void {
    this.#type(`/sub request ${to}`)
  }

  approves(to: string): void {
    this.#type(`/sub allow ${to}`)
  }

  says(to: string, body: string): void {
    this.#type(`/msg ${to} ${body}`)
  }

  /** Types a line, whatever it means to profanity. */
  types(line: string): void {
    this.#type(line)
  }

  /** Waits until the first window (1), or the one of the conversation (2), shows something. */
  async shows(pattern: RegExp, window: 1 | 2 = chatWindow): Promise<RegExpExecArray> {
    if (window === chatWindow) await this.#conversation()
    await this.#turnTo(window)
    return this.#until(async () => pattern.exec(await this.#screen()) ?? undefined, String(pattern))
  }

  /** What is on the screen now. */
  screen(): Promise<string> {
    return this.#screen()
  }

  sees(wanted: Partial<Happening>): Promise<Happening> {
    return wanted.event === 'message' ? this.#reads(wanted) : this.#notices(wanted)
  }

  async #notices(wanted: Partial<Happening>): Promise<Happening> {
    const [bare = '', resource] = (wanted.jid ?? this.jid).split('/')
    const pattern = new RegExp(notices[wanted.event!]!(bare.replaceAll('.', '\\.'), resource), 'g')
    await this.#turnTo(firstWindow)
    return this.#until(async () => {
      const times = [...(await this.#screen()).matchAll(pattern)].length
      const taken = this.#taken.get(pattern.source) ?? 0
      if (times <= taken) return undefined
      this.#taken.set(pattern.source, taken + 1)
      return wanted as Happening
    }, JSON.stringify(wanted))
  }

  async #conversation(): Promise<void> {
    await this.#until(async () => (/\b2\b/.test(await this.#statusLine()) ? true : undefined), 'a conversation')
  }

  async #reads(wanted: Partial<Happening>): Promise<Happening> {
    await this.#conversation()
    await this.#turnTo(chatWindow)
    return this.#until(async () => {
      const found = (await this.#messages()).find(({ key, message }) => {
        if (this.#taken.has(key) || (message.way === 'sent') !== (wanted.way === 'sent')) return false
        const from =
          wanted.from === undefined || message.from === wanted.from || message.from?.split('/')[0] === wanted.from
        return from && (wanted.body === undefined || message.body === wanted.body)
      })
      if (found === undefined) return undefined
      this.#taken.set(found.key, 1)
      return found.message
    }, JSON.stringify(wanted))
  }

  async #messages(): Promise<{ key: string; message: Happening }[]> {
    const lines = [...(await this.#screen()).matchAll(/^\S+ - (me|\S+@\S+): (.*?)\s*$/gm)]
    return lines.map(([line, from = '', body = ''], i) => ({
      key: `${i} ${line}`,
      message: { event: 'message', body, way: from === 'me' ? 'sent' : 'direct', from },
    }))
  }

  async hearings(body: string): Promise<number> {
    await this.#turnTo(chatWindow)
    return (await this.#messages()).filter(({ message }) => message.body === body).length
  }

  async leaves(): Promise<void> {
    this.#type('/disconnect')
    await this.sees({ event: 'left' })
    await this.ends()
  }

  async ends(): Promise<void> {
    const watcher = this.#watcher
    this.#watcher = undefined
    if (watcher !== undefined) {
      const gone = new Promise(resolve => watcher.once('close', resolve))
      await this.#tmux('kill-server').catch(() => '')
      await gone
    }
    rmSync(this.#home, { recursive: true, force: true })
  }

  /** The bottom line tells which window is shown (`-1-`) and which others hold something new (`[2]`). */
  async #statusLine(): Promise<string> {
    const lines = (await this.#screen()).split('\n')
    return lines.findLast(line => /-\d+-/.test(line))?.match(/\S*-\d+-\S*\s*$/)?.[0] ?? ''
  }

  async #turnTo(window: number): Promise<void> {
    if ((await this.#statusLine()).includes(`-${window}-`)) return
    this.#type(`/win ${window}`)
    await this.#until(
      async () => ((await this.#statusLine()).includes(`-${window}-`) ? true : undefined),
      `window ${window}`,
    )
  }

  #type(line: string): void {
    this.#typing = this.#typing
      .then(() => this.#tmux('send-keys', '-t', 'p', '-l', line))
      .then(() => this.#tmux('send-keys', '-t', 'p', 'Enter'))
      .catch(() => {})
  }

  async #screen(): Promise<string> {
    await this.#typing
    return this.#tmux('capture-pane', '-p', '-J', '-t', 'p')
  }

  /** Waits for what shows elsewhere than on the screen, for instance in a file: looks five times a second. */
  until<T>(look: () => T | undefined, what: string): Promise<T> {
    const tick = setInterval(() => this.#wake(), 200)
    return this.#until(async () => look(), what).finally(() => clearInterval(tick))
  }

  /** Looks again whenever the screen changes. */
  async #until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      this.#changed = false
      const found = await look()
      if (found !== undefined) return found
      const left = deadline - Date.now()
      if (left <= 0)
        throw new Error(`${this.#name} on profanity should have shown ${what}. It shows\n${await this.#shown()}`)
      if (!this.#changed) await this.#changeOr(left)
    }
  }

  async #shown(): Promise<string> {
    return (await this.#screen()).replace(/\n+/g, '\n')
  }

  #changeOr(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** A second, silent client of the terminal, which is told about everything that appears on it. */
  #watch(): void {
    const watcher = spawn('tmux', [...this.#where(), '-C', 'attach', '-t', 'p', '-f', 'ignore-size,read-only'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: this.#env(),
    })
    this.#watcher = watcher
    createInterface(watcher.stdout).on('line', () => {
      this.#changed = true
      this.#wake()
    })
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', [...this.#where(), ...args], { env: this.#env() })
    return stdout
  }

  #where(): string[] {
    return ['-u', '-L', this.#socket, '-f', '/dev/null']
  }

  #env(): NodeJS.ProcessEnv {
    const homes = { XDG_CONFIG_HOME: join(this.#home, 'config'), XDG_DATA_HOME: join(this.#home, 'data') }
    return { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', ...homes }
  }
}
