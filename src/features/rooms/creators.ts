import type { Domains, LocalDomains } from '../../accounts/domains.ts'
import { type BareJid, domainOf } from '../../protocol/jid.ts'

export interface CreatorsParts {
  readonly domains: LocalDomains & Pick<Domains, 'under'>
  /** Looks after their domain. */
  isAdmin(person: BareJid): boolean | Promise<boolean>
}

/**
 * Whether somebody may make a room (XEP-0045#createroom). The rooms of the first domain are for the people of all of ours,
 * and each domain says who of its own may make some there; rooms below a domain are for the people of that domain.
 */
export async function mayCreate({ domains, isAdmin }: CreatorsParts, room: BareJid, owner: BareJid): Promise<boolean> {
  const at = domains.under(domainOf(room)) ?? domains.first
  const home = domainOf(owner)
  const ours = at === domains.first ? domains.has(home) : home === at
  const creators = domains.setting(ours ? home : at, 'roomsCreate')
  if (creators === 'everyone') return true
  return ours && (creators === 'local' || (await isAdmin(owner)))
}
