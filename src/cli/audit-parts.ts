/** What `sotto audit` looks at besides the database and its files: the key vault, and the running process. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { departuresTable } from '../accounts/departures.ts'
import type { MemoryFacts } from '../operations/memory.ts'
import type { Finding } from '../privacy/audit.ts'
import { unfinished } from '../privacy/audit-retention.ts'
import type { KeysAtHand } from '../privacy/audit-seals.ts'
import { keysIn } from '../privacy/audit-seals.ts'
import type { Place } from '../privacy/catalogue.ts'
import { dayOf, daysBetween } from '../privacy/day.ts'
import { vaultTables } from '../seals/tables.ts'
import { vaultDirectory } from '../seals/vault.ts'
import type { Database } from '../storage/database.ts'
import { openSqlite } from '../storage/sqlite/open.ts'

/** The database of the key vault, if there is one. */
export async function openVaultDatabase(data: string): Promise<Database | undefined> {
  const file = join(vaultDirectory(data), 'vault.db')
  return existsSync(file) ? openSqlite(file, { tables: vaultTables }, { access: 'read' }) : undefined
}

export function vaultPlace(vault: Database): Place {
  return { name: 'the key vault', rows: vault, tables: vaultTables, day: undefined }
}

/** Keys change every day while the service runs; this long after the last change something is wrong. */
const rotationDays = 2

/** Whether every living account and room has its key, the keys have been sealed anew of late, and old daily keys are gone. */
export async function vaultFindings(
  db: Database,
  vault: Database,
  data: string,
  { nowMs, running }: { nowMs: number; running: boolean },
) {
  const findings: Finding[] = []
  const keyed = new Set((await vault.all('SELECT account FROM keys')).map(({ account }) => account))
  const without = (await db.all('SELECT id FROM accounts')).filter(({ id }) => !keyed.has(id ?? null)).length
  if (without > 0) {
    const sentence = `${without} ${without === 1 ? 'account has' : 'accounts have'} no key in the vault: what is kept about them cannot be opened. Start the service: it finishes their erasure.`
    findings.push({ promise: 'P13', sentence })
  }
  const roomKeys = new Set((await vault.all('SELECT room FROM room_keys')).map(({ room }) => room))
  const closed = (await db.all('SELECT id FROM rooms')).filter(({ id }) => !roomKeys.has(id ?? null)).length
  if (closed > 0) {
    const sentence = `${closed} ${closed === 1 ? 'room has' : 'rooms have'} no key in the vault: what is kept of them cannot be opened. Start the service: it finishes their end.`
    findings.push({ promise: 'P13', sentence })
  }
  const state = await vault.get('SELECT wrapping, rotated FROM vault')
  const rotated = String(state?.rotated)
  if (running && daysBetween(rotated, dayOf(nowMs)) >= rotationDays) {
    const sentence = `The daily key of the vault was last changed on ${rotated}. The log of the service says why it was not changed since.`
    findings.push({ promise: 'P13', sentence })
  }
  const old = readdirSync(vaultDirectory(data)).filter(
    name => name !== `wrapping-${Number(state?.wrapping)}.key` && isOldKey(join(vaultDirectory(data), name), nowMs),
  )
  if (old.length > 0) {
    const sentence = `The vault has ${old.length} old daily ${old.length === 1 ? 'key' : 'keys'}, which open copies of erased keys. Start the service: it destroys them.`
    findings.push({ promise: 'P13', sentence })
  }
  return findings
}

/** For a moment during a rotation there are two. */
const ROTATION_MS = 10 * 60_000

function isOldKey(file: string, nowMs: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return /wrapping-\d+\.key$/.test(file) && stat !== undefined && stat.mtimeMs < nowMs - ROTATION_MS
}

/** The purposes for which keys are derived in src/seals/. */
const purposes = [
  'sotto vault',
  'sotto documents',
  'sotto document tags',
  'sotto credentials',
  'sotto epochs',
  'sotto words in rooms',
  'sotto room documents',
  'sotto room tags',
  'sotto room authors',
  'sotto room entries',
  'sotto tags of rooms',
  'sotto contact tag',
  'sotto epoch successor',
]

/** Everything in the files of the vault that could be a key; what is in tables is found there. */
export function keysInFiles(data: string): KeysAtHand {
  const directory = vaultDirectory(data)
  const files = existsSync(directory) ? readdirSync(directory).filter(name => name.endsWith('.key')) : []
  const keys = files.flatMap(name => keysIn(readFileSync(join(directory, name))))
  return { from: 'the data directory', keys, purposes }
}

/** Erasures that were decided and have not happened. */
export function unfinishedErasures(db: Database, nowMs: number): Promise<Finding[]> {
  return unfinished(db, departuresTable.name, nowMs)
}

/** What the running service says of itself. */
export interface ServiceState {
  readonly memory: MemoryFacts
  /** Sealed things that it could not open since it was started. */
  readonly damaged: number
}

/** What the service has met: without the keys of those who are signed in nobody else can tell. */
export function damageFindings({ damaged }: ServiceState): Finding[] {
  if (damaged === 0) return []
  const sentence = `The running service has met ${damaged} sealed ${damaged === 1 ? 'thing' : 'things'} that did not open: the disk gives back something else than was written. Check the disk, and bring back what is damaged from a backup.`
  return [{ promise: 'P4', sentence }]
}

/** What the memory of the running service could be written out by. */
export function memoryFindings(facts: MemoryFacts): Finding[] {
  const found = (sentence: string): Finding => ({ promise: 'P15', sentence })
  return [
    ...(facts.reports
      ? [
          found(
            'The running service writes diagnostic reports, which hold addresses. Remove the options --report-… and NODE_OPTIONS.',
          ),
        ]
      : []),
    ...(facts.coreDumps === true
      ? [
          found(
            'A crash of the running service would write its memory to the disk. Set LimitCORE=0 (systemd) or ulimit -c 0 before it starts.',
          ),
        ]
      : []),
    ...facts.snapshots.map(option =>
      found(`The running service was started with ${option}, which writes its memory to the disk. Remove it.`),
    ),
    ...(facts.inspected
      ? [found('A debugger can connect to the running service and read everything. Start it without --inspect.')]
      : []),
  ]
}
