import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareLocalpart } from '../jid.ts'
import { registrable } from './registrable.ts'

test('names that are given away', () => {
  for (const name of [
    'juliet',
    'Juliet',
    'j',
    '0',
    'juliet_2',
    '_j_',
    'j.c-d',
    'renée',
    'RENÉE',
    'łódź',
    'a'.repeat(64),
  ])
    assert.equal(registrable(name), true, name)
})

test('names that are not, each with a sentence for the person who chose it', () => {
  const refused: [string, RegExp][] = [
    ['', /choose a name/],
    ['a'.repeat(65), /at most 64/],
    ['straße', /Latin letters/],
    ['ιουλια', /Latin letters/],
    ['раураl', /Latin letters/],
    ['juliet@home', /Latin letters/],
    ['ju liet', /Latin letters/],
    ['j+spam', /Latin letters/],
    ['😀', /Latin letters/],
    ['ŀlull', /Latin letters/],
    ['mı', /Latin letters/],
    ['ĸ', /Latin letters/],
    ['e\u0328\u0301x\u0301', /Latin letters/],
    ['.juliet', /begin or end/],
    ['juliet.', /begin or end/],
    ['-juliet', /begin or end/],
    ['juliet-', /begin or end/],
    ['j..c', /two dots/],
    ['\ud800', /Latin letters/],
  ]
  for (const [name, sentence] of refused) {
    const answer = registrable(name)
    assert.ok(typeof answer === 'string' && sentence.test(answer) && answer.endsWith('.'), `${name}: ${answer}`)
  }
})

test('RFC 3454 and RFC 8264: the letters on which Nodeprep and PRECIS agree, one by one', () => {
  // Compared once with an implementation of Nodeprep over Unicode 3.2 (RFC 6122 appendix A).
  const agreed =
    '-.0123456789_abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž'
  let offered = ''
  for (let cp = 0; cp < 0x110000; cp++) {
    const char = String.fromCodePoint(cp)
    const name = `a${char}a`
    if (registrable(name) === true && prepareLocalpart(name) === name) offered += char
  }
  assert.equal(offered, agreed)
})
