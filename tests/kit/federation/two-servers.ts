/** Two servers of ours in this process, each a stranger to the other, with a DNS and an authority of their own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor, ConnectsOptions } from '../actor.ts'
import { type ServerSettings, startInside, type TestServer } from '../server.ts'
import { Stage } from '../stage.ts'
import { Authority, type Credential } from './authority.ts'
import { SmallDns } from './small-dns.ts'

export interface World {
  readonly dns: SmallDns
  readonly authority: Authority
  /** `verona.lit` */
  readonly verona: TestServer
  /** `mantua.lit` */
  readonly mantua: TestServer
  /** Somebody of that server who is there. */
  at(server: TestServer, role: string, options?: ConnectsOptions): Promise<Actor>
  /** A server more. */
  starts(domain: string, wishes?: ServerWishes): Promise<TestServer>
}

export interface ServerWishes {
  readonly settings?: ServerSettings
  /** What it shows instead of a right certificate. */
  readonly credential?: (authority: Authority) => Credential
  /** Which of its ports DNS knows. */
  readonly found?: 'starttls' | 'direct' | 'both' | 'not at all'
}

export interface WorldWishes {
  readonly verona?: ServerWishes
  readonly mantua?: ServerWishes
}

/** A play among the people of two servers. It fails, too, if a server writes of a mistake in its code. */
export function among(play: (world: World) => Promise<void>): () => Promise<void>
export function among(wishes: WorldWishes, play: (world: World) => Promise<void>): () => Promise<void>
export function among(
  first: WorldWishes | ((world: World) => Promise<void>),
  second?: (world: World) => Promise<void>,
): () => Promise<void> {
  const [wishes, play] = typeof first === 'function' ? [{}, first] : [first, second!]
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sotto-world-'))
    const dns = await SmallDns.start()
    const authority = new Authority()
    writeFileSync(join(directory, 'authority.pem'), authority.certificate)
    const servers: TestServer[] = []
    const stages = new Map<TestServer, Stage>()
    const starts = async (domain: string, wish: ServerWishes = {}): Promise<TestServer> => {
      const server = await startIn(directory, dns, authority, domain, wish)
      servers.push(server)
      return server
    }
    const at = async (server: TestServer, role: string, options: ConnectsOptions = {}): Promise<Actor> => {
      const stage = stages.get(server) ?? new Stage(server)
      stages.set(server, stage)
      const actor = await stage.actor(role)
      await actor.connects(options)
      await actor.forgets()
      return actor
    }
    try {
      const verona = await starts('verona.lit', wishes.verona)
      const mantua = await starts('mantua.lit', wishes.mantua)
      await play({ dns, authority, verona, mantua, at, starts })
      const bugs = servers.flatMap(server => server.bugs?.() ?? [])
      if (bugs.length > 0) throw new Error(`A server met a mistake of its own:\n${bugs.join('')}`)
    } catch (error) {
      if (error instanceof Error) error.message += [...stages.values()].map(stage => `\n\n${stage.record()}`).join('')
      throw error
    } finally {
      for (const stage of stages.values()) stage.ends()
      await Promise.all(servers.map(server => server.stop()))
      await dns.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

async function startIn(
  directory: string,
  dns: SmallDns,
  authority: Authority,
  domain: string,
  { settings = {}, credential, found = 'starttls' }: ServerWishes,
): Promise<TestServer> {
  const files = Authority.write(directory, domain, credential?.(authority) ?? authority.issues({ names: [domain] }))
  const server = await startInside({
    ...settings,
    service: { domain, ...settings.service },
    listen: { s2s: 0, s2s_tls: 0, ...settings.listen },
    tls: { certificate: files.certificate, key: files.key },
    federation: {
      enabled: true,
      authorities: join(directory, 'authority.pem'),
      resolver: [dns.address],
      ...settings.federation,
    },
  })
  const { s2s = 0, s2sTls = 0 } = server.ports
  if (found !== 'not at all') {
    dns.knows(domain, { s2s: found === 'direct' ? 0 : s2s, s2sTls: found === 'starttls' ? 0 : s2sTls })
  }
  return server
}
