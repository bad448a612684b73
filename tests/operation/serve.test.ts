/** The program as an operator meets it: a process, its signals, its exit codes and what it prints. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { type ServerProcess, startProcess } from '../kit/server.ts'

const root = resolve(import.meta.dirname, '../..')
const program = join(root, 'bin', 'sotto')

let server: ServerProcess
before(async () => {
  server = await startProcess()
})
after(() => server.stop())

function sotto(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(program, [...args], { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('a running service', () => {
  test('is healthy, and tells figures without anybody in them', async () => {
    const base = `http://127.0.0.1:${server.ports.operations}`
    const health = await fetch(`${base}/health`)
    assert.deepEqual([health.status, await health.json()], [200, { live: true, ready: true, checks: { store: 'ok' } }])
    assert.match(await (await fetch(`${base}/metrics`)).text(), /^sotto_connections 0$/m)
  })

  test('is the process that was started: the launcher has become it', () => {
    assert.match(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8'), /src\/cli\/main\.ts\0serve/)
    assert.match(readFileSync(`/proc/${server.pid}/limits`, 'utf8'), /^Max core file size\s+0\s/m)
  })

  test('has accounts made, listed and erased at its own hands', async () => {
    await server.createAccount('romeo', 'secret')
    assert.equal(await server.command(['account', 'list']), 'romeo@localhost\n')
    await assert.rejects(server.createAccount('romeo', 'secret'), /There is already an account romeo@localhost\./)
    await server.command(['account', 'delete', 'romeo@localhost', '--now'])
    assert.equal(await server.command(['account', 'list']), '')
  })

  test('passes the audit and the doctor while it runs', async () => {
    assert.match(await server.command(['audit']), /^Nothing found/)
    assert.doesNotMatch(await server.command(['doctor']), /PROBLEM/)
  })

  test('lets no second one onto its data', () => {
    const second = sotto(['serve', '--config', server.config])
    assert.equal(second.status, 1)
    assert.match(second.stderr, /^Another Sotto service is using this data directory/m)
  })

  test('keeps a port that another one wants, which says so and goes', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-serve-'))
    const config = join(directory, 'sotto.toml')
    writeFileSync(config, `[listen]\nc2s = ${server.ports.c2s}\nc2s_tls = false\noperations = false\n`)
    const other = sotto(['serve', '--config', config])
    assert.equal(other.status, 1)
    assert.match(other.stderr, new RegExp(`^Another program already listens on port ${server.ports.c2s}`, 'm'))
    rmSync(directory, { recursive: true })
  })
})

describe('signals', () => {
  test('SIGHUP brings a new certificate without a restart, and SIGTERM ends with 0', async () => {
    const shown = () =>
      new Promise<string>((found, failed) => {
        const socket = connect({ port: server.ports.c2sTls, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          found(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
          socket.destroy()
        })
        socket.on('error', failed)
      })
    const before = await shown()
    const { selfSigned } = await import('../../src/operations/self-signed.ts')
    const pair = selfSigned('localhost', new Date())
    writeFileSync(join(server.data, 'tls', 'key.pem'), pair.key)
    writeFileSync(join(server.data, 'tls', 'cert.pem'), pair.certificate)
    server.signal('SIGHUP')
    await said('"event":"reloaded"')
    assert.notEqual(await shown(), before)
    // As supervisors do that signal a process and its group.
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) server.signal(signal)
    await server.exited()
    assert.equal(server.running, false)
    assert.match(server.output, /"event":"stopping","because":"a signal"\}\n.*"event":"stopped"/)
  })

  /** Waits until the process has printed something; the test's own time limit is the end of patience. */
  async function said(text: string): Promise<void> {
    while (!server.output.includes(text)) await new Promise(setImmediate)
  }
})

describe('the launcher', () => {
  let elsewhere: string
  before(() => {
    elsewhere = mkdtempSync(join(tmpdir(), 'sotto-launcher-'))
  })
  after(() => rmSync(elsewhere, { recursive: true }))

  test('works through a link, from any directory, and passes the exit code on', () => {
    symlinkSync(program, join(elsewhere, 'sotto'))
    const linked = spawnSync(join(elsewhere, 'sotto'), ['help'], { cwd: '/', encoding: 'utf8' })
    assert.deepEqual([linked.status, linked.stdout.split('\n')[0]], [0, 'Sotto, a private messaging service.'])
    assert.equal(sotto(['nonsense']).status, 2)
  })

  test('says in one sentence what is missing where no runtime is new enough', () => {
    const copy = join(elsewhere, 'checkout')
    mkdirSync(join(copy, 'bin'), { recursive: true })
    writeFileSync(join(copy, 'bin', 'sotto'), readFileSync(program))
    chmodSync(join(copy, 'bin', 'sotto'), 0o755)
    mkdirSync(join(elsewhere, 'path'))
    const run = (env: Record<string, string>) =>
      spawnSync('/bin/sh', [join(copy, 'bin', 'sotto'), 'help'], { env, encoding: 'utf8' })
    for (const tool of ['readlink', 'dirname', 'uname']) {
      symlinkSync(join('/usr/bin', tool), join(elsewhere, 'path', tool))
    }
    const path = join(elsewhere, 'path')
    assert.match(
      run({ PATH: path }).stderr,
      /^Sotto needs Node 24 or later, and this machine has none\. Run "npm ci" in /,
    )
    writeFileSync(join(path, 'node'), '#!/bin/sh\necho 20\n', { mode: 0o755 })
    const old = run({ PATH: path })
    assert.match(old.stderr, /^Sotto needs Node 24 or later, and this machine has 20\. Run "npm ci" in /)
    assert.equal(old.status, 2)
    assert.match(run({ PATH: path, SOTTO_RUNTIME: 'deno' }).stderr, /^SOTTO_RUNTIME can be node or bun, not "deno"\.$/m)
    assert.match(
      run({ PATH: path, SOTTO_RUNTIME: 'bun' }).stderr,
      /^SOTTO_RUNTIME is bun, but Bun is not installed here\./,
    )
  })
})
