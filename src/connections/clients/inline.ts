import { createHmac, randomBytes } from 'node:crypto'
import type { SignedIn, SignInContext } from '../../accounts/sign-in/types.ts'
import { prepareResource } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { Problem, StreamProblem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Session } from '../../routing/session.ts'
import type { ClientParts } from './parts.ts'
import { base64 } from './profiles.ts'
import type { Stream } from './stream.ts'

export const fastNs = 'urn:xmpp:fast:0'

/** The longest client tag that becomes part of a resource. */
const longestTag = 64

/** What comes with `<authenticate/>` besides the mechanism (XEP-0388#initiation, XEP-0484#fast-auth). */
export function alongside(request: Element): Pick<SignInContext, 'clientId' | 'fast' | 'requestToken'> {
  const clientId = request.child('user-agent')?.attr('id')
  const fast = request.child('fast', fastNs)
  const requestToken = request.child('request-token', fastNs)?.attr('mechanism')
  const count = /^\d{1,15}$/.test(fast?.attr('count') ?? '') ? Number(fast?.attr('count')) : undefined
  const invalidate = /^(1|true)$/.test(fast?.attr('invalidate') ?? '')
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(fast === undefined ? {} : { fast: { ...(count === undefined ? {} : { count }), invalidate } }),
    ...(requestToken === undefined ? {} : { requestToken }),
  }
}

/** What a SASL2 request leads to once the client has proved who it is. */
export interface Outcome {
  readonly success: Element
  readonly resumed: boolean
  /** Whether a resource was bound, and then the namespaces of what was switched on with it. */
  readonly bound: readonly string[] | undefined
  /** To be called when the success has been written. */
  readonly after: readonly (() => void)[]
}

/** What somebody who is about to bind is told, too. Found out before they are bound, since nothing may come between. */
export function toldToBinders(
  { host }: ClientParts,
  request: Element,
  who: LocalAccount,
): Promise<(Element | undefined)[]> | undefined {
  if (request.child('bind', NS.bind2) === undefined || host.extensions.tellsBinding.length === 0) return undefined
  return Promise.all(host.extensions.tellsBinding.map(tell => tell(who)))
}

/**
 * Does what the request asks for besides signing in, in the order of XEP-0386#bind-request: resumption first, and
 * binding only without it.
 * @param told what is told to whoever binds (`toldToBinders`)
 * @throws StreamProblem where no resource can be bound
 */
export function carryOut(
  parts: ClientParts,
  stream: Stream,
  request: Element,
  who: LocalAccount,
  by: SignedIn,
  told: readonly (Element | undefined)[],
): Outcome {
  const { extensions } = parts.host
  const replies: Element[] = []
  const after: (() => void)[] = []
  let resumed = false
  for (const inline of extensions.sasl2) {
    const asked = find(request, inline.request)
    if (asked === undefined) continue
    const done = inline.handle(stream, asked)
    replies.push(done.reply)
    resumed ||= done.resumed
    if (done.after !== undefined) after.push(done.after)
  }
  const bind = resumed ? undefined : request.child('bind', NS.bind2)
  const switchedOn: string[] = []
  if (bind !== undefined) {
    const session = bindTo(parts, stream, who, resourceFor(parts, who, bind, request))
    const enabled = extensions.bind.map(inline => {
      const asked = find(bind, inline.request)
      if (asked === undefined) return undefined
      switchedOn.push(inline.feature)
      return inline.enable(stream, session, asked)
    })
    replies.push(xml('bound', { xmlns: NS.bind2 }, [...told, ...enabled]))
  }
  const { additionalData, freshToken } = by
  const success = xml(
    'success',
    { xmlns: NS.sasl2 },
    additionalData === undefined ? undefined : xml('additional-data', null, base64(additionalData)),
    xml('authorization-identifier', null, stream.session?.jid ?? who.jid),
    replies,
    freshToken === undefined
      ? undefined
      : xml('token', { xmlns: fastNs, token: freshToken.token, expiry: freshToken.expires.toISOString() }),
  )
  return { success, resumed, bound: bind === undefined ? undefined : switchedOn, after }
}

function bindTo(parts: ClientParts, stream: Stream, account: LocalAccount, resource: string | undefined): Session {
  try {
    const session = parts.host.bind(account, resource, stream)
    stream.bound(session)
    return session
  } catch (refused) {
    if (refused instanceof Problem) throw new StreamProblem('resource-constraint', refused.tell)
    throw refused
  }
}

/**
 * XEP-0386#identifiers: the same for the same client, so that its older session gives way, and without a trace of the id
 * that the client is known by.
 */
function resourceFor(parts: ClientParts, account: LocalAccount, bind: Element, request: Element): string | undefined {
  const tag = bind.childText('tag') ?? ''
  const clientId = request.child('user-agent')?.attr('id')
  const own =
    clientId === undefined
      ? randomBytes(9).toString('base64url')
      : createHmac('sha256', parts.resourceSecret)
          .update(JSON.stringify([account.id, tag, clientId]))
          .digest('base64url')
          .slice(0, 12)
  return prepareResource(tag === '' || tag.length > longestTag ? own : `${tag}/${own}`) ?? own
}

/** The child that an inline feature is asked for with, by `{namespace}name`. */
function find(parent: Element, wanted: string): Element | undefined {
  const close = wanted.indexOf('}')
  return parent.child(wanted.slice(close + 1), wanted.slice(1, close))
}
