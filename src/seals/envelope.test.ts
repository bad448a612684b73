import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { boxBytes, keyPair, openBox, publicOf, sealTo } from './box.ts'
import { bound, deriveKey, freshKey, open, seal, sealBytes } from './envelope.ts'
import { MessageKey, messageSealBytes } from './epoch.ts'
import { x25519PublicOf } from './x25519.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

/** The same bytes with one bit another. */
function flipped(sealed: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(sealed)
  const at = bit % (changed.length * 8)
  changed[at >> 3]! ^= 1 << (at & 7)
  return changed
}

const pair = keyPair()
const key = freshKey()
const epoch = new MessageKey(4_503_599_627_370_495, 17, freshKey())

/** Every way to seal, each with a way to open that may be told of another place. */
const ways: readonly {
  readonly name: string
  readonly adds: number
  seal(plain: Uint8Array, place: number): Buffer
  open(sealed: Uint8Array, place: number): Buffer | undefined
}[] = [
  {
    name: 'a key',
    adds: sealBytes,
    seal: (plain, place) => seal(key, plain, bound('test', place)),
    open: (sealed, place) => open(key, sealed, bound('test', place)),
  },
  {
    name: 'a public key',
    adds: boxBytes,
    seal: (plain, place) => sealTo(pair.publicKey, plain, bound('test', place)),
    open: (sealed, place) => openBox(pair, sealed, bound('test', place)),
  },
  {
    name: 'the key of an epoch',
    adds: messageSealBytes,
    seal: (plain, place) => epoch.seal(place, plain),
    open: (sealed, place) => epoch.open(place, sealed),
  },
]

for (const way of ways) {
  describe(`sealed with ${way.name}`, () => {
    test('everything opens again, in its place only', () => {
      fc.assert(
        fc.property(bytes, number, number, (plain, place, other) => {
          const sealed = way.seal(plain, place)
          assert.equal(sealed.length, plain.length + way.adds)
          assert.deepEqual(way.open(sealed, place), Buffer.from(plain))
          if (other !== place) assert.equal(way.open(sealed, other), undefined)
        }),
      )
    })

    test('no flipped bit opens, anywhere', () => {
      fc.assert(
        fc.property(bytes, fc.nat(), (plain, bit) => {
          assert.equal(way.open(flipped(way.seal(plain, 5), bit), 5), undefined)
        }),
      )
      const sealed = way.seal(Buffer.from('short'), 5)
      for (let bit = 0; bit < sealed.length * 8; bit++) assert.equal(way.open(flipped(sealed, bit), 5), undefined)
    })

    test('nothing that is cut short, made longer or made up opens', () => {
      const sealed = way.seal(Buffer.from('short'), 5)
      for (let length = 0; length < sealed.length; length++)
        assert.equal(way.open(sealed.subarray(0, length), 5), undefined)
      assert.equal(way.open(Buffer.concat([sealed, Buffer.alloc(1)]), 5), undefined)
      fc.assert(fc.property(bytes, noise => void assert.equal(way.open(noise, 5), undefined)))
    })

    test('never the same twice', () => {
      const plain = Buffer.from('the same')
      assert.equal(new Set(Array.from({ length: 500 }, () => way.seal(plain, 5).toString('hex'))).size, 500)
    })

    test('memory of its own, so that handing it to a thread copies nothing else', () => {
      assert.equal(way.seal(Buffer.from('x'), 1).buffer.byteLength, 1 + way.adds)
    })
  })
}

test('another key opens nothing', () => {
  const sealed = seal(key, Buffer.from('plain'), bound('test'))
  assert.equal(open(freshKey(), sealed, bound('test')), undefined)
  const box = sealTo(pair.publicKey, Buffer.from('plain'), bound('test'))
  assert.equal(openBox(keyPair(), box, bound('test')), undefined)
  assert.equal(openBox({ ...pair, publicKey: keyPair().publicKey }, box, bound('test')), undefined)
  assert.equal(new MessageKey(1, 17, freshKey()).open(5, epoch.seal(5, Buffer.from('plain'))), undefined)
})

test('a box from what is no point of the curve does not open', () => {
  const box = sealTo(pair.publicKey, Buffer.from('plain'), bound('test'))
  for (const [first, rest] of [
    [2, 255],
    [0, 0],
    [4, 7],
  ] as const) {
    box.fill(rest, 1, 34)
    box[1] = first
    assert.equal(openBox(pair, box, bound('test')), undefined)
  }
})

test('raw keys are those of RFC 5903 §8.1', () => {
  const initiator = Buffer.from('c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433', 'hex')
  const known = '03dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180'
  assert.equal(publicOf(initiator).toString('hex'), known)
  assert.deepEqual(publicOf(pair.privateKey), pair.publicKey)
})

test('what is no private key has no public one', () => {
  for (const byte of [0, 255]) assert.throws(() => publicOf(Buffer.alloc(32, byte)), /not valid/)
})

describe('a pair from before 2026-12', () => {
  const privateKey = Buffer.from('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a', 'hex')
  const older = { privateKey, publicKey: x25519PublicOf(privateKey) }

  test('its raw keys are those of RFC 7748 §6.1', () => {
    const known = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'
    assert.equal(older.publicKey.toString('hex'), known)
  })

  test('opens what was sealed to it then', () => {
    const sealed = Buffer.from(
      '0202275d0564c1126c4778aa031206b7e552149fbefdb537cd0ec917c67b40006670fd47bb830202029babde8b46e46a54417552e7000b705aca750e657b583ac05a2d1e00b2',
      'hex',
    )
    assert.equal(openBox(older, sealed, bound('test', 5))?.toString(), 'an epoch of last week')
    assert.equal(openBox(older, sealed, bound('test', 6)), undefined)
    sealed[0] = 4
    assert.equal(openBox(older, sealed, bound('test', 5)), undefined)
  })

  test('is still sealed to, and only it opens that', () => {
    const sealed = sealTo(older.publicKey, Buffer.from('plain'), bound('test'))
    assert.equal(openBox(older, sealed, bound('test'))?.toString(), 'plain')
    assert.equal(openBox(pair, sealed, bound('test')), undefined)
    assert.equal(openBox(older, sealTo(pair.publicKey, Buffer.from('plain'), bound('test')), bound('test')), undefined)
  })

  test('opens no box from a point of small order', () => {
    const box = sealTo(older.publicKey, Buffer.from('plain'), bound('test'))
    box.fill(0, 1, 33)
    assert.equal(openBox(older, box, bound('test')), undefined)
  })
})

test('lists of names and numbers are never taken for each other', () => {
  const part = fc.oneof(fc.string({ maxLength: 12 }), number, fc.uint8Array({ maxLength: 12 }))
  const list = fc.array(part, { maxLength: 5 })
  const plainly = (parts: readonly (string | number | Uint8Array)[]) =>
    JSON.stringify(parts.map(one => (typeof one === 'number' ? one : Buffer.from(one).toString('hex'))))
  fc.assert(
    fc.property(list, list, (a, b) => {
      assert.equal(bound(...a).equals(bound(...b)), plainly(a) === plainly(b))
    }),
  )
})

test('keys for different purposes and salts have nothing in common', () => {
  const secret = freshKey()
  const derived = [
    deriveKey(secret, 'one'),
    deriveKey(secret, 'two'),
    deriveKey(secret, 'one', Buffer.from('salt')),
    deriveKey(freshKey(), 'one'),
  ]
  assert.equal(new Set(derived.map(one => one.toString('hex'))).size, 4)
  assert.deepEqual(deriveKey(secret, 'one'), derived[0])
})

test('tags: equal for one contact in one epoch, and in no other', () => {
  const other = new MessageKey(4_503_599_627_370_495, 18, freshKey())
  assert.deepEqual(epoch.tag('juliet@capulet.lit'), epoch.tag('juliet@capulet.lit'))
  assert.equal(epoch.tag('juliet@capulet.lit').length, 8)
  assert.notDeepEqual(epoch.tag('juliet@capulet.lit'), epoch.tag('romeo@capulet.lit'))
  assert.notDeepEqual(epoch.tag('juliet@capulet.lit'), other.tag('juliet@capulet.lit'))
})

test('a wiped key of an epoch is zeros, seals nothing and opens nothing', () => {
  const raw = freshKey()
  const gone = new MessageKey(1, 2, raw)
  const sealed = gone.seal(3, Buffer.from('plain'))
  gone.wipe()
  assert.deepEqual(raw, Buffer.alloc(32))
  assert.equal(gone.open(3, sealed), undefined)
  assert.throws(() => gone.seal(4, Buffer.from('plain')))
  assert.throws(() => gone.tag('juliet@capulet.lit'))
})
