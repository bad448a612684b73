import type { Element } from '../../protocol/xml/element.ts'
import type { StreamOpening } from '../transport.ts'
import { whole } from './body.ts'

/** Seconds that are told to clients (XEP-0124#session-create). */
const longestWait = 60
export const inactivity = 60
export const longestPause = 120
export const polling = 5

/** What client and server agree on for a session. */
export class Terms {
  /** How long a request may be kept waiting, in seconds. */
  readonly wait: number
  /** How many requests are kept waiting at one time; none where the client polls. */
  readonly hold: number

  constructor(wanted: Element) {
    this.wait = Math.min(whole(wanted, 'wait', 1e9) ?? longestWait, longestWait)
    this.hold = this.wait === 0 ? 0 : Math.min(whole(wanted, 'hold', 1e9) ?? 1, 1)
  }

  /** XEP-0124#session-create and XEP-0206#create */
  told({ from, id }: StreamOpening) {
    return {
      wait: this.wait,
      hold: this.hold,
      requests: this.hold + 1,
      inactivity,
      maxpause: longestPause,
      polling,
      ver: '1.11',
      from,
      authid: id,
      secure: 'true',
      'xmpp:version': '1.0',
      'xmpp:restartlogic': 'true',
    }
  }
}
