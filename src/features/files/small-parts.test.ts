import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { disposition, inLink, isShown, plainType, safeName } from './file-names.ts'
import { type Application, inWords, largestFile, maxFiles, refusal } from './quota.ts'
import { parseRange } from './ranges.ts'

describe('names of files', () => {
  test('lose whatever could lead elsewhere or look like something else', () => {
    const cases = [
      ['letter.txt', 'letter.txt'],
      ['très cool.jpg', 'très cool.jpg'],
      ['../../etc/passwd', 'passwd'],
      ['C:\\Users\\romeo\\letter.txt', 'letter.txt'],
      ['..', ''],
      ['/', ''],
      ['', ''],
      ['a\r\nSet-Cookie: x', 'aSet-Cookie: x'],
      ['photo\u202egpj.exe', 'photogpj.exe'],
      ['nul\0.txt', 'nul.txt'],
      ['half\ud800.txt', 'half\ufffd.txt'],
    ] as const
    for (const [from, to] of cases) assert.equal(safeName(from), to)
  })

  test('keep their ending when they are cut', () => {
    const name = safeName(`${'😀'.repeat(200)}.jpeg`)
    assert.ok(name.endsWith('😀.jpeg'))
    assert.ok(Buffer.byteLength(name) <= 200)
  })

  test('come back from links and headers as they were, and break neither', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), any => {
        const name = safeName(any)
        assert.equal(decodeURIComponent(inLink(name)), name)
        assert.match(inLink(name), /^[\w\-.~%]*$/)
        assert.match(
          disposition(name, 'text/plain'),
          /^attachment(; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w\-.~%]+)?$/,
        )
      }),
    )
  })
})

describe('types', () => {
  test('are taken without their parameters, or not at all', () => {
    assert.equal(plainType('Text/HTML; charset=utf-8'), 'text/html')
    assert.equal(plainType('application/vnd.ms-excel'), 'application/vnd.ms-excel')
    for (const bad of ['', 'text', 'text/', '/x', 'text/html\r\nx: y', 'a b/c', `x/${'y'.repeat(61)}`]) {
      assert.equal(plainType(bad), undefined, bad)
    }
  })

  test('are shown only where they can run nothing', () => {
    for (const type of ['image/png', 'image/jpeg', 'video/mp4', 'audio/ogg']) assert.ok(isShown(type), type)
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/pdf',
      'text/xml',
      'application/xhtml+xml',
      'text/plain',
    ]) {
      assert.ok(!isShown(type), type)
    }
  })
})

test('RFC 9110 §14: ranges', () => {
  const cases = [
    ['bytes=0-0', { from: 0, to: 0 }],
    ['bytes=2-5', { from: 2, to: 5 }],
    ['bytes=2-', { from: 2, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-30', { from: 0, to: 9 }],
    ['bytes=5-99', { from: 5, to: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-20', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=99999999999999999999-', undefined],
    [undefined, undefined],
  ] as const
  for (const [header, range] of cases) assert.deepEqual(parseRange(header, 10), range, String(header))
})

describe('shares', () => {
  const MiB = 1024 * 1024
  const limits = { maxBytes: 10 * MiB, dailyBytes: 20 * MiB, accountBytes: 30 * MiB }
  const application: Application = {
    size: MiB,
    limits,
    usage: { files: 0, kib: 0, kibToday: 0, oldest: undefined },
    claims: { slots: 0, kib: 0 },
    today: '2026-11-22',
    retentionDays: 90,
  }
  const stampOf = (of: Partial<Application>) => refusal({ ...application, ...of })?.extra?.attr('stamp')

  test('what fits is not refused', () => {
    assert.equal(refusal(application), undefined)
    assert.equal(refusal({ ...application, size: 10 * MiB }), undefined)
    const usage = { files: 9, kib: 29 * 1024, kibToday: 19 * 1024, oldest: '2026-11-01' }
    assert.equal(refusal({ ...application, usage }), undefined)
  })

  test('XEP-0363#errors: a file that is too large hears how large one may be', () => {
    const refused = refusal({ ...application, size: 10 * MiB + 1 })
    assert.equal(refused?.condition, 'not-acceptable')
    assert.equal(refused?.type, 'modify')
    assert.equal(refused?.extra?.childText('max-file-size'), String(10 * MiB))
    assert.equal(largestFile({ maxBytes: 3, dailyBytes: 2, accountBytes: 4 }), 2)
  })

  test('XEP-0363#errors: a day’s share comes again at midnight; slots that are open count', () => {
    const usage = { files: 1, kib: 20 * 1024, kibToday: 20 * 1024, oldest: '2026-11-22' }
    assert.equal(stampOf({ usage }), '2026-11-23T00:00:00Z')
    assert.equal(stampOf({ claims: { slots: 2, kib: 20 * 1024 } }), '2026-11-23T00:00:00Z')
    assert.equal(stampOf({ claims: { slots: 2, kib: 19 * 1024 } }), undefined)
  })

  test('the share of an account comes again when the oldest file goes', () => {
    const usage = { files: 3, kib: 30 * 1024, kibToday: 0, oldest: '2026-11-01' }
    assert.equal(stampOf({ usage }), '2027-01-30T00:00:00Z')
    const many = { files: maxFiles - 1, kib: 0, kibToday: 0, oldest: '2026-11-22' }
    assert.equal(refusal({ ...application, usage: many }), undefined)
    assert.equal(stampOf({ usage: many, claims: { slots: 1, kib: 1 } }), '2027-02-20T00:00:00Z')
  })

  test('are told in words', () => {
    assert.deepEqual([1, 1023, 1024, 1536, 104_857_600, 2 ** 41].map(inWords), [
      '1 bytes',
      '1023 bytes',
      '1 KiB',
      '1.5 KiB',
      '100 MiB',
      '2 TiB',
    ])
  })
})
