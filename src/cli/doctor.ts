/** `sotto doctor`: looks at the machine around the service before somebody else finds out. */

import { statSync } from 'node:fs'
import { databasePath } from '../house.ts'
import { type Command, configOption, jsonOption } from './command.ts'
import { settingsFor } from './config.ts'
import {
  checkCertificate,
  checkClock,
  checkData,
  checkDisk,
  checkDns,
  checkOpenFiles,
  checkPorts,
  clockIsKept,
  type Finding,
  note,
  ownLimits,
} from './doctor-checks.ts'

const marks = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' } as const

export const doctor: Command = {
  name: 'doctor',
  takes: ['[DOMAIN]'],
  summary: 'Look at data, disk, certificate, ports, clock and DNS; exit with 1 if something is wrong.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const loaded = settingsFor(call)
    const { settings, warnings } = loaded
    const domain = call.words[0] ?? settings.service.domain
    const findings: Finding[] = [
      ...warnings.map(warning => note('settings', warning)),
      checkData(settings),
      checkDisk(settings),
      checkCertificate(loaded, domain, Date.now()),
      ...(await checkPorts(settings)),
      checkClock(Date.now(), lastWritten(databasePath(settings.service.data)), clockIsKept()),
      checkOpenFiles(settings, ownLimits()),
      await checkDns(domain),
    ]
    if (call.flag('json')) call.terminal.out(JSON.stringify(findings))
    else for (const { about, verdict, says } of findings) call.terminal.out(`${marks[verdict]}  ${about}: ${says}`)
    return findings.some(({ verdict }) => verdict === 'problem') ? 1 : 0
  },
}

function lastWritten(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}
