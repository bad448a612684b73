import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { coreDumps } from './memory.ts'

const unlimited =
  'Limit                     Soft Limit  Hard Limit  Units\nMax core file size        unlimited   unlimited   bytes\n'
const none = 'Max core file size        0           unlimited   bytes\n'

test('core dumps are off where they are empty or have no memory in them', () => {
  assert.equal(coreDumps(unlimited, '00000033\n'), true)
  assert.equal(coreDumps(unlimited, '00000000\n'), false)
  assert.equal(coreDumps(none, '00000033\n'), false)
  assert.equal(coreDumps('', ''), undefined)
})

/** Facts of a process of its own, before and after it was told to keep its memory private. */
function facts(...options: readonly string[]) {
  const program = `
    import { keepMemoryPrivate, memoryFacts } from ${JSON.stringify(import.meta.resolve('./memory.ts'))}
    const before = memoryFacts()
    keepMemoryPrivate()
    console.log(JSON.stringify([before, memoryFacts()]))`
  const out = execFileSync(process.execPath, [...options, '--input-type=module', '-e', program], { encoding: 'utf8' })
  return JSON.parse(out)
}

test('a process switches off what it can, and tells what it cannot', () => {
  const [before, after] = facts('--report-on-fatalerror', '--heapsnapshot-signal=SIGUSR2')
  assert.equal(before.reports, true)
  assert.deepEqual(
    { reports: after.reports, snapshots: after.snapshots, inspected: after.inspected },
    { reports: false, snapshots: ['--heapsnapshot-signal'], inspected: false },
  )
  assert.equal(after.coreDumps ?? false, false)
})
