/** What the running service offers to `sotto account import`: a file comes in pieces, small enough for the control socket. */

import type { Import, Importing } from '../features/portability/importing.ts'
import { type Handler, Refused } from '../operations/control.ts'
import { parseBareJid } from '../protocol/jid.ts'
import { jidIn, unknown } from './account-handlers.ts'

const mostBytes = 8 * 1024 ** 3
const mostMs = 6 * 3_600_000
/** Whoever does not go on for so long has gone. */
const patienceMs = 120_000

interface Underway {
  readonly import: Import
  readonly late: NodeJS.Timeout
}

export function importHandlers(importing: Importing): Readonly<Record<string, Handler>> {
  const underway = new Map<number, Underway>()
  let last = 0

  function found({ id }: Readonly<Record<string, unknown>>): Underway {
    const one = underway.get(Number(id))
    if (one === undefined) throw new Refused('The service does not wait for this file any more. Please begin again.')
    one.late.refresh()
    return one
  }

  function end(id: number, { import: one, late }: Underway) {
    clearTimeout(late)
    underway.delete(id)
    return one.end()
  }

  return {
    'account import': async request => {
      const jid = jidIn(request)
      const from = typeof request.from === 'string' ? parseBareJid(request.from) : undefined
      const begun = await importing.begin(jid, {
        tells: request.tells === true,
        trusts: request.trusts === true,
        mostBytes,
        mostMs,
        ...(from === undefined ? {} : { from }),
      })
      if (begun === 'unknown') throw unknown(jid)
      if (begun === 'leaving') throw new Refused(`${jid} is about to be deleted. Let it stay first, and import then.`)
      if (begun === 'underway') throw new Refused(`A file is being taken into ${jid} already. Wait until that is done.`)
      if (begun === 'busy') throw new Refused('Too many files are being taken in just now. Try again in a few minutes.')
      const id = ++last
      const gone = (): void => {
        const late = underway.get(id)
        if (late !== undefined) end(id, late).catch(() => undefined)
      }
      underway.set(id, { import: begun, late: setTimeout(gone, patienceMs).unref() })
      return { id }
    },
    'account import piece': async request => {
      const { import: one } = found(request)
      if (typeof request.base64 !== 'string') throw new Refused('A piece of the file is missing.')
      return { more: await one.push(Buffer.from(request.base64, 'base64')) }
    },
    'account import end': request => end(Number(request.id), found(request)),
  }
}
