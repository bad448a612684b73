import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { safeName } from './own-bundle.ts'

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
