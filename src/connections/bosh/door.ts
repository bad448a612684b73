import { randomBytes } from 'node:crypto'
import type { Page, Visit } from '../../http/page.ts'
import type { Limiter } from '../../operations/limits.ts'
import { XmlError, type XmlLimits } from '../../protocol/xml/parser.ts'
import type { Reception } from '../clients/reception.ts'
import type { Entrance } from '../entrance.ts'
import { boshPath } from '../host-meta.ts'
import { type Body, readBody, type TerminalCondition, terminal } from './body.ts'
import type { Exchange } from './exchanges.ts'
import { BoshSession } from './session.ts'

const type = 'text/xml; charset=utf-8'

/** What stands around the stanzas of a request may take this many bytes. */
const wrapperBytes = 2_048

/**
 * Where streams over BOSH begin and go on. A session belongs to who knows its id, 144 random bits that only its
 * creator was told, and the number of the next request.
 */
export function boshDoor(clients: Reception, entrance: Entrance, limiter: Limiter, mostSessions: number): Page {
  const sessions = new Map<string, BoshSession>()
  const parts = {
    clock: clients.clock,
    limits: clients.limits,
    get stopping() {
      return entrance.closed
    },
    carry: (session: BoshSession) => clients.carry(session),
    closed: (session: BoshSession) => {
      sessions.delete(session.sid)
      session.release()
      clients.left(session)
    },
  }
  const refuse = (visit: Visit, condition: TerminalCondition) => visit.send(200, type, terminal(condition))

  const serve = async (visit: Visit): Promise<void> => {
    const { people, strangers } = clients.limits
    const known = (begun: Buffer) =>
      sessions.get(/\ssid\s*=\s*["']([\w-]{24})["']/.exec(begun.toString('latin1'))?.[1] ?? '')
    const limitsFor = (begun: Buffer) => (known(begun)?.established ? people : strangers)
    const bytes = await visit.body(begun => limitsFor(begun).stanzaBytes + wrapperBytes)
    const limits = limitsFor(bytes)
    const body = read(bytes, { ...limits, stanzaBytes: limits.stanzaBytes + wrapperBytes })
    if (body === undefined) {
      // XEP-0124#errorstatus-terminal: it ends the session, whose sid it could tell.
      known(bytes)?.refuse('bad-request')
      refuse(visit, 'bad-request')
      return
    }
    if (body.sid !== undefined) {
      const session = sessions.get(body.sid)
      if (session === undefined) {
        refuse(visit, 'item-not-found')
        return
      }
      // Who has a session is held back by what it says there.
      limiter.giveBack('request', visit.network)
      session.arrived(body, bytes.length, exchangeOf(visit, body.rid, session))
      return
    }
    const release = sessions.size >= mostSessions ? undefined : entrance.hold(visit.network)
    if (release === undefined || !limiter.allow('connect', visit.network)) {
      release?.()
      refuse(visit, 'policy-violation')
      return
    }
    const sid = randomBytes(18).toString('base64url')
    const session = new BoshSession(parts, { sid, network: visit.network, loopback: false, release }, body)
    sessions.set(sid, session)
    clients.entered(session)
    session.begins(body, exchangeOf(visit, body.rid, session))
  }

  return {
    path: boshPath,
    methods: ['POST'],
    cors: { headers: ['content-type'] },
    handle: serve,
  }
}

/** @returns undefined for what is no XML either */
function read(bytes: Buffer, limits: XmlLimits): Body | undefined {
  try {
    return readBody(bytes, limits)
  } catch (thrown) {
    if (thrown instanceof XmlError) return undefined
    throw thrown
  }
}

function exchangeOf(visit: Visit, rid: number, session: BoshSession): Exchange {
  const { response } = visit
  let answered = false
  const exchange: Exchange = {
    rid,
    answer(text, written) {
      if (answered) return
      answered = true
      response.once('finish', written)
      visit.send(200, session.contentType, text)
    },
  }
  response.once('close', () => {
    if (!answered) session.broke(exchange)
    answered = true
  })
  return exchange
}
