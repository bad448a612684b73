import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const ns = 'http://jabber.org/protocol/bytestreams'
const proxy = 'proxy.localhost'
const condition = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name
const hashOf = (sid: string, requester: Actor, target: Actor): string =>
  createHash('sha1').update(`${sid}${requester.fullJid}${target.fullJid}`).digest('hex')

async function portOf(actor: Actor): Promise<number> {
  const answer = await actor.asks(`<iq type="get" to="${proxy}"><query xmlns="${ns}"/></iq>`)
  const host = answer.at('query', 'streamhost')
  assert.equal(host.attr('jid'), proxy)
  assert.equal(host.attr('host'), 'localhost')
  return Number(host.attr('port'))
}
const activates = (actor: Actor, sid: string, target: Actor): Promise<Tree> =>
  actor.asks(
    `<iq type="set" to="${proxy}"><query xmlns="${ns}" sid="${sid}"><activate>${target.fullJid}</activate></query></iq>`,
  )

/** Reads exactly so many bytes. */
async function reads(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null
    if (bytes !== null) return bytes
    await once(socket, 'readable')
  }
}

async function reaches(port: number, hash: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(Buffer.from([5, 1, 0]))
  assert.deepEqual([...(await reads(socket, 2))], [5, 0])
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, 40]), Buffer.from(hash), Buffer.from([0, 0])]))
  const answer = await reads(socket, 47)
  assert.deepEqual([...answer.subarray(0, 5)], [5, 0, 0, 3, 40])
  assert.equal(answer.toString('latin1', 5, 45), hash)
  return socket
}

describe('XEP-0065', () => {
  test(
    '#disco-proxy: it is one of the services',
    dialogue(async ({ romeo }) => {
      const items = await romeo.asks(
        '<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>',
      )
      assert.ok(
        items
          .need('query')
          .elements()
          .some(item => item.attr('jid') === proxy),
      )
      const info = await romeo.asks(
        `<iq type="get" to="${proxy}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
      )
      const identity = info.at('query', 'identity')
      assert.equal(`${identity.attr('category')}/${identity.attr('type')}`, 'proxy/bytestreams')
      assert.ok(
        info
          .need('query')
          .elements()
          .some(each => each.attr('var') === ns),
      )
    }),
  )

  test(
    '#mediated: a file passes, in both directions, only once it has been activated',
    dialogue(async ({ romeo, juliet }) => {
      const port = await portOf(romeo)
      const hash = hashOf('vxf9n471bn46', romeo, juliet)
      const target = await reaches(port, hash)
      assert.equal(condition(await activates(romeo, 'vxf9n471bn46', juliet)), 'item-not-found')
      const requester = await reaches(port, hash)
      requester.write('early, ')
      assert.equal((await activates(romeo, 'vxf9n471bn46', juliet)).attr('type'), 'result')
      const file = randomBytes(3_000_000)
      requester.end(file)
      assert.equal(String(await reads(target, 7)), 'early, ')
      const parts: Buffer[] = []
      for await (const part of target) parts.push(part as Buffer)
      assert.ok(Buffer.concat(parts).equals(file))
      for (const socket of [target, requester]) socket.destroy()
    }),
  )

  test(
    '#mediated: the other side answers',
    dialogue(async ({ romeo, juliet }) => {
      const port = await portOf(romeo)
      const hash = hashOf('two-way', romeo, juliet)
      const [target, requester] = [await reaches(port, hash), await reaches(port, hash)]
      await activates(romeo, 'two-way', juliet)
      target.write('thanks')
      assert.equal(String(await reads(requester, 6)), 'thanks')
      requester.destroy()
      await once(target.resume(), 'close')
    }),
  )

  test(
    'a third one is refused, and nobody else can activate',
    dialogue(async ({ romeo, juliet, tybalt }) => {
      const port = await portOf(romeo)
      const hash = hashOf('three', romeo, juliet)
      const sockets = [await reaches(port, hash), await reaches(port, hash)]
      const third = connect(port, '127.0.0.1')
      third.write(Buffer.concat([Buffer.from([5, 1, 0, 5, 1, 0, 3, 40]), Buffer.from(hash), Buffer.from([0, 0])]))
      assert.deepEqual([...(await reads(third, 4))], [5, 0, 5, 2])
      assert.equal(condition(await activates(tybalt, 'three', juliet)), 'item-not-found')
      assert.equal((await activates(romeo, 'three', juliet)).attr('type'), 'result')
      for (const socket of [...sockets, third]) socket.destroy()
    }),
  )

  test(
    'only so many transfers of one account at one time',
    dialogue({ settings: { bytestreams: { per_account: 1 } } }, async ({ romeo, juliet }) => {
      const port = await portOf(romeo)
      const sockets: Socket[] = []
      for (const sid of ['first', 'second']) {
        const hash = hashOf(sid, romeo, juliet)
        sockets.push(await reaches(port, hash), await reaches(port, hash))
      }
      assert.equal((await activates(romeo, 'first', juliet)).attr('type'), 'result')
      assert.equal(condition(await activates(romeo, 'second', juliet)), 'resource-constraint')
      for (const socket of sockets) socket.destroy()
    }),
  )

  const refusals: readonly (readonly [what: string, bytes: readonly number[], answer: readonly number[]])[] = [
    ['another version', [4, 1, 0], []],
    ['a password', [5, 1, 2], [5, 255]],
    ['a bind', [5, 1, 0, 5, 2, 0, 3, 40], [5, 0, 5, 7, 0, 3, 0, 0, 0]],
    ['an address', [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80], [5, 0, 5, 8, 0, 3, 0, 0, 0]],
    [
      'a name that is no hash',
      [5, 1, 0, 5, 1, 0, 3, 9, ...Buffer.from('localhost'), 0, 80],
      [5, 0, 5, 8, 0, 3, 0, 0, 0],
    ],
  ]
  for (const [what, bytes, answer] of refusals) {
    test(
      `RFC 1928: ${what} is refused`,
      dialogue(async ({ romeo }) => {
        const socket = connect(await portOf(romeo), '127.0.0.1')
        socket.on('error', () => undefined)
        socket.write(Buffer.from(bytes))
        const parts: Buffer[] = []
        for await (const part of socket) parts.push(part as Buffer)
        assert.deepEqual([...Buffer.concat(parts)], answer)
      }),
    )
  }

  test(
    'where it is off, there is none',
    dialogue({ settings: { bytestreams: { port: false } } }, async ({ romeo }) => {
      const answer = await romeo.asks(`<iq type="get" to="${proxy}"><query xmlns="${ns}"/></iq>`)
      assert.equal(answer.attr('type'), 'error')
    }),
  )
})
