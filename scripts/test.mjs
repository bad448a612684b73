// `npm test`: installs what is missing, then runs every check there is. Exits with 0 only if all of them passed.
// With words after it (`npm test -- tests/interop`), only the tests in files whose path contains one of them are run.

import { spawn } from 'node:child_process'
// Node 20, which only hands over to the pinned one, has no globSync to import by name.
import * as fs from 'node:fs'
import { join } from 'node:path'
import { installDependencies, refuse, root, runtime } from './dependencies.mjs'
import { unpackClients } from './packed-clients.mjs'
import { installSystemPackages } from './system-packages.mjs'

installDependencies({ development: true })
const node = runtime()
// The path that is running is told without links on the way.
if (fs.realpathSync(node) !== fs.realpathSync(process.execPath)) {
  // The rest needs a modern Node (globs, the test runner), so it is left to the pinned one.
  process.exit(await run(node, [process.argv[1], ...process.argv.slice(2)], 60))
}
installSystemPackages()
unpackClients()

const chosen = process.argv.slice(2)
const reporter = ['--test-reporter=./scripts/test-reporter.mjs', '--test-timeout=300000']

function files(pattern) {
  const all = fs.globSync(pattern, { cwd: root }).sort()
  return chosen.length === 0 ? all : all.filter(file => chosen.some(word => file.includes(word)))
}

const steps = [
  { name: 'types', args: [join('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit'], minutes: 5, whole: true },
  {
    name: 'lint and format',
    args: [join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings'],
    minutes: 5,
    whole: true,
  },
  // One process for all of them is twenty times as fast as one for each.
  {
    name: 'unit tests',
    args: ['--test', '--test-isolation=none', ...reporter],
    files: files('src/**/*.test.ts'),
    minutes: 15,
  },
  {
    name: 'plays and interoperation',
    args: ['--test', '--test-concurrency=2', ...reporter],
    files: files('tests/**/*.test.ts'),
    minutes: 20,
  },
]

const failed = []
let ran = 0
for (const { name, args, files: tests, minutes, whole } of steps) {
  if (whole ? chosen.length > 0 : tests.length === 0) continue
  ran++
  console.log(`\n── ${name}`)
  const started = performance.now()
  const code = await run(node, [...args, ...(tests ?? [])], minutes)
  console.log(
    `── ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  if (code !== 0) failed.push(name)
}
if (ran === 0) refuse('No test file has such a name in its path.')
console.log(failed.length === 0 ? '\nAll passed.' : `\nFailed: ${failed.join(', ')}.`)
process.exitCode = failed.length === 0 ? 0 : 1

/** Runs a program to its end, at most so many minutes; resolves with its exit code. */
function run(command, args, minutes) {
  return new Promise(resolve => {
    const env = { ...process.env }
    // Settings of the person's shell are not settings of the tests.
    for (const name of Object.keys(env))
      if (name.startsWith('SOTTO_') && name !== 'SOTTO_PLAY_AGAINST' && !name.startsWith('SOTTO_TEST_'))
        delete env[name]
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env })
    const clock = setTimeout(() => {
      console.error(`Stopped after ${minutes} minutes: something in it waits for ever.`)
      child.kill('SIGKILL')
    }, minutes * 60_000)
    const pass = signal => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.on('error', error => refuse(`${command} could not be started (${error.code}).`))
    child.on('exit', code => {
      clearTimeout(clock)
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}
