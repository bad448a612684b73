/** All account pages. No logic. */

import type { Page } from '../../http/page.ts'
import type { SitePage } from '../frame/page.ts'
import { bringingPage } from './bringing.ts'
import { Desk } from './desk.ts'
import { confirmPage, emailPages } from './email.ts'
import { gettingInPages } from './getting-in.ts'
import { leavingPages } from './leaving.ts'
import { loginPages } from './login.ts'
import { operatorAccountPages } from './operator-accounts.ts'
import { operatorPages } from './operators.ts'
import { othersPages } from './others.ts'
import { heldPage, overviewPage } from './overview.ts'
import { ownThingsPages } from './own-things.ts'
import type { PortalParts } from './parts.ts'
import { recoverPages } from './recover.ts'

export function portalPages(parts: PortalParts): readonly SitePage[] {
  const desk = new Desk(parts)
  const own = [
    overviewPage(parts),
    heldPage(parts),
    ...gettingInPages(parts, desk),
    ...emailPages(parts),
    ...ownThingsPages(parts),
    bringingPage(parts),
    ...othersPages(parts),
    ...leavingPages(parts, desk),
    ...operatorPages(parts),
    ...operatorAccountPages(parts),
  ]
  return [...loginPages(parts, desk), ...recoverPages(parts), confirmPage(parts), ...own.map(page => desk.page(page))]
}

/** W3C "A Well-Known URL for Changing Passwords": where password managers send people. */
export const changePasswordPage: Page = {
  path: '/.well-known/change-password',
  methods: ['GET'],
  handle: visit => visit.send(302, 'text/plain; charset=utf-8', '', { location: '/account/password' }),
}
