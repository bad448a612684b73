import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { invitationLinks } from '../../src/accounts/invitation-links.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { Client } from '../kit/client.ts'
import { answerTo } from './answers.ts'
import { asks, fillsIn, findings, furnished, type House, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const limit = { timeout: 120_000 }
const freshName = () => `bill-${randomBytes(4).toString('hex')}`

const questionIn = (body: string) => />One question: ([^<]+)</.exec(body)?.[1] ?? ''
const tokenIn = (body: string) => /name="token" value="([^"]+)"/.exec(body)![1]!
const wrongs = (body: string) => [...body.matchAll(/class="wrong"[^>]*>([^<]+)</g)].map(([, text]) => text)
const noticed = (body: string) => /role="alert"><h2>[^<]*<\/h2><p>([^<]*)</.exec(body)?.[1]

/** The form as somebody gets it who takes their time. */
async function form(house: House, path = '/en/sign-up'): Promise<{ token: string; answer: string }> {
  const { body } = await asks(house, path)
  house.passes(5000)
  const question = questionIn(body)
  return { token: tokenIn(body), answer: question === '' ? '' : answerTo(question) }
}

describe('signing up in the open', async () => {
  const house = await openHouse({ ...furnished, limits: { enabled: false } })

  for (const [way, how] of Object.entries(ways)) {
    test(`${way}, without scripts: from the first page to a sign-in with an app`, limit, async t => {
      const seen = await visitor(t, house, { ...how, javaScript: false })
      const { page } = seen
      const username = freshName()
      await page.goto(`${house.origin}/`)
      await page.click('text=Make an account')
      await page.fill('#name', username)
      await page.fill('#answer', answerTo(await page.innerText('label[for=answer]')))
      house.passes(5000)
      await page.click('button')
      assert.equal(await page.innerText('h1'), `Welcome, ${username}`)
      assert.equal(await page.innerText('#address'), `${username}@localhost`)
      const password = await page.innerText('#password')
      assert.match(password, /^([a-z]{6}-){3}[a-z]{6}$/)
      assert.match(await page.innerText('#recovery'), /^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$/)
      assert.equal(await page.locator('.qr svg').count(), 1)
      await picture(seen, `welcome-${way.replaceAll(' ', '-')}`)
      const client = await Client.connect(house.server)
      await client.signIn({ username, password })
      client.drop()
      assert.deepEqual(seen.foreign, [])
    })
  }

  test('axe finds nothing on what is shown to who made mistakes, and to who is welcome', limit, async t => {
    const seen = await visitor(t, house, ways['phone by day'])
    const { page } = seen
    await page.goto(`${house.origin}/sign-up`)
    await page.fill('#name', 'a@b')
    await page.fill('#password', '12345678')
    await page.fill('#answer', '77')
    house.passes(5000)
    await page.click('button')
    assert.equal(await page.locator('.wrong').count(), 3)
    assert.equal(await page.inputValue('#name'), 'a@b')
    assert.equal(await page.inputValue('#password'), '')
    await isSound(seen)
    assert.deepEqual(await findings(seen), [])
    await picture(seen, 'sign-up-mistakes')
    const username = freshName()
    await page.fill('#name', username)
    await page.fill('#password', 'Soft! what light through yonder')
    await page.fill('#answer', answerTo(await page.innerText('label[for=answer]')))
    house.passes(5000)
    await page.click('button')
    assert.equal(await page.innerText('h1'), `Welcome, ${username}`)
    assert.equal(await page.locator('#password').count(), 0)
    await isSound(seen)
    assert.deepEqual(await findings(seen), [])
  })
})

describe('the form for signing up', async () => {
  const house = await openHouse({ ...furnished, limits: { enabled: false } })
  const password = 'Soft! what light'

  test('tells what is wrong with a password', async () => {
    for (const [chosen, wrong] of [
      ['short', 'A password needs at least 8 characters.'],
      ['bottom-localhost', 'This password is made of your name or of ours. Everybody tries that first.'],
      ['bottom1', 'A password needs at least 8 characters.'],
      ['Password123', 'This is one of the passwords that everybody tries first.'],
      ['aaaaaaaaaaa', 'This password is too simple: too few different characters, or all in a row.'],
      ['20021983', 'This password is too simple: too few different characters, or all in a row.'],
      ['abcdefghijkl', 'This password is too simple: too few different characters, or all in a row.'],
      ['Calli\u0000ope!', 'This password contains characters that cannot be used, or is far too long.'],
    ] as const) {
      const { status, body } = await fillsIn(house, '/en/sign-up', {
        ...(await form(house)),
        name: 'bottom',
        password: chosen,
      })
      assert.equal(status, 422, chosen)
      assert.deepEqual(wrongs(body), [wrong], chosen)
      assert.ok(!body.includes(`value="${chosen}"`))
    }
  })

  test('takes a name in the conservative sense, and tells what else could be had', async () => {
    const name = freshName()
    const first = await fillsIn(house, '/en/sign-up', { ...(await form(house)), name: name.toUpperCase(), password })
    assert.match(first.body, new RegExp(`>${name}@localhost<`))
    const second = await fillsIn(house, '/en/sign-up', { ...(await form(house)), name, password })
    assert.deepEqual(wrongs(second.body), ['This name is taken.'])
    const [suggestion] = /<b>([^<]+)<\/b>/.exec(second.body)!.slice(1)
    const third = await fillsIn(house, '/en/sign-up', { ...(await form(house)), name: suggestion!, password })
    assert.match(third.body, /Welcome, /)
    for (const unfit of ['', ' ', 'a b', 'a@b', '.a', 'ﬀ', '<script>alert(1)</script>', 'a'.repeat(65), 'a\u202eb']) {
      const { body } = await fillsIn(house, '/en/sign-up', { ...(await form(house)), name: unfit, password })
      assert.equal(wrongs(body).length, 1, unfit)
      assert.doesNotMatch(body, /<script/)
    }
  })

  test('is good once, for a while, and not in an instant', async () => {
    const name = freshName()
    const { body } = await asks(house, '/en/sign-up')
    const quick = { token: tokenIn(body), answer: answerTo(questionIn(body)), name, password }
    assert.match(noticed((await fillsIn(house, '/en/sign-up', quick)).body)!, /^That was quick/)
    const good = { ...(await form(house)), name, password }
    const welcome = await fillsIn(house, '/en/sign-up', good)
    assert.match(welcome.body, /Welcome/)
    assert.deepEqual([welcome.headers['cache-control'], welcome.headers['set-cookie']], ['no-store', undefined])
    assert.match(noticed((await fillsIn(house, '/en/sign-up', { ...good, name: freshName() })).body)!, /used already/)
    const old = { ...(await form(house)), name: freshName(), password }
    house.passes(3 * 3_600_000)
    assert.match(noticed((await fillsIn(house, '/en/sign-up', old)).body)!, /open for too long/)
    const other = { ...(await form(house)), name: freshName(), password, token: 'x.y' }
    assert.match(noticed((await fillsIn(house, '/en/sign-up', other)).body)!, /open for too long/)
  })

  test('asks something that a page full of forms does not answer', async () => {
    for (let i = 0; i < 5; i++) {
      const { status, body } = await fillsIn(house, '/en/sign-up', {
        ...(await form(house)),
        answer: '77',
        name: freshName(),
        password,
      })
      assert.equal(status, 422)
      assert.deepEqual(wrongs(body), ['That is not the answer. Here is another question.'])
    }
  })

  test('of another site is refused, and so is what no form sends', async () => {
    const body = new URLSearchParams({ ...(await form(house)), name: freshName(), password }).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const post = (headers: Record<string, string>, sent: string | Buffer = body) =>
      asks(house, '/sign-up', { method: 'POST', headers: { accept: 'text/html', ...headers }, body: sent })
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: house.origin },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ] as Record<string, string>[]) {
      const answer = await post({ ...type, ...headers })
      assert.equal(answer.status, 403, JSON.stringify(headers))
    }
    const own = { 'sec-fetch-site': 'same-origin' }
    assert.equal((await post({ ...own, 'content-type': 'text/plain' })).status, 415)
    assert.equal((await post({ ...own, 'content-type': 'multipart/form-data; boundary=x' })).status, 415)
    assert.equal((await post({ ...own, ...type }, Buffer.alloc(20_000, 'a'))).status, 413)
    assert.equal((await post({ ...own, ...type }, 'a=1&'.repeat(100))).status, 422)
    const many = Array.from({ length: 100 }, (_, i) => `a${i}=1`).join('&')
    assert.equal((await post({ ...own, ...type }, many)).status, 413)
    assert.equal((await post({ ...own, ...type }, '%ff%fe&=&%00=%zz')).status, 422)
    assert.match((await post({ ...type, origin: house.origin })).body, /Welcome/)
  })
})

describe('limits', async () => {
  const house = await openHouse({ ...furnished, limits: { enabled: true } })

  test('only so many accounts come from one network in an hour', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const filled = { ...(await form(house)), name: freshName(), password: '' }
      statuses.push((await fillsIn(house, '/en/sign-up', filled)).status)
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429])
  })
})

describe('going through names', () => {
  for (const [what, ends] of [
    ['that are taken', false],
    ['that were erased', true],
  ] as const) {
    test(`${what}: is over after five in an hour`, async () => {
      const house = await openHouse({ ...furnished, limits: { enabled: true } })
      await house.server.createAccount('mercutio', 'a plague on both')
      if (ends) await house.inside.accounts.remove(bareJid('mercutio', 'localhost')!, { now: true })
      const tried = async () =>
        fillsIn(house, '/en/sign-up', { ...(await form(house)), name: 'mercutio', password: '' })
      for (let i = 0; i < 5; i++) {
        const { status, body } = await tried()
        assert.equal(status, 422)
        assert.deepEqual(wrongs(body), ['This name is taken.'])
      }
      const { status, body } = await tried()
      assert.deepEqual([status, wrongs(body)], [429, []])
    })
  }
})

describe('with an invitation', async () => {
  const house = await openHouse({ registration: { open: false } })
  const invite = async (terms: { localpart?: string } = {}) => {
    const { invitations } = house.inside
    const { domain } = house.server
    const made = await invitations.create({ ...terms, domain, befriends: false, admits: true, uses: 1, days: 3 })
    assert.ok(made.done)
    return { ...made, ...invitationLinks({ token: made.token, domain, befriends: false, admits: true }, house.origin) }
  }

  for (const [way, how] of Object.entries(ways)) {
    test(`${way}: from the link to an account, and axe finds nothing`, limit, async t => {
      const { token } = await invite()
      const seen = await visitor(t, house, how)
      const { page } = seen
      await page.goto(`${house.origin}/`)
      await page.click('text=I have an invitation')
      await isSound(seen)
      assert.deepEqual(await findings(seen), [])
      await page.fill('#invitation', `${house.origin}/invite/${token}`)
      await page.click('button')
      assert.equal(new URL(page.url()).pathname, `/invite/${token}`)
      assert.match(await page.innerText('h1'), /You are invited to localhost/)
      await isSound(seen)
      assert.deepEqual(await findings(seen), [])
      await picture(seen, `invitation-${way.replaceAll(' ', '-')}`)
      await page.click('text=Make an account here')
      const username = freshName()
      await page.fill('#name', username)
      await isSound(seen)
      assert.deepEqual(await findings(seen), [])
      await page.click('button')
      assert.equal(await page.innerText('h1'), `Welcome, ${username}`)
      await page.goto(`${house.origin}/invite/${token}`)
      assert.equal(await page.innerText('h1'), 'This invitation is over')
      await isSound(seen)
      assert.deepEqual(await findings(seen), [])
    })
  }

  test('a name is kept for the guest', async () => {
    const localpart = freshName()
    const { token } = await invite({ localpart })
    const path = `/en/invite/${token}/sign-up`
    const { body } = await asks(house, path)
    assert.match(body, new RegExp(`value="${localpart}"[^>]*readonly`))
    const filled = { ...(await form(house, path)), name: 'somebody-else', password: '' }
    assert.match((await fillsIn(house, path, filled)).body, new RegExp(`Welcome, ${localpart}`))
  })

  test('without one, nobody comes in; with a bad one, neither', async () => {
    assert.doesNotMatch((await asks(house, '/sign-up')).body, /id="name"/)
    const { status, body } = await fillsIn(house, '/sign-up', { name: freshName(), password: '', token: 'x' })
    assert.equal(status, 200)
    assert.doesNotMatch(body, /Welcome/)
    assert.equal((await asks(house, '/sign-up?invitation=nonsense')).status, 422)
    const unknown = `/invite/${'a'.repeat(24)}/sign-up`
    const answer = await asks(house, unknown)
    assert.deepEqual([answer.status, answer.headers.location], [303, `/invite/${'a'.repeat(24)}`])
    assert.equal((await fillsIn(house, unknown, { name: freshName(), password: '' })).status, 303)
  })

  test('to a domain that takes nobody any more it is over', async () => {
    await house.server.addDomain!('closing.example', {})
    const terms = { domain: 'closing.example', befriends: false, admits: true, uses: 1, days: 3 }
    const made = await house.inside.invitations.create(terms)
    assert.ok(made.done)
    const path = `/en/invite/${made.token}`
    assert.match((await asks(house, path)).body, /You are invited to closing\.example/)
    // The site of the first domain takes in people of the others, too, where theirs has no name of its own.
    const joined = await fillsIn(house, `${path}/sign-up`, {
      ...(await form(house, `${path}/sign-up`)),
      name: 'bottom',
      password: 'short',
    })
    assert.match(joined.body, /@closing\.example/)
    await house.server.changeDomain!('closing.example', { registration: 'closed' })
    assert.match((await asks(house, path)).body, /This invitation is over/)
    assert.equal((await asks(house, `${path}/sign-up`)).status, 303)
  })

  test('nobody is led to another site', async () => {
    for (const given of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      `https://evil.example/${'a'.repeat(24)}`,
    ]) {
      const { headers } = await asks(house, `/sign-up?invitation=${encodeURIComponent(given)}`)
      assert.match(String(headers.location ?? '/'), /^\/([a-z]|$)/, given)
    }
    for (const path of ['//evil.example', '/%2f%2fevil.example', '/de//evil.example', '/\\evil.example']) {
      const { status, headers, body } = await asks(house, path, { headers: { accept: 'text/html' } })
      assert.deepEqual([status, headers.location], [404, undefined], path)
      assert.doesNotMatch(body, /evil/)
    }
  })
})
