import type { Log } from '../operations/log.ts'
import { parseJid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Feature } from './feature.ts'

type Found = LocalAccount | undefined

/** Tells those who wake devices of something that was said where some of an account's are not. Never throws. */
export function tellMissed(
  found: Found | Promise<Found>,
  message: Element,
  features: readonly Feature[],
  log: Log,
): void {
  const bug = (thrown: unknown): void => log.bug('devices that missed something could not be woken', thrown)
  const tell = (account: Found): void => {
    if (account === undefined || account.gone || account.suspended) return
    const from = parseJid(message.attr('from') ?? '')
    if (from !== undefined && account.blocklist.blocks(from)) return
    for (const { missed } of features) {
      try {
        missed?.(account, message)
      } catch (thrown) {
        bug(thrown)
      }
    }
  }
  if (found instanceof Promise) found.then(tell).catch(bug)
  else tell(found)
}
