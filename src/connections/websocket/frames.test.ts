import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  closingFrame,
  controlFrame,
  encodeMessages,
  type FrameError,
  FrameReader,
  Opcode,
  textMessage,
} from './frames.ts'

/** A frame as a client sends it. */
function frame(opcode: number, payload: Uint8Array, last: boolean, key: readonly number[]): Buffer {
  const { length } = payload
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  size[0]! |= 0x80
  const masked = payload.map((byte, i) => byte ^ key[i & 3]!)
  return Buffer.concat([Buffer.from([(last ? 0x80 : 0) | opcode, ...size, ...key]), masked])
}

/** What a reader hears when it is given these bytes in these pieces. */
function heard(bytes: Buffer, cuts: readonly number[]): string[] {
  const said: string[] = []
  let open: Buffer[] = []
  const reader = new FrameReader({
    text: (piece, last) => {
      open.push(Buffer.from(piece))
      if (!last) return
      said.push(`text ${Buffer.concat(open)}`)
      open = []
    },
    ping: payload => said.push(`ping ${payload.toString('hex')}`),
    closing: code => said.push(`closing ${code}`),
  })
  const at = [...new Set(cuts.map(cut => cut % (bytes.length + 1)))].sort((one, other) => one - other)
  for (const [i, from] of [0, ...at].entries()) {
    const chunk = Buffer.from(bytes.subarray(from, at[i] ?? bytes.length))
    for (let next = 0; next < chunk.length; ) next = reader.read(chunk, next)
  }
  return said
}

const key = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
const message = fc.tuple(
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('x'.repeat(200)), fc.constant('ü'.repeat(40_000))),
  fc.array(fc.nat(), { maxLength: 3 }),
  fc.uint8Array({ maxLength: 125 }),
  key,
)

test('RFC 6455 §5: messages are read, in however many frames and pieces they come, with pings between', () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(), { maxLength: 20 }), (messages, cuts) => {
      const frames: Buffer[] = []
      const expected: string[] = []
      for (const [text, parts, ping, mask] of messages) {
        const bytes = Buffer.from(text.toWellFormed())
        const ends = [...parts.map(part => part % (bytes.length + 1)).sort((one, other) => one - other), bytes.length]
        let from = 0
        for (const [i, to] of ends.entries()) {
          frames.push(
            frame(
              i === 0 ? Opcode.text : Opcode.continuation,
              bytes.subarray(from, to),
              to === bytes.length && i === ends.length - 1,
              mask,
            ),
          )
          from = to
          if (i === 0) frames.push(frame(Opcode.ping, ping, true, mask))
        }
        const whole = `text ${bytes}`
        const pinged = `ping ${Buffer.from(ping).toString('hex')}`
        expected.push(...(ends.length === 1 ? [whole, pinged] : [pinged, whole]))
      }
      assert.deepEqual(heard(Buffer.concat(frames), cuts), expected)
    }),
  )
})

test('RFC 6455 §5.5: a farewell may give a reason', () => {
  const mask = [1, 2, 3, 4]
  assert.deepEqual(heard(frame(Opcode.close, Buffer.from([3, 232, 65]), true, mask), [1, 5]), ['closing 1000'])
  assert.deepEqual(heard(frame(Opcode.close, Buffer.alloc(0), true, mask), []), ['closing undefined'])
  const endless = Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
  assert.throws(
    () => heard(endless, []),
    (thrown: FrameError) => thrown.code === 1009,
  )
})

test('what is written are frames without a mask, one for each message', () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('é'.repeat(60)), fc.constant('x'.repeat(70_000))),
  )
  fc.assert(
    fc.property(texts, written => {
      const clean = written.map(text => text.toWellFormed().replace(/[\0-\x03]/g, ''))
      let bytes = encodeMessages(
        clean.map(textMessage).join('') + controlFrame(Opcode.pong, Buffer.from([0, 1, 255])) + closingFrame(1002),
      )
      const read = (opcode: number): Buffer => {
        assert.equal(bytes[0], 0x80 | opcode)
        const short = bytes[1]!
        const head = short < 126 ? 2 : short === 126 ? 4 : 10
        const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
        const payload = bytes.subarray(head, head + length)
        assert.equal(payload.length, length)
        bytes = bytes.subarray(head + length)
        return payload
      }
      for (const text of clean) assert.equal(read(Opcode.text).toString(), text)
      assert.deepEqual([...read(Opcode.pong)], [0, 1, 255])
      assert.equal(read(Opcode.close).readUInt16BE(0), 1002)
      assert.equal(bytes.length, 0)
    }),
  )
})
