import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const here = import.meta.dirname

/** Runs a small program, in a directory of its own, that has taken over what is uncaught. */
function run(body: string, flags: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-failures-'))
  const program = `
    import { catchEverything } from '${here}/failures.ts'
    import { openLog } from '${here}/log.ts'
    catchEverything(openLog({ level: 'debug' }))
    ${body}`
  const result = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: directory,
  })
  const files = readdirSync(directory)
  rmSync(directory, { recursive: true })
  return { ...result, files }
}

test('exceptions and rejections are logged without their text, and the process goes on', () => {
  const result = run(`
    setTimeout(() => { throw new RangeError('romeo@montague.example') })
    setTimeout(() => { Promise.reject(new TypeError('192.0.2.1')) }, 5)
    setTimeout(() => console.log('still here'), 10)`)
  assert.equal(result.status, 0)
  assert.equal(result.stdout, 'still here\n')
  assert.match(result.stderr, /"an exception nobody caught","bug":true,"error":"RangeError"/)
  assert.match(result.stderr, /"a rejection nobody handled","bug":true,"error":"TypeError"/)
  assert.doesNotMatch(result.stderr, /romeo|192\.0/)
})

test('warnings of the runtime lose their text', () => {
  const result = run(`process.emitWarning('romeo@montague.example', 'DeprecationWarning', 'DEP0000')`)
  assert.match(result.stderr, /"the runtime warns","error":"DeprecationWarning","code":"DEP0000"/)
  assert.doesNotMatch(result.stderr, /romeo/)
})

test('no diagnostic report is written, even where the machine asks for one', () => {
  const result = run(`setTimeout(() => { throw new Error('x') })`, ['--report-uncaught-exception'])
  assert.equal(result.status, 0)
  assert.deepEqual(result.files, [])
})
