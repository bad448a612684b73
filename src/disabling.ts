/** What happens in the running service when an account is disabled. */

import { jidOf } from './accounts/accounts.ts'
import type { Marks } from './accounts/marks.ts'
import type { Router } from './routing/router.ts'

/** Its sessions end; no new ones begin, since nobody gets through the door (`SignIn`). */
export function endDisabled(marks: Marks, router: Router): void {
  marks.watch(async (account, mark, on) => {
    if (mark !== 'disabled' || !on) return
    const local = await router.account(jidOf(account))
    if (local === undefined) return
    const before = local.suspended
    router.suspend(local, 'This account has been disabled.')
    local.suspended = before
  })
}
