import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bareJid } from '../../src/protocol/jid.ts'
import { newcomer, password } from './portal-rig.ts'
import { asks, openHouse } from './rig.ts'

const house = await openHouse({ registration: { open: true } })
const other = 'verona.example'
assert.deepEqual(await house.inside.domains.add(other), { done: true })

async function made(localpart: string, domain: string) {
  const result = await house.inside.accounts.create(bareJid(localpart, domain)!, password, 'operator')
  assert.ok(result.done)
  return result.account
}

/** Signs in at the pages of a domain; gives back the cookie, if there is one. */
async function cookieAt(host: string, address: string): Promise<string | undefined> {
  const answer = await asks(house, '/login', {
    method: 'POST',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ address, password }).toString(),
  })
  return answer.headers['set-cookie']?.[0]?.split(';')[0]
}

describe('the account pages of a domain', () => {
  test('take a name for one of its own, and a whole address for what it is', async () => {
    await made('romeo', other)
    assert.equal(await cookieAt('localhost', 'romeo'), undefined, 'there is no romeo@localhost')
    for (const [host, address] of [
      [other, 'romeo'],
      [other, `romeo@${other}`],
      ['localhost', `romeo@${other}`],
    ] as const) {
      const cookie = await cookieAt(host, address)
      assert.ok(cookie !== undefined, `${address} at ${host}`)
      assert.match((await asks(house, '/account', { headers: { host, cookie } })).body, /romeo@verona\.example/)
    }
  })

  test('let those who look after it look after it, and nothing else', async () => {
    const account = await made('prince', other)
    await house.inside.marks.set(account, 'admin', true)
    const guest = await newcomer(house)
    const cookie = (await cookieAt(other, 'prince'))!
    const look = async (path: string) => asks(house, path, { headers: { host: other, cookie } })
    const list = (await look('/admin/accounts')).body
    assert.ok(list.includes(`prince@${other}`) && !list.includes('localhost'))
    assert.equal((await look(`/admin/accounts/${other}/prince`)).status, 200)
    assert.equal((await look(`/admin/accounts/localhost/${guest}`)).status, 404)
    for (const path of ['/admin/reports', '/admin/requests']) assert.equal((await look(path)).status, 404, path)
    assert.doesNotMatch((await look('/admin')).body, /Reports|How the service is/)
  })
})
