import { collection } from '../privacy/catalogue.ts'
import { isFull, parseJid } from '../protocol/jid.ts'
import type { Documents } from './documents.ts'
import type { RosterItem, RosterStore } from './roster.ts'

export const rosterCollection = collection('roster', {
  why: 'the contacts of the account, with who may see whose presence; requests of others until they are answered',
  keep: 'until the owner removes the contact or answers the request',
  reader: 'owner',
})

/** The document with the version; no contact has an empty address. */
const versionKey = ''

type Kept = Omit<RosterItem, 'jid' | 'groups'> & { readonly groups?: readonly string[] }

const noGroups: readonly string[] = Object.freeze([])

/** Rosters as documents: one for each contact, so that changing one writes one. */
export function rosterStore(documents: Documents): RosterStore {
  return {
    async load(account) {
      const items: RosterItem[] = []
      let version = ''
      for (const { key, value } of await documents.list(account, rosterCollection)) {
        const jid = key === versionKey ? undefined : parseJid(key)
        if (key === versionKey) version = value
        else if (jid !== undefined && !isFull(jid))
          items.push({ groups: noGroups, ...(JSON.parse(value) as Kept), jid })
      }
      return { items, version }
    },

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
