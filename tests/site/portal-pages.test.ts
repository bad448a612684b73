import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { totpCode, totpStep } from '../../src/accounts/totp.ts'
import type { Visit } from '../kit/browser.ts'
import { Client } from '../kit/client.ts'
import { MailServer } from '../kit/smtp.ts'
import { newcomer, password } from './portal-rig.ts'
import { findings, furnished, headingsAreWhole, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const limit = { timeout: 240_000 }
const mail = await MailServer.open()
after(() => mail.close())
const house = await openHouse({
  ...furnished,
  accounts: { grace_days: 14 },
  mail: { host: '127.0.0.1', port: mail.port, tls: 'none', from: 'no-reply@example.org' },
})

const strangers = ['/login', '/recover', '/recover/nothing', '/confirm/nothing']
const owners = [
  '/account',
  '/account/held',
  '/account/password',
  '/account/email',
  '/account/codes',
  '/account/recovery',
  '/account/history',
  '/account/files',
  '/account/export',
  '/account/import',
  '/account/devices',
  '/account/invitations',
  '/account/domain',
  '/account/moving',
  '/account/leaving',
]
const operators = [
  '/admin',
  '/admin/accounts',
  '/admin/invitations',
  '/admin/reports',
  '/admin/requests',
  '/admin/announce',
]

async function signsIn({ page }: Visit, address: string, typed = password): Promise<void> {
  await page.goto(`${house.origin}/en/login`)
  await page.fill('#address', address)
  await page.fill('#password', typed)
  await page.click('main button')
}

async function looksAt(seen: Visit, paths: readonly string[], way: string, language = 'en'): Promise<void> {
  for (const path of paths) {
    await seen.page.goto(`${house.origin}/${language}${path}`)
    await isSound(seen)
    await headingsAreWhole(seen)
    assert.deepEqual(await findings(seen), [], path)
    await picture(seen, `portal${path.replace(/\W+/g, '-')}-${way.replaceAll(' ', '-')}`)
  }
}

/** An account with something on every page: it looks after others, has a device, invitations, a report to see to. */
const operator = await newcomer(house)
await house.server.makeAdmin?.(operator)
const device = await Client.connect(house.server)
await device.signIn({ username: operator, password })
await device.bind('Gajim.ZK3VQ1')
{
  const { accounts, reports, invitations, files } = house.inside
  const account = (await accounts.find(operator, 'localhost'))!
  await reports.add(account.id, {
    about: 'mallory@localhost',
    reason: 'urn:xmpp:reporting:spam',
    text: '<img src=x onerror=alert(1)> sells watches',
    messages: [],
    allows: [],
  })
  await invitations.create({ host: account.id, domain: 'localhost', befriends: true, admits: true, uses: 1, days: 7 })
  assert.deepEqual(await files.list(account.id), [])
}

describe('every account page', () => {
  for (const [way, how] of Object.entries(ways)) {
    test(`${way}: fits, loads nothing from elsewhere, and axe finds nothing`, limit, async t => {
      const seen = await visitor(t, house, how)
      await looksAt(seen, strangers, way)
      await signsIn(seen, operator)
      assert.equal(new URL(seen.page.url()).pathname, '/en/account')
      await looksAt(seen, [...owners, ...operators, `/admin/accounts/localhost/${operator}`], way)
    })
  }

  test('in German as well', limit, async t => {
    const seen = await visitor(t, house, { locale: 'de-DE', ...ways['phone by day'] })
    await signsIn(seen, operator)
    await looksAt(seen, [...owners, ...operators], 'german', 'de')
  })
})

describe('without scripts', () => {
  test('somebody goes through every page of their account, and out', limit, async t => {
    const seen = await visitor(t, house, { javaScript: false, ...ways['phone by day'] })
    const { page } = seen
    const name = await newcomer(house)
    await signsIn(seen, name, 'wrong')
    assert.equal(await page.innerText('[role=alert]'), 'The address or the password is wrong.')
    assert.equal(await page.inputValue('#address'), name)
    assert.equal(await page.inputValue('#password'), '')
    await signsIn(seen, `${name}@localhost`)
    assert.equal(await page.innerText('nav [aria-current]'), 'Account')

    await page.click('text=Recovery code')
    await page.fill('#password', password)
    await page.click('main button')
    const code = await page.innerText('.secret')
    assert.match(code, /^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$/)
    await picture(seen, 'portal-recovery-shown')

    await page.click('main >> text=Account')
    await page.click('text=Codes at sign-in')
    const secret = (await page.innerText('.secret')).replaceAll(' ', '')
    await page.fill('#code', '000000')
    await page.fill('#password', password)
    await page.click('main button')
    assert.match(await page.innerText('#code-wrong'), /This is not the code/)
    assert.equal((await page.innerText('.secret')).replaceAll(' ', ''), secret)
    await page.fill('#code', totpCode(secret, totpStep(Date.now())))
    await page.fill('#password', password)
    await page.click('main button')
    assert.match(await page.innerText('[role=status]'), /From now on you are asked for a code/)

    await page.click('main >> text=Account')
    await page.click('text=Sign out >> nth=0')
    assert.equal(await page.innerText('[role=status]'), 'You are signed out.')
    await signsIn(seen, name)
    assert.equal(await page.innerText('h1'), 'One more thing')
    await page.goto(`${house.origin}/en/account`)
    assert.equal(new URL(page.url()).pathname, '/en/login', 'halfway in is not in')
    await page.goto(`${house.origin}/en/login/code`)
    await picture(seen, 'portal-code')
    await page.fill('#code', code)
    await page.click('main button')
    assert.equal(new URL(page.url()).pathname, '/en/account')
    await page.click('text=Codes at sign-in')
    assert.match(await page.innerText('article'), /No codes are asked for/)

    await page.click('main >> text=Account')
    await page.click('text=Delete the account')
    await page.check('#when-now')
    await page.fill('#password', password)
    await page.check('#sure')
    await page.click('main button')
    assert.equal(await page.innerText('h1'), 'Your account is deleted')
    await picture(seen, 'portal-deleted')
    assert.deepEqual(seen.foreign, [])
  })
})

describe('letters', () => {
  test('somebody gives an address, loses the password, and gets in again', limit, async t => {
    const seen = await visitor(t, house, ways['phone by day'])
    const { page } = seen
    const name = await newcomer(house)
    const email = 'benvolio@verona.example'
    const follows = async () => page.goto(/https:\S+/.exec((await mail.next(email)).text)![0])
    const looks = async (picturedAs: string) => {
      await isSound(seen)
      assert.deepEqual(await findings(seen), [], picturedAs)
      await picture(seen, `portal-${picturedAs}`)
    }
    await signsIn(seen, name)
    await page.click('text=E-mail for a lost password')
    await page.fill('#email', 'two..dots@verona.example')
    await page.fill('#password', password)
    await page.click('main button')
    assert.equal(await page.innerText('#email-wrong'), 'This is not an e-mail address.')
    await looks('email-wrong')
    await page.fill('#email', email)
    await page.fill('#password', password)
    await page.click('main button')
    await looks('email-sent')
    await follows()
    await looks('confirm')
    await page.click('main button')
    assert.equal(await page.innerText('h1'), 'Your address is confirmed')
    await looks('confirmed')
    await page.goto(`${house.origin}/en/account/email`)
    assert.match(await page.innerText('main'), /There is an address/)
    await looks('email-there')

    await page.context().clearCookies()
    await page.goto(`${house.origin}/en/login`)
    await page.click('text=Password forgotten?')
    await page.fill('#address', name)
    await page.fill('#email', email)
    await page.click('main button')
    await looks('sent')
    await follows()
    await looks('choose')
    await page.fill('#fresh', 'qwertz123')
    await page.fill('#again', 'qwertz123')
    await page.click('main button')
    assert.match(await page.innerText('#fresh-wrong'), /everybody tries first/)
    await looks('choose-wrong')
    const fresh = 'duvapo-kelira-simone'
    await page.fill('#fresh', fresh)
    await page.fill('#again', fresh)
    await page.click('main button')
    assert.equal(await page.innerText('h1'), 'You have a new password')
    await looks('chosen')
    await signsIn(seen, name, fresh)
    assert.equal(new URL(page.url()).pathname, '/en/account')
  })
})

describe('what others have written', () => {
  test('is text, and nothing runs', limit, async t => {
    const seen = await visitor(t, house)
    await signsIn(seen, operator)
    await seen.page.goto(`${house.origin}/en/admin/reports`)
    assert.match(await seen.page.innerText('main'), /<img src=x onerror=alert\(1\)> sells watches/)
    assert.equal(await seen.page.locator('main img').count(), 0)
    assert.deepEqual(seen.errors, [])
  })
})
