/** The sets of lists, which stay the same as long as the settings do. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** An entry stands for the domain and everything below it: rooms and whatever else it has. */
export function covers(list: readonly string[], domain: string): boolean {
  if (list.length === 0) return false
  let set = sets.get(list)
  if (set === undefined) {
    set = new Set(list)
    sets.set(list, set)
  }
  for (let name = domain; ; name = name.slice(name.indexOf('.') + 1)) {
    if (set.has(name)) return true
    if (!name.includes('.')) return false
  }
}
