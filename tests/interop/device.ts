/**
 * Devices that run clients which others wrote. Whatever the client, a device takes the same orders and tells the same
 * events, so that one play serves them all. Most are small programs around a library, which read orders from standard
 * input and write events to standard output, one JSON object a line.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface SignInAs {
  readonly jid: string
  readonly password: string
  readonly host: string
  readonly port: number
  /** Whether the port speaks TLS from the first byte. */
  readonly direct: boolean
  /** Of the WebSocket or of BOSH, instead of host and port. */
  readonly url?: string
  /** Without one the client chooses for itself. */
  readonly mechanism?: string
}

/** Things that happen to a device. */
export interface Happening {
  readonly event: 'online' | 'refused' | 'asked' | 'approved' | 'present' | 'absent' | 'message' | 'left'
  readonly jid?: string
  readonly mechanism?: string
  readonly from?: string
  readonly body?: string
  /** How a message came: by itself, as a carbon copy, or late. */
  readonly way?: 'direct' | 'received' | 'sent' | 'offline' | 'archive'
  /** Its number among devices that encrypt; of all that somebody has, with spaces between them. */
  readonly device?: string
  readonly devices?: string
}

export interface Device {
  /** Its full address, once it has signed in: with Bind 2 the server has a say in it. */
  readonly jid: string
  connects(as: SignInAs): Promise<Happening>
  subscribes(to: string): void
  approves(to: string): void
  says(to: string, body: string): void
  /** Waits for something that happened after the last thing that was waited for of this kind. */
  sees(wanted: Partial<Happening>): Promise<Happening>
  /** How often this was heard, so far. */
  hearings(body: string): number | Promise<number>
  leaves(): Promise<void>
  /** Ends the program behind the device, whatever its state. */
  ends(): Promise<void>
}

const patienceMs = Number(process.env.SOTTO_TEST_PATIENCE_MS ?? 20_000)

export class ProgramDevice implements Device {
  jid = ''
  readonly #name: string
  readonly #child: ChildProcess
  readonly #happened: Happening[] = []
  readonly #taken = new Set<Happening>()
  readonly #gone: Promise<void>
  #errors = ''
  #ended = false
  #wake = () => {}

  constructor(name: string, command: readonly [string, ...string[]], env: Readonly<Record<string, string>> = {}) {
    this.#name = name
    const [program, ...args] = command
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    createInterface(this.#child.stdout!).on('line', line => {
      this.#happened.push(JSON.parse(line))
      this.#wake()
    })
    this.#child.stderr!.on('data', bytes => {
      this.#errors += bytes
    })
    this.#child.stdin!.on('error', () => {})
    this.#gone = new Promise(resolve => {
      const over = (error?: unknown) => {
        if (error instanceof Error) this.#errors += error.message
        this.#ended = true
        this.#wake()
        resolve()
      }
      this.#child.on('close', over)
      this.#child.on('error', over)
    })
  }

  async connects(as: SignInAs): Promise<Happening> {
    this.#order({ do: 'connect', ...as })
    const online = await this.sees({ event: 'online' })
    this.jid = online.jid ?? ''
    return online
  }

  /** Connects once more, with what it remembers of the last time. */
  async returns(): Promise<Happening> {
    this.#order({ do: 'return' })
    return this.sees({ event: 'online' })
  }

  subscribes(to: string): void {
    this.#order({ do: 'subscribe', to })
  }

  approves(to: string): void {
    this.#order({ do: 'approve', to })
  }

  says(to: string, body: string): void {
    this.#order({ do: 'say', to, body })
  }

  async sees(wanted: Partial<Happening>): Promise<Happening> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const found = this.#happened.find(each => !this.#taken.has(each) && fits(each, wanted))
      if (found !== undefined) {
        this.#taken.add(found)
        return found
      }
      if (this.#ended) throw this.#failure(wanted, 'the program ended')
      const left = deadline - Date.now()
      if (left <= 0) throw this.#failure(wanted, `it did not happen within ${patienceMs} ms`)
      await this.#somethingOr(left)
    }
  }

  hearings(body: string): number {
    return this.#happened.filter(each => each.event === 'message' && each.body === body).length
  }

  async leaves(): Promise<void> {
    await this.disconnects()
    await this.ends()
  }

  async disconnects(): Promise<void> {
    this.#order({ do: 'leave' })
    await this.sees({ event: 'left' })
  }

  async ends(): Promise<void> {
    this.#child.stdin!.end()
    if (!this.#ended) this.#child.kill('SIGTERM')
    await this.#gone
  }

  #order(order: Readonly<Record<string, unknown>>): void {
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`)
  }

  #somethingOr(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #failure(wanted: Partial<Happening>, why: string): Error {
    const happened = this.#happened.map(each => `  ${JSON.stringify(each)}`).join('\n')
    return new Error(
      `${this.#name} should have seen ${JSON.stringify(wanted)}, but ${why}. It saw\n${happened}\n${this.#errors.slice(-3000)}`,
    )
  }
}

function fits(happening: Happening, wanted: Partial<Happening>): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const found = happening[key as keyof Happening]
    const address = key === 'from' || key === 'jid'
    return found === value || (address && !String(value).includes('/') && found?.split('/')[0] === value)
  })
}
