import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { connect } from 'node:tls'
import { asks, fillsIn, furnished, type House, openHouse } from './rig.ts'

const html = { accept: 'text/html' }

/** What comes back for bytes that no HTTP library would send. */
function says({ origin }: House, text: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(origin).port), rejectUnauthorized: false })
    let said = ''
    socket.on('data', piece => {
      said += piece
    })
    socket.on('error', failed)
    socket.on('close', () => done(said))
    socket.write(text)
  })
}

describe('an attacker', async () => {
  const house = await openHouse(furnished)

  test('gets nothing of what is in an address into a page', async () => {
    const hostile = `"><script>alert(1)</script><a x='`
    const inside = encodeURIComponent(hostile)
    for (const path of [
      `/${inside}`,
      `/de/${inside}`,
      `/privacy/${inside}`,
      `/invite/${inside}`,
      `/sign-up?invitation=${inside}`,
      `/login?next=${inside}`,
      `/contact?${inside}=${inside}`,
      `/look/${inside}/${inside}`,
    ]) {
      const { body } = await asks(house, path, { headers: html })
      assert.doesNotMatch(body, /<script|<a x=/, path)
    }
  })

  test('gets nothing of what is filled in into a page, but as text', async () => {
    const hostile = `"><script>alert(1)</script><a x='`
    for (const [path, fields] of [
      ['/login', { address: hostile, password: 'x' }],
      ['/login/code', { code: hostile }],
      ['/sign-up', { name: hostile, password: '', answer: hostile, token: hostile }],
      ['/contact', { text: `</textarea>${hostile}`, reply: hostile, answer: hostile, token: hostile }],
      ['/recover', { address: hostile, email: hostile }],
    ] as const) {
      const { body } = await fillsIn(house, path, fields)
      assert.doesNotMatch(body, /<script|<a x=|<\/textarea>"/, path)
    }
    const { body } = await fillsIn(house, '/login', { address: hostile, password: 'x' })
    assert.match(body, /value="&quot;&gt;&lt;script/, 'it is given back as it was typed')
  })

  test('learns nothing from how long a page is', async () => {
    const packs = async (path: string) =>
      (await asks(house, path, { headers: { ...html, 'accept-encoding': 'br, gzip' } })).headers['content-encoding']
    for (const path of ['/contact', '/sign-up', '/login', '/recover', '/privacy', '/nowhere', '/account']) {
      assert.equal(await packs(path), undefined, path)
    }
    assert.equal(await packs('/'), 'br')
    const [one, other] = await Promise.all(
      ['a', 'b'].map(word => asks(house, `/?${word}`, { headers: { cookie: word } })),
    )
    assert.equal(one!.body, other!.body, 'the same for everybody')
    assert.doesNotMatch(one!.body, /name="token"/)
  })

  test('has no styles but ours on the first page', async () => {
    const { body, headers } = await asks(house, '/')
    const styles = [...body.matchAll(/<style>([^<]*)<\/style>/g)].map(([, text]) => text!)
    assert.equal(styles.length, 1)
    const hashed = `'sha256-${hash('sha256', styles[0]!, 'base64')}'`
    assert.ok(String(headers['content-security-policy']).includes(`style-src 'self' ${hashed};`))
    assert.doesNotMatch(body, / style="/)
  })

  test('cannot make a page believe that it is somewhere else', async () => {
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example' },
      { forwarded: 'host=evil.example' },
      { 'x-original-url': '/evil.example' },
      { 'x-rewrite-url': '/evil.example' },
    ] as Record<string, string>[]) {
      for (const path of ['/', '/sitemap.xml', '/robots.txt', '/.well-known/xmpp-provider-v2.json', '/nowhere']) {
        const { body, headers: answered } = await asks(house, path, { headers: { ...html, ...headers } })
        assert.doesNotMatch(body + JSON.stringify(answered), /evil\.example/, `${path} ${JSON.stringify(headers)}`)
      }
    }
  })

  test('cannot hide one request in another', async () => {
    const host = 'host: localhost\r\n'
    for (const request of [
      `POST /sign-up HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /build.json HTTP/1.1\r\n${host}\r\n`,
      `POST /sign-up HTTP/1.1\r\n${host}content-length: 5\r\ncontent-length: 6\r\n\r\n12345`,
      `POST /sign-up HTTP/1.1\r\n${host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host} folded: x\r\n\r\n`,
      `GET /\u0000 HTTP/1.1\r\n${host}\r\n`,
    ]) {
      const answer = await says(house, request)
      assert.match(answer, /^HTTP\/1\.1 400 /, request)
      assert.equal(answer.match(/^HTTP\/1\.1 /gm)!.length, 1, request)
    }
  })

  test('is not read on for ever', async () => {
    const long = 'a'.repeat(20_000)
    assert.match(await says(house, `GET /${long} HTTP/1.1\r\nhost: localhost\r\n\r\n`), /^HTTP\/1\.1 431 /)
    const body = await says(
      house,
      'POST /contact HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n' +
        `content-type: application/x-www-form-urlencoded\r\ncontent-length: 1000000\r\n\r\n${long}`,
    )
    assert.match(body, /^HTTP\/1\.1 413 /)
  })

  test('finds every path that asks for a form to take none from another site', async () => {
    for (const path of ['/sign-up', '/contact', '/login', `/invite/${'a'.repeat(24)}/sign-up`, '/de/contact']) {
      const { status } = await asks(house, path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
        body: 'a=b',
      })
      assert.equal(status, 403, path)
    }
  })
})

describe('encryption', () => {
  const strict = async (webAddress: string) => {
    const house = await openHouse({ listen: { web_address: webAddress } })
    return (await asks(house, '/')).headers['strict-transport-security']
  }

  test('is insisted on where the site is at the usual port', async () => {
    assert.equal(await strict('https://chat.example.org'), 'max-age=31536000')
  })

  test('is left to whoever else has that name where it is not', async () => {
    assert.equal(await strict('https://chat.example.org:5443'), undefined)
  })
})
