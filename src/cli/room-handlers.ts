/** What the command line can have done about rooms. */

import type { Domains } from '../accounts/domains.ts'
import type { RoomAuthors } from '../archive/room-authors.ts'
import { type Handler, Refused } from '../operations/control.ts'
import { domainOf, parseBareJid } from '../protocol/jid.ts'

export interface RoomHandlerParts {
  readonly roomAuthors: Pick<RoomAuthors, 'eraseSoFar'>
  readonly domains: Pick<Domains, 'has'>
}

export function roomHandlers({ roomAuthors, domains }: RoomHandlerParts): Readonly<Record<string, Handler>> {
  return {
    'room forget': async ({ jid }) => {
      const person = typeof jid === 'string' ? parseBareJid(jid) : undefined
      if (person === undefined) throw new Refused('This is not the address of a person.')
      if (domains.has(domainOf(person))) {
        throw new Refused(`${person} is one of ours: "sotto account delete" erases their words with everything else.`)
      }
      return { erased: (await roomAuthors.eraseSoFar(person)) > 0 }
    },
  }
}
