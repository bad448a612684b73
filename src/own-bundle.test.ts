import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { freeName, safeName } from './own-bundle.ts'

test('the name of a file in an archive leads nowhere but into its directory', () => {
  for (const [given, made] of [
    ['photo.jpg', 'photo.jpg'],
    ['Grüße 🌹.txt', 'Grüße 🌹.txt'],
    ['../../etc/passwd', '__.._etc_passwd'],
    ['C:\\windows\\a.exe', 'C__windows_a.exe'],
    ['..', 'file'],
    ['', 'file'],
    ['.bashrc', '_bashrc'],
    ['a\u0000b\nc', 'a_b_c'],
    ['trailing. ', 'trailing_'],
    ['nul', '_nul'],
    ['COM1.tar.gz', '_COM1.tar.gz'],
    ['console.txt', 'console.txt'],
    ['photo\u202egpj.exe', 'photo_gpj.exe'],
    ['a\u0085\u009bb', 'a__b'],
  ] as const) {
    assert.equal(safeName(given), made)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), name => {
      const made = safeName(name)
      assert.doesNotMatch(made, /[/\\:*?"<>|]|^\.|^$/)
      assert.ok(made.length <= 130 && made.isWellFormed())
    }),
  )
})

test('of files with one name each gets its own, also where a system takes two names for the same', () => {
  const names = new Map<string, number>()
  const made = ['a/x.jpg', 'a/x.jpg', 'a/X.JPG', 'a/x (2).jpg', 'a/é', 'a/e\u0301'].map(name => freeName(name, names))
  assert.deepEqual(made, ['a/x.jpg', 'a/x (2).jpg', 'a/X (3).JPG', 'a/x (2) (2).jpg', 'a/é', 'a/e\u0301 (2)'])
  const begun = performance.now()
  const many = new Set(Array.from({ length: 20_000 }, () => freeName('b/x.jpg', names)))
  assert.equal(many.size, 20_000)
  assert.ok(performance.now() - begun < 2_000, 'each is found at once')
})
