/** A service in this process with a clock in the test's hands: for what the kit's server, a process of its own, hides. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArchivePreferences } from '../../src/accounts/archive-preferences.ts'
import { preferencesStore } from '../../src/accounts/archive-preferences-store.ts'
import { Blocklist } from '../../src/accounts/blocklist.ts'
import { blocklistStore } from '../../src/accounts/blocklist-store.ts'
import { Roster } from '../../src/accounts/roster.ts'
import { rosterStore } from '../../src/accounts/roster-store.ts'
import { Attempts } from '../../src/accounts/sign-in/attempts.ts'
import { SignIn } from '../../src/accounts/sign-in/sign-in.ts'
import { FastTokens } from '../../src/accounts/sign-in/tokens.ts'
import { Certificates } from '../../src/connections/certificates.ts'
import { type ClientListeners, createClientListeners } from '../../src/connections/listeners.ts'
import { ping } from '../../src/features/ping.ts'
import { streamManagement } from '../../src/features/stream-management/stream-management.ts'
import { type House, openHouse } from '../../src/house.ts'
import type { Page } from '../../src/http/page.ts'
import { Limiter } from '../../src/operations/limits.ts'
import { openLog } from '../../src/operations/log.ts'
import { selfSigned } from '../../src/operations/self-signed.ts'
import { type BareJid, bareJid } from '../../src/protocol/jid.ts'
import { LocalAccount } from '../../src/routing/account.ts'
import type { Feature } from '../../src/routing/feature.ts'
import { Router } from '../../src/routing/router.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { Client, type ClientOptions } from '../kit/client.ts'

export const domain = 'capulet.example'
export const password = 'wherefore art thou'

export interface RigOptions {
  /** `SOTTO_…` variables. */
  readonly settings?: Readonly<Record<string, string>>
  readonly features?: (router: Router) => readonly Feature[]
  readonly pages?: readonly Page[]
  /** Where other servers would come in. */
  readonly serverPorts?: { readonly s2s: number; readonly s2sTls: number }
}

export class Rig {
  readonly directory: string
  readonly house: House
  readonly router: Router
  readonly listeners: ClientListeners
  readonly certificates: Certificates
  /** What was logged. */
  readonly log: string[]
  /** How many mistakes of ours were met. */
  bugs = 0
  readonly #pass: (ms: number) => void

  private constructor(
    directory: string,
    house: House,
    router: Router,
    listeners: ClientListeners,
    certificates: Certificates,
    log: string[],
    pass: (ms: number) => void,
  ) {
    this.directory = directory
    this.house = house
    this.router = router
    this.listeners = listeners
    this.certificates = certificates
    this.log = log
    this.#pass = pass
  }

  static async start({
    settings: variables = {},
    features = () => [],
    pages = [],
    serverPorts,
  }: RigOptions = {}): Promise<Rig> {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-rig-'))
    const certificate = join(directory, 'cert.pem')
    const key = join(directory, 'key.pem')
    writeCertificate(certificate, key)
    const { settings } = loadSettings({
      directory,
      env: {
        SOTTO_SERVICE_DOMAIN: domain,
        SOTTO_SERVICE_DATA: join(directory, 'data'),
        SOTTO_TLS_CERTIFICATE: certificate,
        SOTTO_TLS_KEY: key,
        SOTTO_LISTEN_C2S: '0',
        SOTTO_LISTEN_C2S_TLS: '0',
        SOTTO_LISTEN_HTTPS: '0',
        ...variables,
      },
    })
    const house = await openHouse(settings)
    const { accounts, db, documents, work } = house
    let passed = 0
    const now = () => performance.now() + passed
    const lines: string[] = []
    let bugs = 0
    const log = openLog({ level: 'debug', write: line => lines.push(line), onBug: () => bugs++ })
    const limiter = new Limiter({ enabled: settings.limits.enabled, now })
    const signIn = new SignIn({
      accounts,
      work,
      secret: randomBytes(32),
      tokens: new FastTokens({ now: Date.now }),
      ...(settings.limits.enabled ? { attempts: new Attempts({ now }) } : {}),
    })
    const rosters = rosterStore(documents)
    const blocklists = blocklistStore(documents)
    const randomId = () => randomBytes(9).toString('base64url')
    const afterCommit = (then: () => void) => db.afterCommit(then)
    const router = new Router({
      domains: house.domains,
      log,
      async load(jid: BareJid) {
        const account = await accounts.findJid(jid)
        if (account === undefined) return undefined
        const roster = new Roster(account.id, rosters, await rosters.load(account.id))
        const seal = await house.keyring.publicOf(account.id)
        const wishes = new ArchivePreferences(account.id, preferencesStore(documents), roster, 'always', undefined)
        return new LocalAccount(account.id, jid, roster, new Blocklist(account.id, jid, blocklists, []), wishes, seal)
      },
      afterCommit,
      randomId,
      maxSessions: settings.limits.sessionsPerAccount,
    })
    router.furnish([
      ...features(router),
      streamManagement({
        resumeSeconds: settings.streams.resumeSeconds,
        maxUnacknowledged: settings.streams.resumeStanzas,
        randomId,
        afterCommit,
        end: session => router.end(session),
        resumed: session => router.resumed(session),
      }),
      ping,
    ])
    const certificates = await Certificates.open({
      files: settings.tls,
      domains: house.domains,
      data: settings.service.data,
      log,
    })
    const listeners = await createClientListeners({
      settings,
      domains: house.domains,
      certificates,
      host: router,
      signIn,
      limiter,
      log,
      now,
      pages,
      ...(serverPorts && { serverPorts: () => serverPorts }),
    })
    const rig = new Rig(directory, house, router, listeners, certificates, lines, ms => {
      passed += ms
    })
    Object.defineProperty(rig, 'bugs', { get: () => bugs })
    return rig
  }

  get where(): ClientOptions {
    return { host: '127.0.0.1', domain, ports: this.listeners.ports }
  }

  /** A new certificate where the old one was. */
  newCertificate(): void {
    writeCertificate(join(this.directory, 'cert.pem'), join(this.directory, 'key.pem'))
  }

  async account(username: string): Promise<{ username: string; password: string }> {
    const made = await this.house.accounts.create(bareJid(username, domain)!, password, 'operator')
    if (!made.done) throw new Error(made.tell)
    return { username, password }
  }

  connect(options: Partial<ClientOptions> = {}): Promise<Client> {
    return Client.connect({ ...this.where, ...options })
  }

  /** Connected, signed in and bound. */
  async device(username: string, resource: string, options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await this.connect(options)
    await client.signIn({ username, password })
    await client.bind(resource)
    return client
  }

  /** Lets time go by for deadlines and limits. */
  passes(seconds: number): void {
    this.#pass(seconds * 1000)
    this.listeners.sweep()
  }

  async stop(): Promise<void> {
    await this.listeners.close()
    this.certificates.close()
    await this.house.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function writeCertificate(certificate: string, key: string): void {
  const pair = selfSigned(domain, new Date())
  writeFileSync(certificate, pair.certificate)
  writeFileSync(key, pair.key)
}
