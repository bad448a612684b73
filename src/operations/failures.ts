/**
 * What nobody caught. A mistake in the handling of one connection must not end everybody else's, so the process stays;
 * it leaves only when its store can no longer keep what it acknowledges, and that is the store's to say.
 */

import type { Log } from './log.ts'
import { keepMemoryPrivate } from './memory.ts'

/**
 * Takes over everything uncaught, and keeps memory from being written out. Returns how to give it back. Called once, by the program, never by a library.
 */
export function catchEverything(log: Log): () => void {
  const uncaught = (thrown: unknown) => log.bug('an exception nobody caught', thrown)
  const unhandled = (thrown: unknown) => log.bug('a rejection nobody handled', thrown)
  const warned = (warning: Error) => log.warning('the runtime warns', undefined, warning)
  const printing = process.listeners('warning')
  // The runtime's own listener prints warnings with their text, which can quote what a peer sent.
  process.removeAllListeners('warning')
  process.on('uncaughtException', uncaught)
  process.on('unhandledRejection', unhandled)
  process.on('warning', warned)
  keepMemoryPrivate()
  return () => {
    process.off('uncaughtException', uncaught)
    process.off('unhandledRejection', unhandled)
    process.off('warning', warned)
    for (const listener of printing) process.on('warning', listener)
  }
}
