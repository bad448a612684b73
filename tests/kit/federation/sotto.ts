/** Our own server among those of others: within the test, or as a process that can be killed. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  register,
  type ServerProcess,
  type ServerSettings,
  startInside,
  startProcess,
  type TestServer,
} from '../server.ts'
import { Authority } from './authority.ts'
import { type Peer, type PeerWishes, usualNames } from './peer.ts'
import { freePorts } from './programs.ts'

export interface SottoWishes extends PeerWishes {
  readonly settings?: ServerSettings
  /** As a process of its own. */
  readonly process?: boolean
}

export class Sotto implements Peer {
  readonly make = 'sotto'
  readonly ours = true
  readonly host = '127.0.0.1'
  readonly domain: string
  readonly s2s: Peer['s2s']
  readonly rooms: string
  readonly uploads: string
  readonly settings: ServerSettings
  readonly #directory: string
  readonly #apart: boolean
  #server: TestServer | undefined

  private constructor(wishes: SottoWishes, directory: string, ports: Awaited<ReturnType<typeof portsOfOne>>) {
    this.domain = wishes.domain
    this.rooms = `conference.${wishes.domain}`
    this.uploads = `upload.${wishes.domain}`
    this.s2s = { starttls: ports.s2s, direct: ports.s2sTls }
    this.#directory = directory
    this.#apart = wishes.process === true
    this.settings = settingsOf(wishes, directory, ports)
  }

  static async start(wishes: SottoWishes): Promise<Sotto> {
    const sotto = new Sotto(wishes, mkdtempSync(join(tmpdir(), 'sotto-peer-')), await portsOfOne())
    await sotto.start()
    return sotto
  }

  get ports(): TestServer['ports'] {
    return { ...this.#server!.ports, s2s: this.s2s.starttls, s2sTls: this.s2s.direct }
  }

  get process(): ServerProcess {
    return this.#server as ServerProcess
  }

  get log(): string {
    return this.#apart ? this.process.output : ''
  }

  get pid(): number {
    return this.#apart ? this.process.pid : process.pid
  }

  async start(): Promise<void> {
    if (!this.#apart) this.#server = await startInside(this.settings)
    else if (this.#server !== undefined) await this.process.start()
    else this.#server = await startProcess(this.settings, { directory: this.#directory })
  }

  createAccount(username: string, password: string): Promise<void> {
    return this.#apart ? register(this, username, password) : this.#server!.createAccount(username, password)
  }

  bugs(): readonly string[] {
    return this.#server?.bugs?.() ?? []
  }

  kill(): Promise<void> {
    return this.process.kill()
  }

  async halts(): Promise<void> {
    await this.#server?.stop()
  }

  async stop(): Promise<void> {
    await this.halts()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const portsOfOne = () => freePorts('s2s', 's2sTls', 'c2s', 'c2sTls')

function settingsOf(wishes: SottoWishes, directory: string, ports: Record<string, number>): ServerSettings {
  const { domain, authority, names, settings = {}, certificatesOnly = true } = wishes
  const files = Authority.write(directory, 'shown', wishes.credential ?? authority.issues(usualNames(domain)))
  writeFileSync(join(directory, 'authority.pem'), authority.certificate)
  return {
    ...settings,
    service: { domain, ...settings.service },
    listen: {
      ...{ s2s: ports.s2s!, s2s_tls: ports.s2sTls! },
      ...(wishes.process === true ? { c2s: ports.c2s!, c2s_tls: ports.c2sTls! } : {}),
      ...settings.listen,
    },
    tls: { certificate: files.certificate, key: files.key },
    registration: { open: wishes.process === true, ...settings.registration },
    federation: {
      enabled: true,
      authorities: join(directory, 'authority.pem'),
      resolver: [`127.0.0.1:${names.port}`],
      require_certificates: certificatesOnly,
      ...settings.federation,
    },
  }
}
