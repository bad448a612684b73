import type { Log } from '../../operations/log.ts'
import { parseJid } from '../../protocol/jid.ts'
import type { Router } from '../../routing/router.ts'
import type { Settings } from '../../settings/schema.ts'
import { Components } from './components.ts'

export interface OpenedComponents {
  /** 0 where none can connect. */
  readonly port: number
  close(): Promise<void>
}

/** Lets the components of the settings connect. Throws an Error whose sentence says what to do. */
export async function openComponents(parts: {
  readonly settings: Settings
  readonly router: Router
  readonly log: Log
}): Promise<OpenedComponents> {
  const { router, log, settings } = parts
  const { port, secrets } = settings.components
  if (port === false) return { port: 0, close: async () => undefined }
  const pairs = secrets.map(entry => entry.split(' ') as [string, string])
  const taken = pairs.find(([domain]) => router.isLocal(parseJid(domain)!))
  if (taken !== undefined) {
    throw new Error(`components.secrets names ${taken[0]}, which is a domain of this service itself. Choose another.`)
  }
  const limits = (stanzaBytes: number) => ({ stanzaBytes, depth: 100, attributes: 100, nameLength: 256 })
  const components = new Components({
    log,
    post: router,
    peer: (became, our, their) => router.peer(became, our, their),
    outlets: router.outlets,
    secrets: new Map(pairs),
    strangers: limits(settings.limits.stanzaBytesBeforeLogin),
    known: limits(settings.limits.stanzaBytes),
    loginSeconds: settings.streams.loginSeconds,
  })
  return { port: await components.listen(port), close: () => components.close() }
}
