/** `sotto audit --self-test`: an audit that finds nothing is worth something only if it would find what is there. */

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHouse } from '../house.ts'
import { promiseRetention } from '../privacy/retention.ts'
import { parseBareJid } from '../protocol/jid.ts'
import { loadSettings } from '../settings/load.ts'
import { auditData } from './audit-data.ts'
import { type Planted, plants } from './audit-plants.ts'
import type { Terminal } from './terminal.ts'

export interface SelfTestResult {
  readonly violation: string
  readonly found: boolean
}

/** Plants every kind of violation in data of its own, one at a time; nothing of what this machine keeps is touched or copied. */
export async function runSelfTest(): Promise<SelfTestResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-self-test-'))
  try {
    const clean = join(directory, 'clean')
    mkdirSync(clean, { mode: 0o700 })
    await makeData(clean)
    const nowMs = Date.now()
    const before = await auditData(join(clean, 'data'), { nowMs })
    const results = [{ violation: 'nothing at all', found: before.length === 0 }]
    for (const plant of plants) {
      const copy = join(directory, 'planted')
      cpSync(clean, copy, { recursive: true, preserveTimestamps: true })
      const planted: Planted = (await plant.in(join(copy, 'data'), nowMs)) ?? {}
      const findings = [
        ...(await auditData(join(copy, 'data'), { nowMs, ...planted.options })),
        ...(planted.alsoFound?.() ?? []),
      ]
      const found = findings.some(({ promise, sentence }) => promise === plant.promise && plant.told.test(sentence))
      results.push({ violation: plant.what, found })
      rmSync(copy, { recursive: true })
    }
    return results
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function makeData(directory: string): Promise<void> {
  const env = { SOTTO_SERVICE_DATA: join(directory, 'data') }
  const house = await openHouse(loadSettings({ env, directory }).settings)
  try {
    await promiseRetention(house.db, 90, false)
    for (const name of ['romeo', 'juliet'])
      await house.accounts.create(parseBareJid(`${name}@localhost`)!, 'wherefore art thou', 'operator')
  } finally {
    await house.close()
  }
}

/** Tells which violations are found; the exit code is 1 if one is not. */
export async function selfTest(terminal: Terminal, json: boolean): Promise<number> {
  const results = await runSelfTest()
  const missed = results.filter(({ found }) => !found).length
  if (json) terminal.out(JSON.stringify(results))
  else {
    for (const { violation, found } of results) terminal.out(`${found ? 'found ' : 'MISSED'}  ${violation}`)
    terminal.out(
      missed === 0
        ? `All ${results.length - 1} kinds of violations are found, and nothing where there is none.`
        : `${missed} of ${results.length} were not as they should be: do not trust this audit, and report this.`,
    )
  }
  return missed === 0 ? 0 : 1
}
