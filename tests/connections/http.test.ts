import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import type { Page } from '../../src/http/page.ts'
import { PageProblem } from '../../src/http/page.ts'
import { visit } from '../kit/bosh.ts'
import { Client } from '../kit/client.ts'
import { domain, Rig } from './rig.ts'

const pages: readonly Page[] = [
  {
    path: '/echo/:name',
    methods: ['GET', 'PUT'],
    handle: async visit => {
      const body = visit.method === 'PUT' ? await visit.body(10_000) : Buffer.alloc(0)
      visit.send(200, 'text/plain', `${visit.params.name} ${visit.query.get('q')} ${body.length}`)
    },
  },
  {
    path: '/network',
    methods: ['GET'],
    handle: visit => visit.send(200, 'text/plain', visit.network),
  },
  {
    path: '/trap',
    methods: ['GET'],
    handle: () => {
      throw new Error('wherefore')
    },
  },
  {
    path: '/below/*',
    methods: ['GET'],
    cors: { exposes: ['etag'] },
    handle: visit => {
      if (visit.params.rest === 'nothing') throw new PageProblem(410, 'It is gone.')
      visit.send(200, 'text/plain', visit.params.rest ?? '', { 'cache-control': 'max-age=5' })
    },
  },
]

/** A connection that sends these bytes, and what came back when it ended. */
function speaks(port: number, text: string, protocols = ['http/1.1']): { socket: TLSSocket; ended: Promise<string> } {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: protocols })
  let said = ''
  socket.on('data', piece => {
    said += piece
  })
  socket.on('error', () => {})
  socket.write(text)
  return { socket, ended: new Promise(resolve => socket.on('close', () => resolve(said))) }
}

describe('the HTTPS port', () => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start({
      pages,
      settings: { SOTTO_LISTEN_PUBLIC_ADDRESSES: '192.0.2.1 2001:db8::1' },
      serverPorts: { s2s: 5269, s2sTls: 5270 },
    })
  })
  after(() => rig.stop())
  const where = () => ({ host: '127.0.0.1', port: rig.listeners.ports.https })

  test('has pages, with what stood in their paths', async () => {
    assert.equal((await visit(where(), '/echo/f%C3%BCr?q=1')).body, 'für 1 0')
    const put = { method: 'PUT', body: 'x'.repeat(10_000), headers: { expect: '100-continue' } }
    assert.equal((await visit(where(), '/echo/a', put)).body, 'a null 10000')
    assert.equal((await visit(where(), '/below/a/../%2e')).body, 'a/../%2e')
    assert.equal((await visit(where(), '/echo/a', { method: 'HEAD' })).headers['content-length'], '8')
  })

  test('says in a sentence what is not there or cannot be done', async () => {
    const missing = [
      '/',
      '/echo',
      '/echo/',
      '/echo/a/b',
      '/echo/a%2Fb',
      '/echo/%2e%2e',
      '/echo/%00',
      '/echo/%ff',
      '//echo/a',
    ]
    for (const path of missing) {
      const { status, body } = await visit(where(), path)
      assert.deepEqual([status, body], [404, 'There is nothing here.\n'], path)
    }
    const wrong = await visit(where(), '/echo/a', { method: 'DELETE' })
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'OPTIONS, HEAD, GET, PUT'])
    assert.equal((await visit(where(), '/echo/a', { method: 'PUT', body: 'x'.repeat(10_001) })).status, 413)
    assert.equal(
      (await visit(where(), '/below/nothing', { headers: { accept: 'text/html' } })).body.includes(
        '<p>It is gone.</p>',
      ),
      true,
    )
  })

  test('answers with headers that allow nothing, unless a page says otherwise', async () => {
    for (const path of ['/nowhere', '/echo/a']) {
      const { headers } = await visit(where(), path)
      assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers.server ?? headers['x-powered-by'], undefined)
    }
    const { headers } = await visit(where(), '/below/a')
    assert.equal(headers['cache-control'], 'max-age=5')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal((await visit(where(), '/below/nothing')).headers['access-control-allow-origin'], '*')
  })

  test('XEP-0156, XEP-0487: tells how to connect, to the pages of any site', async () => {
    const { https, c2sTls } = rig.listeners.ports
    const xml = await visit(where(), '/.well-known/host-meta')
    assert.equal(xml.headers['access-control-allow-origin'], '*')
    assert.match(String(xml.headers['content-type']), /^application\/xrd\+xml/)
    assert.ok(
      xml.body.includes(
        `<Link rel='urn:xmpp:alt-connections:websocket' href='wss://${domain}:${https}/xmpp-websocket'/>`,
      ),
    )
    assert.ok(
      xml.body.includes(`<Link rel='urn:xmpp:alt-connections:xbosh' href='https://${domain}:${https}/http-bind'/>`),
    )
    const json = await visit(where(), '/.well-known/host-meta.json')
    assert.equal(json.headers['access-control-allow-origin'], '*')
    const { xmpp, links } = JSON.parse(json.body)
    assert.deepEqual(xmpp, { ttl: 3600 })
    const relation = (name: string) =>
      links.find((link: { rel: string }) => link.rel === `urn:xmpp:alt-connections:${name}`)
    assert.equal(relation('websocket').href, `wss://${domain}:${https}/xmpp-websocket`)
    assert.deepEqual(relation('tls').ips, ['192.0.2.1', '2001:db8::1'])
    assert.deepEqual([relation('tls').port, relation('tls').sni], [c2sTls, domain])
    // Other servers do not ask DNS any more either.
    assert.deepEqual(relation('s2s-tls'), { ...relation('tls'), rel: 'urn:xmpp:alt-connections:s2s-tls', port: 5270 })
  })

  test('gives a failure of its own a number, and nothing else away', async () => {
    const { status, body } = await visit(where(), '/trap?secret')
    assert.equal(status, 500)
    const number = /number (\d+)\./.exec(body)?.[1]
    assert.equal(rig.bugs, 1)
    const line = rig.log.find(each => each.includes('a page failed'))!
    assert.equal(JSON.parse(line).number, Number(number))
    assert.doesNotMatch(line, /secret|wherefore|127\.0/)
    assert.ok(!rig.log.some(each => /echo|below|nowhere/.test(each)), 'nothing tells which pages were seen')
  })

  test('sends away who speaks something else, or too much of it', async () => {
    const { port } = where()
    assert.match(await speaks(port, '<stream:stream>\r\n\r\n').ended, /^HTTP\/1.1 400 /)
    assert.match(
      await speaks(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`).ended,
      /^HTTP\/1.1 431 /,
    )
    const smuggled = 'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.match(await speaks(port, smuggled).ended, /^HTTP\/1.1 400 /)
    await assert.rejects(
      new Promise((resolve, reject) =>
        connect({ ...where(), rejectUnauthorized: false, ALPNProtocols: ['xmpp-client'] }, () => resolve(1)).on(
          'error',
          reject,
        ),
      ),
    )
  })

  test('has no patience with slow requests, slow bodies and idle connections', async () => {
    const { port } = where()
    const secured = (socket: TLSSocket) => new Promise<void>(resolve => socket.once('secureConnect', () => resolve()))
    const head = speaks(port, 'GET /echo/a HTTP/1.1\r\nhost: a\r\n')
    await secured(head.socket)
    await visit(where(), '/echo/b')
    rig.passes(10)
    head.socket.write('x: y\r\n')
    rig.passes(11)
    assert.equal(await head.ended, '')
    const body = speaks(port, 'PUT /echo/a HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\nexpect: 100-continue\r\n\r\n')
    await new Promise(resolve => body.socket.once('data', resolve))
    rig.passes(31)
    assert.equal(await body.ended, 'HTTP/1.1 100 Continue\r\n\r\n')
    const idle = speaks(port, 'GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
    await new Promise(resolve => idle.socket.once('data', resolve))
    await visit(where(), '/echo/b')
    rig.passes(60)
    idle.socket.write('GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
    await new Promise(resolve => idle.socket.once('data', resolve))
    await visit(where(), '/echo/b')
    rig.passes(76)
    assert.equal((await idle.ended).split('HTTP/1.1 200').length, 3)
  })
})

test('XEP-0487: nobody is kept from asking DNS where other servers come in by STARTTLS only', async () => {
  const rig = await Rig.start({
    settings: { SOTTO_LISTEN_PUBLIC_ADDRESSES: '192.0.2.1' },
    serverPorts: { s2s: 5269, s2sTls: 0 },
  })
  try {
    const where = { host: '127.0.0.1', port: rig.listeners.ports.https }
    const told = JSON.parse((await visit(where, '/.well-known/host-meta.json')).body)
    assert.deepEqual(Object.keys(told), ['links'])
    assert.equal(told.links.length, 2)
    assert.ok(told.links.every((link: object) => !('ips' in link)))
  } finally {
    await rig.stop()
  }
})

test('has a limit of connections and of requests for each network', async () => {
  const rig = await Rig.start({ pages, settings: { SOTTO_LIMITS_CONNECTIONS_PER_NETWORK: '3' } })
  const { https } = rig.listeners.ports
  const open = await Promise.all(
    [1, 2, 3].map(async () => {
      const { socket } = speaks(https, 'GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
      await new Promise(resolve => socket.once('data', resolve))
      return socket
    }),
  )
  await assert.rejects(visit({ host: '127.0.0.1', port: https }, '/echo/a'))
  const elsewhere = { localAddress: '127.0.0.2' }
  assert.equal((await visit({ host: '127.0.0.1', port: https }, '/echo/a', elsewhere)).status, 200)
  const socket = open[0]!
  let refused = false
  socket.on('data', piece => {
    refused ||= /HTTP\/1.1 429 /.test(piece.toString())
    if (!refused) socket.write('GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
  })
  await new Promise<void>(resolve => {
    socket.write('GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
    socket.on('data', () => refused && resolve())
  })
  for (const each of open) each.destroy()
  await rig.stop()
})

test('XEP-0368: is shared with clients where it is the same port, told apart by ALPN', async () => {
  const free = createServer()
  const port = await new Promise<number>(resolve =>
    free.listen(0, '127.0.0.1', () => resolve((free.address() as AddressInfo).port)),
  )
  await new Promise(resolve => free.close(resolve))
  const rig = await Rig.start({
    pages,
    settings: { SOTTO_LISTEN_C2S_TLS: String(port), SOTTO_LISTEN_HTTPS: String(port) },
  })
  await rig.account('romeo')
  assert.deepEqual([rig.listeners.ports.c2sTls, rig.listeners.ports.https], [port, port])
  const romeo = await rig.connect({ tls: 'direct' })
  await romeo.signIn({ username: 'romeo', password: 'wherefore art thou', mechanism: 'SCRAM-SHA-256-PLUS' })
  await romeo.bind('balcony')
  const web = await rig.device('romeo', 'browser', { tls: 'websocket' })
  assert.equal((await visit({ host: '127.0.0.1', port }, '/echo/a')).status, 200)
  const noAlpn = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  noAlpn.write('GET /echo/a HTTP/1.1\r\nhost: a\r\n\r\n')
  assert.match(String(await new Promise(resolve => noAlpn.once('data', resolve))), /^HTTP\/1.1 200 /)
  noAlpn.destroy()
  await web.close()
  await romeo.close()
  await rig.stop()
})

describe('behind a listed proxy', () => {
  const settings = { SOTTO_LISTEN_TRUSTED_PROXIES: '127.0.0.1', SOTTO_LIMITS_CONNECTIONS_PER_NETWORK: '1' }

  /** Passes connections on, after a header of its own. */
  const proxy = async (to: number, header: Buffer): Promise<{ port: number; close(): void }> => {
    const server = createServer(client => {
      const service = connectTcp({ host: '127.0.0.1', port: to })
      service.write(header)
      client.pipe(service)
      service.pipe(client)
      client.on('error', () => service.destroy())
      service.on('error', () => client.destroy())
    })
    const port = await new Promise<number>(resolve =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
    return { port, close: () => server.close() }
  }
  const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
  const v4 = (last: number) =>
    Buffer.concat([signature, Buffer.from([0x21, 0x11, 0, 12, 192, 0, 2, last, 127, 0, 0, 1, 0, 80, 1, 187])])
  const text = (address: string) => Buffer.from(`PROXY TCP4 ${address} 127.0.0.1 80 443\r\n`)

  test('clients count for themselves, by either version of the PROXY protocol, at every port', async () => {
    const rig = await Rig.start({ pages, settings: { ...settings, SOTTO_LISTEN_PROXY_PROTOCOL: 'true' } })
    await rig.account('romeo')
    const { c2s, c2sTls, https } = rig.listeners.ports
    const proxies = await Promise.all([
      proxy(c2s, v4(1)),
      proxy(c2sTls, text('192.0.2.2')),
      proxy(https, v4(3)),
      proxy(c2s, text('192.0.2.1')),
    ])
    const [plain, direct, web, again] = proxies
    const ports = { c2s: plain.port, c2sTls: direct.port, https: web.port }
    const clients = await Promise.all(
      (['starttls', 'direct', 'websocket'] as const).map(tls =>
        Client.connect({ host: '127.0.0.1', domain, ports, tls }),
      ),
    )
    await assert.rejects(Client.connect({ host: '127.0.0.1', domain, ports: { ...ports, c2s: again.port } }))
    const bare = connectTcp({ host: '127.0.0.1', port: c2s })
    bare.on('error', () => {})
    bare.write('<?xml version="1.0"?><stream:stream>')
    await new Promise(resolve => bare.on('close', resolve))
    for (const each of clients) each.drop()
    for (const each of proxies) each.close()
    await rig.stop()
  })

  test('X-Forwarded-For of anybody else changes nothing', async () => {
    const rig = await Rig.start({ pages, settings })
    const networks = (localAddress: string) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress, rejectUnauthorized: false })
      const seen = ['192.0.2.1', '198.51.100.7'].map(
        claimed =>
          new Promise<string>((done, failed) => {
            const headers = { 'x-forwarded-for': claimed }
            get(`https://127.0.0.1:${rig.listeners.ports.https}/network`, { agent, headers }, response => {
              response.setEncoding('utf8').on('data', done)
            }).on('error', failed)
          }),
      )
      return Promise.all(seen).finally(() => agent.destroy())
    }
    const [one, other] = await networks('127.0.0.2')
    assert.equal(one, other)
    assert.equal(new Set(await networks('127.0.0.1')).size, 2, 'of the proxy it does')
    await rig.stop()
  })

  test('X-Forwarded-For is believed, from it alone, and the rest of its list is not', async () => {
    const rig = await Rig.start({ pages, settings })
    const { https } = rig.listeners.ports
    const ask = (address: string, localAddress?: string) =>
      Client.connect({
        host: '127.0.0.1',
        domain,
        ports: { c2s: 0, c2sTls: 0, https },
        tls: 'websocket',
        webHeaders: { 'x-forwarded-for': address },
        ...(localAddress === undefined ? {} : { localAddress }),
      })
    const one = await ask('192.0.2.1')
    assert.ok(!one.mechanisms().some(each => each.endsWith('-PLUS')), 'TLS ends at the proxy')
    const other = await ask('192.0.2.1, 198.51.100.7, 127.0.0.1')
    await assert.rejects(ask('203.0.113.9, 192.0.2.1'), 'the last one counts')
    const direct = await ask('192.0.2.7', '127.0.0.2')
    await assert.rejects(ask('192.0.2.8', '127.0.0.2'), 'not listed: its own address counts')
    for (const each of [one, other, direct]) each.drop()
    await rig.stop()
  })
})

test('the certificate is read again for the HTTPS port, too', async () => {
  const rig = await Rig.start()
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: rig.listeners.ports.https, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const before = await shown()
  rig.newCertificate()
  await rig.certificates.reload()
  assert.notEqual(await shown(), before)
  writeFileSync(`${rig.directory}/cert.pem`, 'nothing')
  await assert.rejects(rig.certificates.reload())
  assert.notEqual(await shown(), before)
  await rig.stop()
})
