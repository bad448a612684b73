/** What a hostile or careless program sends to the account pages, byte by byte. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { MailServer } from '../kit/smtp.ts'
import { newcomer, Person, password, signedIn } from './portal-rig.ts'
import { asks, openHouse } from './rig.ts'

const mail = await MailServer.open()
after(() => mail.close())
const house = await openHouse({
  registration: { open: true },
  passwords: { iterations: 100_000 },
  mail: { host: '127.0.0.1', port: mail.port, tls: 'none', from: 'no-reply@example.org' },
})

/** Sends bytes, and gives back everything that comes until the connection ends. */
function sends(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: house.server.ports.https!, rejectUnauthorized: false }, () =>
      socket.end(bytes),
    )
    let came = ''
    socket.setEncoding('utf8').on('data', piece => {
      came += piece
    })
    socket.on('close', () => resolve(came))
    socket.on('error', reject)
  })
}

const answersIn = (came: string) => [...came.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
const smuggled = 'GET /account HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('a request of which two readers could make different things', () => {
  for (const [what, head] of [
    ['both lengths', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `Content-Length: 0\r\nContent-Length: 47\r\n\r\n${smuggled}`],
    ['a coding that is none', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a coding behind a space', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a folded header', `Content-Length: 0\r\nX-A: b\r\n Content-Length: 47\r\n\r\n${smuggled}`],
    ['a size of a chunk that is none', `Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled}`],
  ] as const) {
    test(`${what}: is refused, and nothing behind it is a request`, async () => {
      const came = await sends(`POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n${head}`)
      assert.deepEqual(
        answersIn(came)
          .filter(status => status !== '400')
          .slice(1),
        [],
        came,
      )
      assert.doesNotMatch(came, /location: \/login/i)
    })
  }
})

describe('the name that is asked for', () => {
  test('cannot put another one into a letter', async () => {
    const { person, name } = await signedIn(house)
    await person.post('/account/email', { email: 'romeo@verona.example', password })
    const confirm = await mail.next('romeo@verona.example')
    await new Person(house).send(new URL(/https:\S+/.exec(confirm.text)![0]).pathname, {})
    for (const host of ['evil.example', 'localhost:443@evil.example', 'localhost.evil.example']) {
      await asks(house, '/recover', {
        method: 'POST',
        headers: { host, 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-host': host },
        body: new URLSearchParams({ address: `${name}@localhost`, email: 'romeo@verona.example' }).toString(),
      })
      const { text } = await mail.next('romeo@verona.example')
      assert.doesNotMatch(text, /evil/)
      assert.equal(new URL(/https:\S+/.exec(text)![0]).origin, house.origin)
    }
  })
})

describe('how long a sign-in takes', () => {
  test('does not tell whether there is such an account', async () => {
    const name = await newcomer(house)
    const took = async (address: string): Promise<number> => {
      const began = performance.now()
      await new Person(house).signsIn(address, 'wrong')
      return performance.now() - began
    }
    const times: [number[], number[]] = [[], []]
    for (let i = 0; i < 15; i++) {
      times[0].push(await took(name))
      times[1].push(await took('nobody-at-all'))
    }
    const [some, none] = times.map(all => all.sort((a, b) => a - b)[7]!) as [number, number]
    assert.ok(some > 10, `it takes ${some} ms`)
    assert.ok(Math.abs(some - none) < Math.max(some, none) / 2, `${some} and ${none}`)
  })
})
