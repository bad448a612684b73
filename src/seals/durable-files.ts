/** Small files with keys in them: written so that they are on disk, and erased so that they are not. */

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file that only its owner can read, whole or not at all; what stood there is replaced, or else an error thrown. */
export function writeDurably(path: string, bytes: Uint8Array, existing: 'replace' | 'refuse'): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.new`
  rmSync(draft, { force: true })
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (existing === 'replace') renameSync(draft, path)
  else {
    try {
      linkSync(draft, path)
    } finally {
      unlinkSync(draft)
    }
  }
  syncDirectory(dirname(path))
}

/** Overwrites a file and removes it. What the disk itself keeps of overwritten blocks is not in a program's hands. */
export function shred(path: string): void {
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    writeSync(file, randomBytes(size), 0, size, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  unlinkSync(path)
  syncDirectory(dirname(path))
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
