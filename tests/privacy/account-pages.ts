/** One person's way through the account pages, from one address: everything that can be done there, well and badly. */

import { request } from 'node:https'
import type { MailServer } from '../kit/smtp.ts'

export interface AccountPagesParts {
  readonly host: string
  readonly port: number
  readonly localAddress: string
  readonly password: string
  readonly wrongPassword: string
  /** An e-mail address that is given, and never to be found. */
  readonly email: string
  readonly mail: MailServer
}

const owners = ['', '/password', '/email', '/codes', '/recovery', '/history', '/files', '/export', '/devices']
const others = ['/invitations', '/domain', '/moving', '/leaving']

export async function usesAccountPages(parts: AccountPagesParts): Promise<void> {
  const { password, wrongPassword, email, mail } = parts
  let cookie = ''

  function asks(path: string, fields?: Readonly<Record<string, string>>): Promise<string> {
    const { host, port, localAddress } = parts
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      ...(cookie === '' ? {} : { cookie }),
    }
    const method = fields === undefined ? 'GET' : 'POST'
    return new Promise((resolve, reject) => {
      const options = { host, port, path, method, headers, localAddress, rejectUnauthorized: false }
      const asking = request(options, answer => {
        for (const set of answer.headers['set-cookie'] ?? []) cookie = set.split(';')[0]!
        let text = ''
        answer.setEncoding('utf8').on('data', piece => {
          text += piece
        })
        answer.on('end', () => resolve(text))
      })
      asking.on('error', reject)
      asking.end(fields && new URLSearchParams(fields).toString())
    })
  }

  async function fillsIn(path: string, fields: Readonly<Record<string, string>>, from = path): Promise<string> {
    const token = /name="token" value="([^"]+)"/.exec(await asks(from))?.[1] ?? ''
    return asks(path, { token, ...fields })
  }

  await asks('/login', { address: 'romeo', password: wrongPassword })
  await asks('/login', { address: wrongPassword, password: wrongPassword })
  await asks(`/login?next=${encodeURIComponent(wrongPassword)}`)
  await asks('/recover', { address: 'romeo', email })
  await asks('/recover', { address: wrongPassword, email: wrongPassword })
  await asks(`/recover/${encodeURIComponent(wrongPassword)}`)
  await asks('/login', { address: 'romeo', password })
  for (const path of [...owners, ...others]) {
    const page = await asks(`/account${path}`)
    if (!page.includes('name="token"') && path !== '/devices' && path !== '/files') {
      throw new Error(`The page ${path} was not shown.`)
    }
  }
  await fillsIn('/account/email', { email, password: wrongPassword })
  await fillsIn('/account/email', { email, password })
  const { text } = await mail.next(email)
  await asks(new URL(/https:\S+/.exec(text)![0]).pathname, {})
  await asks('/recover', { address: 'romeo', email })
  await mail.next(email)
  await fillsIn('/account/recovery', { password })
  await fillsIn('/account/export', { password })
  await fillsIn('/account/history', { habit: 'always' })
  await fillsIn('/account/history/days', { days: '30' }, '/account/history')
  await fillsIn('/account/invitations', { name: '' })
  await fillsIn('/account/domain', { domain: 'verona.example' })
  await fillsIn('/account/moving', { to: 'romeo@elsewhere.example', password: wrongPassword })
  await fillsIn('/account/leaving', { sure: '1', password: wrongPassword })
  await fillsIn('/account/password', { password, fresh: wrongPassword, again: password })
  await asks('/account/password', { token: password, password })
  await fillsIn('/logout/everywhere', {}, '/account')
}
