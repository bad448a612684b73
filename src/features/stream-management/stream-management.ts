/** XEP-0198: Stream Management. Nothing is lost when a connection breaks: both sides count, and a broken stream can go on. */
import { NS } from '../../protocol/namespaces.ts'
import { type StanzaCondition, StreamProblem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type ClientStream, type Feature, xep } from '../../routing/feature.ts'
import type { Session } from '../../routing/session.ts'
import { StreamManagement } from '../../routing/stream-management.ts'
import { Waiting } from './waiting.ts'

const ns = 'urn:xmpp:sm:3'

export interface StreamManagementParts {
  /** How long a broken stream may be resumed, in seconds; 0 offers acknowledgements alone. */
  readonly resumeSeconds: number
  /** Stanzas held for a client that does not acknowledge them. */
  readonly maxUnacknowledged: number
  randomId(): string
  /** Runs when everything that was recorded so far is on disk. */
  afterCommit(then: () => void): void
  /** Ends a session for good. */
  end(session: Session): void
  /** A new stream carries the session. */
  resumed(session: Session): void
}

export const streamManagement = (parts: StreamManagementParts): Feature => {
  const waiting = new Waiting(parts.resumeSeconds, session => parts.end(session))

  const enable = (session: Session, request: Element): Element => {
    const wanted = request.attr('resume')
    const resumable = parts.resumeSeconds > 0 && (wanted === 'true' || wanted === '1')
    const id = resumable ? parts.randomId() : undefined
    session.management = new StreamManagement(session, id, parts.maxUnacknowledged, lost => {
      const { link } = lost
      parts.end(lost)
      link?.close(new StreamProblem('policy-violation', 'Too many stanzas were left unacknowledged.'))
    })
    if (id !== undefined) waiting.known(id, session)
    return xml('enabled', {
      xmlns: ns,
      resume: resumable ? 'true' : undefined,
      id,
      max: resumable ? parts.resumeSeconds : undefined,
    })
  }

  const resume = (stream: ClientStream, request: Element): { reply: Element; resumed: boolean; after?: () => void } => {
    const previous = request.attr('previd') ?? ''
    const h = parseCounter(request.attr('h'))
    const session = waiting.find(previous, stream.accountId)
    const management = session?.management
    if (h === undefined) return { reply: failed('bad-request'), resumed: false }
    if (session === undefined || management === undefined) {
      return { reply: failed('item-not-found', waiting.lastCount(previous, stream.accountId)), resumed: false }
    }
    waiting.resumed(session)
    stream.adopt(session)
    if (!management.acknowledge(h)) throw countTooHigh(h, management)
    const after = (): void => {
      management.resumed()
      parts.resumed(session)
    }
    const reply = xml('resumed', { xmlns: ns, previd: previous, h: management.handled })
    return { reply, resumed: true, after }
  }

  return {
    name: 'stream-management',
    implements: [xep(198, '1.6.3', 'complete')],
    offers: [xml('sm', { xmlns: ns })],
    stream: [
      {
        element: `{${ns}}enable`,
        handle(stream, request) {
          const { session } = stream
          if (session === undefined) return stream.sendElement(failed('unexpected-request'))
          // XEP-0198#enable: one attempt a stream.
          if (session.management !== undefined) {
            throw new StreamProblem('policy-violation', 'Stream management is on already.')
          }
          stream.sendElement(enable(session, request))
        },
      },
      {
        element: `{${ns}}resume`,
        handle(stream, request) {
          if (stream.session !== undefined) return stream.sendElement(failed('unexpected-request'))
          const { reply, after } = resume(stream, request)
          stream.sendElement(reply)
          after?.()
        },
      },
      {
        element: `{${ns}}r`,
        handle(stream) {
          const management = stream.session?.management
          if (management === undefined) return
          // An acknowledgement is a promise: what it counts is on disk.
          parts.afterCommit(() => stream.send(`<a xmlns='${ns}' h='${management.handled}'/>`))
        },
      },
      {
        element: `{${ns}}a`,
        handle(stream, answer) {
          const management = stream.session?.management
          if (management === undefined) return
          const h = parseCounter(answer.attr('h'))
          if (h === undefined) throw new StreamProblem('policy-violation', 'An acknowledgement has a counter.')
          if (!management.acknowledge(h)) throw countTooHigh(h, management)
          management.answered()
        },
      },
    ],
    bind: [
      {
        feature: ns,
        request: `{${ns}}enable`,
        enable: (_stream, session, request) => enable(session, request),
      },
    ],
    sasl2: [{ request: `{${ns}}resume`, announce: xml('sm', { xmlns: ns }), handle: resume }],
    sessions: {
      waiting: session => waiting.started(session),
      ended: session => waiting.over(session),
    },
  }
}

function parseCounter(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  const h = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return h <= 0xffff_ffff ? h : undefined
}

/** XEP-0198#errors */
function failed(condition: StanzaCondition, h?: number): Element {
  return xml('failed', { xmlns: ns, h }, xml(condition, { xmlns: NS.stanzaErrors }))
}

function countTooHigh(h: number, management: StreamManagement): StreamProblem {
  const sent = (management.acknowledged + management.unacknowledged.length) >>> 0
  return new StreamProblem(
    'undefined-condition',
    'More was acknowledged than was sent.',
    xml('handled-count-too-high', { xmlns: ns, h, 'send-count': sent }),
  )
}
