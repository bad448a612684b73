/** XEP-0077: In-Band Registration. Signing up where that is open; changing the password and leaving for everybody. */
import type { Accounts, Changed, Created } from '../../accounts/accounts.ts'
import type { Limiter } from '../../operations/limits.ts'
import type { Log } from '../../operations/log.ts'
import { type BareJid, bareJid, localpartOf, prepareLocalpart } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Answer, type Feature, iqGet, iqSet, type Question, xep } from '../../routing/feature.ts'

const ns = 'jabber:iq:register'

export interface RegistrationParts {
  readonly log: Log
  readonly accounts: Accounts
  readonly limiter: Limiter
  readonly domain: string
  /** May anybody sign up? */
  readonly open: boolean
}

export const registration = ({ log, accounts, limiter, domain, open }: RegistrationParts): Feature => {
  /** XEP-0077#usecases-register-server: somebody without an account makes one. */
  async function signUp({ payload, visitor }: Question): Promise<void> {
    if (payload.child('remove') !== undefined) throw problem('unexpected-request', 'Sign in first.')
    if (visitor === undefined) throw closed()
    const { username, password } = credentialsIn(payload)
    // An empty password is no password (XEP-0077#usecases-register).
    if (!username || !password) throw problem('not-acceptable', 'A user name and a password are needed.')
    const jid = addressOf(username)
    if (jid === undefined) throw problem('not-acceptable', 'This user name cannot be used.')
    if (!limiter.allow('signUp', visitor.network)) {
      throw problem('resource-constraint', 'Too many accounts were made from your network. Please try again later.')
    }
    const created = await accounts.create(jid, password, 'owner')
    // Only what tells whether a name is taken has to be rare.
    if (!created.done && created.because !== 'taken') limiter.giveBack('signUp', visitor.network)
    insist(created)
  }

  /** XEP-0077#usecases-changepw */
  async function changePassword(jid: BareJid, payload: Element): Promise<void> {
    const { username, password } = credentialsIn(payload)
    if (!username || !password) {
      throw problem('bad-request', 'To change the password, send the user name and the new password.')
    }
    if (addressOf(username) !== jid) throw problem('not-allowed', 'Only your own password can be changed.')
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

  function addressOf(username: string): BareJid | undefined {
    const localpart = prepareLocalpart(username)
    return localpart === undefined ? undefined : bareJid(localpart, domain)
  }

  const forStrangers: Pick<Feature, 'offersVisitors'> & { readonly answers: readonly Answer[] } = {
    offersVisitors: [xml('register', { xmlns: 'http://jabber.org/features/iq-register' })],
    answers: [
      iqGet(`{${ns}}query`, ['visitor'], () =>
        xml(
          'query',
          { xmlns: ns },
          xml('instructions', null, 'Choose a user name and a password of at least 8 characters.'),
          xml('username'),
          xml('password'),
        ),
      ),
      iqSet(`{${ns}}query`, ['visitor'], signUp),
    ],
  }

  return {
    name: 'registration',
    implements: [xep(77, '2.4', 'complete')],
    advertises: { server: [ns] },
    ...(open ? forStrangers : {}),
    answers: [
      ...(open ? forStrangers.answers : []),
      // XEP-0077#usecases-register: somebody who has an account is told so, and under which name.
      iqGet(`{${ns}}query`, ['server', 'self'], ({ session }) => {
        if (session === undefined) throw closed()
        return xml(
          'query',
          { xmlns: ns },
          xml('registered'),
          xml('instructions', null, 'You have this account. A new password replaces the present one.'),
          xml('username', null, localpartOf(session.account.jid)),
          xml('password'),
        )
      }),
      iqSet(`{${ns}}query`, ['server', 'self'], ({ session, payload }) => {
        if (session === undefined) throw closed()
        const { jid } = session.account
        return payload.child('remove') === undefined ? changePassword(jid, payload) : leave(jid, payload)
      }),
    ],
  }
}

function closed(): Problem {
  return problem('not-allowed', 'Accounts cannot be made here from within an app.')
}

function credentialsIn(query: Element): { username: string | undefined; password: string | undefined } {
  return { username: query.childText('username'), password: query.childText('password') }
}

function insist(result: Created | Changed): void {
  if (result.done) return
  switch (result.because) {
    case 'taken':
      throw problem('conflict', result.tell)
    case 'busy':
      throw problem('resource-constraint', result.tell)
    case 'unknown':
      throw problem('item-not-found', result.tell)
    case 'too short':
      // COMPAT(Conversations): by these very words it knows that the password is at fault.
      throw problem('not-acceptable', 'Please use a longer password.')
    default:
      throw problem('not-acceptable', result.tell)
  }
}
