/** Reading the settings: defaults, then one TOML file, then `SOTTO_…` variables. Whatever is wrong is told all at once. */

import { existsSync, readFileSync } from 'node:fs'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { domainToASCII } from 'node:url'
import { parse, TomlError } from 'smol-toml'
import type { AnySetting, Refusal, Schema } from './kit.ts'
import { suggestion } from './nearest.ts'
import { fileName, type Settings, schema, variableName } from './schema.ts'

/** Variables that begin like settings and are none: where the settings are, and which runtime the launcher takes. */
const otherVariables = ['SOTTO_CONFIG', 'SOTTO_RUNTIME']

/** What Kubernetes puts into the environment of its own accord where a service is named "sotto". */
const fromKubernetes = /^SOTTO_(SERVICE_(HOST|PORT)(_.*)?|PORT(_\d+_(TCP|UDP)(_.*)?)?)$/

/** Settings that cannot be used. Each sentence says what is wrong, where, and what would be right. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly sentences: readonly string[]

  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'))
    this.sentences = sentences
  }
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Sentences to print at start: what is allowed, but not what one wants on the open network. */
  readonly warnings: readonly string[]
  /** The settings file that was read, if any. */
  readonly file: string | undefined
  /** Whether certificate and key are at their default place, where a missing pair is made rather than complained about. */
  readonly ownCertificate: boolean
}

export interface SettingsSources {
  /** The settings file; without it `SOTTO_CONFIG`, then `sotto.toml` in the working directory if it is there. */
  readonly file?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly directory?: string
}

/** The name under which systemd hands over the master secret. */
const masterCredential = 'sotto-master'

interface Draft {
  readonly values: Record<string, Record<string, unknown>>
  readonly problems: string[]
}

/** Reads, checks and completes the settings. Throws `SettingsError` with every problem found. */
export function loadSettings(sources: SettingsSources = {}): LoadedSettings {
  const { env = process.env, directory = process.cwd() } = sources
  const file = settingsFile(sources.file ?? env.SOTTO_CONFIG, directory)
  const base = file === undefined ? directory : dirname(file)
  const draft: Draft = { values: defaults(base), problems: [] }
  if (file !== undefined) applyFile(draft, file, base)
  applyEnvironment(draft, env, directory)
  if (draft.problems.length > 0) throw new SettingsError(draft.problems)
  const tls = draft.values.tls!
  const ownCertificate = tls.certificate === '' && tls.key === ''
  completePaths(draft, env.CREDENTIALS_DIRECTORY)
  const settings = draft.values as unknown as Settings
  const { refusals, warnings } = crossCheck(settings)
  if (refusals.length > 0) throw new SettingsError(refusals)
  return { settings, warnings, file, ownCertificate }
}

function settingsFile(named: string | undefined, directory: string): string | undefined {
  if (named !== undefined) return resolve(directory, named)
  const usual = join(directory, 'sotto.toml')
  return existsSync(usual) ? usual : undefined
}

function eachSetting(visit: (sectionName: string, key: string, setting: AnySetting) => void): void {
  for (const [sectionName, { keys }] of Object.entries(schema as Schema)) {
    for (const [key, setting] of Object.entries(keys)) visit(sectionName, key, setting)
  }
}

function defaults(base: string): Draft['values'] {
  const values: Draft['values'] = {}
  eachSetting((sectionName, key, setting) => {
    values[sectionName] ??= {}
    values[sectionName][key] =
      setting.shownDefault === undefined ? setting.read(setting.default, base) : setting.default
  })
  return values
}

/**
 * The certificate follows the data directory unless it is told not to. The master secret is what systemd hands over, if
 * it does, and else lies beside the data directory.
 */
function completePaths(draft: Draft, credentials: string | undefined): void {
  const data = draft.values.service!.data as string
  const tls = draft.values.tls!
  tls.certificate ||= join(data, 'tls', 'cert.pem')
  tls.key ||= join(data, 'tls', 'key.pem')
  const credential = credentials === undefined ? undefined : join(credentials, masterCredential)
  const handedOver = credential !== undefined && existsSync(credential) ? credential : undefined
  draft.values.seal!.master ||= handedOver ?? join(dirname(data), 'secret', 'master.key')
}

function applyFile(draft: Draft, file: string, base: string): void {
  for (const [sectionName, table] of Object.entries(readToml(file))) {
    const declared = (schema as Schema)[sectionName]
    if (declared === undefined) {
      draft.problems.push(
        `${file}: there is no section [${sectionName}].${suggestion(sectionName, Object.keys(schema))}`,
      )
      continue
    }
    if (typeof table !== 'object' || table === null || Array.isArray(table)) {
      draft.problems.push(`${file}: ${sectionName} is a section; write [${sectionName}] on a line of its own.`)
      continue
    }
    const keys = new Map(Object.keys(declared.keys).map(key => [fileName(key), key]))
    for (const [written, value] of Object.entries(table)) {
      const key = keys.get(written)
      if (key === undefined) {
        draft.problems.push(`${file}: [${sectionName}] knows no "${written}".${suggestion(written, [...keys.keys()])}`)
        continue
      }
      assign(draft, sectionName, key, declared.keys[key]!.read(value, base), `${file}: ${sectionName}.${written}`)
    }
  }
}

function readToml(file: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new SettingsError([
      code === 'ENOENT'
        ? `${file} does not exist. Give an existing settings file with --config, or leave it out to use the defaults.`
        : `${file} cannot be read (${code}). Check its permissions.`,
    ])
  }
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')
    throw new SettingsError([`${file}, line ${error.line}: this is not TOML (${reason}).`])
  }
}

function applyEnvironment(draft: Draft, env: NonNullable<SettingsSources['env']>, directory: string): void {
  const variables = new Map<string, { sectionName: string; key: string; setting: AnySetting }>()
  eachSetting((sectionName, key, setting) => {
    variables.set(variableName(sectionName, key), { sectionName, key, setting })
  })
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith('SOTTO_') || otherVariables.includes(name)) continue
    const known = variables.get(name)
    if (known !== undefined) {
      const value = known.setting.read(known.setting.fromText(text), directory)
      assign(draft, known.sectionName, known.key, value, `The environment variable ${name}`)
    } else if (!fromKubernetes.test(name)) {
      draft.problems.push(`The environment variable ${name} is no setting.${suggestion(name, [...variables.keys()])}`)
    }
  }
}

function assign(draft: Draft, sectionName: string, key: string, value: unknown, where: string): void {
  if (isRefusal(value)) draft.problems.push(`${where} ${value.refused}.`)
  else draft.values[sectionName]![key] = value
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine can reach an address: 127.0.0.0/8, ::1, and the former written as IPv6. */
export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))
}

interface Verdicts {
  readonly refusals: string[]
  readonly warnings: string[]
}

/** What single settings cannot know: combinations that are dangerous or impossible. */
function crossCheck({ listen, limits, testing, mail }: Settings): Verdicts {
  const refusals: string[] = []
  const warnings: string[] = []
  const local = isLoopback(listen.address)
  const dangerous = [
    [!limits.enabled, 'limits.enabled = false', 'nothing holds back anybody who floods the service'],
    [testing.plaintextOnLoopback, 'testing.plaintext_on_loopback = true', 'passwords can be sent without TLS'],
  ] as const
  for (const [chosen, written, consequence] of dangerous) {
    if (!chosen) continue
    if (local) warnings.push(`${written}: ${consequence}. This is for tests on this machine only.`)
    else {
      refusals.push(
        `${written} is refused because the service listens on ${listen.address}: ${consequence}. ` +
          'Set listen.address to a loopback address such as "127.0.0.1", or remove the setting.',
      )
    }
  }
  if (limits.stanzaBytesBeforeLogin > limits.stanzaBytes) {
    refusals.push(
      `limits.stanza_bytes_before_login (${limits.stanzaBytesBeforeLogin}) is larger than limits.stanza_bytes ` +
        `(${limits.stanzaBytes}): strangers would get more than people who are logged in. Lower the first.`,
    )
  }
  if (mail.tls === 'none' && mail.host !== '' && !isThisMachine(mail.host)) {
    refusals.push(
      `mail.tls = "none" is refused because ${mail.host} is another machine: letters and the password could be read on the ` +
        'way. Use "starttls" or "tls".',
    )
  }
  if ((mail.host === '') !== (mail.from === '')) {
    refusals.push('mail.host and mail.from belong together: set both, or neither.')
  }
  refusals.push(...samePorts(listen))
  return { refusals, warnings }
}

/**
 * Where people reach the HTTPS port, which may have been any free one: `https://example.org:5443`.
 * @param own what a hosted domain says about itself; '' where it says nothing
 */
export function webAddress({ service, listen }: Settings, httpsPort: number, own = ''): string {
  if (own !== '') return own
  if (listen.webAddress !== '') return listen.webAddress
  return `https://${domainToASCII(service.domain)}${httpsPort === 443 ? '' : `:${httpsPort}`}`
}

function samePorts(listen: Settings['listen']): string[] {
  const taken = new Map<number, string>()
  const refusals: string[] = []
  for (const key of ['c2s', 'c2sTls', 's2s', 's2sTls', 'https', 'operations'] as const) {
    const number = listen[key]
    if (number === false || number === 0) continue
    const name = `listen.${fileName(key)}`
    const other = taken.get(number)
    // Clients and browsers are told apart by ALPN.
    const shared = other === 'listen.c2s_tls' && key === 'https'
    if (other === undefined || shared) taken.set(number, name)
    else refusals.push(`${other} and ${name} are both ${number}. Each needs a port of its own; false switches one off.`)
  }
  return refusals
}
