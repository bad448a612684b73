/** Programs that others wrote, as children of a test: each in a directory of its own, on ports of loopback. */

import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'

const startMs = 60_000
const mostOutput = 200_000

export interface ProgramOptions {
  readonly command: readonly [string, ...string[]]
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
  /** It is there when all these ports of 127.0.0.1 take connections. */
  readonly ports: readonly number[]
}

export class Program {
  /** What it wrote to either stream, the end of it. */
  output = ''
  readonly #options: ProgramOptions
  readonly #child: ChildProcess
  readonly #gone: Promise<void>

  private constructor(options: ProgramOptions) {
    this.#options = options
    const [name, ...args] = options.command
    const env = { ...process.env, HOME: options.directory, ...options.env }
    this.#child = spawn(name, args, { cwd: options.directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', text => {
        this.output = (this.output + text).slice(-mostOutput)
      })
    }
    this.#gone = new Promise(gone => {
      this.#child.once('close', () => gone())
      this.#child.once('error', error => {
        this.output += error.message
        gone()
      })
    })
  }

  /** Starts it and waits until it listens. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options)
    const ended = program.#gone.then(() => true)
    const deadline = performance.now() + startMs
    for (const port of options.ports)
      while (!(await listens(port))) {
        const over = await Promise.race([ended, new Promise<false>(soon => setTimeout(soon, 25, false))])
        if (!over && performance.now() < deadline) continue
        await program.kill()
        throw new Error(`${options.command[0]} ${over ? 'ended' : 'does not listen'}:\n${program.output}`)
      }
    return program
  }

  get pid(): number {
    return this.#child.pid!
  }

  get command(): string {
    return this.#options.command.join(' ')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it without a chance to say goodbye to anybody. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#gone
  }

  /** Asks it to end, and insists after ten seconds. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.signal('SIGKILL'), 10_000)
    this.signal('SIGTERM')
    await this.#gone
    clearTimeout(late)
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise(answer => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      answer(true)
    })
    socket.once('error', () => answer(false))
  })
}

/** Ports of 127.0.0.1 that nobody has, all different. */
export async function freePorts<N extends string>(...names: readonly N[]): Promise<Record<N, number>> {
  const probes = await Promise.all(
    names.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((open, failed) => {
          const probe = createServer()
          probe.once('error', failed)
          probe.listen(0, '127.0.0.1', () => open(probe))
        }),
    ),
  )
  const ports = probes.map(probe => (probe.address() as { port: number }).port)
  await Promise.all(probes.map(probe => new Promise(closed => probe.close(closed))))
  return Object.fromEntries(names.map((name, i) => [name, ports[i]!])) as Record<N, number>
}

/** Runs a tool to its end and gives back what it printed. */
export function tool(command: readonly [string, ...string[]], directory: string): Promise<string> {
  return new Promise((done, failed) => {
    const [name, ...args] = command
    const child = spawn(name, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', text => {
        output += text
      })
    }
    child.once('error', failed)
    child.once('close', code =>
      code === 0 ? done(output) : failed(new Error(`${command.join(' ')} ended with ${code}:\n${output}`)),
    )
  })
}
