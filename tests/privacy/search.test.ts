import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { formsOfAddress, formsOfSecret, occurrences, occurrencesBelow } from './search.ts'

const address = formsOfAddress('127.99.13.37')
const secret = formsOfSecret('password', 'Wherefore?Art+Thou')
const noise = () => randomBytes(1000)

/** Puts something among noise and tells what of it is found. */
function found(what: Buffer | string): string[] {
  return occurrences([...address, ...secret], Buffer.concat([noise(), Buffer.from(what), noise()]))
}

test('the address is found in every form', () => {
  const octets = Buffer.of(127, 99, 13, 37)
  const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from('ffff', 'hex'), octets])
  for (const planted of [
    'from 127.99.13.37:5222',
    '::ffff:127.99.13.37',
    '::ffff:7f63:d25',
    '0000:0000:0000:0000:0000:ffff:7f63:0d25',
    octets,
    Buffer.from(octets).reverse(),
    mapped,
    octets.toString('hex'),
    octets.toString('hex').toUpperCase(),
    octets.toString('base64'),
    mapped.toString('base64'),
    mapped.toString('hex'),
    Buffer.from('{"ip":"127.99.13.37"}').toString('base64'),
    Buffer.from('127.99.13.37').toString('hex'),
    '2137197861',
  ])
    assert.notDeepEqual(found(planted), [], String(planted))
})

test('the password is found in every form', () => {
  const password = 'Wherefore?Art+Thou'
  for (const user of ['r', 'ro', 'rom', 'romeo'])
    assert.notDeepEqual(found(Buffer.from(`\0${user}\0${password}`).toString('base64')), [], user)
  for (const planted of [
    password,
    `"password":"${password}"`,
    Buffer.from(password).toString('hex'),
    Buffer.from(password).toString('base64url'),
    encodeURIComponent(password),
    Buffer.from(password, 'utf16le'),
  ])
    assert.notDeepEqual(found(planted), [], String(planted))
})

test('what is not there is not found', () => {
  for (let i = 0; i < 100; i++) assert.deepEqual(found('127.99.13.3 Wherefore?'), [])
})

test('every file is looked into, wherever it is, and at its name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-search-'))
  try {
    mkdirSync(join(directory, 'a/b'), { recursive: true })
    writeFileSync(join(directory, 'a/b/c.db-wal'), Buffer.concat([noise(), Buffer.of(127, 99, 13, 37)]))
    writeFileSync(join(directory, 'a/127.99.13.37'), '')
    const all = occurrencesBelow(address, directory)
    assert.ok(all.includes('address as 4 bytes in a/b/c.db-wal'), all.join())
    assert.ok(all.includes('address in a/127.99.13.37'), all.join())
  } finally {
    rmSync(directory, { recursive: true })
  }
})
