/** What benches of the whole program share: accounts by the thousand, people who sign in, and what the process takes. */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { accountStore } from '../../src/accounts/account-store.ts'
import type { Verifier } from '../../src/accounts/credentials.ts'
import { catalogue } from '../../src/catalogue.ts'
import type { openHouse } from '../../src/house.ts'
import { Client } from '../kit/client.ts'

export const password = 'wherefore art thou'
/** Accounts that are being made at one time. */
const atOnce = 200

type House = Awaited<ReturnType<typeof openHouse>>

/** Verifiers of one password, worked out once: what is measured here is not how passwords are stretched. */
async function verifiersOf(house: House): Promise<readonly Verifier[]> {
  const verifiers = await house.work.verifiers(Buffer.from(password))
  if (verifiers === 'busy') throw new Error('Passwords could not be stretched.')
  return verifiers
}

/** Makes accounts, all with the same password, while the service is stopped. */
export async function makeAccounts(
  house: House,
  people: readonly { readonly localpart: string; readonly domain: string }[],
): Promise<void> {
  const store = accountStore(house.db, catalogue, [], house)
  const verifiers = await verifiersOf(house)
  const created = house.today()
  const wanted = [...people]
  while (wanted.length > 0) {
    await Promise.all(
      wanted.splice(-atOnce).map(person => {
        const id = randomBytes(6).readUIntBE(0, 6)
        const keys = verifiers.map(each => ({ ...each, clientKey: randomBytes(32) }))
        return store.create({ ...person, id, created }, keys)
      }),
    )
  }
}

/** Where a server listens, and for which domain. */
export interface Place {
  readonly host: string
  readonly ports: { readonly c2s: number; readonly c2sTls: number; readonly https: number }
}

/** Somebody with one device that is there. */
export async function signsIn(server: Place, username: string, domain: string): Promise<Client> {
  const client = await Client.connect({ host: server.host, ports: server.ports, domain })
  await client.signIn({ username, password })
  await client.bind('bench')
  client.send('<presence/>')
  await client.ping()
  client.wire.inbox.length = 0
  return client
}

export function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

/** Seconds of user and system time, of all threads. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** One figure of a bench, in a line. */
export function line(what: string, figure: number, unit: string, digits = 0): void {
  console.log(`${what.padEnd(60)} ${figure.toFixed(digits).padStart(9)} ${unit}`)
}
