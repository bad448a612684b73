import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { PacedWriter, pieceBytes } from './writer.ts'

let server: Server
before(() => {
  server = createServer()
  return new Promise<void>(done => server.listen(0, '127.0.0.1', done))
})
after(() => server.close())

/** Two ends of a connection; `handed` are the sizes that the near one was given, `most` what it ever held. */
async function pair() {
  const accepted = new Promise<Socket>(done => server.once('connection', done))
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const near = await accepted
  const handed: number[] = []
  let most = 0
  const write = near.write.bind(near) as (...args: unknown[]) => boolean
  near.write = ((piece: string | Buffer, ...rest: unknown[]) => {
    handed.push(Buffer.byteLength(piece))
    const more = write(piece, ...rest)
    most = Math.max(most, near.writableLength)
    return more
  }) as typeof near.write
  const received: Uint8Array[] = []
  far.on('data', bytes => received.push(Buffer.from(bytes)))
  return { near, far, handed, most: () => most, text: () => Buffer.concat(received).toString() }
}

function drained(writer: PacedWriter): Promise<void> {
  return new Promise(done => writer.whenDrained(done))
}

test('what is sent in one turn goes out in one piece', async () => {
  const { near, far, handed, text } = await pair()
  const writer = new PacedWriter(near)
  for (let i = 0; i < 100; i++) writer.send(`<m${i}/>`)
  assert.deepEqual(handed, [])
  await drained(writer)
  assert.equal(handed.length, 1)
  await turn()
  writer.send('<after/>')
  await drained(writer)
  assert.equal(handed.length, 2)
  writer.end('')
  await new Promise(done => far.once('end', done))
  assert.equal(text(), `${Array.from({ length: 100 }, (_, i) => `<m${i}/>`).join('')}<after/>`)
})

test('a socket never holds more than one piece, whatever is sent, and all arrives in order', async () => {
  const { near, far, handed, most, text } = await pair()
  const writer = new PacedWriter(near)
  const sent = [
    'a'.repeat(10),
    'ä'.repeat(300_000),
    'b',
    '𝄞'.repeat(5000),
    ...Array.from({ length: 500 }, (_, i) => `é${i}`.repeat(50)),
    'ж'.repeat(16_000),
  ]
  for (const one of sent) writer.send(one)
  writer.end('</end>')
  await new Promise(done => far.once('end', done))
  assert.ok(text() === `${sent.join('')}</end>`)
  assert.ok(Math.max(...handed) <= pieceBytes, `${Math.max(...handed)} bytes at once`)
  assert.ok(most() <= pieceBytes)
  assert.equal(writer.waitingBytes, 0)
})

test('callbacks come in order, when what was sent before them has left', async () => {
  const { near } = await pair()
  const writer = new PacedWriter(near)
  const told: string[] = []
  writer.whenWritten(() => told.push('at once'))
  assert.deepEqual(told, ['at once'])
  writer.send('a')
  writer.whenWritten(() => told.push('a'))
  writer.send('x'.repeat(100_000))
  writer.whenWritten(() => told.push(`x ${writer.waitingBytes < 100_000}`))
  writer.whenWritten(() => told.push('x again'))
  writer.send('b')
  writer.whenWritten(() => {
    told.push('b')
    writer.whenWritten(() => told.push('inside'))
  })
  writer.whenDrained(() => told.push('drained'))
  assert.equal(told.length, 1)
  await drained(writer)
  assert.deepEqual(told, ['at once', 'a', 'x true', 'x again', 'b', 'inside', 'drained'])
  writer.end('')
})

test('a connection that breaks tells nobody that anything was written', async () => {
  const { near, far } = await pair()
  const writer = new PacedWriter(near)
  near.on('error', () => {})
  far.pause()
  let told = false
  for (let i = 0; i < 2000; i++) writer.send('x'.repeat(10_000))
  writer.whenWritten(() => {
    told = true
  })
  writer.whenDrained(() => {
    told = true
  })
  far.destroy()
  await new Promise(done => near.once('close', done))
  writer.send('more')
  await turn()
  assert.equal(told, false)
  writer.drop()
  assert.ok(writer.waitingBytes <= pieceBytes)
})

test('what is patient waits for company, and goes with whatever may not wait', async () => {
  const { near, far, handed } = await pair()
  const writer = new PacedWriter(near)
  writer.send('<presence/>', 20)
  await turn()
  await turn()
  assert.deepEqual(handed, [], 'it waits')
  writer.send('<presence/>', 20)
  writer.send('<message/>')
  await turn()
  assert.deepEqual(handed, [32], 'all of it in one piece, in its order')
  writer.end('')
  await new Promise(done => far.once('end', done))
})

test('patience ends by itself', async () => {
  const { near, far, handed, text } = await pair()
  const ended = new Promise(done => far.once('end', done))
  const writer = new PacedWriter(near)
  writer.send('<a/>', 20)
  await turn()
  writer.send('<b/>', 20)
  await drained(writer)
  assert.deepEqual(handed, [8])
  writer.send('<c/>', 20)
  writer.end('<d/>')
  await ended
  assert.equal(text(), '<a/><b/><c/><d/>')
  assert.deepEqual(handed, [8, 8], 'a farewell waits for nothing')
})
