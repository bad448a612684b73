import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  blobNameOf,
  chunkBytes,
  entityTagOf,
  type FileFacts,
  fitsHead,
  headBytes,
  isSecret,
  newSecret,
  Sealer,
  sealedBytes,
  sealedChunkBytes,
  tagBytes,
  Unsealer,
} from './sealed-file.ts'

const factsOf = (size: number): FileFacts => ({ name: 'letter.txt', type: 'text/plain', size, purpose: 'message' })

/** @param most bytes that are sealed in one go */
function seal(secret: string, plain: Buffer, most = chunkBytes): Buffer {
  const sealer = new Sealer(secret, factsOf(plain.length))
  const pieces = [sealer.head]
  for (let at = 0; sealer.room > 0; ) {
    const part = plain.subarray(at, at + Math.min(sealer.room, most))
    const into = Buffer.alloc(sealedChunkBytes)
    pieces.push(into.subarray(0, sealer.seal(part, into)))
    at += part.length
  }
  return Buffer.concat(pieces)
}

/** The plain bytes; undefined as soon as anything does not open. */
function unseal(secret: string, sealed: Buffer): Buffer | undefined {
  const file = Unsealer.open(secret, sealed.subarray(0, headBytes), sealed.length)
  if (file === undefined) return undefined
  const pieces: Buffer[] = []
  for (let index = 0; index * chunkBytes < file.facts.size; index++) {
    const { position, length } = file.placeOf(index)
    const plain = file.chunk(index, sealed.subarray(position, position + length))
    if (plain === undefined) return undefined
    pieces.push(plain)
  }
  return Buffer.concat(pieces)
}

const sizes = [1, 2, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 3 * chunkBytes + 5]

describe('a sealed file', () => {
  test('opens with its secret, whatever its size, and takes as much space as was said', () => {
    for (const size of sizes) {
      const secret = newSecret()
      const plain = randomBytes(size)
      const sealed = seal(secret, plain)
      assert.equal(sealed.length, sealedBytes(size))
      assert.deepEqual(unseal(secret, sealed), plain)
      for (const most of [1000, 8192, 16_384, 50_000])
        assert.deepEqual(unseal(secret, seal(secret, plain, most)), plain)
    }
  })

  test('opens with no other secret', () => {
    const secret = newSecret()
    const sealed = seal(secret, Buffer.from('But soft'))
    assert.equal(unseal(newSecret(), sealed), undefined)
  })

  test('shows nothing: neither contents nor name nor type, and never the same bytes twice', () => {
    const secret = newSecret()
    const plain = Buffer.alloc(2 * chunkBytes, 'But soft, what light. ')
    const one = seal(secret, plain)
    const two = seal(secret, plain)
    for (const word of ['But soft', 'letter', 'text/plain', 'message', secret]) assert.equal(one.indexOf(word), -1)
    for (let at = 0; at + 16 <= one.length; at += 16) {
      assert.notDeepEqual(one.subarray(at, at + 16), two.subarray(at, at + 16))
    }
  })

  test('notices every flipped bit', () => {
    const secret = newSecret()
    const sealed = seal(secret, randomBytes(chunkBytes + 100))
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.nat(7), (at, bit) => {
        const bent = Buffer.from(sealed)
        bent[at] = bent[at]! ^ (1 << bit)
        assert.equal(unseal(secret, bent), undefined)
      }),
      { examples: [0, 31, 32, headBytes - 1, headBytes, sealed.length - 1].map(at => [at, 0] as [number, number]) },
    )
  })

  test('notices a lost end, wherever it was cut', () => {
    const secret = newSecret()
    const sealed = seal(secret, randomBytes(2 * chunkBytes))
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), length => {
        assert.equal(unseal(secret, sealed.subarray(0, length)), undefined)
      }),
      { examples: [[0], [headBytes], [headBytes + chunkBytes + 16], [sealed.length - 1]] },
    )
    assert.equal(unseal(secret, Buffer.concat([sealed, Buffer.alloc(1)])), undefined)
  })

  test('notices chunks that changed places, or that come from another upload of the same link', () => {
    const secret = newSecret()
    const plain = randomBytes(3 * chunkBytes)
    const sealed = seal(secret, plain)
    const chunk = (of: Buffer, index: number) => {
      const from = headBytes + index * (chunkBytes + 16)
      return of.subarray(from, from + chunkBytes + 16)
    }
    const head = sealed.subarray(0, headBytes)
    const [a, b, c] = [0, 1, 2].map(index => chunk(sealed, index)) as [Buffer, Buffer, Buffer]
    assert.deepEqual(unseal(secret, Buffer.concat([head, a, b, c])), plain)
    for (const order of [
      [b, a, c],
      [a, c, b],
      [a, a, c],
      [a, b, b],
      [a, chunk(seal(secret, plain), 1), c],
    ]) {
      assert.equal(unseal(secret, Buffer.concat([head, ...order])), undefined)
    }
  })

  test('a chunk that was not the last does not open as the last of a shorter file', () => {
    // Somebody who could forge the head's size would need the key; this checks that chunks do not rely on it.
    const secret = newSecret()
    const long = seal(secret, randomBytes(2 * chunkBytes))
    const file = Unsealer.open(secret, long.subarray(0, headBytes), long.length)!
    const { position, length } = file.placeOf(0)
    const first = long.subarray(position, position + length)
    assert.notEqual(file.chunk(0, first), undefined)
    assert.equal(file.chunk(1, first), undefined)
  })

  test('its facts come back, in any writing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 150, unit: 'grapheme' }), fc.string({ maxLength: 50 }), (name, type) => {
        const facts: FileFacts = { name: name.toWellFormed(), type, size: 1, purpose: 'ephemeral', ends: 1 }
        fc.pre(fitsHead(facts))
        const secret = newSecret()
        const sealer = new Sealer(secret, facts)
        const chunk = Buffer.alloc(1 + tagBytes)
        sealer.seal(Buffer.from('x'), chunk)
        const sealed = Buffer.concat([sealer.head, chunk])
        assert.deepEqual(Unsealer.open(secret, sealed.subarray(0, headBytes), sealed.length)?.facts, facts)
      }),
      { numRuns: 50 },
    )
  })

  test('facts without a place, and empty files, are refused', () => {
    assert.throws(() => new Sealer(newSecret(), { ...factsOf(1), name: 'x'.repeat(1000) }), /cannot be sealed/)
    assert.throws(() => new Sealer(newSecret(), factsOf(0)), /cannot be sealed/)
  })
})

describe('a secret', () => {
  test('is 43 characters, and every one of them matters', () => {
    const secret = newSecret()
    assert.ok(isSecret(secret))
    for (const bad of [
      '',
      secret.slice(1),
      `${secret}A`,
      `${secret}=`,
      `../${secret.slice(3)}`,
      secret.replace(/.$/, '/'),
    ]) {
      assert.equal(isSecret(bad), false, bad)
    }
    // The last character of 32 bytes in base64url has two bits to spare: reading it as bytes would let four links lead here.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const names = new Set([...letters].map(last => blobNameOf(secret.slice(0, -1) + last)))
    assert.equal(names.size, 64)
  })

  test('cannot be told from the name of the blob or from the tag', () => {
    const secret = newSecret()
    assert.match(blobNameOf(secret), /^[0-9a-f]{64}$/)
    assert.match(entityTagOf(secret), /^"[\w-]{22}"$/)
    const bytes = Buffer.from(secret, 'base64url').toString('hex')
    assert.notEqual(blobNameOf(secret), bytes)
    assert.ok(!entityTagOf(secret).includes(blobNameOf(secret).slice(0, 8)))
  })
})
