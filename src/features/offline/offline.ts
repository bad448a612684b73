/**
 * XEP-0160: messages wait for their reader. Every message worth keeping is on disk before its sender is told that we
 * have it, and waits no longer once a device has it; whoever is offline simply has not got theirs yet.
 */
import type { Archive, Kept } from '../../archive/archive.ts'
import { domainOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { dateTime } from '../../protocol/stanza.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, xep } from '../../routing/feature.ts'
import { Parcel, type Receipt } from '../../routing/parcel.ts'
import type { Session } from '../../routing/session.ts'

/** Messages read from the store at once while somebody catches up. */
const page = 100

export interface OfflineParts {
  readonly archive: Pick<Archive, 'waiting' | 'delivered'>
  /** Something went wrong that concerns nobody but the operator. */
  failed(bug: unknown): void
}

export const offline = ({ archive, failed }: OfflineParts): Feature => {
  const receipt = (account: LocalAccount, entry: Kept): Receipt => ({
    delivered() {
      account.underway.delete(entry.place)
      if (!account.gone) archive.delivered(entry)
    },
    returned() {
      account.underway.delete(entry.place)
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
    const domain = domainOf(account.jid)
    for (let after = 0; ; ) {
      const { found, next } = await archive.waiting(account.id, after, page)
      for (const entry of found) {
        if (session.ended || account.gone) return
        if (account.underway.has(entry.place)) continue
        account.underway.add(entry.place)
        session.send(Parcel.ofText(delayed(entry.text, entry.time, domain), receipt(account, entry)))
        if (session.crowded && !(await session.caughtUp())) return
      }
      if (next === undefined || !(await session.caughtUp())) return
      after = next
    }
  }

  return {
    name: 'offline',
    implements: [xep(160, '1.0.1', 'complete'), xep(203, '2.0', 'complete'), xep(334, '1.0.0', 'complete')],
    advertises: { server: ['msgoffline'] },
    message: {
      record(passing) {
        const { account, entry, waits } = passing
        if (!waits || entry === undefined) return
        account.underway.add(entry.place)
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

/** What arrived in the meantime goes after what was there before. */
function letLaterGo(session: Session): void {
  const held = session.later ?? []
  session.later = undefined
  for (const parcel of held) session.send(parcel)
}

const closing = '</message>'

/** XEP-0203: when we got it, unless it says already when it was sent. */
function delayed(text: string, time: number, domain: string): string {
  const delay = `<delay xmlns='${NS.delay}' from='${domain}' stamp='${dateTime(time)}'/>`
  return text.slice(0, -closing.length) + delay + closing
}
