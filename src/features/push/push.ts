/**
 * XEP-0357: Push Notifications. A phone whose app sleeps is woken through the app's own server, which learns that there
 * is something and nothing else.
 */
import type { Documents } from '../../accounts/documents.ts'
import type { Log } from '../../operations/log.ts'
import { parseForm } from '../../protocol/data-forms.ts'
import { bareOf, type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { problem } from '../../protocol/problems.ts'
import { messageType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, iqSet, type Question, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import type { Session } from '../../routing/session.ts'
import { Registrations } from './registrations.ts'
import { type Reason, Waker } from './waker.ts'
import { carried, worthWaking } from './worth-waking.ts'

export interface PushParts {
  readonly post: Post
  readonly log: Log
  readonly documents: Documents
  /** Registrations of one account. */
  readonly maxRegistrations: number
  /** How long a connected device may take to acknowledge before it is woken. */
  readonly patienceSeconds: number
  /** Milliseconds since 1970. */
  now(): number
  /** Is the account disabled? */
  disabled(account: LocalAccount): boolean
}

const ns = 'urn:xmpp:push:0'
const publishOptions = 'http://jabber.org/protocol/pubsub#publish-options'

/** One registration with all that goes along. */
const largest = 4_096

export const push = (parts: PushParts): Feature => {
  const registrations = new Registrations(parts.documents, parts.maxRegistrations)
  const waker = new Waker({
    ...parts,
    registrations,
    patienceMs: parts.patienceSeconds * 1000,
    letsIn: account => !account.gone && !account.suspended && !parts.disabled(account),
  })

  async function enable({ session, payload }: Question): Promise<void> {
    if (session === undefined) throw problem('not-allowed')
    const jid = serviceIn(payload)
    const node = payload.attr('node')
    const options = optionsIn(payload)
    const text = options === undefined ? undefined : write(options)
    if ((node?.length ?? 0) + (text?.length ?? 0) > largest) {
      throw problem('policy-violation', `A registration can have up to ${largest} characters.`)
    }
    await registrations.put(session.account, {
      jid: ownCopy(jid),
      node: node === undefined ? undefined : ownCopy(node),
      device: session.resource,
      ...(text === undefined ? {} : { options: ownCopy(text) }),
    })
    waker.back(session)
  }

  async function disable({ account, payload }: Question): Promise<void> {
    if (account === undefined) throw problem('not-allowed')
    const jid = serviceIn(payload)
    const node = payload.attr('node')
    // XEP-0357#disabling: without a node all of that app server.
    await registrations.remove(account, one => one.jid === jid && (node === undefined || one.node === node))
  }

  /** What a stream had not got across when it broke. */
  function missed(session: Session): void {
    const reason = reasonAmong(session.management?.unacknowledged ?? [])
    if (reason !== undefined) waker.missed(session, reason)
  }

  return {
    name: 'push',
    implements: [xep(357, '0.4.1', 'complete', 'of the summary only that there is something')],
    advertises: { account: [ns] },
    answers: [iqSet(`{${ns}}enable`, ['self'], enable), iqSet(`{${ns}}disable`, ['self'], disable)],
    message: {
      notify({ side, account, message, from }, reached) {
        if (side === 'sending' || bareOf(from) === account.jid) return
        const decision = worthWaking(message)
        if (!decision.wake) return
        // What is said in a room is for the devices that are in it.
        waker.came(account, decision.for, messageType(message) === 'groupchat' ? reached : undefined)
      },
    },
    sessions: {
      bound: session => waker.back(session),
      resumed: session => waker.back(session),
      waiting: missed,
      ended: missed,
    },
    missed(account, message) {
      const decision = worthWaking(message)
      if (decision.wake) waker.away(account, decision.for)
    },
    leaving: account => waker.forget(account),
  }
}

function serviceIn(payload: Element): Jid {
  const text = payload.attr('jid')
  if (text === undefined) throw problem('bad-request', 'The address of the app server is missing.')
  const jid = parseJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
  return jid
}

function optionsIn(payload: Element): Element | undefined {
  const x = payload.child('x', NS.dataForms)
  if (x === undefined) return undefined
  const options = parseForm(x)
  if (options?.type !== 'submit' || options.means !== publishOptions) {
    throw problem('bad-request', 'The form that goes along has to be one of publish-options.')
  }
  return x
}

/** The best reason there is to wake somebody. */
function reasonAmong(parcels: readonly { readonly stanza: Element }[]): Reason | undefined {
  let reason: Reason | undefined
  for (const { stanza } of parcels) {
    const message = carried(stanza)
    const decision = message === undefined ? undefined : worthWaking(message)
    if (decision?.wake && reason !== 'call') reason = decision.for
  }
  return reason
}
