/**
 * Reads the Unicode Character Database and writes src/protocol/precis/tables.ts.
 *
 *   node scripts/unicode-tables.ts /usr/share/unicode    (Debian: package unicode-data)
 *
 * The derived properties follow the algorithms of RFC 8264 §8 (PRECIS) and RFC 5892 §3 (IDNA2008), which are
 * normative for every Unicode version; the registries at IANA only follow them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const directory = process.argv[2]
if (directory === undefined) {
  console.error('Say where the Unicode Character Database is: node scripts/unicode-tables.ts /usr/share/unicode')
  process.exit(2)
}

const END = 0x110000
const version = /DerivedAge-([\d.]+)\.txt/.exec(read('DerivedAge.txt'))?.[1]
if (version === undefined) throw new Error('DerivedAge.txt does not name its version in the first line.')

const category = property('extracted/DerivedGeneralCategory.txt', 'Cn')
const bidi = property('extracted/DerivedBidiClass.txt', 'L')
const joining = property('extracted/DerivedJoiningType.txt', 'U')
const combining = property('extracted/DerivedCombiningClass.txt', '0')
const hangul = property('HangulSyllableType.txt', 'NA')
const age = property('DerivedAge.txt', '')
const ignorable = binary('DerivedCoreProperties.txt', 'Default_Ignorable_Code_Point')
const nonCharacter = binary('PropList.txt', 'Noncharacter_Code_Point')
const joinControl = binary('PropList.txt', 'Join_Control')
const whiteSpace = binary('PropList.txt', 'White_Space')
const folding = foldings()

function read(file: string): string {
  return readFileSync(join(directory!, file), 'utf8')
}

function* lines(file: string): Generator<{ first: number; last: number; fields: string[] }> {
  for (const line of read(file).split('\n')) {
    const [range, ...fields] = line.replace(/#.*/, '').split(';')
    if (range === undefined || fields.length === 0) continue
    const [first, last] = range.trim().split('..')
    yield {
      first: Number.parseInt(first!, 16),
      last: Number.parseInt(last ?? first!, 16),
      fields: fields.map(field => field.trim()),
    }
  }
}

function property(file: string, otherwise: string): string[] {
  const values = new Array<string>(END).fill(otherwise)
  for (const { first, last, fields } of lines(file)) values.fill(fields[0]!, first, last + 1)
  return values
}

function binary(file: string, name: string): Uint8Array {
  const values = new Uint8Array(END)
  for (const { first, last, fields } of lines(file)) if (fields[0] === name) values.fill(1, first, last + 1)
  return values
}

function foldings(): Map<number, string> {
  const map = new Map<number, string>()
  for (const { first, fields } of lines('CaseFolding.txt'))
    if (fields[0] === 'C' || fields[0] === 'F')
      map.set(first, String.fromCodePoint(...fields[1]!.split(' ').map(hex => Number.parseInt(hex, 16))))
  return map
}

/** RFC 5892 §2.6, which RFC 8264 §9.6 repeats. */
function exception(cp: number): string | undefined {
  if ([0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007].includes(cp)) return 'P'
  if ([0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb].includes(cp)) return 'O'
  if ((cp >= 0x660 && cp <= 0x669) || (cp >= 0x6f0 && cp <= 0x6f9)) return 'O'
  if ([0x640, 0x7fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b].includes(cp)) return 'D'
  return undefined
}

const isOldJamo = (cp: number) => ['L', 'V', 'T'].includes(hangul[cp]!)
const isLetterOrDigit = (cp: number) => ['Ll', 'Lu', 'Lo', 'Nd', 'Lm', 'Mn', 'Mc'].includes(category[cp]!)

/** RFC 8264 §8. P both classes, F only the FreeformClass, J and O by context, D neither, U not yet assigned. */
function precis(cp: number): string {
  const fixed = exception(cp)
  if (fixed !== undefined) return fixed
  const gc = category[cp]!
  if (gc === 'Cn' && !nonCharacter[cp]) return 'U'
  if (cp >= 0x21 && cp <= 0x7e) return 'P'
  if (joinControl[cp]) return 'J'
  if (isOldJamo(cp) || ignorable[cp] || nonCharacter[cp] || gc === 'Cc' || gc === 'Cs') return 'D'
  const text = String.fromCodePoint(cp)
  if (text.normalize('NFKC') !== text) return 'F'
  if (isLetterOrDigit(cp)) return 'P'
  return /^(?:Lt|Nl|No|Me|Zs|S[mcko]|P[cdseifo])$/.test(gc) ? 'F' : 'D'
}

function unstable(cp: number): boolean {
  const text = String.fromCodePoint(cp)
  const folded = Array.from(text.normalize('NFKC'), char => folding.get(char.codePointAt(0)!) ?? char).join('')
  return folded.normalize('NFKC') !== text
}

/** RFC 5892 §3, for the code points of a U-label: as above, but everything that is not allowed is D. */
function idna(cp: number): string {
  const fixed = exception(cp)
  if (fixed !== undefined) return fixed
  if (category[cp] === 'Cn' || category[cp] === 'Cs') return 'D'
  if (cp === 0x2d || (cp >= 0x30 && cp <= 0x39) || (cp >= 0x61 && cp <= 0x7a)) return 'P'
  if (joinControl[cp]) return 'J'
  if (unstable(cp) || ignorable[cp] || whiteSpace[cp] || nonCharacter[cp] || isOldJamo(cp)) return 'D'
  const symbolsForMusic = (cp >= 0x1d100 && cp <= 0x1d1ff) || (cp >= 0x1d200 && cp <= 0x1d24f)
  if ((cp >= 0x20d0 && cp <= 0x20ff) || symbolsForMusic) return 'D'
  return isLetterOrDigit(cp) ? 'P' : 'D'
}

/** One letter for each class that RFC 5893 §2 names; the table has X for the others. */
const bidiClasses = 'L:L R:R AL:A AN:N EN:E ES:S CS:C ET:T ON:O BN:B NSM:M'.split(' ')
const bidiLetters = new Map(bidiClasses.map(pair => pair.split(':') as [string, string]))

/** Runs as `<length in base 36, left out if 1><letter>`. */
function runs(letterOf: (cp: number) => string): string {
  const parts: string[] = []
  let start = 0
  let letter = letterOf(0)
  for (let cp = 1; cp <= END; cp++) {
    const next = cp < END ? letterOf(cp) : ''
    if (next === letter) continue
    parts.push((cp - start === 1 ? '' : (cp - start).toString(36)) + letter)
    start = cp
    letter = next
  }
  return parts.join('')
}

function widths(): { wide: string; plain: string } {
  let wide = ''
  let plain = ''
  for (const line of read('UnicodeData.txt').split('\n')) {
    const fields = line.split(';')
    const mapping = /^<(?:wide|narrow)> ([0-9A-F]+)$/.exec(fields[5] ?? '')
    if (mapping === null) continue
    wide += String.fromCodePoint(Number.parseInt(fields[0]!, 16))
    plain += String.fromCodePoint(Number.parseInt(mapping[1]!, 16))
  }
  return { wide, plain }
}

function inThreeTwo(cp: number): boolean {
  const [major, minor] = age[cp]!.split('.').map(Number)
  return major !== undefined && minor !== undefined && (major < 3 || (major === 3 && minor <= 2))
}

/** A declaration of a string in pieces that fit the line; what is no letter or digit is escaped. */
function constant(name: string, comment: string, value: string): string {
  const pieces = (value.match(/[\w.]{1,112}|[^\w.]{1,18}/gu) ?? []).map(
    piece => `  '${piece.replace(/[^\w.]/gu, char => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`)}'`,
  )
  const [first, ...rest] = pieces
  return `/** ${comment} */\nexport const ${name} =${rest.length === 0 ? first!.slice(1) : `\n${pieces.join(' +\n')}`}\n`
}

const { wide, plain } = widths()

writeFileSync(
  new URL('../src/protocol/precis/tables.ts', import.meta.url),
  [
    `/**
 * Generated by scripts/unicode-tables.ts out of the Unicode Character Database: do not edit, run the script again.
 *
 * A table of runs covers every code point from U+0000 on: each run is its length in base 36 (left out if 1) and a letter.
 */
`,
    constant('unicodeVersion', 'The version of the Unicode Character Database behind these tables.', version),
    constant(
      'precisRuns',
      'RFC 8264 §8: P valid, F freeform only, J CONTEXTJ, O CONTEXTO, D disallowed, U unassigned.',
      runs(precis),
    ),
    constant('idnaRuns', 'RFC 5892 §3: P valid in a U-label, J CONTEXTJ, O CONTEXTO, D everything else.', runs(idna)),
    constant(
      'bidiRuns',
      'Bidi_Class: L, R, A (AL), N (AN), E (EN), S (ES), C (CS), T (ET), O (ON), B (BN), M (NSM), X others.',
      runs(cp => bidiLetters.get(bidi[cp]!) ?? 'X'),
    ),
    constant(
      'joiningRuns',
      'Joining_Type: L, R, D, T; N for the types that no rule asks about.',
      runs(cp => (/^[LRDT]$/.test(joining[cp]!) ? joining[cp]! : 'N')),
    ),
    constant(
      'viramaRuns',
      'Canonical_Combining_Class 9: V, others N.',
      runs(cp => (combining[cp] === '9' ? 'V' : 'N')),
    ),
    constant(
      'oldRuns',
      'A assigned in Unicode 3.2 (that of stringprep), N not.',
      runs(cp => (inThreeTwo(cp) ? 'A' : 'N')),
    ),
    constant('wideForms', 'Code points whose decomposition is <wide> or <narrow> …', wide),
    constant('plainForms', '… and what they decompose to, in the same order.', plain),
  ].join('\n'),
)
