/**
 * Memory holds what the disk must not: messages underway, keys of those who are signed in, addresses of the network. So
 * nothing may write it out: no core dump, no diagnostic report, no heap snapshot.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import inspector from 'node:inspector'

/** What could write the memory of a process to a disk. */
export interface MemoryFacts {
  /** Diagnostic reports at crashes or signals. */
  readonly reports: boolean
  /** Core dumps may be written, and would contain memory; undefined where this cannot be seen. */
  readonly coreDumps: boolean | undefined
  /** Options of the runtime that write heap snapshots or profiles, by name. */
  readonly snapshots: readonly string[]
  /** A debugger can connect. */
  readonly inspected: boolean
}

const filter = '/proc/self/coredump_filter'
const revealing = /^--(heapsnapshot-\w[\w-]*|heap-prof|cpu-prof|abort-on-uncaught-exception)/

/** Switches off what the process itself can switch off. */
export function keepMemoryPrivate(): void {
  const { report } = process
  // Bun has none.
  if (report !== undefined) {
    report.reportOnFatalError = false
    report.reportOnSignal = false
    report.reportOnUncaughtException = false
  }
  try {
    // core(5): no kind of mapping is dumped, so a core file has registers in it and no memory.
    if (existsSync(filter)) writeFileSync(filter, '0')
  } catch {
    // Where the kernel does not let us, the audit says so.
  }
}

/** How things are now in this process. */
export function memoryFacts(): MemoryFacts {
  const { report } = process
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return {
    reports:
      report !== undefined && (report.reportOnFatalError || report.reportOnSignal || report.reportOnUncaughtException),
    coreDumps: coreDumps(read('/proc/self/limits'), read(filter)),
    snapshots: options.flatMap(option => revealing.exec(option)?.[0] ?? []),
    inspected: inspector.url() !== undefined,
  }
}

/** From `/proc/self/limits` and `/proc/self/coredump_filter`, as the kernel writes them. */
export function coreDumps(limits: string, dumped: string): boolean | undefined {
  const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1]
  if (soft === '0' || /^0+$/.test(dumped.trim())) return false
  return soft === undefined ? undefined : true
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
