// `npm start`: a fresh clone becomes a running service for the domain localhost.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { installDependencies, root } from './dependencies.mjs'

installDependencies({ development: false })

const child = spawn(join(root, 'bin', 'sotto'), ['serve', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
// From a terminal the whole group gets the signal; from a supervisor only this process does.
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
}
child.on('error', error => {
  console.error(`The service could not be started (${error.code}).`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
