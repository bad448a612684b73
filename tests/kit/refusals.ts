import assert from 'node:assert/strict'
import type { Tree } from './tree.ts'

/** The answer is an error with that condition and, if given, that application-specific one. */
export function refused(answer: Tree, condition: string, specific?: string): void {
  assert.equal(answer.attr('type'), 'error', String(answer))
  const children = answer.need('error').elements()
  assert.equal(children[0]?.name, condition, String(answer))
  const named = children.filter(child => child.ns !== 'urn:ietf:params:xml:ns:xmpp-stanzas').map(child => child.name)
  if (specific !== undefined) assert.deepEqual(named, [specific], String(answer))
}

/** The answer is a result. */
export function granted(answer: Tree): Tree {
  assert.equal(answer.attr('type'), 'result', String(answer))
  return answer
}
