// Clients for the browser that the tests run as they are published. They are fetched as packages and unpacked, not
// installed: what they name as their dependencies is inside their own bundles already, and one of them names a folder
// that is not in the package, which npm cannot install.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { refuse, root } from './dependencies.mjs'

const packed = {
  converse: {
    version: 'converse.js@14.0.0',
    sha512: 'LFUg030jDalV47vI/vyVPqYPZfJYXFbubq8v0cFDe2zXNeeGEk3Up0Fj/WTzT6t+6do+cAIToy73eAj7RNDj2Q==',
  },
}

/** Where `npm ci` throws it away and git does not look. */
const cache = join(root, 'node_modules', '.cache', 'clients')

/** The folder that a client was unpacked to. Fetches it if it is not there; ends the script with a sentence if it cannot. */
export function unpackedClient(name) {
  const { version, sha512 } = packed[name]
  const home = join(cache, version)
  if (existsSync(home)) return home
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'fetching-'))
  // `refuse` leaves by process.exit, which no `finally` sees.
  const tidy = () => rmSync(work, { recursive: true, force: true })
  process.on('exit', tidy)
  console.log(`Fetching ${version} (npm pack) …`)
  perform('npm', ['pack', version, '--loglevel=error', '--pack-destination', work])
  const archive = join(work, readdirSync(work)[0])
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (found !== sha512) refuse(`${version} is not the package that it was: its SHA-512 is ${found}.`)
  perform('tar', ['-xzf', archive, '-C', work])
  if (!existsSync(home)) renameSync(join(work, 'package'), home)
  tidy()
  process.off('exit', tidy)
  return home
}

export function unpackClients() {
  for (const name of Object.keys(packed)) unpackedClient(name)
}

function perform(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  if (error || status !== 0) refuse(`${command} failed${error ? ` (${error.code})` : '; its message is above'}.`)
}
