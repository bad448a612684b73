/** A service in the process of the test, whose clock is set by hand. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startServer } from '../../src/main.ts'
import { openControl } from '../../src/operations/control.ts'
import { openLog } from '../../src/operations/log.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'

const start = Date.UTC(2026, 10, 22, 12)
export const dayMs = 86_400_000
export const hourMs = 3_600_000

const settings = `[service]
data = "data"
[listen]
c2s = 0
c2s_tls = 0
s2s = false
s2s_tls = false
https = 0
operations = 0
[limits]
enabled = false
[bytestreams]
port = 0
[passwords]
iterations = 4096
`

export class ClockedService {
  readonly directory = mkdtempSync(join(tmpdir(), 'sotto-erasure-'))
  readonly host = '127.0.0.1'
  readonly domain = 'localhost'
  readonly bugs: string[] = []
  now = start
  #server: Awaited<ReturnType<typeof startServer>> | undefined

  constructor(t: TestContext, more = '') {
    writeFileSync(join(this.directory, 'sotto.toml'), settings + more)
    t.after(async () => {
      await this.stop()
      rmSync(this.directory, { recursive: true, force: true })
      assert.deepEqual(this.bugs, [])
    })
  }

  get data(): string {
    return join(this.directory, 'data')
  }

  get ports() {
    return this.#server!.ports
  }

  get house() {
    return this.#server!.house
  }

  async start(): Promise<void> {
    let line = ''
    const write = (said: string) => {
      line = said
    }
    const log = openLog({ level: 'error', write, onBug: () => queueMicrotask(() => this.bugs.push(line)) })
    const loaded = loadSettings({ file: join(this.directory, 'sotto.toml'), env: {} })
    this.#server = await startServer(loaded, { log, now: () => this.now })
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  async command(name: string, request: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const client = await openControl(this.data)
    try {
      return await client!.ask(name, request)
    } finally {
      client!.close()
    }
  }

  async populate(): Promise<void> {
    for (const name of ['romeo', 'juliet'])
      assert.ok((await this.house.accounts.create(bareJid(name, 'localhost')!, name, 'operator')).done)
  }
}
