/** Somebody who uses the account pages with a program: it keeps the cookie, and brings the token of a form back. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { type Answer, asks, type Bytes, bytesOf, type House } from './rig.ts'

export const password = 'bafotu-limeka-rosine'

/** An account that nobody else in the file has. */
export async function newcomer({ server }: Pick<House, 'server'>): Promise<string> {
  const name = `guest-${randomBytes(4).toString('hex')}`
  await server.createAccount(name, password)
  return name
}

export class Person {
  readonly #house: Pick<House, 'origin'>
  cookie = ''

  constructor(house: Pick<House, 'origin'>) {
    this.#house = house
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#kept(await asks(this.#house, path, { headers: { ...this.#cookies(), ...headers } }))
  }

  /** Sends a form as a browser does, with the token of the page that has it. @param from that page */
  async post(path: string, fields: Readonly<Record<string, string>>, from = path): Promise<Answer> {
    const token = this.cookie === '' ? undefined : tokenIn((await this.get(from)).body)
    return this.send(path, token === undefined ? fields : { token, ...fields })
  }

  /** Sends a form without looking at any page before. */
  async send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Answer> {
    const answer = await asks(this.#house, path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...this.#cookies(), ...headers },
      body: new URLSearchParams(fields).toString(),
    })
    return this.#kept(answer)
  }

  /** Sends a form and takes whatever comes, as it is. */
  async bytes(path: string, fields: Readonly<Record<string, string>>): Promise<Bytes> {
    return bytesOf(this.#house, path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        ...this.#cookies(),
      },
      body: new URLSearchParams(fields).toString(),
    })
  }

  /** Brings a file along, as a browser sends it. */
  async brings(file: string | Buffer, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return asks(this.#house, '/account/import', await this.#withFile(file, fields))
  }

  /** Sends what there is of a file, and hangs up. */
  async breaksOff(file: string, when: () => Promise<void>): Promise<void> {
    const { body, ...sent } = await this.#withFile(file, {})
    const { host, port } = new URL(this.#house.origin)
    const options = { ...sent, host: '127.0.0.1', port, path: '/account/import', rejectUnauthorized: false }
    const asking = request({ ...options, headers: { host, ...sent.headers } })
    asking.on('error', () => undefined)
    // The end of the form stays away.
    asking.write(body.subarray(0, -20))
    await when()
    const closed = new Promise(resolve => asking.once('close', resolve))
    asking.destroy()
    await closed
  }

  async #withFile(file: string | Buffer, fields: Readonly<Record<string, string>>) {
    const path = '/account/import'
    const boundary = 'what-nobody-writes'
    const token = tokenIn((await this.get(path)).body)!
    const parts = Object.entries({ token, password, ...fields }).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const head = `${parts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="account.xml"\r\nContent-Type: text/xml\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), Buffer.from(file), Buffer.from(`\r\n--${boundary}--\r\n`)])
    const headers = {
      ...this.#cookies(),
      'sec-fetch-site': 'same-origin',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(body.length),
    }
    return { method: 'POST', headers, body }
  }

  async signsIn(address: string, typed = password): Promise<Answer> {
    return this.send('/login', { address, password: typed })
  }

  #cookies(): Record<string, string> {
    return this.cookie === '' ? {} : { cookie: this.cookie }
  }

  #kept(answer: Answer): Answer {
    for (const cookie of answer.headers['set-cookie'] ?? []) this.cookie = cookie.split(';')[0]!
    if (this.cookie.endsWith('=')) this.cookie = ''
    return answer
  }
}

/** Somebody who is signed in. */
export async function signedIn(house: House, name?: string): Promise<{ person: Person; name: string; jid: string }> {
  const who = name ?? (await newcomer(house))
  const person = new Person(house)
  const answer = await person.signsIn(who)
  assert.equal(answer.status, 303, answer.body)
  return { person, name: who, jid: `${who}@${house.server.domain}` }
}

export function tokenIn(body: string): string | undefined {
  return /name="token" value="([^"]+)"/.exec(body)?.[1]
}

/** An account as a file (XEP-0227). */
export function around(inside: string, name = 'juliet', host = 'old.example'): string {
  return `<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'><host jid='${host}'><user name='${name}'>${inside}</user></host></server-data>`
}
