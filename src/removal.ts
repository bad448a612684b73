/** What has to happen around the end of an account besides its erasure: in the running service, and in a stopped one. */

import { type Account, type Accounts, jidOf } from './accounts/accounts.ts'
import type { RosterItem, RosterStore } from './accounts/roster.ts'
import { loadRoster } from './accounts/roster.ts'
import { type BareJid, isBare } from './protocol/jid.ts'
import type { LocalAccount } from './routing/account.ts'
import type { Router } from './routing/router.ts'

export interface ServiceParts {
  readonly accounts: Accounts
  readonly router: Router
  /** An account as the router wants it, also where nobody finds it any more. */
  open(account: Account): Promise<LocalAccount>
  /** Nothing about an account stays in memory. */
  forget(account: Account): void
}

/** The router ends sessions and tells contacts. */
export function endSessions({ accounts, router, open, forget }: ServiceParts): void {
  accounts.on('suspended', async account => {
    const local = await router.account(jidOf(account))
    if (local !== undefined) router.suspend(local, 'This account is about to be deleted.')
  })
  accounts.on('restored', async account => {
    const local = await router.account(jidOf(account))
    if (local !== undefined) local.suspended = false
  })
  accounts.on('leaving', async account => {
    try {
      // Nobody finds it any more who has not found it before; its contacts have to be told all the same.
      await router.remove((await router.account(jidOf(account))) ?? (await open(account)))
    } finally {
      forget(account)
    }
  })
}

/** Without a router nobody is online to be told, but the contacts have to find it in their rosters all the same. */
export function partWithContacts(accounts: Accounts, store: RosterStore): void {
  accounts.on('leaving', async account => {
    const jid = jidOf(account)
    const { items } = await store.load(account.id)
    for (const item of items) {
      const contact = isBare(item.jid) ? await accounts.findJid(item.jid) : undefined
      if (contact !== undefined) await partWith(contact.id, jid, store)
    }
  })
}

/** RFC 6121 §A.3: what `unsubscribe` and `unsubscribed` make of any state together. */
async function partWith(contact: number, gone: BareJid, store: RosterStore): Promise<void> {
  const roster = await loadRoster(contact, store)
  const before = roster.get(gone)
  if (before === undefined) return
  if (before.unlisted === true) return roster.remove(gone)
  const { jid, name, groups, approved } = before
  const after: RosterItem = {
    jid,
    groups,
    subscription: 'none',
    ...(name === undefined ? {} : { name }),
    ...(approved === undefined ? {} : { approved }),
  }
  await roster.put(after)
}
