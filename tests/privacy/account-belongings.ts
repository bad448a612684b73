/** What somebody leaves by way of the account pages, and those who run the service about them. */

import { DomainRequests } from '../../src/accounts/domain-requests.ts'
import { OwnRetention } from '../../src/accounts/own-retention.ts'
import { RecoveryAddresses } from '../../src/accounts/recovery-address.ts'
import { SecondFactors } from '../../src/accounts/second-factor.ts'
import { serviceKey } from '../../src/accounts/service-keys.ts'
import { suspensionCollection } from '../../src/accounts/suspensions.ts'
import { freshTotpSecret, totpCode, totpStep } from '../../src/accounts/totp.ts'
import type { House } from '../../src/house.ts'
import { parseMailAddress } from '../../src/protocol/mail-address.ts'
import type { Marks } from './belongings.ts'

export async function leaveOnAccountPages(
  { accounts, db, documents, today }: House,
  { email, wish, suspension }: Marks,
): Promise<void> {
  const { id } = (await accounts.find('romeo', 'localhost'))!
  const addresses = new RecoveryAddresses({ documents, secret: await serviceKey(db, 'recovery addresses', 32) })
  await addresses.keep(id, await addresses.markOf(id, parseMailAddress(`${email}@verona.example`)!))
  const now = Date.now()
  const secret = freshTotpSecret()
  const codes = new SecondFactors({ documents, now: () => now })
  if (!(await codes.add(id, secret, totpCode(secret, totpStep(now))))) throw new Error('The code was not taken.')
  // By itself, so that nobody is kept from signing in.
  await documents.put(id, suspensionCollection, '', suspension)
  await new DomainRequests({ db, today }).ask(id, `${wish}.example`)
  await new OwnRetention({ db, days: 90, stores: [] }).set(id, 30, today())
}
