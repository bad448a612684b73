/** The audit of the files below the data directory. */

import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Finding } from './audit.ts'
import type { FilesDeclaration } from './catalogue.ts'
import { holdsAddress } from './traces.ts'

/**
 * Files that nobody declared, files that others on the machine can read, addresses in files, and files whose times
 * tell more than a day. Files of a database are not opened: closing one would let go of SQLite's locks on it where the
 * service runs in this process, and their rows are looked at one by one anyway.
 */
export function files(directory: string, declared: readonly FilesDeclaration[], nowMs: number): Finding[] {
  const kinds = declared.map(kind => ({ kind, patterns: kind.paths.map(pattern) }))
  const findings: Finding[] = permissions(directory, directory)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const whole = join(entry.parentPath, entry.name)
    const path = relative(directory, whole)
    const kind = kinds.find(({ patterns }) => patterns.some(expression => expression.test(path)))?.kind
    if (kind?.reader !== 'public') findings.push(...permissions(whole, path))
    if (entry.isDirectory()) continue
    if (kind === undefined) findings.push(undeclared(entry.name, path))
    if (kind?.dayTimes === true) findings.push(...times(whole, path, nowMs))
    if (!entry.isFile() || isDatabase(entry.name)) continue
    findings.push(...(kind?.sealed === true ? openly(whole, path) : addresses(whole, path)))
  }
  return findings
}

/** Names that systems and runtimes give to files with the memory of a process in them. */
const MEMORY = /^core(\.\d+)?$|\.heapsnapshot$|\.heapprofile$|^report\.\d.*\.json$/

function undeclared(name: string, path: string): Finding {
  return MEMORY.test(name)
    ? {
        promise: 'P15',
        sentence: `The file ${path} looks like memory of the service that was written out. Remove it, and switch off what writes such files.`,
      }
    : {
        promise: 'P1',
        sentence: `The file ${path} is in the data directory, and the catalogue does not declare it. If it is yours, keep it elsewhere.`,
      }
}

/** A file may go between being listed and being looked at. */
function permissions(whole: string, path: string): Finding[] {
  const mode = statSync(whole, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o077) === 0) return []
  return [{ promise: 'P15', sentence: `Others on this machine can get at ${path}. Run: chmod -R go= ${whole}` }]
}

const DAY_MS = 86_400_000
/** The service sets the times of such files back some time after it last wrote to one. */
const SET_BACK_WITHIN_MS = 2 * 3_600_000

function times(whole: string, path: string, nowMs: number): Finding[] {
  const written = statSync(whole, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const today = nowMs - (nowMs % DAY_MS)
  if (written % DAY_MS === 0 || written >= Math.min(today, nowMs - SET_BACK_WITHIN_MS)) return []
  return [
    {
      promise: 'P10',
      sentence: `The time at which ${path} was last written to tells more than the day. Start the service: it sets such times back. If it runs already, report this.`,
    },
  ]
}

function addresses(whole: string, path: string): Finding[] {
  if (!fileHolds(whole, holdsAddress)) return []
  return [
    {
      promise: 'P9',
      sentence: `The file ${path} holds text that looks like a network address. Remove it, unless it is yours and no log.`,
    },
  ]
}

/** Looks at the beginning only: what people keep sealed is theirs, and there may be a lot of it. */
function openly(whole: string, path: string): Finding[] {
  if (looksLikeNoise(beginningOf(whole))) return []
  return [{ promise: 'P6', sentence: `The file ${path} is to be sealed, and does not look like it. Report this.` }]
}

function beginningOf(path: string): Buffer {
  const beginning = Buffer.alloc(NOISE)
  const file = openIfThere(path)
  if (file === undefined) return Buffer.alloc(0)
  try {
    return beginning.subarray(0, readSync(file, beginning, 0, NOISE, 0))
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Bytes that are enough to tell noise from nearly everything else. */
const NOISE = 1024

/**
 * Of 1024 random bytes some 251 are different from each other; that there are fewer than 220 never happens. Texts, tables and
 * most formats have far fewer. Shorter ones are believed.
 */
function looksLikeNoise(bytes: Buffer): boolean {
  return bytes.length < NOISE || new Set(bytes).size >= 220
}

function isDatabase(name: string): boolean {
  return /\.(db|lock)(-\w+)?$/.test(name)
}

const PIECE = 1 << 20
/** Longer than any address, so that none is missed between two pieces. */
const OVERLAP = 64

/** Whether a text file holds something, looked at in pieces that overlap. False for a file that is gone. */
export function fileHolds(path: string, holds: (text: string) => boolean, overlap = OVERLAP): boolean {
  const file = openIfThere(path)
  if (file === undefined) return false
  try {
    const piece = Buffer.alloc(PIECE + overlap)
    for (let at = 0; ; at += PIECE) {
      const length = readSync(file, piece, 0, piece.length, at)
      if (holds(piece.toString('latin1', 0, length))) return true
      if (length < piece.length) return false
    }
  } finally {
    closeSync(file)
  }
}

/** `*` stands for anything but a slash, `**` for anything. */
function pattern(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/).map(part => {
    if (part === '**') return '.*'
    return part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`)
}
