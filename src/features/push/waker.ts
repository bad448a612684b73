import type { Log } from '../../operations/log.ts'
import { form } from '../../protocol/data-forms.ts'
import { type Jid, serverOf } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import { keyOf, type Registration, type Registrations } from './registrations.ts'
import { type Standing, Standings } from './standings.ts'

const pubsub = 'http://jabber.org/protocol/pubsub'

/** After so many failures in a row that might have passed, an app server is taken for gone (XEP-0357#publish-errors). */
const maxFailures = 10
const firstPauseMs = 30_000
const longestPauseMs = 86_400_000

/** Conditions that may pass: the way to the app server, or its health. Everything else is about the registration. */
const passing = new Set([
  'internal-server-error',
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
])

export interface WakerParts {
  readonly post: Post
  readonly log: Log
  readonly registrations: Registrations
  /** How long a connected device may take to acknowledge, in milliseconds. */
  readonly patienceMs: number
  /** Milliseconds since 1970. */
  now(): number
  /** May the owner sign in? Whoever may not is not woken. */
  letsIn(account: LocalAccount): boolean
}

export type Reason = 'message' | 'call'

/** What is still to be looked at on one stream: `sent` and, once that has arrived, `next`. */
interface Watched {
  readonly sent: number
  readonly reason: Reason
  next: { sent: number; reason: Reason } | undefined
}

/** Wakes devices: each once, until it is back. */
export class Waker {
  readonly #parts: WakerParts
  readonly #standings = new Standings()
  readonly #watched = new WeakMap<Session, Watched>()

  constructor(parts: WakerParts) {
    this.#parts = parts
  }

  /** The device is here: it can be woken anew. */
  back(session: Session): void {
    this.#standings.back(session)
  }

  forget(account: LocalAccount): void {
    this.#standings.forgetAll(account)
  }

  /**
   * Something came for an account.
   * @param reached devices it went to, where only these are concerned; all others need not know of it
   */
  came(account: LocalAccount, reason: Reason, reached?: readonly Session[]): void {
    this.#each(account, registration => {
      const sessions = sessionsOf(account, registration)
      if (reached !== undefined && !sessions.some(session => reached.includes(session))) return
      const connected = sessions.filter(session => session.link !== undefined)
      if (connected.length === 0) this.#wake(account, registration, reason)
      for (const session of connected) this.#sent(session, registration, reason)
    })
  }

  /** Something was said in a place that the account belongs to: for those of its devices that are not connected. */
  away(account: LocalAccount, reason: Reason): void {
    this.#each(account, registration => {
      const connected = sessionsOf(account, registration).some(({ link }) => link !== undefined)
      if (!connected) this.#wake(account, registration, reason)
    })
  }

  /** A connection broke, and with it was lost what the client had not acknowledged. */
  missed(session: Session, reason: Reason): void {
    const { account } = session
    this.#each(account, registration => {
      const connected = sessionsOf(account, registration).some(({ link }) => link !== undefined)
      if (registration.device === session.resource && !connected) this.#wake(account, registration, reason)
    })
  }

  #each(account: LocalAccount, look: (registration: Registration) => void): void {
    const { registrations, letsIn } = this.#parts
    registrations
      .all(account)
      .then(all => {
        if (letsIn(account)) for (const registration of all) look(registration)
      })
      .catch((bug: unknown) => this.#parts.log.bug('registrations for push could not be read', bug))
  }

  /** A connection can be dead without anybody knowing, and an app can be asleep behind one that is not. */
  #sent(session: Session, registration: Registration, reason: Reason): void {
    const { management } = session
    if (management === undefined) {
      // Nothing will tell whether an inactive client (XEP-0352) noticed.
      if (session.gate !== undefined) this.#wake(session.account, registration, reason)
      return
    }
    const sent = (management.acknowledged + management.unacknowledged.length) >>> 0
    const standing = this.#standing(session.account, registration)
    if (standing.late?.session === session && hasArrived(session, standing.late.sent)) {
      standing.woken = undefined
      standing.late = undefined
    }
    if (hasArrived(session, sent)) return
    const watched = this.#watched.get(session)
    if (watched !== undefined) watched.next = { sent, reason }
    else this.#watch(session, { sent, reason, next: undefined })
  }

  #watch(session: Session, watched: Watched): void {
    this.#watched.set(session, watched)
    setTimeout(() => {
      this.#watched.delete(session)
      // Once the connection is gone, `missed` has seen to it.
      if (session.ended || session.link === undefined) return
      if (hasArrived(session, watched.sent)) {
        if (watched.next !== undefined) this.#watch(session, { ...watched.next, next: undefined })
        return
      }
      this.#each(session.account, registration => {
        if (registration.device !== session.resource) return
        const late = { session, sent: watched.sent }
        if (this.#wake(session.account, registration, watched.reason))
          this.#standing(session.account, registration).late = late
      })
    }, this.#parts.patienceMs).unref()
  }

  #standing(account: LocalAccount, registration: Registration): Standing {
    return this.#standings.of(account, keyOf(registration), registration.device)
  }

  /** @returns whether a notification went out: one for messages, and one more if somebody calls */
  #wake(account: LocalAccount, registration: Registration, reason: Reason): boolean {
    const { post, now } = this.#parts
    const standing = this.#standing(account, registration)
    if (standing.woken === 'call' || standing.woken === reason || now() < standing.notBefore) return false
    standing.woken = reason
    const server = serverOf(account.jid)
    post
      .ask(notification(registration, server), server, registration.jid)
      .then(answer => this.#answered(account, registration, standing, answer))
      .catch((bug: unknown) => this.#parts.log.bug('the answer of an app server could not be dealt with', bug))
    return true
  }

  async #answered(
    account: LocalAccount,
    registration: Registration,
    standing: Standing,
    answer: Element,
  ): Promise<void> {
    if (answer.attr('type') === 'result') {
      standing.failures = 0
      return
    }
    standing.failures++
    if (mayPass(answer) && standing.failures < maxFailures) {
      standing.woken = undefined
      standing.notBefore = this.#parts.now() + Math.min(firstPauseMs * 2 ** (standing.failures - 1), longestPauseMs)
      return
    }
    const key = keyOf(registration)
    this.#standings.forget(account, key)
    // It may have been enabled anew in the meantime.
    if (!account.gone) {
      await this.#parts.registrations.remove(account, one => keyOf(one) === key && one.order === registration.order)
    }
  }
}

/** XEP-0357#publish-errors: an error disables the registration, unless it is one that may pass. */
function mayPass(answer: Element): boolean {
  const error = answer.child('error')
  if (error === undefined || error.attr('type') === 'wait') return true
  return error.elements().some(({ name, ns }) => ns === NS.stanzaErrors && passing.has(name))
}

function sessionsOf(account: LocalAccount, { device }: Registration): Session[] {
  return account.sessions.filter(({ resource }) => resource === device)
}

/** Has the client acknowledged all that it had been sent by then? Counters loop at 2³² (XEP-0198#acking). */
function hasArrived({ management }: Session, sent: number): boolean {
  return management === undefined || ((management.acknowledged - sent) | 0) >= 0
}

/**
 * XEP-0357#publishing. The summary says that there is something and nothing else: not from whom, not what, not how much.
 */
function notification({ jid, node, options }: Registration, server: Jid): Element {
  const summary = form({ type: 'result', means: 'urn:xmpp:push:summary', fields: [] })
  return xml(
    'iq',
    { xmlns: NS.client, type: 'set', from: server, to: jid },
    xml(
      'pubsub',
      { xmlns: pubsub },
      xml('publish', { node }, xml('item', null, xml('notification', { xmlns: 'urn:xmpp:push:0' }, summary))),
      options === undefined ? undefined : xml('publish-options', null, parseElement(options)),
    ),
  )
}
