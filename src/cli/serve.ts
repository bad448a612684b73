/** `sotto serve`: runs the service until a signal, or a store that can keep nothing more, ends it. */

import { join, relative } from 'node:path'
import { startServer } from '../main.ts'
import { catchEverything } from '../operations/failures.ts'
import { type Log, openLog } from '../operations/log.ts'
import { webAddress } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { type Call, type Command, configOption } from './command.ts'
import { settingsFor } from './config.ts'
import { sentencesFor } from './sentences.ts'

type Server = Awaited<ReturnType<typeof startServer>>

export const serve: Command = {
  name: 'serve',
  takes: [],
  summary: 'Run the service. SIGTERM and SIGINT stop it, SIGHUP reads certificates again.',
  options: {
    announce: { type: 'boolean', help: 'People were told that retention.days is longer than before: start with it.' },
    ...configOption,
  },
  run: async call => {
    const loaded = settingsFor(call)
    const { settings, warnings } = loaded
    for (const warning of warnings) call.terminal.err(`Warning: ${warning}`)
    const log = openLog({ level: settings.log.level })
    catchEverything(log)
    let storeFailed = () => undefined as void
    const failure = new Promise<'failed'>(resolve => {
      storeFailed = () => resolve('failed')
    })
    const server = await startServer(loaded, { log, announced: call.flag('announce'), onFailure: storeFailed })
    for (const [name, port] of openPorts(server)) log.info('listening', { name, port })
    welcome(call, settings, server)
    const stopReloading = reloadOnSignal(call, server, log)
    const end = await Promise.race([failure, stopSignal()])
    stopReloading()
    log.info('stopping', { because: end === 'failed' ? 'the store failed' : 'a signal' })
    await server.stop()
    log.info('stopped')
    return end === 'failed' ? 1 : 0
  },
}

/** The operations port comes first: who waits for the doors of clients has read everything then. */
function openPorts({ ports }: Server) {
  const named = [
    ['operations', ports.operations],
    ['https', ports.https],
    ['s2s', ports.s2s],
    ['s2s_tls', ports.s2sTls],
    ['c2s', ports.c2s],
    ['c2s_tls', ports.c2sTls],
  ] as const
  return named.filter(([, port]) => port !== 0)
}

/** What somebody who starts the service for the first time wants to know. */
function welcome(call: Call, settings: Settings, { ports }: Server): void {
  const { service, listen } = settings
  const { terminal } = call
  const config = call.text('config')
  const launcher = launcherFrom(terminal.directory)
  const options = config === undefined ? '' : ` --config ${config}`
  const doors = [
    ports.c2s !== 0 && `port ${ports.c2s} (STARTTLS)`,
    ports.c2sTls !== 0 && `port ${ports.c2sTls} (TLS)`,
    ports.https !== 0 && ports.https !== ports.c2sTls && `port ${ports.https} (HTTPS)`,
  ].filter(door => door !== false)
  terminal.out(`Sotto serves ${service.domain} at ${listen.address}, ${inWords(doors)}.`)
  if (ports.https !== 0) terminal.out(`The site: ${webAddress(settings, ports.https)}/`)
  if (ports.operations !== 0)
    terminal.out(`Health: http://${hostOf(listen.operationsAddress)}:${ports.operations}/health`)
  terminal.out('Make accounts from another terminal; each command asks for a password:')
  for (const name of ['romeo', 'juliet'])
    terminal.out(`  ${launcher} account create ${name}@${service.domain}${options}`)
  if (ports.https === 0) return
  terminal.out('Or invite somebody, who makes an account on the site:')
  terminal.out(`  ${launcher} invite create${options}`)
}

function inWords(doors: readonly string[]): string {
  return doors.length < 2 ? doors.join('') : `${doors.slice(0, -1).join(', ')} and ${doors.at(-1)}`
}

/** How the launcher is called from a directory. */
function launcherFrom(directory: string): string {
  const launcher = join(import.meta.dirname, '..', '..', 'bin', 'sotto')
  const way = relative(directory, launcher)
  if (way.length >= launcher.length) return launcher
  return way.includes('/') ? way : `./${way}`
}

function hostOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  if (address === '::') return '[::1]'
  return address.includes(':') ? `[${address}]` : address
}

/** Somebody at a keyboard who asks again after this long means it. */
const impatientMs = 1_000

/**
 * Resolves at the first signal to stop. One stop often comes as several signals, to the process and to its group, so
 * only a later SIGINT ends the process without waiting for its clients.
 */
function stopSignal(): Promise<'asked'> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    process.on('SIGTERM', () => {
      askedAt ??= performance.now()
      resolve('asked')
    })
    process.on('SIGINT', () => {
      if (askedAt !== undefined && performance.now() - askedAt > impatientMs) process.exit(1)
      askedAt ??= performance.now()
      resolve('asked')
    })
  })
}

/** SIGHUP: certificates are read again, and the settings checked so that a mistake shows before the next start. */
function reloadOnSignal(call: Call, server: Server, log: Log): () => void {
  const reload = () => {
    try {
      settingsFor(call)
    } catch (error) {
      log.warning('the settings could not be used at the next start')
      for (const sentence of sentencesFor(error)) call.terminal.err(sentence)
    }
    server.reload().then(
      () => log.info('reloaded'),
      error => log.error('certificates could not be read again; the old ones stay', undefined, error),
    )
  }
  process.on('SIGHUP', reload)
  return () => void process.off('SIGHUP', reload)
}
