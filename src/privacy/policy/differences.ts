/** What is different between two texts, sentence by sentence. */

import type { Block } from './blocks.ts'

export interface Difference {
  readonly is: 'gone' | 'new'
  readonly text: string
}

/** What was in the earlier one and is not in the later, and the other way round, in the order of both. */
export function differences(earlier: readonly Block[], later: readonly Block[]): readonly Difference[] {
  const before = earlier.flatMap(lines)
  const after = later.flatMap(lines)
  const shared = longestShared(before, after)
  const found: Difference[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i++
      j++
    } else if (j >= after.length || (i < before.length && shared[i + 1]![j]! >= shared[i]![j + 1]!)) {
      found.push({ is: 'gone', text: before[i]! })
      i++
    } else {
      found.push({ is: 'new', text: after[j]! })
      j++
    }
  }
  return found
}

function lines(block: Block): readonly string[] {
  if ('heading' in block) return [block.heading]
  if ('text' in block) return [block.text]
  if ('list' in block) return block.list.map(({ text }) => text)
  if ('named' in block) return block.named.map(([name, text]) => `${name}: ${text}`)
  return block.links.map(([name, uris]) => `${name}: ${uris.join(', ')}`)
}

/** For each pair of places, how many lines the rests can share. */
function longestShared(before: readonly string[], after: readonly string[]): readonly Uint16Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i]![j] = before[i] === after[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
    }
  }
  return table
}
