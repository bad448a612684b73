import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sheet } from '../look/sheet.ts'
import { contrast, shade } from './colour.ts'

test('a shade is a colour of the screen, and keeps its hue', () => {
  assert.equal(shade('#2f5d62', 0.42, 0.11).length, 7)
  assert.match(shade('#ff0000', 0.5, 0.4), /^#[a-f][0-9a-f]0[0-9a-f]/)
  assert.equal(contrast('#ffffff', '#000000'), 21)
})

/** What text is written on, and in what: WCAG 2 asks for 4.5. */
test('whatever the colour of a domain is, text can be read', () => {
  const digit = fc.integer({ min: 0, max: 0xffffff }).map(number => `#${number.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(digit, accent => {
      const [light, dark] = sheet(accent).text.split('@media') as [string, string]
      const in_ = (text: string, name: string) => new RegExp(`--${name}:(#[0-9a-f]{6})`).exec(text)![1]!
      const pairs: [string, string][] = [
        [in_(light, 'accent'), '#fbf9f5'],
        [in_(light, 'accent'), '#ffffff'],
        [in_(light, 'accent'), in_(light, 'tint')],
        [in_(light, 'accent-strong'), in_(light, 'tint')],
        ['#57606a', in_(light, 'tint')],
        [in_(dark, 'accent'), '#14181c'],
        [in_(dark, 'accent'), '#1b2126'],
        [in_(dark, 'accent'), in_(dark, 'tint')],
        ['#10161a', in_(dark, 'accent')],
        ['#a5adb5', in_(dark, 'tint')],
      ]
      for (const [text, paper] of pairs)
        assert.ok(contrast(text, paper) >= 4.5, `${text} on ${paper}: ${contrast(text, paper)}`)
    }),
  )
})

test('the stylesheet has less than 15 kB', () => {
  assert.ok(Buffer.byteLength(sheet('#2f5d62').text) < 15_000)
})
