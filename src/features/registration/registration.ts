/**
 * XEP-0077: In-Band Registration. Signing up where that is open, or with an invitation (XEP-0445); changing the password
 * and leaving for everybody.
 */
import type { Accounts, Changed } from '../../accounts/accounts.ts'
import type { LocalDomains } from '../../accounts/domains.ts'
import type { Invitations } from '../../accounts/invitations.ts'
import type { Joined, Joining } from '../../accounts/joining.ts'
import type { Limiter } from '../../operations/limits.ts'
import type { Log } from '../../operations/log.ts'
import { type BareJid, bareJid, domainOf, localpartOf, prepareLocalpart } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Answer, type Feature, iqGet, iqSet, type Question, xep } from '../../routing/feature.ts'

const ns = 'jabber:iq:register'
const pars = 'urn:xmpp:pars:0'

export interface RegistrationParts {
  readonly log: Log
  readonly accounts: Accounts
  readonly limiter: Limiter
  readonly domains: LocalDomains
  readonly joining: Joining
  readonly invitations: Invitations
}

export const registration = (parts: RegistrationParts): Feature => {
  const { log, accounts, limiter, domains, joining, invitations } = parts

  const mayJoin = ({ domain, visitor }: Question): boolean => joining.admits(domain, visitor?.invitation)

  /** XEP-0077#usecases-register-server: somebody without an account makes one. */
  async function signUp(question: Question): Promise<void> {
    const { payload, visitor, domain } = question
    if (payload.child('remove') !== undefined) throw problem('unexpected-request', 'Sign in first.')
    if (visitor === undefined || !mayJoin(question)) throw closed()
    const { username, password } = credentialsIn(payload)
    // An empty password is no password (XEP-0077#usecases-register).
    if (!username || !password) throw problem('not-acceptable', 'A user name and a password are needed.')
    const jid = addressOf(username, domain)
    if (jid === undefined) throw problem('not-acceptable', 'This user name cannot be used.')
    const { invitation, network } = visitor
    insist(await joining.join({ jid, password, invitation, network }))
  }

  async function showInvitation({ payload, visitor, domain }: Question): Promise<void> {
    if (visitor === undefined || domains.setting(domain, 'registration') === 'closed') throw closed()
    if (!limiter.allow('invitation', visitor.network)) {
      throw problem('resource-constraint', 'Too many invitations were tried from your network. Please try again later.')
    }
    const found = await invitations.find(payload.attr('token') ?? '')
    if (found?.admits !== true || found.domain !== domain) {
      throw problem('item-not-found', 'This invitation is not good, or not good any more. Please ask for another one.')
    }
    limiter.giveBack('invitation', visitor.network)
    visitor.invitation = found
  }

  /** XEP-0077#usecases-changepw */
  async function changePassword(jid: BareJid, payload: Element): Promise<void> {
    const { username, password } = credentialsIn(payload)
    if (!username || !password) {
      throw problem('bad-request', 'To change the password, send the user name and the new password.')
    }
    if (addressOf(username, domainOf(jid)) !== jid)
      throw problem('not-allowed', 'Only your own password can be changed.')
    if (!limiter.allow('changePassword', jid)) {
      throw problem('resource-constraint', 'The password was changed too often. Please try again later.')
    }
    insist(await accounts.setPassword(jid, password, 'owner'))
  }

  /** XEP-0077#usecases-cancel: the answer goes out before the account and its streams do. */
  function leave(jid: BareJid, payload: Element): void {
    if (payload.elements().length > 1) throw problem('bad-request', 'To delete the account, send nothing else along.')
    setImmediate(() => {
      accounts.remove(jid).catch((thrown: unknown) => log.error('an account could not be erased', undefined, thrown))
    })
  }

  function addressOf(username: string, domain: string): BareJid | undefined {
    const localpart = prepareLocalpart(username)
    return localpart === undefined ? undefined : bareJid(localpart, domain)
  }

  const offers = [
    xml('register', { xmlns: 'urn:xmpp:ibr-token:0' }),
    xml('register', { xmlns: 'http://jabber.org/features/iq-register' }),
  ]
  const forStrangers: readonly Answer[] = [
    iqGet(`{${ns}}query`, ['visitor'], question => {
      if (!mayJoin(question)) throw closed()
      return xml(
        'query',
        { xmlns: ns },
        xml('instructions', null, 'Choose a user name and a password of at least 8 characters.'),
        xml('username', null, question.visitor?.invitation?.localpart),
        xml('password'),
      )
    }),
    iqSet(`{${ns}}query`, ['visitor'], signUp),
    iqSet(`{${pars}}preauth`, ['visitor'], showInvitation),
  ]

  return {
    name: 'registration',
    implements: [xep(77, '2.4', 'complete'), xep(445, '0.2.0', 'complete')],
    advertises: { server: [ns] },
    offersVisitors: domain => (domains.setting(domain, 'registration') === 'closed' ? [] : offers),
    answers: [
      ...forStrangers,
      // XEP-0077#usecases-register: somebody who has an account is told so, and under which name.
      iqGet(`{${ns}}query`, ['server', 'self'], ({ session, domain }) => {
        if (session === undefined || domainOf(session.account.jid) !== domain) throw closed()
        return xml(
          'query',
          { xmlns: ns },
          xml('registered'),
          xml('instructions', null, 'You have this account. A new password replaces the present one.'),
          xml('username', null, localpartOf(session.account.jid)),
          xml('password'),
        )
      }),
      iqSet(`{${ns}}query`, ['server', 'self'], ({ session, payload, domain }) => {
        if (session === undefined || domainOf(session.account.jid) !== domain) throw closed()
        const { jid } = session.account
        return payload.child('remove') === undefined ? changePassword(jid, payload) : leave(jid, payload)
      }),
    ],
  }
}

function closed(): Problem {
  return problem('not-allowed', 'Accounts are made here by invitation only.')
}

function credentialsIn(query: Element): { username: string | undefined; password: string | undefined } {
  return { username: query.childText('username'), password: query.childText('password') }
}

function insist(result: Joined | Changed): void {
  if (result.done) return
  switch (result.because) {
    case 'taken':
      throw problem('conflict', result.tell)
    case 'busy':
    case 'too many':
      throw problem('resource-constraint', result.tell)
    case 'closed':
    case 'another name':
    case 'used':
      throw problem('not-allowed', result.tell)
    case 'unknown':
      throw problem('item-not-found', result.tell)
    case 'too short':
      // COMPAT(Conversations): by these very words it knows that the password is at fault.
      throw problem('not-acceptable', 'Please use a longer password.')
    default:
      throw problem('not-acceptable', result.tell)
  }
}
