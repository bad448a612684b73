/**
 * XEP-0363: HTTP File Upload. Files are sealed with a secret that is in their link and nowhere else, so the disk cannot
 * open them; the database knows whose they are, how large and from which day, which is what their end needs.
 */

import type { Log } from '../../operations/log.ts'
import { type Feature, xep } from '../../routing/feature.ts'
import { myFiles } from './my-files.ts'
import { filePages } from './pages.ts'
import type { FileLimits } from './quota.ts'
import { Slots } from './slots.ts'
import type { StoredFiles } from './stored-files.ts'
import { uploadService } from './uploads.ts'

export interface FilesParts {
  readonly domain: string
  readonly files: StoredFiles
  readonly limits: FileLimits
  /** How long a slot waits for its upload. */
  readonly slotSeconds: number
  /** Days that a file lives. */
  readonly retentionDays: number
  /** `https://example.org:5443`: where the people of a domain reach the pages. */
  origin(domain: string): string
  /** Whether there is an HTTPS port at all. */
  readonly offered: boolean
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Slots of one account that may be open at one time: an app that shares an album asks for all of it at once. */
const slotsPerAccount = 100
const slotsInAll = 20_000
const uploadsPerAccount = 10

/** Slower is taken for an attack. */
const patience = { idleMs: 20_000, bytesPerSecond: 2048 } as const

export const files = (parts: FilesParts): Feature => {
  const { now, files: stored, limits, retentionDays, log } = parts
  const slots = new Slots({
    seconds: parts.slotSeconds,
    perAccount: slotsPerAccount,
    inAll: slotsInAll,
    underwayPerAccount: uploadsPerAccount,
    now,
  })
  return {
    name: 'files',
    implements: [
      xep(
        363,
        '1.2.0',
        'complete',
        'purposes `message` and `ephemeral`: nothing here lives longer than the retention time',
      ),
    ],
    service: parts.offered ? uploadService({ ...parts, slots }) : undefined,
    pages: filePages({ files: stored, slots, patience, retentionDays, log, now }),
    commands: [myFiles({ files: stored, limits, retentionDays })],
  }
}
