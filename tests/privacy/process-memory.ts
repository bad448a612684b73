/** The memory of a running process, searched for bytes. Linux lets a process read its children's. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const piece = 1 << 20

/** How often each of some byte strings stands in the writable memory of a process, wherever that is. */
export function occurrences(pid: number, wanted: readonly Uint8Array[]): number[] {
  const longest = Math.max(...wanted.map(bytes => bytes.length))
  const found = wanted.map(() => 0)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const buffer = Buffer.alloc(piece + longest)
  try {
    for (const [start, end] of writable(pid)) {
      for (let at = start; at < end; at += piece) {
        // Beginnings within the piece are counted, wherever they end.
        const length = Math.min(piece + longest - 1, end - at)
        const read = attempt(memory, buffer, length, at)
        for (const [n, bytes] of wanted.entries()) found[n]! += count(buffer.subarray(0, read), bytes, piece)
      }
    }
  } finally {
    buffer.fill(0)
    closeSync(memory)
  }
  return found
}

function writable(pid: number): (readonly [start: number, end: number])[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^([\da-f]+)-([\da-f]+) rw/gm)
  return [...maps].map(([, start = '', end = '']) => [Number.parseInt(start, 16), Number.parseInt(end, 16)] as const)
}

/** A region may go between being listed and being read. */
function attempt(memory: number, buffer: Buffer, length: number, at: number): number {
  try {
    return readSync(memory, buffer, 0, length, at)
  } catch {
    return 0
  }
}

function count(memory: Buffer, wanted: Uint8Array, before: number): number {
  let times = 0
  for (let at = memory.indexOf(wanted); at >= 0 && at < before; at = memory.indexOf(wanted, at + 1)) times++
  return times
}
