/** XEP-0077: In-Band Registration. Signing up where that is open; changing the password and leaving for everybody. */
import type { Accounts, Changed, Created } from '../../accounts/accounts.ts'
import type { Limiter } from '../../operations/limits.ts'
import { type BareJid, bareJid, prepareLocalpart } from '../../protocol/jid.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../../routing/feature.ts'

const ns = 'jabber:iq:register'

export interface RegistrationParts {
  readonly accounts: Accounts
  readonly limiter: Limiter
  readonly domain: string
  /** May anybody sign up? */
  readonly open: boolean
}

export const registration = ({ accounts, limiter, domain, open }: RegistrationParts): Feature => {
  async function signUp({ payload, visitor }: Question): Promise<void> {
    if (!open) throw closed()
    const username = payload.childText('username')
    const password = payload.childText('password')
    if (!username || !password) throw problem('not-acceptable', 'A user name and a password are needed.')
    const localpart = prepareLocalpart(username)
    const jid = localpart === undefined ? undefined : bareJid(localpart, domain)
    if (jid === undefined) throw problem('not-acceptable', 'This user name cannot be used.')
    if (!limiter.allow('signUp', visitor?.network ?? '')) {
      throw problem('resource-constraint', 'Too many accounts were made from your network. Please try again later.')
    }
    insist(await accounts.create(jid, password, 'owner'))
  }

  async function change(jid: BareJid, payload: Element): Promise<void> {
    if (payload.child('remove') !== undefined) {
      // XEP-0077#usecases-cancel: the answer goes out before the account and its streams do.
      setImmediate(() => void accounts.remove(jid))
      return
    }
    const password = payload.childText('password')
    const username = payload.childText('username')
    if (password === undefined || username === undefined) {
      throw problem('bad-request', 'To change the password, send the user name and the new password.')
    }
    if (bareJid(prepareLocalpart(username) ?? '', domain) !== jid) {
      throw problem('not-allowed', 'Only your own password can be changed.')
    }
    if (!limiter.allow('changePassword', jid)) {
      throw problem('resource-constraint', 'The password was changed too often. Please try again later.')
    }
    insist(await accounts.setPassword(jid, password, 'owner'))
  }

  return {
    name: 'registration',
    implements: [xep(77, '2.4', 'complete')],
    advertises: { server: [ns] },
    ...(open ? { offersVisitors: [xml('register', { xmlns: 'http://jabber.org/features/iq-register' })] } : {}),
    answers: [
      iqGet(`{${ns}}query`, ['visitor'], () => {
        if (!open) throw closed()
        return xml(
          'query',
          { xmlns: ns },
          xml('instructions', null, 'Choose a user name and a password of at least 8 characters.'),
          xml('username'),
          xml('password'),
        )
      }),
      iqSet(`{${ns}}query`, ['visitor'], signUp),
      // XEP-0077#usecases-register: somebody who has an account is told so, and under which name.
      iqGet(`{${ns}}query`, ['server', 'self'], ({ session }) => {
        if (session === undefined) throw closed()
        const name = session.account.jid.slice(0, session.account.jid.lastIndexOf('@'))
        return xml('query', { xmlns: ns }, xml('registered'), xml('username', null, name), xml('password'))
      }),
      iqSet(`{${ns}}query`, ['server', 'self'], ({ session, payload }) => {
        if (session === undefined) throw closed()
        return change(session.account.jid, payload)
      }),
    ],
  }
}

function closed(): Problem {
  return problem('not-allowed', 'Accounts cannot be made here from within an app.')
}

/** The words are those that clients know (COMPAT: Conversations shows its own text for these two). */
function insist(result: Created | Changed): void {
  if (result.done) return
  switch (result.because) {
    case 'taken':
      throw problem('conflict', result.tell)
    case 'busy':
      throw problem('resource-constraint', result.tell)
    case 'unknown':
      throw problem('item-not-found', result.tell)
    default:
      throw problem('not-acceptable', /at least/.test(result.tell) ? 'Please use a longer password.' : result.tell)
  }
}
