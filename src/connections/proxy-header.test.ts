import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readProxyHeader } from './proxy-header.ts'

const signature = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
const v6 = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1]
const cases: readonly (readonly [string | readonly number[], string | undefined])[] = [
  ['PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', '192.0.2.1'],
  ['PROXY TCP6 2001:db8::1 ::1 56324 443\r\n', '2001:db8::1'],
  ['PROXY UNKNOWN\r\n', undefined],
  ['PROXY UNKNOWN ffff::1 ::1 1 2\r\n', undefined],
  [[...signature, 0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 1, 0, 1, 1, 187], '192.0.2.1'],
  [[...signature, 0x21, 0x21, 0, 36, ...v6, ...v6, 0, 1, 1, 187], '2001:db8:0:0:0:0:0:1'],
  [[...signature, 0x21, 0x11, 0, 15, 192, 0, 2, 1, 198, 51, 100, 1, 0, 1, 1, 187, 4, 0, 0], '192.0.2.1'],
  [[...signature, 0x20, 0x00, 0, 0], undefined],
  [[...signature, 0x20, 0x99, 0, 3, 1, 2, 3], undefined],
  [[...signature, 0x21, 0x00, 0, 3, 1, 2, 3], undefined],
  [[...signature, 0x21, 0x31, 0, 216, ...Array.from({ length: 216 }, () => 47)], undefined],
]

test('tells where a client is, however much of it has arrived and whatever follows', () => {
  for (const [written, address] of cases) {
    const header = typeof written === 'string' ? Buffer.from(written) : Buffer.from(written)
    assert.deepEqual(readProxyHeader(Buffer.concat([header, Buffer.from('<stream')])), {
      length: header.length,
      address,
    })
    for (let i = 0; i < header.length; i++)
      assert.equal(readProxyHeader(header.subarray(0, i)), 'incomplete', `${written} ${i}`)
  }
})

test('knows what can become no header', () => {
  const wrong = [
    '<?xml version',
    '\x16\x03\x01',
    'PROXY TCP4 2001:db8::1 ::1 1 2\r\n',
    'PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n',
    `PROXY ${'x'.repeat(110)}`,
    '\r\n\r\n\r\n',
    Buffer.from([...signature, 0x11, 0x11, 0, 0]),
    Buffer.from([...signature, 0x21, 0x11, 0xff, 0xff]),
    Buffer.from([...signature, 0x21, 0x11, 0, 11]),
    Buffer.from([...signature, 0x21, 0x21, 0, 35]),
    Buffer.from([...signature, 0x21, 0x31, 0, 3, 1, 2, 3]),
    Buffer.from([...signature, 0x21, 0x41, 0, 36]),
    'PROXY TCP4 192.0.2.1\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n',
  ]
  for (const bytes of wrong) assert.equal(readProxyHeader(Buffer.from(bytes as string)), 'wrong', String(bytes))
})
