/**
 * XEP-0160: messages wait for their reader. Every message worth keeping is on disk before its sender is told that we
 * have it, and leaves the disk once a device has it; whoever is offline simply has not got theirs yet.
 */
import type { Entry, Spool } from '../../accounts/spool.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, xep } from '../../routing/feature.ts'
import { Parcel, type Receipt } from '../../routing/parcel.ts'
import type { Session } from '../../routing/session.ts'
import { StorageError } from '../../storage/database.ts'

/** Messages read from the store at once while somebody catches up. */
const page = 100

export interface OfflineParts {
  readonly spool: Spool
  readonly domain: string
  /** Milliseconds since 1970. */
  now(): number
  /** Something went wrong that concerns nobody but the operator. */
  failed(bug: unknown): void
}

export const offline = ({ spool, domain, now, failed }: OfflineParts): Feature => {
  const receipt = (account: LocalAccount, entry: Entry): Receipt => ({
    delivered() {
      account.underway.delete(entry.seq)
      if (!account.gone) spool.remove(entry)
    },
    returned() {
      account.underway.delete(entry.seq)
      // It stays where it is; another device that is there now gets it without waiting for its next login.
      const other = account.sessions.find(session => session.available && session.priority >= 0 && session.link)
      if (other !== undefined) catchUp(other)
    },
  })

  const catchUp = (session: Session): void => {
    if (session.later !== undefined) return
    session.later = []
    deliverStored(session)
      .catch(failed)
      .finally(() => letLaterGo(session))
  }

  const deliverStored = async (session: Session): Promise<void> => {
    const { account } = session
    for (let after = 0; ; ) {
      const stored = await spool.list(account.id, after, page)
      for (const message of stored) {
        after = message.seq
        if (session.ended || account.gone) return
        if (account.underway.has(after)) continue
        account.underway.add(after)
        session.send(new Parcel(parseElement(message.stanza), receipt(account, message), message.stanza))
        if (session.crowded && !(await session.caughtUp())) return
      }
      if (stored.length < page || !(await session.caughtUp())) return
    }
  }

  return {
    name: 'offline',
    implements: [xep(160, '1.0.1', 'complete'), xep(203, '2.0', 'complete'), xep(334, '1.0.0', 'complete')],
    advertises: { server: ['msgoffline'] },
    message: {
      record(passing) {
        const { account, id } = passing
        if (passing.side === 'sending' || id === undefined) return
        const text = write(passing.message)
        const entry = keep(spool, account, id.seq, delayed(text, stampOf(now()), domain))
        account.underway.add(entry.seq)
        passing.text = text
        passing.kept = true
        passing.receipt = receipt(account, entry)
      },
    },
    sessions: {
      // RFC 6121 §8.5.2.1.1: a device that wants messages gets those that waited.
      available: catchUp,
      resumed(session) {
        if (session.available && session.priority >= 0) catchUp(session)
      },
    },
  }
}

function keep(spool: Spool, account: LocalAccount, seq: number, text: string): Entry {
  const entry = unlessFull(() => spool.append(account.id, seq, text, nothing))
  if (entry === 'full') throw problem('resource-constraint', 'Too many messages are waiting. Please try again later.')
  return entry
}

/** The store as a whole can be full for a moment, too. */
function unlessFull<T>(append: () => T): T | 'full' {
  try {
    return append()
  } catch (error) {
    if (error instanceof StorageError && error.code === 'full') return 'full'
    throw error
  }
}

/** The road of the message waits for the commit itself. */
const nothing = (): void => undefined

/** What arrived in the meantime goes after what was there before. */
function letLaterGo(session: Session): void {
  const held = session.later ?? []
  session.later = undefined
  for (const parcel of held) session.send(parcel)
}

const closing = '</message>'

/** XEP-0203: the stored form tells when we got it, unless it says already when it was sent. */
function delayed(text: string, stamp: string, domain: string): string {
  const delay = `<delay xmlns='${NS.delay}' from='${domain}' stamp='${stamp}'/>`
  return text.slice(0, -closing.length) + delay + closing
}

let stampSecond = 0
let stampText = ''

/** XEP-0082, to the second: that is enough to read a conversation by. */
function stampOf(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== stampSecond) {
    stampSecond = second
    stampText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
  }
  return stampText
}
