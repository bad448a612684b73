import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { dialogue } from '../../../tests/kit/cast.ts'
import type { Tree } from '../../../tests/kit/tree.ts'
import { asksForSlot, exchange, type Slot, slotFor, uploads } from '../../../tests/kit/uploads.ts'

const data = mkdtempSync(join(tmpdir(), 'sotto-files-'))
after(() => rmSync(data, { recursive: true, force: true }))

const refused = (answer: Tree, condition: string, type?: string): Tree => {
  assert.equal(answer.attr('type'), 'error', String(answer))
  const error = answer.need('error')
  assert.equal(error.elements()[0]?.name, condition)
  if (type !== undefined) assert.equal(error.attr('type'), type)
  return error
}

/** The files below the data directory's `files/`, without their directories. */
const stored = (directory: string) =>
  readdirSync(join(directory, 'files'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())

const withName = (slot: Slot, change: (url: string) => string): Slot => ({
  ...slot,
  put: change(slot.put),
  get: change(slot.get),
})

describe('XEP-0363', () => {
  test(
    '#disco: the service is listed, and tells what it is and how much it takes',
    dialogue(async ({ romeo, server }) => {
      const items =
        await romeo.asks`<iq type="get" to="${server.domain}"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`
      const item = items
        .need('query')
        .elements()
        .find(one => one.attr('jid') === `upload.${server.domain}`)
      assert.equal(item?.attr('name'), 'HTTP File Upload')
      const info =
        await romeo.asks`<iq type="get" to="upload.${server.domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      assert.equal(info.attr('from'), `upload.${server.domain}`)
      const [identity, ...rest] = info.need('query').elements()
      assert.deepEqual(identity?.attrs, { category: 'store', type: 'file', name: 'HTTP File Upload' })
      const features = rest.filter(({ name }) => name === 'feature').map(one => one.attr('var'))
      assert.ok(features.includes('urn:xmpp:http:upload:0'))
      assert.ok(features.includes('urn:xmpp:http:upload:purpose:0#message'))
      assert.ok(features.includes('urn:xmpp:http:upload:purpose:0#ephemeral'))
      const forms = rest
        .filter(({ name }) => name === 'x')
        .map(form => form.elements().map(field => field.need('value').text()))
      assert.deepEqual(forms[0], ['urn:xmpp:http:upload:0', '104857600'])
      assert.deepEqual(forms[1], ['urn:sotto:files:0', '1073741824', '4294967296', '90'])
    }),
  )

  test(
    '#request, #upload: a slot, an upload, and the file for everybody who has the link',
    dialogue(async ({ romeo, server }) => {
      const body = randomBytes(234_567)
      const slot = await slotFor(romeo, server.domain, { name: 'très cool.jpg', size: body.length, type: 'image/jpeg' })
      assert.equal(slot.put, slot.get)
      assert.match(slot.get, new RegExp(`^https://${server.domain}:\\d+/files/[\\w-]{43}/tr%C3%A8s%20cool\\.jpg$`))
      assert.deepEqual(Object.keys(slot.headers), ['Authorization'])
      assert.equal((await exchange('GET', slot.get)).status, 404)

      const put = await uploads(slot, body, { 'content-type': 'image/jpeg' })
      assert.equal(put.status, 201)
      const got = await exchange('GET', slot.get)
      assert.equal(got.status, 200)
      assert.deepEqual(got.body, body)
      assert.equal(got.headers['content-type'], 'image/jpeg')
      assert.equal(got.headers['content-length'], '234567')
      // The name behind the secret is decoration.
      assert.deepEqual((await exchange('GET', slot.get.replace(/\/[^/]*$/, ''))).body, body)
      assert.deepEqual(
        (await exchange('GET', slot.get.replace(/[^/]*$/, 'other.html'))).headers['content-type'],
        'image/jpeg',
      )
    }),
  )

  test(
    '#errors: what is too large hears how large it may be; what makes no sense is refused',
    dialogue({ settings: { files: { max_bytes: 100_000 } } }, async ({ romeo, server }) => {
      const ask = (attributes: string, inside = '') =>
        romeo.asks(
          `<iq type="get" to="upload.${server.domain}"><request xmlns="urn:xmpp:http:upload:0" ${attributes}>${inside}</request></iq>`,
        )
      const error = refused(await asksForSlot(romeo, server.domain, { size: 100_001 }), 'not-acceptable', 'modify')
      assert.equal(error.at('file-too-large', 'max-file-size').text(), '100000')
      assert.ok((await asksForSlot(romeo, server.domain, { size: 100_000 })).child('slot'))
      for (const size of ['', '0', '-1', '1e3', '5.5', 'many', '99999999999999999999']) {
        refused(await ask(`filename="a" size="${size}"`), 'bad-request')
      }
      refused(await ask('size="5"'), 'bad-request')
      refused(await ask('filename="a"'), 'bad-request')
      refused(await ask('filename="a" size="5" content-type="html"'), 'bad-request')
      const longest = await asksForSlot(romeo, server.domain, { name: `${'😀'.repeat(3000)}.png`, size: 5 })
      assert.match(longest.at('slot', 'get').attr('url')!, /%F0%9F%98%80\.png$/)
      const nameless = await slotFor(romeo, server.domain, { name: '../..', size: 5 })
      assert.match(nameless.get, /\/files\/[\w-]{43}$/)
      assert.equal((await uploads(nameless, '12345')).status, 201)
      assert.equal((await exchange('GET', nameless.get)).headers['content-disposition'], 'attachment')
    }),
  )

  test(
    '#purpose: messages and what is to end sooner; nothing lives longer than all the rest',
    dialogue(async ({ romeo, server }) => {
      const purpose = (inside: string) => asksForSlot(romeo, server.domain, { size: 5, inside })
      const ns = 'xmlns="urn:xmpp:http:upload:purpose:0"'
      assert.ok((await purpose(`<message ${ns}/>`)).child('slot'))
      for (const name of ['profile', 'permanent']) refused(await purpose(`<${name} ${ns}/>`), 'feature-not-implemented')
      refused(await purpose(`<message ${ns}/><ephemeral ${ns}/>`), 'bad-request')
      refused(await purpose(`<ephemeral ${ns}/>`), 'bad-request')
      refused(await purpose(`<ephemeral ${ns} expire-before="tomorrow"/>`), 'bad-request')
      refused(await purpose(`<ephemeral ${ns} expire-before="2025-09-10T23:08:25Z"/>`), 'not-acceptable')
      const ends = new Date(Date.now() + 3_600_000).toISOString()
      const slot = await slotFor(romeo, server.domain, {
        size: 5,
        inside: `<ephemeral ${ns} expire-before="${ends}"/>`,
      })
      assert.equal((await uploads(slot, '12345')).status, 201)
      const age = /max-age=(\d+)/.exec((await exchange('GET', slot.get)).headers['cache-control']!)![1]
      assert.ok(Number(age) <= 3600 && Number(age) > 3500, String(age))
    }),
  )

  test(
    '#errors: the shares of a day and of an account, with the time at which there is more',
    dialogue(
      { settings: { files: { daily_bytes: 300_000, account_bytes: 400_000 } } },
      async ({ romeo, juliet, server }) => {
        for (let i = 0; i < 2; i++) {
          const slot = await slotFor(romeo, server.domain, { size: 102_400 })
          assert.equal((await uploads(slot, Buffer.alloc(102_400))).status, 201)
        }
        const error = refused(await asksForSlot(romeo, server.domain, { size: 102_400 }), 'resource-constraint', 'wait')
        assert.match(error.need('retry', 'urn:xmpp:http:upload:0').attr('stamp')!, /^\d{4}-\d\d-\d\dT00:00:00Z$/)
        // Slots that are open have their room already.
        assert.ok((await asksForSlot(romeo, server.domain, { size: 60_000 })).child('slot'))
        refused(await asksForSlot(romeo, server.domain, { size: 60_000 }), 'resource-constraint')
        assert.ok((await asksForSlot(juliet, server.domain, { size: 102_400 })).child('slot'))
      },
    ),
  )

  test(
    'nobody gets more than a hundred slots, and everybody else gets theirs',
    dialogue(async ({ romeo, juliet, server }) => {
      for (let i = 0; i < 100; i++) assert.ok((await asksForSlot(romeo, server.domain, { size: 5 })).child('slot'))
      const error = refused(await asksForSlot(romeo, server.domain, { size: 5 }), 'resource-constraint', 'wait')
      const stamp = Date.parse(error.need('retry', 'urn:xmpp:http:upload:0').attr('stamp')!)
      assert.ok(stamp > Date.now() + 200_000 && stamp <= Date.now() + 301_000)
      assert.ok((await asksForSlot(juliet, server.domain, { size: 5 })).child('slot'))
    }),
  )

  test(
    '#upload: what is not what the slot was for is refused, and the slot can still be used',
    dialogue(async ({ romeo, server }) => {
      const slot = await slotFor(romeo, server.domain, { size: 5, type: 'text/plain' })
      const other = await slotFor(romeo, server.domain, { size: 5 })
      const type = { 'content-type': 'text/plain' }
      const statuses = async (...attempts: readonly Promise<{ status: number }>[]) =>
        (await Promise.all(attempts)).map(({ status }) => status)
      assert.deepEqual(
        await statuses(
          uploads(slot, '1234', type),
          uploads(slot, '123456', type),
          uploads(slot, '12345', { 'content-type': 'text/html' }),
          uploads(slot, '12345', { ...type, 'content-encoding': 'gzip' }),
          uploads({ ...slot, headers: {} }, '12345', type),
          uploads({ ...slot, headers: other.headers }, '12345', type),
          uploads(
            withName(slot, url => url.replace(/[\w-]{43}/, 'A'.repeat(43))),
            '12345',
            type,
          ),
          exchange('PUT', slot.put, { ...slot.headers, ...type, 'transfer-encoding': 'chunked' }, '12345'),
        ),
        [400, 413, 415, 400, 403, 403, 404, 411],
      )
      assert.equal((await exchange('GET', slot.get)).status, 404)
      assert.equal((await uploads(slot, '12345', { 'content-type': 'Text/Plain; charset=utf-8' })).status, 201)
      assert.equal((await uploads(slot, '54321', type)).status, 404)
      assert.equal((await exchange('GET', slot.get)).body.toString(), '12345')
      for (const method of ['POST', 'DELETE']) assert.equal((await exchange(method, slot.get)).status, 405)
    }),
  )

  test(
    'an upload that breaks off leaves nothing, and can be tried again',
    dialogue({ settings: { service: { data: join(data, 'broken') } } }, async ({ romeo, server }) => {
      const body = randomBytes(400_000)
      const slot = await slotFor(romeo, server.domain, { size: body.length })
      const { port, pathname } = new URL(slot.put)
      const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
      const head = `PUT ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${slot.headers.Authorization}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
      socket.write(head)
      await new Promise(resolve => socket.once('data', resolve))
      assert.equal(stored(join(data, 'broken')).length, 1)
      assert.equal((await uploads(slot, body)).status, 409)
      await new Promise(resolve => socket.write(body.subarray(0, 200_000), resolve))
      assert.equal((await exchange('GET', slot.get)).status, 404)
      socket.destroy()
      let again = await uploads(slot, body)
      while (again.status === 409) again = await uploads(slot, body)
      assert.equal(again.status, 201)
      assert.deepEqual((await exchange('GET', slot.get)).body, body)
      assert.equal(stored(join(data, 'broken')).length, 1)
    }),
  )
})

test(
  'a service answers at its own address only, and takes no messages',
  dialogue(async ({ romeo, server }) => {
    const at = `upload.${server.domain}`
    assert.equal(
      (await romeo.asks`<iq type="get" to="${at}"><ping xmlns="urn:xmpp:ping"/></iq>`).attr('type'),
      'result',
    )
    refused(await romeo.asks`<iq type="get" to="${at}"><query xmlns="jabber:iq:roster"/></iq>`, 'service-unavailable')
    for (const to of [`somebody@${at}`, `somebody@${at}/there`, `${at}/there`]) {
      refused(await romeo.asks`<iq type="get" to="${to}"><ping xmlns="urn:xmpp:ping"/></iq>`, 'service-unavailable')
    }
    refused(
      await romeo.asks`<iq type="get"><request xmlns="urn:xmpp:http:upload:0" filename="a" size="5"/></iq>`,
      'service-unavailable',
    )
    for (const to of [at, `somebody@${at}`]) {
      await romeo.sends`<message to="${to}" type="chat" id="m1"><body>Soft!</body></message>`
      await romeo.receives`<message from="${to}" type="error" id="m1"><error>…</error></message>`
      await romeo.sends`<presence to="${to}"/>`
    }
    await romeo.receivesNothing()
  }),
)

describe('fetching', () => {
  test(
    'in parts, by halves and not at all',
    dialogue(async ({ romeo, server }) => {
      const body = randomBytes(200_000)
      const slot = await slotFor(romeo, server.domain, { size: body.length })
      await uploads(slot, body)
      for (const [range, from, to] of [
        ['bytes=0-0', 0, 0],
        ['bytes=65535-65536', 65_535, 65_536],
        ['bytes=131000-', 131_000, 199_999],
        ['bytes=-5', 199_995, 199_999],
        ['bytes=100-999999', 100, 199_999],
      ] as const) {
        const part = await exchange('GET', slot.get, { range })
        assert.equal(part.status, 206, range)
        assert.equal(part.headers['content-range'], `bytes ${from}-${to}/200000`)
        assert.deepEqual(part.body, body.subarray(from, to + 1))
      }
      const beyond = await exchange('GET', slot.get, { range: 'bytes=200000-' })
      assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */200000'])
      assert.deepEqual((await exchange('GET', slot.get, { range: 'bytes=5-2' })).body, body)

      const head = await exchange('HEAD', slot.get)
      assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '200000', 0])
      const { etag } = head.headers
      assert.equal((await exchange('GET', slot.get, { 'if-none-match': etag })).status, 304)
      assert.equal((await exchange('GET', slot.get, { 'if-none-match': '"other"' })).status, 200)
      assert.equal((await exchange('GET', slot.get, { range: 'bytes=0-0', 'if-range': etag })).status, 206)
      assert.equal((await exchange('GET', slot.get, { range: 'bytes=0-0', 'if-range': '"other"' })).status, 200)
    }),
  )

  test(
    'runs nothing: pages and SVG are stored, not shown, and belong to no origin',
    dialogue(async ({ romeo, server }) => {
      const page = '<script>alert(1)</script>'
      for (const type of [
        'text/html',
        'image/svg+xml',
        'application/xhtml+xml',
        'text/xml',
        'application/pdf',
        undefined,
      ]) {
        const slot = await slotFor(romeo, server.domain, { name: 'a.html', size: page.length, ...(type && { type }) })
        await uploads(slot, page, { ...(type && { 'content-type': type }) })
        const { headers } = await exchange('GET', slot.get)
        assert.match(headers['content-disposition']!, /^attachment; filename="a.html"/)
        assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'; sandbox")
        assert.equal(headers['x-content-type-options'], 'nosniff')
        assert.equal(headers['content-type'], type ?? 'application/octet-stream')
      }
      const picture = await slotFor(romeo, server.domain, { name: 'a"b.png', size: 5, type: 'image/png' })
      await uploads(picture, '12345', { 'content-type': 'image/png' })
      const { headers } = await exchange('GET', picture.get)
      assert.equal(headers['content-disposition'], `inline; filename="a_b.png"; filename*=UTF-8''a%22b.png`)
      assert.match(String(headers['content-security-policy']), /^default-src 'none'; .*; sandbox$/)
      assert.match(headers['cache-control']!, /^private, max-age=\d+, immutable$/)
      assert.equal(headers['referrer-policy'], 'no-referrer')
    }),
  )

  test(
    'XEP-0363#impl: web apps of other origins may ask, with the headers that they need',
    dialogue(async ({ romeo, server }) => {
      const slot = await slotFor(romeo, server.domain, { size: 5 })
      const asked = await exchange('OPTIONS', slot.put, {
        origin: 'https://chat.example',
        'access-control-request-method': 'PUT',
      })
      assert.equal(asked.status, 204)
      assert.equal(asked.headers['access-control-allow-origin'], '*')
      assert.match(asked.headers['access-control-allow-methods']!, /PUT/)
      assert.match(asked.headers['access-control-allow-headers']!, /authorization, content-type/)
      const put = await uploads(slot, '12345', { origin: 'https://chat.example' })
      assert.deepEqual([put.status, put.headers['access-control-allow-origin']], [201, '*'])
      const got = await exchange('GET', slot.get, { origin: 'https://chat.example' })
      assert.equal(got.headers['access-control-allow-origin'], '*')
      assert.equal(got.headers['cross-origin-resource-policy'], 'cross-origin')
    }),
  )

  test(
    'what nobody has the link of is nowhere, whatever the path looks like',
    dialogue(async ({ romeo, server }) => {
      const slot = await slotFor(romeo, server.domain, { size: 5 })
      await uploads(slot, '12345')
      const base = slot.get.slice(0, slot.get.indexOf('/files/'))
      const secret = /[\w-]{43}/.exec(slot.get)![0]
      const paths = [
        '/files/',
        '/files',
        '/files/..',
        '/files/%2e%2e/sotto.db',
        '/files/../sotto.db',
        `/files/${secret}/../../sotto.db`,
        `/files/${secret}%00`,
        `/files/${secret}%2f..%2f..%2fsotto.db`,
        `/files/${secret}/a/b`,
        `/files/${secret}=`,
        `/files/${secret.slice(1)}`,
        `//files/${secret}`,
        `/FILES/${secret}`,
        '/files/drafts',
        `/files/${'a'.repeat(64)}`,
        `/files/${'%'.repeat(43)}`,
      ]
      for (const path of paths) assert.equal((await exchange('GET', base + path)).status, 404, path)
    }),
  )
})
