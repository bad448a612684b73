/** Signing up: in the open, or with an invitation. */

import type { Account } from '../../accounts/accounts.ts'
import type { Invitation, Invitations } from '../../accounts/invitations.ts'
import type { Joined, Joining } from '../../accounts/joining.ts'
import type { NewCode } from '../../accounts/recovery.ts'
import type { NetworkKey } from '../../operations/limits.ts'
import { type BareJid, bareJid, prepareLocalpart, registrable } from '../../protocol/jid.ts'
import type { Filled } from '../frame/form.ts'
import type { FormGuard } from '../frame/guard.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { signUpTexts } from '../texts/sign-up.ts'
import { type Fault, invitationWanted, signUpForm } from './form.ts'
import { similarNames } from './names.ts'
import { freshPassphrase, type Weakness, weakness } from './passphrase.ts'
import { welcome } from './welcome.ts'

export interface SignUpParts {
  readonly joining: Joining
  readonly invitations: Invitations
  readonly guard: FormGuard
  /** A code for the account that was just made. */
  recoveryCode(jid: BareJid, password: string): Promise<NewCode>
  /** May somebody of that network ask for more names? */
  mayLookUp(network: NetworkKey): boolean
}

export const invitationToken = (text: string): string | undefined =>
  /(?:^|\/|=)([a-km-z2-9]{24})(?:[;/?#]|$)/.exec(text.trim())?.[1]

export function signUpPages(parts: SignUpParts): readonly SitePage[] {
  function shown(asked: Asked, how: How, status = 200): Reply {
    const { path, domain, invitation, faults = [], name = '', similar = [] } = how
    const invited = invitation !== undefined
    const { token, question } = parts.guard.issue(path, asked.language)
    const form = { path, domain, token, question: invited ? undefined : question, invited, faults, name, similar }
    return signUpForm(asked, { ...form, reserved: invitation?.localpart }, status)
  }

  async function taken(asked: Asked, filled: Filled, how: How): Promise<Reply> {
    const { path, domain, invitation } = how
    const texts = signUpTexts[asked.language].problems
    const name = invitation?.localpart ?? filled.text('name').trim()
    const again = (...faults: readonly Fault[]): Reply => shown(asked, { ...how, name, faults }, 422)
    const guess = parts.guard.check(filled, path, invitation !== undefined)
    if (guess === 'old' || guess === 'quick') return again({ about: 'form', tell: texts[guess] })
    const localpart = prepareLocalpart(name)
    const jid = localpart === undefined || registrable(localpart) !== true ? undefined : bareJid(localpart, domain)
    const chosen = filled.text('password')
    const password = chosen === '' ? freshPassphrase() : chosen
    const weak = chosen === '' ? undefined : weakness(chosen, [name, domain, asked.guise.name])
    const faults: Fault[] = []
    if (jid === undefined) faults.push({ about: 'name', tell: name === '' ? texts.nameMissing : texts.nameUnfit })
    if (weak !== undefined) faults.push({ about: 'password', tell: texts[weaknesses[weak]] })
    if (guess === 'wrong answer') faults.push({ about: 'answer', tell: texts.answer })
    if (jid === undefined || faults.length > 0) return again(...faults)
    const joined = await parts.joining.join({ jid, password, invitation, network: asked.visit.network })
    if (!joined.done) return refused(asked, { ...how, name }, joined.because, localpart!)
    return greet(asked, joined.account, jid, { password, chosen: chosen !== '' })
  }

  async function refused(asked: Asked, how: How, because: Failure, localpart: string): Promise<Reply> {
    const texts = signUpTexts[asked.language].problems
    const again = (fault: Fault, similar: readonly string[] = []): Reply =>
      shown(asked, { ...how, faults: [fault], similar }, because === 'too many' ? 429 : 422)
    switch (because) {
      case 'taken':
      case 'erased': {
        const { domain } = how
        const similar = parts.mayLookUp(asked.visit.network)
          ? await similarNames(localpart, name => parts.joining.isFree(name, domain))
          : []
        return again({ about: 'name', tell: texts.taken }, similar)
      }
      case 'another name':
        return again({ about: 'name', tell: texts.anotherName(how.invitation?.localpart ?? '') })
      case 'too short':
        return again({ about: 'password', tell: texts.short })
      case 'not allowed':
        return again({ about: 'password', tell: texts.passwordUnfit })
      case 'too many':
        return again({ about: 'form', tell: texts.tooMany })
      case 'used':
        return again({ about: 'form', tell: texts.used })
      default:
        return again({ about: 'form', tell: texts.busy })
    }
  }

  async function greet(asked: Asked, { localpart }: Account, jid: BareJid, by: Secret): Promise<Reply> {
    const sealed = asked.settings.archive.seal === 'owner'
    const made = sealed ? await parts.recoveryCode(jid, by.password) : undefined
    const code = typeof made === 'object' ? made.code : undefined
    return welcome(asked, { jid, name: localpart, password: by.chosen ? undefined : by.password, code })
  }

  const open = ({ guise }: Asked): How => ({ path: '/sign-up', invitation: undefined, domain: guise.domain })

  return [
    {
      path: '/sign-up',
      get(asked) {
        const given = asked.query.get('invitation')
        const token = given === null ? undefined : invitationToken(given)
        if (token !== undefined) return { to: asked.to(`/invite/${token}`) }
        return parts.joining.isOpen(asked.guise.domain) && given === null
          ? shown(asked, open(asked))
          : invitationWanted(asked, given, parts.joining.isOpen(asked.guise.domain))
      },
      post: (asked, filled) =>
        parts.joining.isOpen(asked.guise.domain)
          ? taken(asked, filled, open(asked))
          : invitationWanted(asked, null, false),
    },
    {
      path: '/invite/:token/sign-up',
      async get(asked) {
        const how = await invited(asked)
        return how === undefined ? { to: asked.to(`/invite/${asked.params.token}`) } : shown(asked, how)
      },
      async post(asked, filled) {
        const how = await invited(asked)
        return how === undefined ? { to: asked.to(`/invite/${asked.params.token}`) } : taken(asked, filled, how)
      },
    },
  ]

  async function invited({ params }: Asked): Promise<How | undefined> {
    const token = params.token!
    const invitation = await parts.invitations.find(token)
    if (invitation?.admits !== true) return undefined
    const { domain } = invitation
    return parts.joining.admits(domain, invitation)
      ? { path: `/invite/${token}/sign-up`, invitation, domain }
      : undefined
  }
}

/** The way in, and what was tried already. */
interface How {
  readonly path: string
  readonly invitation: Invitation | undefined
  /** Where the account will be. */
  readonly domain: string
  readonly faults?: readonly Fault[]
  readonly name?: string
  readonly similar?: readonly string[]
}

type Failure = Exclude<Joined, { done: true }>['because']

interface Secret {
  readonly password: string
  /** By its owner. */
  readonly chosen: boolean
}

const weaknesses = {
  short: 'short',
  name: 'namePassword',
  usual: 'usualPassword',
  plain: 'plainPassword',
} as const satisfies Readonly<Record<Weakness, string>>
