/** Who may upload how much, and when again: values in, a verdict out. */

import { type Day, daysBefore } from '../../privacy/day.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { xml } from '../../protocol/xml/element.ts'
import { inKib, type Usage } from './stored-files.ts'

export const uploadNs = 'urn:xmpp:http:upload:0'

export interface FileLimits {
  /** Of one file. */
  readonly maxBytes: number
  /** Of what one account uploads in a day. */
  readonly dailyBytes: number
  /** Of all that one account has here. */
  readonly accountBytes: number
}

/** Files of one account: each costs a row and an entry in a directory, however small it is. */
export const maxFiles = 10_000

/** What was promised to slots that are open. */
export interface Claims {
  readonly slots: number
  readonly kib: number
}

export interface Application {
  /** Bytes. */
  readonly size: number
  readonly limits: FileLimits
  readonly usage: Usage
  readonly claims: Claims
  readonly today: Day
  /** Days that a file lives. */
  readonly retentionDays: number
}

/** The largest file that anybody could upload. */
export function largestFile({ maxBytes, dailyBytes, accountBytes }: FileLimits): number {
  return Math.min(maxBytes, dailyBytes, accountBytes)
}

/** Why a file may not be uploaded now (XEP-0363#errors); undefined if it may. */
export function refusal(application: Application): Problem | undefined {
  const { size, limits, usage, claims, today, retentionDays } = application
  const largest = largestFile(limits)
  if (size > largest) return tooLarge(largest)
  const kib = inKib(size)
  if (usage.kibToday + claims.kib + kib > inKib(limits.dailyBytes)) {
    const tell = `You can upload ${inWords(limits.dailyBytes)} a day, and today’s share is used up. Tomorrow (UTC) there is more.`
    return later(tell, `${daysBefore(today, -1)}T00:00:00Z`)
  }
  const fullOf =
    usage.kib + claims.kib + kib > inKib(limits.accountBytes)
      ? inWords(limits.accountBytes)
      : usage.files + claims.slots >= maxFiles
        ? `${maxFiles} files`
        : undefined
  if (fullOf === undefined) return undefined
  const tell = `Your files may take up ${fullOf} here. Delete some that are no longer needed, or wait until the oldest go by themselves.`
  return later(tell, usage.oldest && `${daysBefore(usage.oldest, -retentionDays)}T00:00:00Z`)
}

/** XEP-0363#errors: resource-constraint, with the time at which trying again makes sense, where that is known. */
export function later(tell: string, stamp: string | undefined): Problem {
  const retry = stamp === undefined ? {} : { extra: xml('retry', { xmlns: uploadNs, stamp }) }
  return problem('resource-constraint', tell, retry)
}

function tooLarge(largest: number): Problem {
  return problem('not-acceptable', `The file is too large. One file can have up to ${inWords(largest)}.`, {
    extra: xml('file-too-large', { xmlns: uploadNs }, xml('max-file-size', null, String(largest))),
  })
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** 104857600 → `100 MiB` */
export function inWords(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const amount = bytes / 1024 ** power
  return `${Number(amount.toFixed(amount < 10 && power > 0 ? 1 : 0))} ${units[power]}`
}
