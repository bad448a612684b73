/** RFC 6121 §4: presence. Who is there, and who may know. */
import { bareOf, isFull, type Jid, resourceOf } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { errorReply, type Problem, problem } from '../../protocol/problems.ts'
import { presencePriority, presenceType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import { type Feature, rfc } from '../../routing/feature.ts'
import { Parcel } from '../../routing/parcel.ts'
import type { Post } from '../../routing/post.ts'
import { deliverToAvailable, forMany, presenceOf } from '../../routing/presence.ts'
import type { Session } from '../../routing/session.ts'
import { arrive, goAway, update } from './broadcast.ts'
import { Elsewhere } from './elsewhere.ts'
import { answerProbe } from './probe.ts'
import { Refusals } from './refusals.ts'

export interface PresenceParts {
  readonly post: Post
  /** Told when a device begins to want messages: it is available, with a priority that is not negative (XEP-0160). */
  readonly reachable?: (session: Session) => void
  /** Addresses outside the roster that one device may show itself to, rooms among them. */
  readonly maxDirected?: number
}

/** A presence goes to everybody on the contact list and is kept: an honest one has a few hundred characters. */
const longestBroadcast = 16_384

export const presence = ({ post, reachable = () => {}, maxDirected = 1_000 }: PresenceParts): Feature => {
  const elsewhere = new Elsewhere(post)
  const refusals = new Refusals()

  /** RFC 6121 §4.2, §4.4 and §4.5. */
  function broadcast(session: Session, stanza: Element): void {
    if (presenceType(stanza) === 'unavailable') {
      goAway(post, session, stanza, refusals)?.()
      return
    }
    const priority = presencePriority(stanza)
    const { available } = session
    const wantedMessages = available && session.priority >= 0
    const shown = forMany(stanza)
    session.presence = shown
    session.priority = priority
    if (available) update(post, session, shown, refusals)
    else arrive(post, session, shown)
    if (!wantedMessages && priority >= 0) reachable(session)
  }

  /** Does that address hear of the device by way of the roster? */
  function isTold(session: Session, to: Jid): boolean {
    const { account } = session
    const bare = bareOf(to)
    return bare === account.jid || (account.roster.isSeenBy(bare) && !refusals.has(session, bare))
  }

  /** RFC 6121 §4.6.3: presence for one address. Only who is not told anyway has to be remembered. */
  function direct(session: Session, stanza: Element, to: Jid): Problem | undefined {
    if (presenceType(stanza) === 'unavailable') {
      session.directed?.delete(to)
    } else if (!session.available || !isTold(session, to)) {
      session.directed ??= new Set()
      if (session.directed.size >= maxDirected && !session.directed.has(to)) {
        return problem(
          'resource-constraint',
          'This device has shown itself to too many addresses outside the contact list.',
        )
      }
      session.directed.add(ownCopy(to))
    }
    post.route(stanza, session.jid, to)
    return undefined
  }

  return {
    name: 'presence',
    implements: [rfc(6121, 'partial', 'exchanging presence (§4)')],
    presence: {
      types: ['available', 'unavailable', 'probe', 'error'],

      outbound(session, stanza, to) {
        let refusal: Problem | undefined
        const type = presenceType(stanza)
        if (type === 'available' || type === 'unavailable') {
          if (to !== undefined) refusal = direct(session, stanza, to)
          else if (write(stanza).length > longestBroadcast)
            refusal = problem('policy-violation', 'This presence is too large.')
          else broadcast(session, stanza)
        } else if (to === undefined) {
          refusal = problem('bad-request', 'Presence of this type needs an address.')
        } else {
          post.route(stanza, session.jid, to)
        }
        const reply = refusal && errorReply(stanza, refusal)
        if (reply !== undefined) session.sendStanza(reply)
      },

      inbound(account, stanza, from, to) {
        const type = presenceType(stanza)
        if (type === 'error') refusals.refused(account, from, to)
        if (type === 'probe') answerProbe(post, account, from, to)
        else if (!isFull(to)) deliverToAvailable(account, new Parcel(stanza))
        // RFC 6121 §8.5.3: to that device, whether or not it is available; if it is gone, to nobody.
        else account.session(resourceOf(to))?.send(new Parcel(stanza))
      },
    },
    presenceStages: {
      heard(account, stanza, from) {
        refusals.heard(account, stanza, from)
        elsewhere.heard(account, stanza, from)
      },
    },
    peers: {
      doubtful: (our, their) => elsewhere.doubt(our, their),
      lost: (our, their) => elsewhere.lose(our, their),
      back: (our, their) => elsewhere.recover(our, their),
    },
    sessions: {
      // RFC 6121 §4.5.2: whatever ended it, its contacts hear that it is gone.
      ended(session) {
        const tellAll = goAway(post, session, presenceOf(session.jid, 'unavailable'), refusals)
        // An erasure ends the subscriptions at once: afterwards nobody would be told.
        if (session.account.gone) tellAll?.()
        // RFC 6120 §10.1: its last words may still be on their way to the disk.
        else if (tellAll !== undefined) post.inTurn(tellAll)
        if (session.account.sessions.length === 0) elsewhere.left(session.account)
      },
    },
  }
}
