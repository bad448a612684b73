/** `sotto audit`: proves the promises on this machine's data. Reads only; a service that runs meanwhile notes the day and the result. */

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { catalogue } from '../catalogue.ts'
import { openControl } from '../operations/control.ts'
import type { Finding } from '../privacy/audit.ts'
import { fileHolds } from '../privacy/audit-files.ts'
import { searchSamples } from '../privacy/audit-samples.ts'
import { holdsAddress, holdsJid } from '../privacy/traces.ts'
import { auditData } from './audit-data.ts'
import type { ServiceState } from './audit-parts.ts'
import { selfTest } from './audit-self-test.ts'
import { type Command, configOption, jsonOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

/** Addresses of the network or of people in a log that lies elsewhere. */
function logFindings(file: string): Finding[] {
  if (statSync(file).isFile() && !fileHolds(file, text => holdsAddress(text) || holdsJid(text))) return []
  return [
    { promise: 'P9', sentence: `The log ${file} holds text that looks like an address. Remove it, and report this.` },
  ]
}

async function serviceOn(directory: string): Promise<ServiceState | undefined> {
  const client = await openControl(directory)
  try {
    return (await client?.ask('state')) as ServiceState | undefined
  } finally {
    client?.close()
  }
}

/** Tells the running service, whose privacy policy names the day and the result. */
async function tellService(directory: string, findings: number): Promise<void> {
  const client = await openControl(directory)
  try {
    await client?.ask('audited', { findings })
  } finally {
    client?.close()
  }
}

export const audit: Command = {
  name: 'audit',
  takes: [],
  summary: 'Prove the promises on the data of this machine; exit with 1 if something is found.',
  options: {
    data: { type: 'string', value: 'DIR', help: 'The data directory; else that of the settings.' },
    sample: {
      type: 'boolean',
      help: 'Read texts from standard input, one a line, and search all files for them: messages that you have sent, say.',
    },
    log: { type: 'string', value: 'FILE', help: 'Look for addresses in this log as well.' },
    'self-test': {
      type: 'boolean',
      help: 'Plant one violation of each kind in a copy of data made for the purpose, and tell whether it is found.',
    },
    ...jsonOption,
    ...configOption,
  },
  run: async call => {
    const { terminal } = call
    if (call.flag('self-test')) return selfTest(terminal, call.flag('json'))
    const named = call.text('data')
    const directory = named === undefined ? settingsFor(call).settings.service.data : resolve(terminal.directory, named)
    const findings = await auditData(directory, { nowMs: Date.now(), service: await serviceOn(directory) })
    const log = call.text('log')
    if (log !== undefined) findings.push(...logFindings(resolve(terminal.directory, log)))
    if (call.flag('sample')) {
      const samples = (await terminal.input()).split(/\r?\n/).filter(line => line.trim() !== '')
      if (samples.length === 0) throw new WrongUse('There was no sample on standard input.')
      // Last: by now the database is closed here.
      findings.push(...searchSamples(directory, samples))
    }
    await tellService(directory, findings.length)
    if (call.flag('json')) terminal.out(JSON.stringify(findings))
    else {
      for (const { promise, sentence } of findings) terminal.out(`${promise.padEnd(3)}  ${sentence}`)
      if (findings.length === 0) {
        const { length } = catalogue.tables
        terminal.out(
          `Nothing found: ${length} tables and all files are as declared, and hold no address, time or leftover.`,
        )
      }
    }
    return findings.length === 0 ? 0 : 1
  },
}
