import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newcomer, Person, password, signedIn, tokenIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const house = await openHouse()

describe('signing in', () => {
  test('leads to the account, with a cookie that only this origin gets back over TLS and no script sees', async () => {
    const name = await newcomer(house)
    const person = new Person(house)
    const answer = await person.signsIn(`${name}@localhost`)
    assert.deepEqual([answer.status, answer.headers.location], [303, '/account'])
    assert.match(
      String(answer.headers['set-cookie']),
      /^__Host-sotto=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    )
    const account = await person.get('/account')
    assert.equal(account.status, 200)
    assert.match(account.body, new RegExp(`${name}@localhost`))
    assert.equal(account.headers['cache-control'], 'no-store')
  })

  test('sets no cookie before, and none with a wrong password', async () => {
    const name = await newcomer(house)
    const person = new Person(house)
    for (const path of ['/', '/login', '/account', '/recover']) {
      assert.equal((await person.get(path)).headers['set-cookie'], undefined, path)
    }
    const wrong = await person.signsIn(name, 'wrong')
    assert.deepEqual([wrong.status, wrong.headers['set-cookie']], [403, undefined])
  })

  test('a wrong password and a name that nobody has get the same answer', async () => {
    const name = await newcomer(house)
    const typed = 'romeo-or-somebody'
    const answers = await Promise.all(
      [name, typed, 'no name at all\u0007', 'x@elsewhere.example'].map(address =>
        new Person(house).signsIn(address, 'wrong'),
      ),
    )
    const bodies = answers.map(({ status, body }) => `${status} ${body.replace(/value="[^"]*"/g, '')}`)
    assert.equal(new Set(bodies).size, 1)
  })

  test('a page for those who are signed in leads to the sign-in and back', async () => {
    const name = await newcomer(house)
    const person = new Person(house)
    const away = await person.get('/de/account/password')
    assert.deepEqual([away.status, away.headers.location], [303, '/de/login?next=%2Faccount%2Fpassword'])
    const form = await person.get('/de/login?next=%2Faccount%2Fpassword')
    assert.match(form.body, /action="\/de\/login\?next=%2Faccount%2Fpassword"/)
    const answer = await person.send('/de/login?next=%2Faccount%2Fpassword', { address: name, password })
    assert.equal(answer.headers.location, '/de/account/password')
  })

  test('never leads to another site', async () => {
    const name = await newcomer(house)
    for (const next of [
      'https://evil.example/',
      '//evil.example/account',
      '/\\evil.example',
      '/account/../../evil',
      '/account\r\nx: y',
      'javascript:alert(1)',
      '/login',
      '/account//evil.example',
    ]) {
      const path = `/login?next=${encodeURIComponent(next)}`
      assert.doesNotMatch((await new Person(house).get(path)).body, /evil|alert/, next)
      const answer = await new Person(house).send(path, { address: name, password })
      assert.deepEqual([answer.status, answer.headers.location], [303, '/account'], next)
    }
  })

  test('/.well-known/change-password leads to the page for it', async () => {
    const answer = await new Person(house).get('/.well-known/change-password')
    assert.deepEqual([answer.status, answer.headers.location], [302, '/account/password'])
  })
})

describe('a session', () => {
  test('is another one after each sign-in, and what was there before is good for nothing', async () => {
    const { person, name } = await signedIn(house)
    const before = person.cookie
    await person.signsIn(name)
    assert.notEqual(person.cookie, before)
    const old = new Person(house)
    old.cookie = before
    assert.equal((await old.get('/account')).status, 303)
    assert.equal((await person.get('/account')).status, 200)
  })

  test('cannot be laid into a browser beforehand', async () => {
    const name = await newcomer(house)
    const person = new Person(house)
    person.cookie = `__Host-sotto=${'A'.repeat(43)}`
    await person.signsIn(name)
    assert.notEqual(person.cookie, `__Host-sotto=${'A'.repeat(43)}`)
    const attacker = new Person(house)
    attacker.cookie = `__Host-sotto=${'A'.repeat(43)}`
    assert.equal((await attacker.get('/account')).status, 303)
  })

  test('ends with signing out, here or everywhere', async () => {
    const { person, name } = await signedIn(house)
    const { person: other } = await signedIn(house, name)
    const cookie = person.cookie
    const out = await person.post('/logout', {}, '/account')
    assert.match(String(out.headers['set-cookie']), /Max-Age=0/)
    person.cookie = cookie
    assert.equal((await person.get('/account')).status, 303)
    assert.equal((await other.get('/account')).status, 200)
    const { person: third } = await signedIn(house, name)
    await third.post('/logout/everywhere', {}, '/account')
    assert.equal((await other.get('/account')).status, 303)
  })

  test('ends when the password changes, apart from the one that changed it', async () => {
    const { person, name } = await signedIn(house)
    const { person: other } = await signedIn(house, name)
    const fresh = 'duvapo-kelira-simone'
    const wrong = await person.post('/account/password', { password: 'wrong', fresh, again: fresh })
    assert.equal(wrong.status, 422)
    const unlike = await person.post('/account/password', { password, fresh, again: `${fresh}x` })
    assert.equal(unlike.status, 422)
    const changed = await person.post('/account/password', { password, fresh, again: fresh })
    assert.deepEqual([changed.status, changed.headers.location], [303, '/account?done=password'])
    assert.equal((await person.get('/account')).status, 200)
    assert.equal((await other.get('/account')).status, 303)
    assert.equal((await new Person(house).signsIn(name)).status, 403)
    assert.equal((await new Person(house).signsIn(name, fresh)).status, 303)
  })

  test('ends when the account is suspended, and the reason is told to its owner only', async () => {
    const { person, name } = await signedIn(house)
    const { accounts } = house.inside
    const account = (await accounts.find(name, 'localhost'))!
    await house.inside.marks.set(account, 'disabled', true)
    assert.equal((await person.get('/account')).status, 303)
    assert.match((await new Person(house).signsIn(name)).body, /This account is disabled/)
    assert.doesNotMatch((await new Person(house).signsIn(name, 'wrong')).body, /disabled/)
  })
})

describe('forms', () => {
  test('of another site are refused, whatever they bring', async () => {
    const { person } = await signedIn(house)
    const token = tokenIn((await person.get('/account')).body)!
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await person.send('/logout', { token }, headers as Record<string, string>)
      assert.equal(answer.status, 403, JSON.stringify(headers))
      const login = await new Person(house).send(
        '/login',
        { address: 'x', password },
        headers as Record<string, string>,
      )
      assert.equal(login.status, 403, JSON.stringify(headers))
    }
    assert.equal((await person.get('/account')).status, 200)
  })

  test('need the token of this very session', async () => {
    const { person } = await signedIn(house)
    const { person: other } = await signedIn(house)
    const foreign = tokenIn((await other.get('/account')).body)!
    for (const token of ['', 'x', foreign]) {
      assert.equal((await person.send('/account/history', { token, habit: 'never' })).status, 403, token)
    }
  })

  test('that are too large are refused', async () => {
    const { person } = await signedIn(house)
    const answer = await person.send('/account/password', { password: 'x'.repeat(100_000) })
    assert.equal(answer.status, 413)
    const login = await new Person(house).send('/login', { address: 'x'.repeat(100_000), password })
    assert.equal(login.status, 413)
  })

  test('and pages cannot be framed, nor load anything from elsewhere', async () => {
    const { person } = await signedIn(house)
    for (const path of ['/login', '/account', '/account/leaving', '/recover']) {
      const { headers } = await person.get(path)
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path)
      assert.match(String(headers['content-security-policy']), /default-src 'none'/, path)
      assert.equal(headers['x-frame-options'], 'DENY', path)
      assert.equal(headers['referrer-policy'], 'no-referrer', path)
    }
  })
})
