/** The audit of the files below the data directory. */

import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Finding } from './audit.ts'
import type { FilesDeclaration } from './catalogue.ts'
import { holdsAddress } from './traces.ts'

/**
 * Files that nobody declared, files that others on the machine can read, and addresses in files.
 * Files of a database are not searched here: closing one would let go of SQLite's locks on it, and their rows are
 * looked at one by one anyway.
 */
export function files(directory: string, declared: readonly FilesDeclaration[]): Finding[] {
  const patterns = declared.flatMap(({ paths }) => paths.map(pattern))
  const findings: Finding[] = permissions(directory, directory)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const whole = join(entry.parentPath, entry.name)
    const path = relative(directory, whole)
    findings.push(...permissions(whole, path))
    if (entry.isDirectory()) continue
    if (!patterns.some(expression => expression.test(path))) {
      const sentence = `The file ${path} is in the data directory, and the catalogue does not declare it. If it is yours, keep it elsewhere.`
      findings.push({ promise: 'P1', sentence })
    }
    if (entry.isFile() && !isDatabase(entry.name) && fileHoldsAddress(whole)) {
      findings.push({ promise: 'P9', sentence: `The file ${path} holds text that looks like a network address.` })
    }
  }
  return findings
}

function permissions(whole: string, path: string): Finding[] {
  // A file may go between being listed and being looked at.
  const mode = statSync(whole, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o077) === 0) return []
  return [{ promise: 'P15', sentence: `Others on this machine can get at ${path}. Run: chmod -R go= ${whole}` }]
}

function isDatabase(name: string): boolean {
  return /\.(db|lock)(-\w+)?$/.test(name)
}

const PIECE = 1 << 20
/** Longer than any address, so that none is missed between two pieces. */
const OVERLAP = 64

function fileHoldsAddress(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const piece = Buffer.alloc(PIECE)
    for (let at = 0; ; at += PIECE - OVERLAP) {
      const length = readSync(file, piece, 0, PIECE, at)
      if (holdsAddress(piece.toString('latin1', 0, length))) return true
      if (length < PIECE) return false
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
