/** The key vault under SIGKILL: whatever was said to be durable is, and a rotation that was cut short is finished. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openVault, vaultDirectory } from '../../src/seals/vault.ts'

const kills = 50

interface Said {
  /** What was added, by a hash of its key. */
  readonly added: Map<number, string>
  readonly destroying: Set<number>
  readonly destroyed: Set<number>
  rotations: number
}

/** Lets a process work on the vault and kills it at some moment after its first words. */
async function workUntilKilled(data: string, path: string, first: number, said: Said): Promise<void> {
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'vault-worker.ts'), data, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => worker.on('close', resolve))
  createInterface(worker.stdout).on('line', line => {
    const [what, number, mark = ''] = line.split(' ')
    const account = Number(number)
    if (what === 'ready') setTimeout(() => worker.kill('SIGKILL'), Math.random() * 150)
    else if (what === 'added') said.added.set(account, mark)
    else if (what === 'destroying') said.destroying.add(account)
    else if (what === 'destroyed') said.destroyed.add(account)
    else said.rotations++
  })
  await ended
}

test(`${kills} kills while keys are added, destroyed and moved to another wrapping key`, async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-vault-kill-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const [data, path] = [join(directory, 'data'), join(directory, 'master.key')]
  const said: Said = { added: new Map(), destroying: new Set(), destroyed: new Set(), rotations: 0 }
  let interrupted = 0
  for (let kill = 0; kill < kills; kill++) {
    await workUntilKilled(data, path, kill * 1_000_000, said)
    const wrappings = readdirSync(vaultDirectory(data)).filter(name => /^wrapping-\d+\.key$/.test(name))
    if (wrappings.length > 1) interrupted++
  }
  const vault = await openVault({ data, path, today: '2026-11-22', mayMake: false, access: 'service' })
  t.after(() => vault.close())
  const mark = (account: number) => {
    const keys = vault.keys(account)
    return keys && createHash('sha256').update(keys.documents).digest('hex').slice(0, 16)
  }
  for (const [account, hash] of said.added) {
    if (said.destroyed.has(account)) assert.equal(mark(account), undefined, `${account} was destroyed`)
    else if (!said.destroying.has(account)) assert.equal(mark(account), hash, `${account} was added`)
    else assert.ok([undefined, hash].includes(mark(account)))
  }
  const files = readdirSync(vaultDirectory(data)).filter(name => !name.startsWith('vault.db'))
  assert.equal(files.length, 1, 'one wrapping key, and nothing half-written')
  t.diagnostic(
    `${said.added.size} added, ${said.destroyed.size} destroyed, ${said.rotations} rotations, ${interrupted} of them cut short`,
  )
  assert.ok(said.added.size > kills && said.destroyed.size > 0 && said.rotations > 0 && interrupted > 0)
})
