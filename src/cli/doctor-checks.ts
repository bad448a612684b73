/** What `sotto doctor` looks at. Each check says in one sentence how things are and, if they are not well, what to do. */

import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { resolveSrv } from 'node:dns/promises'
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { createServer, isIPv6 } from 'node:net'
import { dirname } from 'node:path'
import { domainToASCII } from 'node:url'
import { openControl } from '../operations/control.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { fileName, type Settings } from '../settings/schema.ts'

export interface Finding {
  readonly about: string
  readonly verdict: 'ok' | 'note' | 'problem'
  readonly says: string
}

export const ok = (about: string, says: string): Finding => ({ about, verdict: 'ok', says })
export const note = (about: string, says: string): Finding => ({ about, verdict: 'note', says })
export const problem = (about: string, says: string): Finding => ({ about, verdict: 'problem', says })

const dayMs = 86_400_000
const mebibyte = 1_048_576

/** The data directory: there, ours to write, and nobody else's to read. */
export function checkData({ service }: Settings): Finding {
  const { data } = service
  if (!existsSync(data)) {
    const parent = dirname(data)
    if (existsSync(parent) && writable(parent))
      return note('data', `${data} does not exist yet; it is made at the first start.`)
    return problem(
      'data',
      `${data} does not exist and cannot be made here. Make it and give it to the user of the service.`,
    )
  }
  if (!statSync(data).isDirectory())
    return problem('data', `${data} is no directory. Move it away or change service.data.`)
  if (!writable(data)) return problem('data', `${data} cannot be written to. Give it to the user of the service.`)
  if ((statSync(data).mode & 0o077) !== 0)
    return problem('data', `Others on this machine may look into ${data}. Run: chmod 700 ${data}`)
  return ok('data', `${data} can be written to, and read by nobody else.`)
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Room for what arrives: a full disk stops the service, because nothing is acknowledged that is not kept. */
export function checkDisk({ service }: Settings): Finding {
  const place = existsSync(service.data) ? service.data : dirname(service.data)
  if (!existsSync(place)) return note('disk', `There is no ${place} yet.`)
  const { bavail, bsize, ffree, files } = statfsSync(place)
  const free = Math.floor((bavail * bsize) / mebibyte)
  if (free < 200)
    return problem('disk', `Only ${free} MiB are free at ${place}. A full disk stops the service; make room.`)
  if (files > 0 && ffree < 1000) return problem('disk', `Only ${ffree} more files fit at ${place}. Remove files there.`)
  return free < 2000
    ? note('disk', `${free} MiB are free at ${place}; that is not much.`)
    : ok('disk', `${free} MiB are free at ${place}.`)
}

/** The certificate: readable, belonging to its key, valid for a while yet, and made out to the domain. */
export function checkCertificate({ settings, ownCertificate }: LoadedSettings, domain: string, nowMs: number): Finding {
  const { certificate, key } = settings.tls
  if (ownCertificate && !existsSync(certificate) && !existsSync(key)) {
    return note('certificate', 'There is none yet; a self-signed one is made at the first start.')
  }
  let read: X509Certificate
  let matches: boolean
  try {
    read = new X509Certificate(readFileSync(certificate))
    matches = read.checkPrivateKey(createPrivateKey(readFileSync(key)))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return problem(
      'certificate',
      `${certificate} and ${key} cannot be used (${code}). They have to be PEM files that the service can read.`,
    )
  }
  if (!matches)
    return problem('certificate', `${key} is not the key of ${certificate}. Put the two that belong together in place.`)
  const daysLeft = Math.floor((read.validToDate.getTime() - nowMs) / dayMs)
  if (read.validFromDate.getTime() > nowMs)
    return problem('certificate', `${certificate} is not valid yet. Is the clock right?`)
  if (daysLeft < 0)
    return problem('certificate', `${certificate} has expired. Renew it, then send SIGHUP to the service.`)
  if (read.checkHost(domainToASCII(domain)) === undefined) {
    return problem(
      'certificate',
      `${certificate} is not made out to ${domain}; clients will refuse it. Get one that is.`,
    )
  }
  if (daysLeft < 14)
    return problem(
      'certificate',
      `${certificate} expires in ${daysLeft} days. Renew it, then send SIGHUP to the service.`,
    )
  if (read.verify(read.publicKey)) {
    return note(
      'certificate',
      `It is self-signed, valid for ${daysLeft} days. Clients elsewhere will ask or refuse; for an open service get one from a certificate authority.`,
    )
  }
  return ok('certificate', `It is made out to ${domain}, belongs to its key, and is valid for ${daysLeft} more days.`)
}

const portKeys = ['c2s', 'c2sTls', 's2s', 's2sTls', 'https', 'operations'] as const

/** Every port of the settings: free, or taken by the service itself. */
export async function checkPorts({ listen, service, federation }: Settings): Promise<Finding[]> {
  const client = await openControl(service.data).catch(() => undefined)
  const running = client !== undefined
  client?.close()
  const findings: Finding[] = []
  for (const key of portKeys) {
    const port = listen[key]
    if (!federation.enabled && (key === 's2s' || key === 's2sTls')) continue
    if (port === false || port === 0 || (key === 'https' && port === listen.c2sTls)) continue
    const about = `port ${port}`
    const code = await listenOnce(key === 'operations' ? listen.operationsAddress : listen.address, port)
    if (code === undefined) {
      findings.push(
        running
          ? note(about, `The service runs, but does not listen here (listen.${fileName(key)}).`)
          : ok(about, `It is free (listen.${fileName(key)}).`),
      )
    } else if (code === 'EADDRINUSE') {
      findings.push(
        running
          ? ok(about, `The running service has it (listen.${fileName(key)}).`)
          : problem(about, `Another program has it. Stop that program, or choose another listen.${fileName(key)}.`),
      )
    } else if (code === 'EACCES') {
      findings.push(
        problem(about, `Only the administrator may listen here. Choose a listen.${fileName(key)} above 1023.`),
      )
    } else
      findings.push(problem(about, `Nobody can listen here (${code}). Is the address in [listen] one of this machine?`))
  }
  return findings
}

/** Listens for a moment; resolves with the system's word for what is in the way. */
function listenOnce(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** When this was written: a clock that shows an earlier time is wrong. */
const notBefore = Date.parse('2026-11-01')

/** The clock: certificates, expiry and the times on messages depend on it. */
export function checkClock(
  nowMs: number,
  newestFileMs: number | undefined,
  synchronised: boolean | undefined,
): Finding {
  if (nowMs < notBefore)
    return problem('clock', 'The clock is years behind. Set it, and have it kept right (systemd-timesyncd, chrony).')
  if (newestFileMs !== undefined && newestFileMs > nowMs + dayMs) {
    return problem(
      'clock',
      'The clock is behind what was last written to the data directory. Set it before starting, or data lives too long.',
    )
  }
  if (synchronised === false)
    return problem(
      'clock',
      'The system does not keep its clock in step with the world. Switch that on: timedatectl set-ntp true',
    )
  return ok(
    'clock',
    synchronised
      ? 'It is kept in step with the world.'
      : 'It looks right; whether it is kept so cannot be seen from here.',
  )
}

/** Whether systemd keeps the clock; undefined where somebody else might. */
export function clockIsKept(): boolean | undefined {
  if (!existsSync('/run/systemd/timesync')) return undefined
  return existsSync('/run/systemd/timesync/synchronized') ? true : undefined
}

/** Files the process may have open: each connection is one. */
export function checkOpenFiles({ limits, federation }: Settings, procLimits: string): Finding {
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(procLimits) ?? []
  if (soft === '') return note('open files', 'The limit cannot be seen on this system.')
  if (soft === 'unlimited') return ok('open files', 'There is no limit.')
  const needed = limits.connections + (federation.enabled ? federation.connections : 0) + 200
  if (Number(soft) < needed) {
    return note(
      'open files',
      `${soft} are allowed, and limits.connections = ${limits.connections} with federation.connections can need ${needed}. Raise the limit (LimitNOFILE= in systemd) or lower the settings.`,
    )
  }
  return ok('open files', `${soft} are allowed, which is enough for ${limits.connections} connections.`)
}

/** Whether the world finds the domain: SRV records of RFC 6120 §3.2.1 and XEP-0368, if any. */
export async function checkDns(domain: string): Promise<Finding> {
  const ascii = domainToASCII(domain)
  if (ascii === 'localhost' || ascii.endsWith('.localhost'))
    return ok('DNS', `${domain} is this machine for everybody.`)
  const services = ['_xmpp-client._tcp', '_xmpps-client._tcp', '_xmpp-server._tcp', '_xmpps-server._tcp']
  const found = await Promise.all(
    services.map(service =>
      resolveSrv(`${service}.${ascii}`).then(
        records => (records.length > 0 ? [service] : []),
        () => [],
      ),
    ),
  )
  const names = found.flat()
  if (names.length > 0) return ok('DNS', `Found: ${names.join(', ')}.`)
  return note(
    'DNS',
    `${domain} has no SRV records (or there is no DNS here). Clients then try the address of ${domain} itself, ports 5222 and 5269.`,
  )
}

/** How long a STUN server may take to answer, in milliseconds; it is asked three times. */
const stunPatienceMs = 900

/** Calls: whether the server of the settings gives out relays to those whom we give a password, and whether it is there. */
export async function checkTurn({ turn }: Settings): Promise<Finding> {
  if (turn.host === '') {
    return turn.secret === '' && turn.tlsPort === false
      ? note('calls', 'No server for calls is set (turn.host), so calls between many networks fail.')
      : problem('calls', 'There are settings in [turn] and no turn.host, so no server is announced. Say where it is.')
  }
  if (turn.secret === '')
    return problem('calls', 'turn.secret is empty, so only STUN is announced. Set it to the static-auth-secret there.')
  const there = await stunAnswers(turn.host, turn.port)
  if (!there) {
    return problem(
      'calls',
      `Nobody answers STUN at ${turn.host}, UDP port ${turn.port}. Start the server, or let the port through.`,
    )
  }
  return ok(
    'calls',
    `${turn.host} answers STUN at port ${turn.port}. Whether it knows the secret cannot be seen from here.`,
  )
}

/** Sends a Binding request (RFC 8489 §5) and waits for any answer to it. */
function stunAnswers(host: string, port: number): Promise<boolean> {
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), randomBytes(12)])
  return new Promise(resolve => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    let over = false
    const done = (there: boolean): void => {
      if (over) return
      over = true
      clearInterval(again)
      clearTimeout(late)
      socket.close()
      resolve(there)
    }
    const ask = (): void => socket.send(request, port, host, error => error && done(false))
    const again = setInterval(ask, stunPatienceMs / 3)
    const late = setTimeout(() => done(false), stunPatienceMs)
    socket.on('error', () => done(false))
    socket.on('message', answer => answer.subarray(4, 20).equals(request.subarray(4, 20)) && done(true))
    ask()
  })
}

/** The kernel's limits for this process; the empty text where there is no such file. */
export function ownLimits(): string {
  return existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''
}
