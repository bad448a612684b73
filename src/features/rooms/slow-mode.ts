/** XEP-0500: MUC Slow Mode. Whoever has spoken waits for a while; admins and owners do not. */

import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { xep } from '../../routing/feature.ts'
import type { RoomExtension } from './extension.ts'
import type { RoomView } from './history.ts'
import { atLeast } from './rights.ts'

const field = 'muc#roomconfig_slow_mode_duration'
const info = 'muc#roominfo_slow_mode_duration'
/** An hour: beyond it a room is better moderated. */
const longest = 3_600

/** @param now milliseconds of a clock that never goes back */
export function slowMode(now: () => number): RoomExtension {
  /** When somebody last spoke. As long as the room is in memory, and somebody is in it. */
  const spoke = new WeakMap<RoomView, Map<string, number>>()
  return {
    implements: [xep(500, '0.1.1', 'complete')],
    settings: [
      {
        field: {
          name: field,
          type: 'text-single',
          label: 'Slow mode',
          explains: 'Seconds that everybody waits between two messages of theirs; 0 for none.',
          values: ['0'],
          range: { min: 0, max: longest },
        },
        refused: values =>
          values.length === 1 && /^\d{1,5}$/.test(values[0]!) && Number(values[0]) <= longest
            ? undefined
            : `The slow mode takes a number of seconds from 0 to ${longest}.`,
      },
    ],
    info: room => [{ name: info, type: 'text-single', label: 'Slow mode', values: [String(seconds(room))] }],
    screen(room, message, { person, affiliation }) {
      const wait = seconds(room)
      // XEP-0500#server-side-rate-limiting: texts only.
      if (wait === 0 || atLeast(affiliation, 'admin') || message.child('body', NS.client) === undefined)
        return undefined
      const times = spoke.get(room) ?? new Map<string, number>()
      spoke.set(room, times)
      const before = now() - wait * 1000
      for (const [other, time] of times) {
        if (time > before) break
        times.delete(other)
      }
      if (times.has(person)) {
        const tell = `This room is in slow mode: everybody waits ${wait} seconds between two messages.`
        return problem('policy-violation', tell, { type: 'wait' })
      }
      times.set(person, now())
      return undefined
    },
  }
}

function seconds({ configuration }: RoomView): number {
  return Math.min(Number(configuration.more[field]?.[0] ?? 0) || 0, longest)
}
