import { bareOf, type Jid } from '../protocol/jid.ts'
import { isVisible, type Roster } from './roster.ts'

/** What happens to messages with those who are on neither list (XEP-0441#config-default). */
export type Habit = 'always' | 'roster' | 'never'

/** XEP-0441: whose messages an account wants in its history. */
export interface Preferences {
  readonly habit: Habit
  readonly always: readonly Jid[]
  readonly never: readonly Jid[]
}

/** Keeps preferences; what resolves is on disk. */
export interface PreferencesStore {
  /** Undefined for an account that never said anything. */
  load(account: number): Promise<Preferences | undefined>
  save(account: number, preferences: Preferences): Promise<void>
}

/** What holds for those who never said anything: most people, who share it. */
const unsaid: Readonly<Record<Habit, Preferences>> = {
  always: { habit: 'always', always: [], never: [] },
  roster: { habit: 'roster', always: [], never: [] },
  never: { habit: 'never', always: [], never: [] },
}
const nobody: ReadonlySet<string> = new Set()
const setOf = (jids: readonly Jid[]): ReadonlySet<string> => (jids.length === 0 ? nobody : new Set(jids))

/** The preferences of one account, in memory while the account is. */
export class ArchivePreferences {
  readonly #account: number
  readonly #store: PreferencesStore
  readonly #roster: Roster
  #now: Preferences
  #always: ReadonlySet<string>
  #never: ReadonlySet<string>

  /** @param usual what holds for accounts that never said anything */
  constructor(account: number, store: PreferencesStore, roster: Roster, usual: Habit, loaded: Preferences | undefined) {
    this.#account = account
    this.#store = store
    this.#roster = roster
    this.#now = loaded ?? unsaid[usual]
    this.#always = setOf(this.#now.always)
    this.#never = setOf(this.#now.never)
  }

  get now(): Preferences {
    return this.#now
  }

  /** In force at once; resolves when it is on disk, and is undone where it cannot get there. */
  async set(preferences: Preferences): Promise<void> {
    const before = this.#now
    this.#use(preferences)
    try {
      await this.#store.save(this.#account, preferences)
    } catch (thrown) {
      if (this.#now === preferences) this.#use(before)
      throw thrown
    }
  }

  /** Do messages to and from that address go into the history? Who is on both lists is taken for one who must not. */
  wants(jid: Jid): boolean {
    const { habit } = this.#now
    if (this.#never.size > 0 && lists(this.#never, jid)) return false
    if (habit === 'always' || (this.#always.size > 0 && lists(this.#always, jid))) return true
    if (habit === 'never') return false
    const item = this.#roster.get(bareOf(jid))
    return item !== undefined && isVisible(item)
  }

  #use(preferences: Preferences): void {
    this.#now = preferences
    this.#always = setOf(preferences.always)
    this.#never = setOf(preferences.never)
  }
}

/** XEP-0441#match-rules: an address without a resource stands for all devices. */
function lists(list: ReadonlySet<string>, jid: Jid): boolean {
  return list.has(jid) || list.has(bareOf(jid))
}
