/** Everything that the command line can have done, by the running service or by itself. */

import { catalogue } from '../catalogue.ts'
import type { House } from '../house.ts'
import type { Handler } from '../operations/control.ts'
import { accountHandlers } from './account-handlers.ts'
import { domainHandlers } from './domain-handlers.ts'
import { inviteHandlers } from './invite-handlers.ts'
import { markHandlers } from './mark-handlers.ts'
import { passwordHandlers } from './password-handlers.ts'
import { reportHandlers } from './report-handlers.ts'
import { roomHandlers } from './room-handlers.ts'

/** @param webAddress where the people of a domain reach the HTTPS port from outside; undefined where there is none */
export function houseHandlers(
  house: House,
  webAddress: (domain: string) => string | undefined,
): Readonly<Record<string, Handler>> {
  return {
    ...accountHandlers({ ...house, catalogue }),
    ...inviteHandlers({ ...house, webAddress }),
    ...passwordHandlers(house),
    ...domainHandlers(house),
    ...markHandlers(house),
    ...reportHandlers(house),
    ...roomHandlers(house),
  }
}
