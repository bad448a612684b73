/** `sotto audit`: proves the promises on this machine's data. Reads only; the service may run meanwhile. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { catalogue } from '../catalogue.ts'
import { databasePath } from '../house.ts'
import { type Finding, audit as lookThrough } from '../privacy/audit.ts'
import { schemaOf } from '../privacy/catalogue.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { type Command, configOption, jsonOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

/** Everything that is found in a data directory; empty is what one wants. */
export async function auditData(directory: string, nowMs: number): Promise<Finding[]> {
  const file = databasePath(directory)
  if (!existsSync(file))
    throw new WrongUse(`There is no database in ${directory}. Name the data directory with --data.`)
  const db = await openSqlite(file, schemaOf(catalogue), { access: 'read' })
  try {
    return await lookThrough({ db, catalogue, directory, nowMs })
  } finally {
    await db.close()
  }
}

export const audit: Command = {
  name: 'audit',
  takes: [],
  summary: 'Prove the promises on the data of this machine; exit with 1 if something is found.',
  options: {
    data: { type: 'string', value: 'DIR', help: 'The data directory; else that of the settings.' },
    ...jsonOption,
    ...configOption,
  },
  run: async call => {
    const { terminal } = call
    const named = call.text('data')
    const directory = named === undefined ? settingsFor(call).settings.service.data : resolve(terminal.directory, named)
    const findings = await auditData(directory, Date.now())
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
