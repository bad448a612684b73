/** How people come to have accounts, whether they ask in an app or on the site: openly, or with an invitation. */

import type { Limiter } from '../operations/limits.ts'
import { type BareJid, domainOf, localpartOf } from '../protocol/jid.ts'
import type { Account, Accounts, Refusal } from './accounts.ts'
import type { LocalDomains } from './domains.ts'
import type { Invitation, Invitations } from './invitations.ts'

export interface JoiningParts {
  readonly accounts: Accounts
  readonly invitations: Invitations
  readonly limiter: Limiter
  readonly domains: Pick<LocalDomains, 'setting'>
  /** Makes host and guest contacts of each other. */
  befriend(host: BareJid, guest: BareJid): Promise<unknown>
}

/** Who wants to join. */
export interface Newcomer {
  readonly jid: BareJid
  readonly password: string
  /** An invitation that was shown, and found good. */
  readonly invitation?: Invitation | undefined
  readonly network: string
}

export type Joined =
  | { readonly done: true; readonly account: Account }
  | {
      readonly done: false
      readonly because: Refusal['because'] | 'closed' | 'another name' | 'used' | 'too many'
      readonly tell: string
    }

const refuse = (because: Exclude<Joined, { done: true }>['because'], tell: string): Joined => ({
  done: false,
  because,
  tell,
})

export class Joining {
  readonly #parts: JoiningParts

  constructor(parts: JoiningParts) {
    this.#parts = parts
  }

  /** May anybody join that domain, also without an invitation? */
  isOpen(domain: string): boolean {
    return this.#parts.domains.setting(domain, 'registration') === 'open'
  }

  /** May they join, with or without the invitation? */
  admits(domain: string, invitation: Invitation | undefined): boolean {
    const how = this.#parts.domains.setting(domain, 'registration')
    return how === 'open' || (how !== 'closed' && invitation?.domain === domain)
  }

  /** Makes an account, with the invitation or in the open. What refuses has changed nothing. */
  async join(newcomer: Newcomer): Promise<Joined> {
    const { limiter } = this.#parts
    const { jid, invitation, network } = newcomer
    if (!this.admits(domainOf(jid), invitation)) return refuse('closed', 'Accounts are made here by invitation only.')
    if (!limiter.allow('signUp', network)) {
      return refuse('too many', 'Too many accounts were made from your network. Please try again later.')
    }
    const joined = await this.#join(newcomer).catch((thrown: unknown) => {
      limiter.giveBack('signUp', network)
      throw thrown
    })
    // Only what tells whether a name is taken has to be rare, and accounts that nobody answers for.
    const isRare = joined.done ? invitation === undefined : joined.because === 'taken'
    if (!isRare) limiter.giveBack('signUp', network)
    return joined
  }

  /** Whether a name could be had now by somebody without an invitation. Answers cost as much as attempts: ask sparingly. */
  async isFree(localpart: string, domain: string): Promise<boolean> {
    const { accounts, invitations } = this.#parts
    return (await accounts.find(localpart, domain)) === undefined && !(await invitations.isReserved(localpart, domain))
  }

  async #join({ jid, password, invitation }: Newcomer): Promise<Joined> {
    const { accounts, invitations } = this.#parts
    const localpart = localpartOf(jid)
    const reserved = invitation?.localpart
    if (reserved === undefined && (await invitations.isReserved(localpart, domainOf(jid)))) {
      return refuse('taken', 'This name is already taken.')
    }
    if (invitation === undefined) return accounts.create(jid, password, 'owner')
    if (reserved !== undefined && reserved !== localpart) {
      return refuse('another name', `This invitation is for the name ${reserved}.`)
    }
    return this.#joinInvited(jid, password, invitation)
  }

  /** XEP-0445#preauth-ibr: the invitation is spent only if there is an account afterwards. */
  async #joinInvited(jid: BareJid, password: string, invitation: Invitation): Promise<Joined> {
    const { accounts, invitations, befriend } = this.#parts
    if (!(await invitations.spend(invitation))) return refuse('used', 'This invitation has been used already.')
    let joined: Joined | undefined
    try {
      joined = await accounts.create(jid, password, 'owner')
    } finally {
      await (joined?.done === true ? invitations.used(invitation) : invitations.giveBack(invitation))
    }
    const { host, befriends } = invitation
    if (joined.done && befriends && host !== undefined) await befriend(host.jid, jid)
    return joined
  }
}
