/** What the command line can have done about invitations, by the running service or on the store itself. */

import type { Accounts } from '../accounts/accounts.ts'
import type { Domains } from '../accounts/domains.ts'
import { invitationLinks } from '../accounts/invitation-links.ts'
import type { Invitations } from '../accounts/invitations.ts'
import { type Handler, Refused } from '../operations/control.ts'
import {
  type BareJid,
  bareJid,
  domainOf,
  localpartOf,
  parseBareJid,
  prepareDomain,
  registrable,
} from '../protocol/jid.ts'

export interface MadeInvitation {
  readonly uri: string
  readonly landing?: string
  /** The last day on which it is good. */
  readonly last: string
  readonly uses: number
}

export interface InviteHandlerParts {
  readonly accounts: Accounts
  readonly invitations: Invitations
  readonly domains: Domains
  webAddress(domain: string): string | undefined
}

export function inviteHandlers(parts: InviteHandlerParts): Readonly<Record<string, Handler>> {
  const { accounts, invitations, domains } = parts

  async function hostOf(
    contact: unknown,
  ): Promise<{ account: number; jid: NonNullable<ReturnType<typeof parseBareJid>> }> {
    const jid = typeof contact === 'string' ? parseBareJid(contact) : undefined
    const account = jid === undefined ? undefined : await accounts.findJid(jid)
    if (jid === undefined || account === undefined) {
      throw new Refused('The contact has to be an account here. "sotto account list" shows all.')
    }
    return { account: account.id, jid }
  }

  function domainIn(said: unknown, host: BareJid | undefined): string {
    const domain = typeof said === 'string' ? prepareDomain(said) : host === undefined ? domains.first : domainOf(host)
    if (domain === undefined || !domains.welcomes(domain))
      throw new Refused('This domain is not served here. "sotto domain list" shows all.')
    if (host !== undefined && domainOf(host) !== domain)
      throw new Refused(`The contact is not an account of ${domain}.`)
    if (domains.setting(domain, 'registration') === 'closed')
      throw new Refused(
        `Accounts of ${domain} are made by the operator only ("sotto domain set ${domain} registration").`,
      )
    return domain
  }

  return {
    'invite create': async ({ contact, uses, days, name, domain: said }): Promise<MadeInvitation> => {
      const host = contact === undefined ? undefined : await hostOf(contact)
      const domain = domainIn(said, host?.jid)
      const localpart = name === undefined ? undefined : localpartIn(name, domain)
      const terms = {
        domain,
        befriends: host !== undefined,
        admits: true,
        uses: wholeIn(uses, 'uses', 1000),
        days: wholeIn(days, 'days', 365),
        ...(host === undefined ? {} : { host: host.account }),
        ...(localpart === undefined ? {} : { localpart }),
      }
      if (localpart !== undefined && terms.uses > 1)
        throw new Refused('One name is for one guest only: leave out --uses.')
      const made = await invitations.create(terms)
      if (!made.done) {
        throw new Refused(
          made.because === 'name taken'
            ? `The name ${localpart} is taken, or kept for another guest.`
            : 'Too many invitations of this contact are open. Wait until some are used or over.',
        )
      }
      const links = invitationLinks(
        { ...terms, token: made.token, host: host?.jid, localpart },
        parts.webAddress(domain),
      )
      const { uri, landing } = links
      return { uri, ...(landing === undefined ? {} : { landing }), last: made.last, uses: terms.uses }
    },
  }
}

function localpartIn(name: unknown, domain: string): string {
  const jid = typeof name === 'string' ? bareJid(name, domain) : undefined
  const fit = jid === undefined ? 'This name cannot be used.' : registrable(localpartOf(jid))
  if (jid === undefined || fit !== true) throw new Refused(fit === true ? 'This name cannot be used.' : fit)
  return localpartOf(jid)
}

function wholeIn(value: unknown, what: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Refused(`The number of ${what} has to be from 1 to ${most}.`)
}
