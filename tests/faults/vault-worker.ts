/** Adds, destroys and rotates keys without end, and says what is durable, until it is killed. For vault.test.ts. */

import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openVault, type Vault } from '../../src/seals/vault.ts'

const [data = '', path = '', first = ''] = process.argv.slice(2)
const vault = await openVault({ data, path, today: '2026-11-22', mayMake: true, access: 'service' })
let next = Number(first)

/** At once, so that nothing said is lost with the process. */
const say = (...words: readonly (string | number)[]) => writeSync(1, `${words.join(' ')}\n`)

function mark(vault: Vault, account: number): string {
  const keys = vault.keys(account)
  return keys === undefined ? 'none' : createHash('sha256').update(keys.documents).digest('hex').slice(0, 16)
}

const kept: number[] = []
async function addAndDestroy(): Promise<void> {
  for (;;) {
    const account = next++
    await vault.add(account)
    say('added', account, mark(vault, account))
    kept.push(account)
    if (kept.length < 3) continue
    const [doomed = 0] = kept.splice(Math.floor(Math.random() * kept.length), 1)
    say('destroying', doomed)
    await vault.destroy(doomed)
    say('destroyed', doomed)
  }
}

async function rotate(): Promise<void> {
  for (let day = 0; ; day++) {
    await vault.rotate(`day ${day}`)
    say('rotated', day)
  }
}

say('ready')
await Promise.all([addAndDestroy(), addAndDestroy(), rotate()])
