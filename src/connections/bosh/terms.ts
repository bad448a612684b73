import type { Element } from '../../protocol/xml/element.ts'
import type { StreamOpening } from '../transport.ts'
import { whole } from './body.ts'

/** Seconds that are told to clients (XEP-0124#session-create). */
const longestWait = 60
export const inactivity = 60
export const longestPause = 120
export const polling = 5

/** XEP-0124 itself, as major and minor number. */
const spoken = [1, 11] as const
const usualContent = 'text/xml; charset=utf-8'
/** Types that no browser shows as a page of this site: what others write stands in the answers. */
const harmlessContent = /^(?:text\/xml|application\/xml|text\/plain)(?:; ?charset=utf-8)?$/i

/** What client and server agree on for a session. */
export class Terms {
  /** How long a request may be kept waiting, in seconds. */
  readonly wait: number
  /** How many requests are kept waiting at one time; none where the client polls. */
  readonly hold: number
  /** The Content-Type of all answers (XEP-0124#session-request). */
  readonly content: string
  readonly #version: string

  constructor(wanted: Element) {
    this.wait = Math.min(whole(wanted, 'wait', 1e9) ?? longestWait, longestWait)
    this.hold = this.wait === 0 ? 0 : Math.min(whole(wanted, 'hold', 1e9) ?? 1, 1)
    const content = wanted.attr('content') ?? ''
    this.content = harmlessContent.test(content) ? content : usualContent
    this.#version = lowerVersion(wanted.attr('ver') ?? '')
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
      ver: this.#version,
      from,
      authid: id,
      secure: 'true',
      'xmpp:version': '1.0',
      'xmpp:restartlogic': 'true',
    }
  }
}

/** XEP-0124#session-response: ours or theirs, whichever is lower. */
function lowerVersion(theirs: string): string {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(theirs) ?? []
  const [ours, oursMinor] = spoken
  const isLower = Number(major) < ours || (Number(major) === ours && Number(minor) < oursMinor)
  return isLower ? `${Number(major)}.${Number(minor)}` : spoken.join('.')
}
