/** The search for marked texts in the bytes of every file, databases with their unused pages and logs included. */

import { type Dirent, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Finding } from './audit.ts'
import { fileHolds } from './audit-files.ts'

/**
 * Files that contain one of the samples: as it is, as hex, or as base64 wherever it stands among other bytes.
 * Opens databases like any other file, which lets go of SQLite's locks in this process: only for a process that
 * has none of them open.
 */
export function searchSamples(directory: string, samples: readonly string[]): Finding[] {
  const forms = samples.flatMap(sample => formsOf(Buffer.from(sample)))
  const longest = Math.max(0, ...forms.map(form => form.length))
  const holds = (text: string) => forms.some(form => text.includes(form))
  const entries: Dirent[] = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter(
      entry => entry.isFile() && (holds(entry.name) || fileHolds(join(entry.parentPath, entry.name), holds, longest)),
    )
    .map(entry => {
      const path = relative(directory, join(entry.parentPath, entry.name))
      return { promise: 'P4', sentence: `The file ${path} holds a marked sample in the clear. Report this.` }
    })
}

/** As bytes read as Latin-1. */
function formsOf(bytes: Buffer): string[] {
  const hex = bytes.toString('hex')
  return [bytes.toString('latin1'), hex, hex.toUpperCase(), ...base64Forms(bytes)]
}

/** Base64 as it looks after 0, 1 or 2 other bytes, without the characters that depend on the neighbours. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map(before => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
}
