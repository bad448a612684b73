/** `sotto doctor`: looks at the machine around the service before somebody else finds out. */

import { existsSync, statSync } from 'node:fs'
import { databasePath } from '../house.ts'
import { madeCertificate } from '../operations/self-signed.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { withAccounts } from './accounts.ts'
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
  checkTurn,
  clockIsKept,
  type Finding,
  note,
  ownLimits,
} from './doctor-checks.ts'
import type { DomainDetails } from './domain-handlers.ts'

const marks = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' } as const

export const doctor: Command = {
  name: 'doctor',
  takes: ['[DOMAIN]'],
  summary:
    'Look at data, disk, certificate, ports, clock, DNS and the server for calls; exit with 1 if something is wrong.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const loaded = settingsFor(call)
    const { settings, warnings } = loaded
    const domain = call.words[0] ?? settings.service.domain
    const findings: Finding[] = [
      ...warnings.map(warning => note('settings', warning)),
      checkData(settings),
      checkDisk(settings),
      ...(await aboutCertificate(loaded, domain)),
      ...(await checkPorts(settings)),
      checkClock(Date.now(), lastWritten(databasePath(settings.service.data)), clockIsKept()),
      checkOpenFiles(settings, ownLimits()),
      await checkDns(domain),
      await checkTurn(settings),
    ]
    if (call.flag('json')) call.terminal.out(JSON.stringify(findings))
    else for (const { about, verdict, says } of findings) call.terminal.out(`${marks[verdict]}  ${about}: ${says}`)
    return findings.some(({ verdict }) => verdict === 'problem') ? 1 : 0
  },
}

function lastWritten(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

/** A hosted domain may have a certificate of its own, or one that was made for it. */
async function aboutCertificate(loaded: LoadedSettings, domain: string): Promise<Finding[]> {
  const { settings } = loaded
  const { data } = settings.service
  const usual = checkCertificate(loaded, domain, Date.now())
  if (domain === settings.service.domain || !existsSync(databasePath(data))) return [usual]
  const hosted = (await withAccounts(settings, ask => ask('domain show', { name: domain })).catch(() => undefined)) as
    | DomainDetails
    | undefined
  if (hosted === undefined) {
    return [note('domain', `${domain} is not served here. "sotto domain add ${domain}" would change that.`), usual]
  }
  const of = (name: string) => hosted.settings.find(({ setting }) => setting === name)?.value ?? ''
  const own = { certificate: of('certificate'), key: of('key') }
  const made = madeCertificate(data, domain)
  const shown = own.certificate !== '' ? own : usual.verdict === 'problem' && existsSync(made.key) ? made : undefined
  if (shown === undefined) return [usual]
  return [
    checkCertificate({ ...loaded, settings: { ...settings, tls: shown }, ownCertificate: false }, domain, Date.now()),
  ]
}
