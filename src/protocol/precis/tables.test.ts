import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bidiOf, derivedOf, idnaOf, isAssignedInUnicode32, isVirama, joiningOf, mapWidth } from './properties.ts'
import { unicodeVersion } from './tables.ts'

/** Every code point that the tables know, as the engine's own Unicode data (as new or newer) sees it. */
function* assigned(): Generator<{ cp: number; char: string }> {
  for (let cp = 0; cp < 0x110000; cp++) if (derivedOf(cp) !== 'U') yield { cp, char: String.fromCodePoint(cp) }
}

const exceptions = new Set([
  ...[0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007, 0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb],
  ...[0x640, 0x7fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b],
  ...Array.from({ length: 10 }, (_, i) => 0x660 + i),
  ...Array.from({ length: 10 }, (_, i) => 0x6f0 + i),
])
const oldJamo = (cp: number) =>
  (cp >= 0x1100 && cp <= 0x11ff) || (cp >= 0xa960 && cp <= 0xa97c) || (cp >= 0xd7b0 && cp <= 0xd7fb)
const letterOrDigit = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u

const ignorable = (char: string) => /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u.test(char)

/** RFC 8264 §8 once more, by another road: the properties that JavaScript has. */
function derivedHere(cp: number, char: string): string {
  if (cp >= 0x21 && cp <= 0x7e) return 'P'
  if (/\p{Join_Control}/u.test(char)) return 'J'
  if (oldJamo(cp) || ignorable(char) || /[\p{Cc}\p{Cs}]/u.test(char)) return 'D'
  if (char.normalize('NFKC') !== char) return 'F'
  if (letterOrDigit.test(char)) return 'P'
  return /[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{S}\p{P}]/u.test(char) ? 'F' : 'D'
}

test('RFC 8264 §8: the derived property agrees with the properties that JavaScript knows', () => {
  const wrong: string[] = []
  for (const { cp, char } of assigned())
    if (!exceptions.has(cp) && derivedOf(cp) !== derivedHere(cp, char)) wrong.push(cp.toString(16))
  assert.deepEqual(wrong, [])
})

test('the tables know the code points that the engine knows, up to their version', () => {
  const wrong: string[] = []
  for (const { cp, char } of assigned())
    if (!/\P{Cn}|\p{Noncharacter_Code_Point}/u.test(char)) wrong.push(cp.toString(16))
  assert.deepEqual(wrong, [])
  assert.match(unicodeVersion, /^\d+\.\d+\.\d+$/)
  assert.notEqual(derivedOf(0x1fae8), 'U', 'U+1FAE8 SHAKING FACE came with 15.0')
})

test('RFC 5892 §3: what U-labels may have is stable, lower case and a letter, mark or digit', () => {
  const wrong: string[] = []
  for (const { cp, char } of assigned()) {
    if (exceptions.has(cp)) continue
    const stable = char.normalize('NFKC').toLowerCase().normalize('NFKC') === char
    const expected = stable && letterOrDigit.test(char) && !ignorable(char) && !oldJamo(cp)
    // Excluded as blocks (§2.4), or changed by folding though not by lower-casing: those differ, and only to the strict side.
    if (idnaOf(cp) === 'P' && cp !== 0x2d && !expected && !isCherokee(cp)) wrong.push(cp.toString(16))
    if (idnaOf(cp) === 'D' && expected && char.toUpperCase().toLowerCase() === char && !inMusic(cp))
      wrong.push(cp.toString(16))
  }
  assert.deepEqual(wrong, [])
})

/** Folds to its capitals, of all scripts only this one. */
const isCherokee = (cp: number) => /\p{Script=Cherokee}/u.test(String.fromCodePoint(cp))
const inMusic = (cp: number) => (cp >= 0x20d0 && cp <= 0x20ff) || (cp >= 0x1d100 && cp <= 0x1d24f) || isCherokee(cp)

test('RFC 5892 §2.6: the exceptions', () => {
  const derived = (...cps: number[]) => cps.map(cp => derivedOf(cp) + idnaOf(cp)).join(' ')
  assert.equal(derived(0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007), 'PP PP PP PP PP PP')
  assert.equal(derived(0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb, 0x660, 0x669, 0x6f0, 0x6f9), Array(9).fill('OO').join(' '))
  assert.equal(derived(0x640, 0x7fa, 0x302e, 0x3031, 0x3035, 0x303b), Array(6).fill('DD').join(' '))
  assert.equal(derived(0x200c, 0x200d), 'JJ JJ')
})

test('the properties that JavaScript lacks, for code points whose value everybody knows', () => {
  const bidi: [string, string][] = [
    ['a', 'L'],
    ['א', 'R'],
    ['ب', 'A'],
    ['٣', 'N'],
    ['7', 'E'],
    ['-', 'S'],
    ['.', 'C'],
    ['#', 'T'],
    ['!', 'O'],
    ['\u200b', 'B'],
    ['\u0301', 'M'],
    [' ', 'X'],
  ]
  for (const [char, letter] of bidi) assert.equal(bidiOf(char.codePointAt(0)!), letter, char)
  assert.deepEqual([0xa872, 0x627, 0x628, 0x64b, 0x61].map(joiningOf), ['L', 'R', 'D', 'T', 'N'])
  assert.ok(isVirama(0x94d) && !isVirama(0x93c))
  assert.ok(isAssignedInUnicode32(0x220) && !isAssignedInUnicode32(0x221) && !isAssignedInUnicode32(0x1f600))
})

test('RFC 8264 §5.2.1: every form that width mapping changes is what NFKC calls compatible', () => {
  let mapped = 0
  for (const { char } of assigned()) {
    const plain = mapWidth(char)
    if (plain === char) continue
    mapped++
    assert.equal(plain.normalize('NFKC'), char.normalize('NFKC'))
  }
  assert.equal(mapped, 226)
  assert.equal(mapWidth('Ｊｕｌｉｅｔ　ｶﾞ'), 'Juliet カ\u3099')
})
