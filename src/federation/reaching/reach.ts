import { type Call, type CallFailure, CallingStream } from '../calling.ts'
import type { StreamParts } from '../parts.ts'
import { Dialer } from './dialer.ts'
import type { Found, PeerResolver } from './resolver.ts'

/** Why there is no stream. */
export type Failure = CallFailure | 'no such server' | 'no answer' | 'unreachable'

/** After these another address of the same server would say the same. */
const final: ReadonlySet<Failure> = new Set(['refused', 'not there'])

export interface ReachParts {
  readonly streams: StreamParts
  readonly resolver: PeerResolver
}

export type Wanted = Pick<Call, 'our' | 'their' | 'left'> & Partial<Pick<Call, 'question' | 'answered'>>

/**
 * Finds the servers of a domain and calls one after the other until one lets us in, or answers the question.
 * @returns the stream, `answered`, or why there is none; of several reasons the last. Never rejects.
 */
export async function reach(
  { streams, resolver }: ReachParts,
  wanted: Wanted,
): Promise<CallingStream | 'answered' | Failure> {
  let current: CallingStream | undefined
  let dialer: Dialer | undefined
  let late = false
  let noAnswer: (found: Found) => void = () => undefined
  const timer = setTimeout(() => {
    late = true
    noAnswer('no answer')
    dialer?.close()
    current?.giveUp()
  }, streams.settings.federation.connectSeconds * 1000)
  timer.unref()
  try {
    const found = await new Promise<Found>(resolve => {
      noAnswer = resolve
      void resolver.find(wanted.their).then(resolve)
    })
    if (typeof found === 'string') return found
    dialer = new Dialer(resolver, found)
    let failure: Failure = 'unreachable'
    while (!late) {
      const reached = await dialer.next()
      if (reached === undefined) break
      const outcome = await new Promise<CallingStream | 'answered' | CallFailure>(resolve => {
        const { question, answered } = wanted
        current = new CallingStream(streams, reached.socket, {
          our: wanted.our,
          their: wanted.their,
          endpoint: reached.endpoint,
          ...(question === undefined ? {} : { question }),
          ready: resolve,
          failed: resolve,
          answered: valid => {
            answered?.(valid)
            resolve('answered')
          },
          left: (stream, how) => wanted.left(stream, how),
        })
      })
      current = undefined
      if (outcome instanceof CallingStream || outcome === 'answered') return outcome
      failure = outcome
      if (final.has(failure)) break
    }
    return late ? 'silent' : failure
  } finally {
    clearTimeout(timer)
    dialer?.close()
  }
}
