import type { Habit, Preferences } from '../../accounts/archive-preferences.ts'
import { type Jid, parseJid } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'

const habits: readonly string[] = ['always', 'roster', 'never'] satisfies readonly Habit[]

/** What `<prefs/>` says (XEP-0441#config). @throws Problem where it does not say it as it should */
export function readPreferences(prefs: Element): Preferences {
  const habit = prefs.attr('default') ?? ''
  if (!habits.includes(habit)) throw problem('bad-request', 'The default is “always”, “roster” or “never”.')
  return { habit: habit as Habit, always: jidsIn(prefs, 'always'), never: jidsIn(prefs, 'never') }
}

/** A list that is missing is an empty one. */
function jidsIn(prefs: Element, name: 'always' | 'never'): Jid[] {
  const jids = new Set<Jid>()
  for (const child of prefs.child(name)?.elements() ?? []) {
    if (!child.is('jid', prefs.ns)) continue
    const jid = parseJid(child.text().trim())
    if (jid === undefined) throw problem('jid-malformed', 'One of the addresses is none.')
    jids.add(ownCopy(jid))
  }
  return [...jids]
}
