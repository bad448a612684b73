/** The account pages, put together from the house and the running service. */

import { jidOf } from './accounts/accounts.ts'
import { DomainRequests } from './accounts/domain-requests.ts'
import { OneUseLinks } from './accounts/one-use-links.ts'
import { piecesWhileOpen, whileOpen } from './accounts/own-keys.ts'
import { OwnRetention, type Purge } from './accounts/own-retention.ts'
import { RecoveryAddresses } from './accounts/recovery-address.ts'
import { SecondFactors } from './accounts/second-factor.ts'
import { serviceKey } from './accounts/service-keys.ts'
import { SignIn, type SignInParts } from './accounts/sign-in/sign-in.ts'
import { WebDoor } from './accounts/sign-in/web-door.ts'
import { WebSessions } from './accounts/sign-in/web-sessions.ts'
import type { Suspensions } from './accounts/suspensions.ts'
import type { Archive } from './archive/archive.ts'
import { catalogue } from './catalogue.ts'
import type { Importing } from './features/portability/importing.ts'
import type { House } from './house.ts'
import { Mailer } from './mail/mailer.ts'
import type { Health } from './operations/health.ts'
import type { Limiter } from './operations/limits.ts'
import type { Log } from './operations/log.ts'
import { ownBundle } from './own-bundle.ts'
import { ownExport } from './own-export.ts'
import { ownHoldings, ownSizes } from './own-holdings.ts'
import { onPages } from './own-import.ts'
import { policyFacts } from './privacy/policy/facts.ts'
import { parseBareJid } from './protocol/jid.ts'
import { StreamProblem } from './protocol/problems.ts'
import { xml } from './protocol/xml/element.ts'
import { announce } from './routing/announcement.ts'
import type { Router } from './routing/router.ts'
import { FormTokens } from './site/frame/form.ts'
import type { SitePage } from './site/frame/page.ts'
import type { OwnThings } from './site/portal/parts.ts'
import { portalPages } from './site/portal/portal.ts'

export interface PortalHouse {
  readonly house: House
  readonly router: Router
  readonly archive: Archive
  readonly limiter: Limiter
  readonly log: Log
  readonly health: Health
  /** What the sign-in of apps goes by, without what it opens. */
  readonly signIn: Omit<SignInParts, 'keyring' | 'tokens'>
  readonly suspensions: Suspensions
  readonly importing: Importing
  lastAudit: OwnThings['lastAudit']
  /** Where the HTTPS port is reached by the people of a domain. */
  webAddress(domain: string): string
  /** Milliseconds since 1970. */
  now(): number
}

export interface Portal {
  readonly pages: readonly SitePage[]
  /** Ends what people wanted to end sooner than the others. */
  endDue(today: string): Promise<void>
  /** No letter is sent any more. */
  close(): Promise<void>
}

/** Links in letters, and those that operators hand out. */
const linkLivesMs = 3_600_000

export async function openPortal(parts: PortalHouse): Promise<Portal> {
  const { house, archive, limiter, log, suspensions, now } = parts
  const { db, accounts, documents, domains, files, invitations, marks, reports, settings, today } = house
  const clock = (): number => performance.now()
  const sessions = new WebSessions({ now: clock })
  const links = { now: clock, livesMs: linkLivesMs }
  const confirmations = new OneUseLinks<{ readonly account: Parameters<typeof jidOf>[0]; readonly mark: string }>(links)
  const resets = new OneUseLinks<{ readonly account: Parameters<typeof jidOf>[0] }>(links)
  const end = ({ id }: { readonly id: number }): void => {
    sessions.endAll(id)
    confirmations.forget(id)
    resets.forget(id)
  }
  for (const event of ['passwordChanged', 'suspended', 'leaving'] as const) accounts.on(event, end)
  marks.watch((account, mark, on) => {
    if (mark === 'disabled' && on) end(account)
  })
  const mailer = new Mailer({ settings: settings.mail, domain: settings.service.domain, log, now: clock })
  const addresses = new RecoveryAddresses({ documents, secret: await serviceKey(db, 'recovery addresses', 32) })
  const words: Purge = {
    async purge(id, before) {
      const account = before === undefined ? undefined : await accounts.withId(id)
      return account === undefined ? 0 : house.roomAuthors.eraseBefore(jidOf(account), before!)
    },
  }
  const ownRetention = new OwnRetention({ db, days: settings.retention.days, stores: [archive, files, words] })
  const pages = portalPages({
    firstDomain: domains.first,
    settingsOf: domain => domains.settingsOf(domain),
    accounts,
    door: new WebDoor(new SignIn(parts.signIn)),
    sessions,
    tokens: new FormTokens(clock),
    limiter,
    mailer,
    documents,
    addresses,
    secondFactors: new SecondFactors({ documents, now }),
    marks,
    suspensions,
    invitations,
    reports,
    domainRequests: new DomainRequests({ db, today }),
    notices: house.notices,
    ownRetention,
    things: ownThings(parts),
    confirmations,
    resets,
    webAddress: domain => parts.webAddress(domain),
    failed: bug => log.bug('something failed after a page was answered', bug),
    today,
  })
  return {
    pages,
    endDue: day => ownRetention.endDue(day),
    async close() {
      await mailer.settled()
      mailer.close()
    },
  }
}

const movedNode = 'urn:xmpp:moved:1'
const pubsub = 'http://jabber.org/protocol/pubsub'

function ownThings({ house, router, archive, health, importing, lastAudit, now }: PortalHouse): OwnThings {
  const { db, accounts, documents, domains, files, keyring, roomAuthors, today, vault } = house
  const exported = ownExport({ documents, db, keyring, catalogue, roomAuthors, vault })
  return {
    holdings: account => ownHoldings({ db, catalogue, roomAuthors }, account),
    facts: domain => policyFacts(catalogue, domains.settingsOf(domain)),
    hasRecoveryCode: account => keyring.hasRecovery(account),
    knowsRecoveryCode: (account, code) => keyring.knowsRecovery(account, code),
    newRecoveryCode: opened => whileOpen(keyring, opened, () => keyring.addRecovery(opened.account.id)),
    changePassword: (opened, password) =>
      whileOpen(keyring, opened, () => accounts.setPassword(jidOf(opened.account), password, 'owner')),
    exported: opened => piecesWhileOpen(keyring, opened, exported({ account: opened.account })),
    bundled(opened, language) {
      const portable = exported({ account: opened.account })
      return piecesWhileOpen(
        keyring,
        opened,
        ownBundle({ files, today, now }, { account: opened.account.id, portable, language }),
      )
    },
    imported: (opened, file, how) =>
      whileOpen(keyring, opened, async () => {
        const begun = await importing.begin(jidOf(opened.account), { ...how, ...onPages })
        if (typeof begun === 'string') return begun
        try {
          // Not `for await`, which would end the file: whoever sends it is to be read on for as long as it takes to answer.
          const pieces = file[Symbol.asyncIterator]()
          for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
            if (!(await begun.push(next.value))) break
          }
        } finally {
          await begun.end()
        }
        return begun.report
      }),
    preferences: async jid => (await router.account(jid))?.archive,
    purgeHistory: account => archive.purge(account),
    files: account => files.list(account),
    removeFiles: (account, blobs) => files.remove(account, blobs),
    sizes: each => ownSizes({ db, documents, files }, each),
    devices: jid =>
      (router.online(jid)?.sessions ?? []).map(({ resource, link }) => ({ resource, waiting: link === undefined })),
    disconnect(jid, resource) {
      const all = [...(router.online(jid)?.sessions ?? [])].filter(
        session => resource === undefined || session.resource === resource,
      )
      for (const session of all) {
        const { link } = session
        router.end(session)
        link?.close(new StreamProblem('not-authorized', 'The owner of the account has disconnected this device.'))
      }
      return all.length
    },
    async movedTo(jid) {
      const asked = xml(
        'iq',
        { xmlns: 'jabber:client', type: 'get' },
        xml('pubsub', { xmlns: pubsub }, xml('items', { node: movedNode })),
      )
      const answer = await router.ask(asked, jid, jid)
      const items = answer.child('pubsub', pubsub)?.child('items')?.elements() ?? []
      return items[0]?.child('moved', movedNode)?.childText('new-jid') ?? undefined
    },
    async sayMoved(jid, to) {
      const moved = to === undefined ? undefined : parseBareJid(to)
      const inside =
        moved === undefined
          ? xml('retract', { node: movedNode, notify: 'true' }, xml('item', { id: 'current' }))
          : xml(
              'publish',
              { node: movedNode },
              xml('item', { id: 'current' }, xml('moved', { xmlns: movedNode }, xml('new-jid', null, moved))),
            )
      const set = xml('iq', { xmlns: 'jabber:client', type: 'set' }, xml('pubsub', { xmlns: pubsub }, inside))
      return (await router.ask(set, jid, jid)).attr('type') === 'result'
    },
    announce: (domain, text) => announce(router, domain, text),
    health: () => health.report(),
    lastAudit,
  }
}
