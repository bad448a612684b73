/**
 * A process whose memory is being collected as garbage all the while that it uses private keys. It gets a file of masked
 * ones (so that it holds none but those in use) and says when it has used them all.
 */

import { readFileSync } from 'node:fs'
import { keyPair, openBox, publicOf, sealTo } from '../../src/seals/box.ts'
import { keyBytes, wipe } from '../../src/seals/envelope.ts'

const [file = '', mask = ''] = process.argv.slice(2)
const masked = readFileSync(file)
const about = Buffer.from('a test')
/** Enough at a time that the collector marks for as long as many keys are used. */
const hoard: object[] = []

function use(at: number): void {
  const privateKey = Buffer.from(new ArrayBuffer(keyBytes))
  for (let i = 0; i < keyBytes; i++) privateKey[i] = masked[at + i]! ^ Number(mask)
  const pair = { privateKey, publicKey: publicOf(privateKey) }
  const box = sealTo(pair.publicKey, Buffer.from('plain'), about)
  if (openBox(pair, box, about)?.toString() !== 'plain') throw new Error('What was sealed does not open.')
  wipe(privateKey, keyPair().privateKey)
  for (let i = 0; i < 200; i++) hoard.push({ i, list: [i, at, {}] })
  if (hoard.length > 100_000) hoard.splice(0, 60_000)
}

function useFrom(at: number): void {
  if (at === masked.length) {
    process.send?.('used')
    return
  }
  use(at)
  setImmediate(() => useFrom(at + keyBytes))
}

process.on('disconnect', () => process.exit())
useFrom(0)
