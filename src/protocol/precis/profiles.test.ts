import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRightToLeft, keepsBidiRule } from './bidi.ts'
import { opaqueString, usernameCaseMapped } from './profiles.ts'

test('RFC 8265 §3.5: the sample usernames', () => {
  const samples: [string, string | undefined][] = [
    ['juliet@example.com', 'juliet@example.com'],
    ['fussball', 'fussball'],
    ['fußball', 'fußball'],
    ['π', 'π'],
    ['Σ', 'σ'],
    ['σ', 'σ'],
    ['ς', 'ς'],
    ['foo bar', undefined],
    ['', undefined],
    ['henryⅣ', undefined],
    ['♚', undefined],
  ]
  for (const [text, name] of samples) assert.equal(usernameCaseMapped(text), name, text)
})

test('RFC 8265 §4.3: the sample passwords', () => {
  const samples: [string, string | undefined][] = [
    ['correct horse battery staple', 'correct horse battery staple'],
    ['Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['πßå', 'πßå'],
    ['Jack of ♦s', 'Jack of ♦s'],
    ['foo\u1680bar', 'foo bar'],
    ['', undefined],
    ['my cat is a \tby', undefined],
  ]
  for (const [text, password] of samples) assert.equal(opaqueString(text), password, text)
})

test('RFC 8265 §3.3.2: width first, then the judgement, then case and NFC', () => {
  assert.equal(usernameCaseMapped('Ｊｕｌｉｅｔ'), 'juliet')
  assert.equal(usernameCaseMapped('ﾊﾟ'), 'パ')
  assert.equal(usernameCaseMapped('E\u0301'), 'é')
  assert.equal(usernameCaseMapped('ΑΣ'), 'ας')
  assert.equal(
    usernameCaseMapped('\u212a'),
    undefined,
    'KELVIN SIGN is a compatibility character before NFC makes it K',
  )
  assert.equal(usernameCaseMapped('ǅ'), undefined, 'titlecase is not in the IdentifierClass')
  assert.equal(usernameCaseMapped('a\u00adb'), undefined, 'SOFT HYPHEN is ignorable')
  assert.equal(usernameCaseMapped('a\ud800'), undefined, 'half a surrogate pair')
  assert.equal(usernameCaseMapped('\u0378'), undefined, 'unassigned')
})

test('RFC 5892 appendix A: contextual rules', () => {
  const allowed = [
    'l·l',
    '\u0375β',
    'א\u05f3',
    'א\u05f4',
    'カ\u30fbb',
    '漢\u30fb',
    'ب\u0661\u0662',
    'ب\u06f1\u06f2',
    'क\u094d\u200cष',
    'क\u094d\u200dष',
    'ب\u200cب',
    'ب\u064b\u200c\u064bا',
  ]
  for (const name of allowed) assert.equal(usernameCaseMapped(name), name.normalize('NFC'), JSON.stringify(name))
  const refused = [
    ...['·', 'l·', '·l', 'l·a', 'a·l'],
    ...['\u0375', '\u0375b', 'β\u0375', '\u05f3', 'a\u05f3', '\u05f3א', '\u05f4א', '\u30fb', 'a\u30fbb'],
    ...['ب\u0661\u06f1', 'ب\u06f1\u0661'],
    ...[
      'क\u200cष',
      'क\u200dष',
      '\u200c',
      '\u200d',
      'a\u200cb',
      'ب\u200c',
      '\u200cب',
      'ا\u200cب',
      'ب\u064b\u200c\u064b',
    ],
  ]
  for (const name of refused) assert.equal(usernameCaseMapped(name), undefined, JSON.stringify(name))
})

test('rules about the whole string are decided once: time stays linear', () => {
  const before = performance.now()
  assert.ok(opaqueString(`${'\u30fb'.repeat(50_000)}カ`))
  assert.ok(opaqueString('\u0661'.repeat(50_000)))
  assert.ok(performance.now() - before < 5000, 'a linear judge needs a few milliseconds, a quadratic one minutes')
})

test('RFC 5893 §2: the Bidi Rule, condition by condition', () => {
  const kept = ['abc', 'a1', 'a-1', 'é', 'e\u0328\u0301', 'אב', 'א1', 'ב\u05b8', 'ا\u0661', 'א-ב', 'א1\u05b8', 'א+ב']
  for (const text of kept) assert.ok(keepsBidiRule(text), text)
  const broken = [
    '1א',
    '-א',
    '1a',
    'אa',
    'aא',
    'א-',
    'a-',
    'א1\u0661',
    'א\u06611',
    'a\u0661',
    '\u0301a',
    '',
    'א ב',
    '\u0661א',
  ]
  for (const text of broken) assert.ok(!keepsBidiRule(text), text)
})

test('RFC 5893 §4: Dhivehi and Yiddish words that end in a mark, which stringprep refused', () => {
  const computer = '\u0786\u07ae\u0789\u07b0\u0795\u07a9\u0793\u07a6\u0783\u07aa'
  const yivo = '\u05d9\u05d9\u05b4\u05d5\u05d5\u05d0\u05b8'
  for (const word of [computer, yivo]) assert.ok(isRightToLeft(word) && usernameCaseMapped(word) !== undefined)
})

test('RFC 8265 §3.3.2: only names with something right-to-left are asked to keep the Bidi Rule', () => {
  assert.equal(usernameCaseMapped('1a-'), '1a-')
  assert.equal(usernameCaseMapped('1א'), undefined)
  assert.equal(usernameCaseMapped('a\u0661'), undefined, 'an Arabic-Indic digit is right-to-left')
})

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff), { maxLength: 8 }).map(units => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(...'aZé\u0301Σςßſ·lبא١۱1\u200c\u200d\u05b8カ\u30fbﾊﾟＡ＠ \u00a0\u1100\u1161각😀-.'),
  }),
)

test('preparing twice is preparing once, and nothing throws', () => {
  fc.assert(
    fc.property(anything, text => {
      for (const prepare of [usernameCaseMapped, opaqueString]) {
        const once = prepare(text)
        if (once !== undefined) assert.equal(prepare(once), once)
      }
    }),
    { numRuns: 3000 },
  )
})
