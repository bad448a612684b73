/** RFC 9116: whom to tell about a vulnerability, where those look who find one. */
import type { Domains, LocalDomains } from '../accounts/domains.ts'
import { type Feature, PageProblem, rfc } from '../routing/feature.ts'

const dayMs = 86_400_000

/** RFC 9116 §2.5.5 asks for less than a year. It is computed anew at each visit, so it never runs out. */
const validDays = 180

export interface SecurityContactParts {
  readonly domains: LocalDomains & Pick<Domains, 'under'>
  /** `https://example.org:5443`: where the people of a domain reach the pages. */
  webAddress(domain: string): string
  /** Milliseconds since 1970. */
  now(): number
}

/** A domain without a contact has no such file. */
export const securityContact = ({ domains, webAddress, now }: SecurityContactParts): Feature => ({
  name: 'security contact',
  implements: [rfc(9116, 'partial', 'contact, expiry and canonical address')],
  pages: [
    {
      path: '/.well-known/security.txt',
      methods: ['GET'],
      handle: visit => {
        const domain = domains.under(visit.host) ?? domains.first
        const contacts = domains.setting(domain, 'security')
        if (contacts.length === 0) throw new PageProblem(404, 'Nobody is named here for such reports.')
        const expires = new Date(Math.floor(now() / dayMs) * dayMs + validDays * dayMs).toISOString()
        const lines = [
          ...contacts.map(address => `Contact: ${address}`),
          `Expires: ${expires}`,
          `Canonical: ${webAddress(domain)}/.well-known/security.txt`,
        ]
        visit.send(200, 'text/plain; charset=utf-8', `${lines.join('\n')}\n`)
      },
    },
  ],
})
