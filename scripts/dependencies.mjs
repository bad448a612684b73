// What the other scripts stand on: a runtime that is new enough, and the dependencies of the lockfile.
// Plain JavaScript without any dependency: it runs on whatever Node the machine has, from version 18.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Ends the script with a sentence. */
export function refuse(sentence) {
  console.error(sentence)
  process.exit(1)
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return {}
  }
}

/** The packages of the lockfile that are not installed in their version. Those for other platforms do not count. */
function missing({ development }) {
  const wanted = packagesIn('package-lock.json')
  const present = packagesIn('node_modules/.package-lock.json')
  return Object.keys(wanted).filter(path => {
    const { dev, devOptional, optional, version } = wanted[path]
    if (path === '' || ((dev || devOptional) && !development)) return false
    if (present[path] === undefined) return !optional
    return present[path].version !== version || !existsSync(join(root, path))
  })
}

/** Installs what the lockfile names and is not there. Nothing that is installed runs a script of its own. */
export function installDependencies({ development }) {
  if (missing({ development }).length === 0) return
  console.log('Installing what is missing (npm ci) …')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(development ? [] : ['--omit=dev'])]
  const { status, error } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' })
  if (error) refuse(`npm could not be started (${error.code}). Install Node with npm, then try again.`)
  if (status !== 0) refuse('npm ci failed; its message is above. Is the network reachable?')
}

/** The Node to run with: the pinned one if it works here, else the one that runs this script. */
export function runtime() {
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  return refuse(
    `Node 24 or later is needed; this machine has ${process.versions.node} and the pinned one does not run on it. Install it from nodejs.org.`,
  )
}
