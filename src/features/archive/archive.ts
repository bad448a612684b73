/** XEP-0313: Message Archive Management. What an account sent and got, to be read by its own devices. */
import { preferencesBytes, preferencesElement } from '../../accounts/archive-preferences-store.ts'
import type { MessageIds } from '../../accounts/message-ids.ts'
import type { Kept, Archive as Store } from '../../archive/archive.ts'
import { mam, noSuchMessage, queryForm, readQuery } from '../../archive/query.ts'
import { rsm } from '../../archive/result-set.ts'
import { finished, metadata as metadataOf, resultText } from '../../archive/results.ts'
import { bareOf } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, iqGet, iqSet, type Passing, type Question, xep } from '../../routing/feature.ts'
import { Parcel } from '../../routing/parcel.ts'
import { StorageError } from '../../storage/database.ts'
import { readPreferences } from './preferences.ts'
import { Retractions, retraction } from './retractions.ts'

export interface ArchiveParts {
  readonly archive: Store
  readonly ids: MessageIds
  /** Bytes of the preferences of one account. */
  readonly largestPreferences: number
  /** Milliseconds since 1970. */
  now(): number
  /** Something went wrong that concerns nobody but the operator. */
  failed(bug: unknown): void
}

export const archive = (parts: ArchiveParts): Feature => {
  const { archive: store, ids } = parts
  const retractions = new Retractions(parts)

  async function query({ session, account, payload }: Question): Promise<Element | undefined> {
    if (session === undefined || account === undefined) throw problem('forbidden')
    const { queryId, flipped, whole, history } = readQuery(payload, ids)
    // What was sent before has left: nobody makes us hold more than a page for them.
    if (!(await session.drained())) return undefined
    const page = await store.history.page(account.id, history)
    if (page === 'not found') throw noSuchMessage()
    const { entries, complete } = page
    const waiting = await store.waitingAmong(account.id, entries)
    const names = ids.idsOf(entries.map(entry => entry.seq))
    const order = [...entries.keys()]
    for (const i of flipped ? order.reverse() : order) {
      if (session.ended) return undefined
      const entry = entries[i]!
      const kept = waiting.get(entry.place)
      const text = resultText({ archive: account.jid, by: session.jid, queryId }, names[i]!, entry)
      session.send(Parcel.ofText(text, kept && arrival(account, kept)))
    }
    // XEP-0059#count: how many there are is known only where all of them are here.
    const count = complete && whole ? entries.length : undefined
    return finished(names, complete, count)
  }

  /** XEP-0313#business-storeret-user-archives: what a device was given from the archive need not wait for it any longer. */
  function arrival(account: LocalAccount, kept: Kept) {
    if (account.underway.has(kept.place)) return undefined
    account.underway.add(kept.place)
    return {
      delivered() {
        account.underway.delete(kept.place)
        if (!account.gone) store.delivered(kept)
      },
      returned: () => void account.underway.delete(kept.place),
    }
  }

  async function metadata(account: LocalAccount): Promise<Element> {
    return metadataOf(await store.history.edges(account.id), seq => ids.idOf(seq))
  }

  return {
    name: 'archive',
    implements: [
      xep(313, '1.1.3', 'complete'),
      xep(441, '0.2.0', 'complete'),
      xep(59, '1.0', 'complete', 'in archives; a page by its index is not offered'),
      xep(424, '0.4.2', 'complete'),
    ],
    advertises: {
      server: ['urn:xmpp:message-retract:1'],
      account: [
        mam,
        `${mam}#extended`,
        `${mam}#groupchat-field`,
        rsm,
        'urn:xmpp:message-retract:1',
        'urn:xmpp:message-retract:1#tombstone',
      ],
    },
    answers: [
      iqSet(`{${mam}}query`, ['self'], query),
      iqGet(`{${mam}}query`, ['self'], () => queryForm()),
      iqGet(`{${mam}}metadata`, ['self'], ({ account }) => account && metadata(account)),
      iqGet(`{${mam}}prefs`, ['self'], ({ account }) => account && preferencesElement(account.archive.now)),
      iqSet(`{${mam}}prefs`, ['self'], async ({ account, payload }) => {
        if (account === undefined) return undefined
        const preferences = readPreferences(payload)
        if (preferencesBytes(preferences) > parts.largestPreferences) {
          throw problem('policy-violation', 'The lists are too long.')
        }
        await account.archive.set(preferences)
        return preferencesElement(account.archive.now)
      }),
      // XEP-0313#security-privacy; the same whether or not there is such an account.
      iqSet(`{${mam}}query`, ['account', 'nobody'], forbidden),
      iqGet(`{${mam}}query`, ['account', 'nobody'], forbidden),
      iqGet(`{${mam}}metadata`, ['account', 'nobody'], forbidden),
      iqGet(`{${mam}}prefs`, ['account', 'nobody'], forbidden),
      iqSet(`{${mam}}prefs`, ['account', 'nobody'], forbidden),
    ],
    message: {
      record: passing => keep(store, passing),
      notify(passing) {
        const retracted = retraction(passing.message)
        if (retracted !== undefined && passing.archived) retractions.add(passing, retracted)
      },
    },
    // Nobody is kept from signing in because of this.
    tellsBinding: account =>
      metadata(account).catch((bug: unknown) => {
        parts.failed(bug)
        return undefined
      }),
    leaving: account => store.forget(account.id),
  }
}

function forbidden(): never {
  throw problem('forbidden', 'An archive is for its owner.')
}

function keep(store: Store, passing: Passing): void {
  const { account, id, side, waits, archived } = passing
  if (id === undefined || (!waits && !archived)) return
  const sent = side === 'sending'
  const peer = sent ? passing.to : passing.from
  passing.text ??= write(passing.message)
  const kept = unlessFull(() =>
    store.append({
      owner: account,
      seq: id.seq,
      peer,
      contact: bareOf(peer),
      text: passing.text!,
      sent,
      waiting: waits,
      archived,
    }),
  )
  if (kept === 'full') throw problem('resource-constraint', 'Too many messages are waiting. Please try again later.')
  if (kept === 'gone') throw problem('service-unavailable')
  passing.entry = kept
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
