/** RFC 9116: whom to tell about a vulnerability, where those look who find one. */
import { type Feature, rfc } from '../routing/feature.ts'

const dayMs = 86_400_000

/** RFC 9116 §2.5.5 asks for less than a year. It is computed anew at each visit, so it never runs out. */
const validDays = 180

/**
 * @param contacts addresses, the preferred one first; without any there is no such file
 * @param now milliseconds since 1970
 */
export const securityContact = (contacts: readonly string[], webAddress: () => string, now: () => number): Feature => ({
  name: 'security contact',
  implements: [rfc(9116, 'partial', 'contact, expiry and canonical address')],
  pages:
    contacts.length === 0
      ? []
      : [
          {
            path: '/.well-known/security.txt',
            methods: ['GET'],
            handle: visit => {
              const expires = new Date(Math.floor(now() / dayMs) * dayMs + validDays * dayMs).toISOString()
              const lines = [
                ...contacts.map(address => `Contact: ${address}`),
                `Expires: ${expires}`,
                `Canonical: ${webAddress()}/.well-known/security.txt`,
              ]
              visit.send(200, 'text/plain; charset=utf-8', `${lines.join('\n')}\n`)
            },
          },
        ],
})
