/**
 * Node hands private keys of X25519 to OpenSSL in objects of their own, and OpenSSL clears its copies when these objects are
 * collected as garbage. A process that has little to do collects none for hours, so it is asked to, a moment after one was
 * used.
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { readonly type: 'minor' }) => void

/** Many keys used together are collected together. */
const soonMs = 1000

let timer: NodeJS.Timeout | undefined
let collect: Collect | undefined | 'unknown' = 'unknown'

/** OpenSSL's copies of keys that were in use are to be gone soon. */
export function forgetSoon(): void {
  if (timer !== undefined) return
  timer = setTimeout(() => {
    timer = undefined
    if (collect === 'unknown') collect = collector()
    // Such objects are as young as can be: looking through the youngest memory is enough, and takes a millisecond or two.
    collect?.({ type: 'minor' })
  }, soonMs).unref()
}

/** Undefined where the runtime has nothing of the kind; it then collects at times of its own. */
function collector(): Collect | undefined {
  try {
    setFlagsFromString('--expose-gc')
    return runInNewContext('gc') as Collect | undefined
  } catch {
    return undefined
  }
}
