/** The composition root: the only file that knows everyone. No logic. */
import { randomBytes } from 'node:crypto'
import { iterationCounts } from './accounts/account-store.ts'
import { type Account, jidOf } from './accounts/accounts.ts'
import { ArchivePreferences } from './accounts/archive-preferences.ts'
import { preferencesStore } from './accounts/archive-preferences-store.ts'
import { Blocklist } from './accounts/blocklist.ts'
import { blocklistStore } from './accounts/blocklist-store.ts'
import { finishDomains } from './accounts/domain-end.ts'
import { Joining } from './accounts/joining.ts'
import { messageIdKey, messageIds } from './accounts/message-ids.ts'
import { newRecoveryCode } from './accounts/recovery.ts'
import { Roster } from './accounts/roster.ts'
import { rosterStore } from './accounts/roster-store.ts'
import { serviceKey } from './accounts/service-keys.ts'
import { Attempts } from './accounts/sign-in/attempts.ts'
import { SignIn } from './accounts/sign-in/sign-in.ts'
import { FastTokens } from './accounts/sign-in/tokens.ts'
import { Suspensions } from './accounts/suspensions.ts'
import { Archive } from './archive/archive.ts'
import { RoomArchive } from './archive/room-archive.ts'
import { catalogue } from './catalogue.ts'
import { houseHandlers } from './cli/house-handlers.ts'
import { importHandlers } from './cli/import-handlers.ts'
import { Relay } from './connections/bytestreams/relay.ts'
import { Certificates } from './connections/certificates.ts'
import { openComponents } from './connections/components/open.ts'
import { createClientListeners } from './connections/listeners.ts'
import { endDisabled } from './disabling.ts'
import { features as allFeatures } from './features.ts'
import { openFederation } from './federation/open.ts'
import { type House, openHouse } from './house.ts'
import { heldBySessions } from './keys.ts'
import { serveControl } from './operations/control.ts'
import { Damage } from './operations/damage.ts'
import { Health, serveOperations } from './operations/health.ts'
import { Limiter } from './operations/limits.ts'
import type { Log } from './operations/log.ts'
import { memoryFacts } from './operations/memory.ts'
import { Metrics, measureProcess } from './operations/metrics.ts'
import { ensureCertificate } from './operations/self-signed.ts'
import { ownImport } from './own-import.ts'
import { openPortal } from './portal.ts'
import { LastAudit } from './privacy/last-audit.ts'
import { policyFacts } from './privacy/policy/facts.ts'
import { policyVersions } from './privacy/policy/policy.ts'
import { expiringStores, Retention, watchRetention } from './privacy/retention.ts'
import type { BareJid } from './protocol/jid.ts'
import { endSessions } from './removal.ts'
import { LocalAccount } from './routing/account.ts'
import { befriend } from './routing/befriend.ts'
import { writeTo } from './routing/notices.ts'
import { Router } from './routing/router.ts'
import { type LoadedSettings, webAddress } from './settings/load.ts'
import { changePasswordPage } from './site/portal/portal.ts'
import { openSite } from './site/site.ts'
import type { StorageError } from './storage/database.ts'
import { softwareVersion } from './version.ts'

/** An expired token keeps keys in memory for no longer than this. */
const sweepTokensMs = 600_000

/** A running service. */
export interface Server {
  /** The ports that are listened on; 0 where one is off. */
  readonly ports: {
    readonly c2s: number
    readonly c2sTls: number
    readonly https: number
    readonly s2s: number
    readonly s2sTls: number
    readonly components: number
    readonly operations: number
  }
  readonly house: House
  /** Reads certificates again. */
  reload(): Promise<void>
  /** Ends all streams with `system-shutdown`, writes what is pending and closes the store. Nothing acknowledged is lost. */
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** A longer retention time than before may come into force: the people concerned have been told. */
  readonly announced?: boolean
  /** The store can keep nothing any more: the service has to go. */
  readonly onFailure?: (error: StorageError) => void
}

/** Starts everything that the settings name. Throws an Error whose sentence says what to do. */
export async function startServer(
  { settings, ownCertificate }: LoadedSettings,
  options: ServerOptions,
): Promise<Server> {
  const { log, now = Date.now } = options
  const { data, domain } = settings.service
  if (ownCertificate) ensureCertificate(settings.tls, domain, new Date(now()))
  const damage = new Damage(log)
  const house = await openHouse(settings, {
    access: 'service',
    now,
    announced: options.announced === true,
    onFailure: error => {
      log.error('the store can keep nothing any more', undefined, error)
      options.onFailure?.(error)
    },
    onFault: bug => log.bug('the store met something it did not foresee', bug),
    onDamaged: damage.document,
    onUntold: bug => log.bug('not everybody could be told that an account ends', bug),
  })
  const { db, domains, accounts, documents, files, invitations, vault, keyring, work } = house
  const afterCommit = (then: () => void): void => db.afterCommit(then)
  const archive = await Archive.open({
    db,
    seals: keyring,
    limits: { messages: settings.limits.offlineMessages, bytes: 64 * 1024 * 1024 },
    now,
    corrupt: damage.message,
  })

  const roomArchive = await RoomArchive.open({
    db,
    authors: house.roomAuthors,
    seals: { room: room => vault.rooms.keys(room), words: account => vault.keys(account)?.words },
    now,
    corrupt: damage.message,
  })

  const limiter = new Limiter({ enabled: settings.limits.enabled })
  const clock = (): number => performance.now()
  const tokens = new FastTokens({ now, hold: account => keyring.hold(account) })
  const suspensions = await Suspensions.open(house)
  const attempts = settings.limits.enabled ? { attempts: new Attempts({ now: clock }) } : {}
  const signInParts = {
    accounts,
    work,
    secret: await serviceKey(db, 'unknown names', 32),
    iterationCounts: await iterationCounts(db),
    refused: ({ id }: Account) => suspensions.refusalFor(id),
    onFault: (bug: unknown) => log.bug('a sign-in could not be checked', bug),
    ...attempts,
  }
  const signIn = new SignIn({ ...signInParts, tokens, keyring })

  const rosters = rosterStore(documents)
  const blocklists = blocklistStore(documents)
  const preferences = preferencesStore(documents)
  const randomId = (): string => randomBytes(12).toString('base64url')
  const open = async (account: Account): Promise<LocalAccount> => {
    const { id } = account
    const jid = jidOf(account)
    const [contacts, blocked, wanted, seal, leaves] = await Promise.all([
      rosters.load(id),
      blocklists.load(id),
      preferences.load(id),
      keyring.publicOf(id),
      accounts.leavesOn(account),
    ])
    const roster = new Roster(id, rosters, contacts)
    const wishes = new ArchivePreferences(id, preferences, roster, settings.archive.usual, wanted)
    const local = new LocalAccount(id, jid, roster, new Blocklist(id, jid, blocklists, blocked), wishes, seal)
    local.suspended = leaves !== undefined
    return local
  }
  const router = new Router({
    domains,
    log,
    async load(jid: BareJid) {
      const account = await accounts.findJid(jid)
      return account && open(account)
    },
    afterCommit,
    randomId,
    maxSessions: settings.limits.sessionsPerAccount,
  })
  const messageNumbers = await messageIds(db, await messageIdKey(db))
  let httpsPort = settings.listen.https || 0
  const addressOf = (of: string) => webAddress(settings, httpsPort, domains.setting(of, 'webAddress'))
  const address = (of: string) => (settings.listen.https === false ? undefined : addressOf(of))
  const joining = new Joining({
    accounts,
    invitations,
    limiter,
    domains,
    befriend: (host, guest) => befriend(router, host, guest, settings.limits.rosterItems),
  })
  let relay: Relay | undefined
  const features = allFeatures({
    settings,
    log,
    limiter,
    post: router,
    domains,
    accounts,
    documents,
    files,
    archive,
    invitations,
    joining,
    marks: house.marks,
    reports: house.reports,
    messageIds: messageNumbers,
    roomStore: house.rooms,
    roomCards: house.roomCards,
    roomArchive,
    softwareVersion,
    componentsPresent: () => router.outlets.present(),
    relay: {
      port: () => relay?.port ?? 0,
      activate: (hash, account) => relay?.activate(hash, account) ?? 'nobody there',
    },
    webAddress: addressOf,
    now,
    randomId,
    afterCommit,
  })
  router.furnish([heldBySessions(keyring), ...features])
  for (const { domainLeaving } of features) if (domainLeaving !== undefined) domains.on('leaving', domainLeaving)
  endDisabled(house.marks, router)
  await router.opening()
  endSessions({ accounts, router, open, forget: account => archive.forget(account.id) })
  const health = new Health()
  health.check('store', () => db.failed === undefined)
  const lastAudit = await LastAudit.open(db)
  const idOf = (seq: number): string => messageNumbers.idOf(seq)
  const importing = ownImport({ house, router, features, archive, limiter, log, idOf })
  const portal = await openPortal({
    house,
    router,
    archive,
    limiter,
    log,
    health,
    signIn: signInParts,
    suspensions,
    importing,
    lastAudit: () => lastAudit.result,
    webAddress: addressOf,
    now,
  })
  const retention = new Retention({
    db,
    days: settings.retention.days,
    stores: expiringStores(catalogue, { archive_days: archive, room_days: roomArchive, files, reports: house.reports }),
    due: async day => {
      await vault.rotate(day)
      await accounts.finishRemovals(day)
      await files.endDue(day)
      await invitations.expire()
      await house.rooms.endTokens(day)
      await portal.endDue(day)
      await finishDomains(house)
    },
    now,
  })
  const sweeping = setInterval(() => tokens.sweep(), sweepTokensMs).unref()
  const stopExpiring = await watchRetention({
    retention,
    now,
    doubts: () => log.warning('the clock is half a year or more from where it was; nothing is erased by it yet'),
    failed: bug => log.bug('what is too old could not be erased', bug),
  })

  const metrics = new Metrics()
  const stopMeasuring = measureProcess(metrics)
  const operatorsOf = async (of: string) => {
    const own = await house.marks.bearers('admin', of)
    return own.length > 0 ? own : house.marks.bearers('admin', domain)
  }
  const site = openSite({
    versions: await policyVersions(db, house.today(), policyFacts(catalogue, settings)),
    lastAudit: () => lastAudit.result,
    status: { ready: () => health.report().ready, notice: domain => house.notices.of(domain) },
    softwareVersion,
    webAddress: addressOf,
    settingsOf: domain => domains.settingsOf(domain),
    domainAt: host => domains.under(host) ?? domain,
    policyFacts: domain => policyFacts(catalogue, domains.settingsOf(domain)),
    joining,
    invitations,
    limiter,
    operators: {
      reachable: async of => (await operatorsOf(of)).length > 0,
      write: async (of, text) => writeTo(router, of, await operatorsOf(of), randomId(), text),
    },
    recoveryCode: (jid, password) => newRecoveryCode(house, jid, password),
    now,
    more: portal.pages,
    ...(settings.mail.host === '' ? {} : { passwordReset: '/recover' }),
  })
  const certificates = await Certificates.open({
    files: settings.tls,
    domains,
    data,
    log,
    now,
  })
  let serverPorts = { s2s: 0, s2sTls: 0 }
  const clients = await createClientListeners({
    settings,
    domains,
    certificates,
    host: router,
    signIn,
    limiter,
    log,
    pages: [...site.pages, changePasswordPage, ...features.flatMap(feature => feature.pages ?? [])],
    serverPorts: () => serverPorts,
    refusal: site.refusal,
  })
  httpsPort = clients.ports.https
  const components = await openComponents({ settings, router, log })
  const federation = await openFederation({ settings, domains, certificates, router, limiter, log, afterCommit })
  serverPorts = federation.ports
  const { port, ...transfers } = settings.bytestreams
  if (port !== false) relay = await Relay.open({ ...transfers, port, address: settings.listen.address, limiter })
  metrics.observed('sotto_connections', 'gauge', 'Open client connections.', () => clients.connections)
  metrics.observed('sotto_accounts_online', 'gauge', 'Accounts with at least one device.', () => router.onlineCount)
  metrics.observed('sotto_domains', 'gauge', 'Domains that are served.', () => domains.size)
  metrics.observed('sotto_peer_streams', 'gauge', 'Open streams with other servers.', () => federation.figures.streams)
  metrics.observed(
    'sotto_peer_waiting',
    'gauge',
    'Stanzas that wait for other servers.',
    () => federation.figures.waiting,
  )
  metrics.observed('sotto_peer_bounced', 'counter', 'Stanzas that came back.', () => federation.figures.bounced)
  metrics.observed('sotto_damaged', 'counter', 'Sealed things that did not open.', () => damage.count)
  metrics.observed('sotto_store_pending', 'gauge', 'Statements on their way to the disk.', () => db.pending)
  const control = await serveControl(
    data,
    {
      ...houseHandlers(house, address),
      ...importHandlers(importing),
      audited: async ({ findings }) => {
        if (Number.isSafeInteger(findings)) await lastAudit.keep({ day: house.today(), findings: Number(findings) })
      },
      expire: ({ sure }) => retention.look(sure === true),
      state: async () => ({ memory: memoryFacts(), damaged: damage.count }),
    },
    log,
  )
  const operations =
    settings.listen.operations === false
      ? undefined
      : await serveOperations(
          { address: settings.listen.operationsAddress, port: settings.listen.operations },
          { health, metrics },
        )

  return {
    ports: { ...clients.ports, ...federation.ports, components: components.port, operations: operations?.port ?? 0 },
    house,
    reload: () => certificates.reload(),
    async stop() {
      health.drain()
      await router.closing()
      await clients.close()
      // Whoever has gone now is told of elsewhere while there are still streams; a store that has failed holds nobody up.
      await db.unit([]).catch(() => {})
      await portal.close()
      await relay?.close()
      await components.close()
      await federation.close()
      certificates.close()
      stopExpiring()
      clearInterval(sweeping)
      await control.close()
      await operations?.close()
      stopMeasuring()
      roomArchive.close()
      await house.close()
    },
  }
}
