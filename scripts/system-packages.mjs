// The programs that others wrote and the tests talk to. On Debian, run as root, they are installed; elsewhere named.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { refuse } from './dependencies.mjs'

/** Debian's package, and a command that succeeds when it is there. */
const needed = [
  { name: 'openssl', proof: ['openssl', 'version'] },
  { name: 'tmux', proof: ['tmux', '-V'] },
  { name: 'profanity', proof: ['profanity', '--version'] },
  { name: 'coturn', proof: ['turnserver', '--version'] },
  // Debian's own Python, for that is where the package puts the library.
  { name: 'python3-slixmpp', proof: ['/usr/bin/python3', '-c', 'import slixmpp'] },
  // What slixmpp uploads files with.
  { name: 'python3-aiohttp', proof: ['/usr/bin/python3', '-c', 'import aiohttp'] },
  // OMEMO of today (urn:xmpp:omemo:2), for slixmpp.
  { name: 'python3-twomemo', proof: ['/usr/bin/python3', '-c', 'import twomemo'] },
  { name: 'python3-xmlschema', proof: ['/usr/bin/python3', '-c', 'import xmlschema'] },
  { name: 'chromium', proof: ['chromium', '--version'] },
  { name: 'python3-nbxmpp', proof: ['/usr/bin/python3', '-c', 'import nbxmpp'] },
  // Other servers, and the names by which servers find each other.
  { name: 'prosody', proof: ['sh', '-c', 'command -v prosody'] },
  { name: 'lua-unbound', proof: ['lua5.4', '-e', 'require "lunbound"'] },
  { name: 'ejabberd', proof: ['sh', '-c', 'command -v ejabberdctl'] },
  { name: 'libnss-wrapper', proof: ['sh', '-c', 'ls /usr/lib/*/libnss_wrapper.so'] },
  { name: 'knot', proof: ['knotd', '--version'] },
  { name: 'unbound', proof: ['unbound', '-V'] },
]

const policyFile = '/usr/sbin/policy-rc.d'

function works([command, ...args]) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0
}

const isDebian = existsSync('/etc/debian_version')

/** Makes sure that the tests find what they need, or ends the script with a sentence. */
export function installSystemPackages() {
  const missing = needed.filter(({ proof }) => !works(proof)).map(({ name }) => name)
  if (missing.length === 0) return
  if (!isDebian || process.getuid?.() !== 0) {
    refuse(
      `The tests talk to programs that are not installed here: ${missing.join(', ')} (names of Debian's packages). ` +
        (isDebian
          ? `Install them with: sudo apt-get install ${missing.join(' ')}`
          : 'Install them and run the tests again.'),
    )
  }
  console.log(`Installing ${missing.join(', ')} (apt-get) …`)
  withoutStartingServices(() => {
    apt(['update'])
    apt(['install', '--yes', '--no-install-recommends', ...missing])
  })
  const still = needed.filter(({ proof }) => !works(proof)).map(({ name }) => name)
  if (still.length > 0) refuse(`Installed, and yet not working: ${still.join(', ')}.`)
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('apt-get', ['-q', ...args], { env, encoding: 'utf8' })
  if (status !== 0) refuse(`${stdout}${stderr}\napt-get ${args.join(' ')} failed; its message is above.`)
}

/** Debian starts the service of a package when installing it, unless this file forbids it (invoke-rc.d). */
function withoutStartingServices(install) {
  const before = existsSync(policyFile) ? readFileSync(policyFile) : undefined
  const restore = () => {
    if (before === undefined) rmSync(policyFile, { force: true })
    else writeFileSync(policyFile, before, { mode: 0o755 })
  }
  // `refuse` leaves by process.exit, which no `finally` sees.
  process.on('exit', restore)
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  install()
  restore()
  process.off('exit', restore)
}
