import { collection } from '../privacy/catalogue.ts'
import { parseJid } from '../protocol/jid.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import type { Habit, Preferences, PreferencesStore } from './archive-preferences.ts'
import type { Documents } from './documents.ts'

export const archivePreferencesCollection = collection('archive-preferences', {
  why: 'with whom the account wants to have its messages kept in its history, and with whom not',
  keep: 'until the owner changes them',
  reader: 'owner',
  exported: documents => documents.flatMap(({ value }) => preferencesElement(read(value))),
})

/** The only document of the collection. */
const key = ''

/** `<prefs/>` (XEP-0441#config). */
export function preferencesElement({ habit, always, never }: Preferences): Element {
  const jids = (list: readonly string[]) => list.map(jid => xml('jid', null, jid))
  return xml(
    'prefs',
    { xmlns: 'urn:xmpp:mam:2', default: habit },
    xml('always', null, jids(always)),
    xml('never', null, jids(never)),
  )
}

/** How many bytes the preferences take where they are kept. */
export function preferencesBytes(preferences: Preferences): number {
  return Buffer.byteLength(JSON.stringify(preferences))
}

/** Preferences as a document. */
export function preferencesStore(documents: Documents): PreferencesStore {
  return {
    async load(account) {
      const stored = await documents.get(account, archivePreferencesCollection, key)
      return stored === undefined ? undefined : read(stored)
    },
    save: (account, preferences) =>
      documents.put(account, archivePreferencesCollection, key, JSON.stringify(preferences)),
  }
}

function read(text: string): Preferences {
  const { habit, always, never } = JSON.parse(text) as { habit: Habit; always: string[]; never: string[] }
  const jids = (list: readonly string[]) => list.flatMap(jid => parseJid(jid) ?? [])
  return { habit, always: jids(always), never: jids(never) }
}
