import { collection } from '../privacy/catalogue.ts'
import { isFull, parseJid } from '../protocol/jid.ts'
import type { Document, Documents } from './documents.ts'
import type { LoadedRoster, RosterItem, RosterStore } from './roster.ts'
import { exportedRoster } from './roster-element.ts'

export const rosterCollection = collection('roster', {
  why: 'the contacts of the account, with who may see whose presence; requests of others until they are answered',
  keep: 'until the owner removes the contact or answers the request',
  reader: 'owner',
  exported: stored => exportedRoster(loaded(stored).items),
})

/** The document with the version; no contact has an empty address. */
const versionKey = ''

type Kept = Omit<RosterItem, 'jid' | 'groups'> & { readonly groups?: readonly string[] }

const noGroups: readonly string[] = Object.freeze([])

function loaded(stored: readonly Document[]): LoadedRoster {
  const items: RosterItem[] = []
  let version = ''
  for (const { key, value } of stored) {
    const jid = key === versionKey ? undefined : parseJid(key)
    if (key === versionKey) version = value
    else if (jid !== undefined && !isFull(jid)) items.push({ groups: noGroups, ...(JSON.parse(value) as Kept), jid })
  }
  return { items, version }
}

/** Rosters as documents: one for each contact, so that changing one writes one. */
export function rosterStore(documents: Documents): RosterStore {
  return {
    load: async account => loaded(await documents.list(account, rosterCollection)),

    put(account, { jid, groups, ...rest }, version) {
      const kept: Kept = groups.length === 0 ? rest : { ...rest, groups }
      return documents.change(account, [
        { collection: rosterCollection, key: jid, value: JSON.stringify(kept) },
        { collection: rosterCollection, key: versionKey, value: version },
      ])
    },

    remove(account, jid, version) {
      return documents.change(account, [
        { collection: rosterCollection, key: jid, value: undefined },
        { collection: rosterCollection, key: versionKey, value: version },
      ])
    },
  }
}
