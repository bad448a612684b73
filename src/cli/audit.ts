/** `sotto audit`: proves the promises on this machine's data. Reads only; the service may run meanwhile. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { catalogue } from '../catalogue.ts'
import { databasePath } from '../house.ts'
import { Refused } from '../operations/control.ts'
import { declareFiles, schemaOf } from '../privacy/catalogue.ts'
import { openSqlite } from '../storage/sqlite/open.ts'
import { type AuditFinding, auditColumnContents, auditFiles, auditLeftovers, auditSchema } from './audit-checks.ts'
import { type Command, configOption, jsonOption } from './command.ts'
import { settingsFor } from './config.ts'

/** Files that are about the service and nobody in it. */
const serviceFiles = declareFiles('service', {
  paths: ['control.sock', 'sotto.lock-journal', 'tls/*'],
  why: 'the door for the command line; the lock of the running service; the certificate and its key',
  keep: 'as long as the service exists',
  reader: 'server',
  endedBy: 'the operator',
})

/** Everything that is found in a data directory; empty is what one wants. */
export async function auditData(directory: string): Promise<AuditFinding[]> {
  const file = databasePath(directory)
  if (!existsSync(file)) throw new Refused(`There is no database in ${directory}. Name the data directory with --data.`)
  const db = await openSqlite(file, schemaOf(catalogue), { access: 'read' })
  try {
    const schema = auditSchema(catalogue, await db.realTables())
    // Contents can be looked at only where the tables are what they should be.
    const contents =
      schema.length > 0 ? [] : [...(await auditLeftovers(catalogue, db)), ...(await auditColumnContents(catalogue, db))]
    return [...schema, ...contents, ...auditFiles(directory, [...catalogue.files, serviceFiles])]
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
    const findings = await auditData(directory)
    if (call.flag('json')) terminal.out(JSON.stringify(findings))
    else {
      for (const finding of findings) terminal.out(finding)
      const tables = catalogue.tables.length
      if (findings.length === 0)
        terminal.out(
          `Nothing found: ${tables} tables and all files are as declared, and hold no address, time or leftover.`,
        )
    }
    return findings.length === 0 ? 0 : 1
  },
}
