/** What people bring along from elsewhere, put together from the house and the running service. */

import { OwnRetention } from './accounts/own-retention.ts'
import type { Archive } from './archive/archive.ts'
import { Importing, type ImportOptions } from './features/portability/importing.ts'
import type { House } from './house.ts'
import type { Limiter } from './operations/limits.ts'
import type { Log } from './operations/log.ts'
import type { Feature } from './routing/feature.ts'
import { OnBehalf } from './routing/on-behalf.ts'
import type { Router } from './routing/router.ts'

export interface OwnImportParts {
  readonly house: House
  readonly router: Router
  readonly features: readonly Feature[]
  readonly archive: Archive
  readonly limiter: Limiter
  readonly log: Log
  idOf(seq: number): string
}

export function ownImport({ house, router, features, archive, limiter, log, idOf }: OwnImportParts): Importing {
  const { db, settings, today } = house
  const { days } = settings.retention
  const retention = new OwnRetention({ db, days, stores: [] })
  return new Importing({
    onBehalf: new OnBehalf(features, log),
    archive,
    idOf,
    account: jid => router.account(jid),
    daysOf: async ({ id }) => (await retention.of(id)) ?? days,
    mayAsk: ({ jid }) => limiter.allow('subscriptions', jid),
    maxContacts: settings.limits.rosterItems,
    maxWaiting: settings.limits.offlineMessages,
    largestMessage: settings.limits.stanzaBytes,
    today,
    now: () => performance.now(),
  })
}

/** Bounds of a file that is sent in on a page. */
export const onPages: Pick<ImportOptions, 'mostBytes' | 'mostMs'> = { mostBytes: 256 * 1024 * 1024, mostMs: 900_000 }
