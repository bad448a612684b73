/** The invariants of ARCHITECTURE.md and of the house style that a program can check. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** What each room may import besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  storage: [],
  blobs: [],
  settings: ['protocol'],
  operations: ['protocol', 'settings'],
  http: ['protocol', 'operations', 'settings'],
  privacy: ['protocol', 'storage'],
  seals: ['protocol', 'storage', 'privacy', 'settings'],
  archive: ['protocol', 'storage', 'privacy', 'seals'],
  accounts: ['protocol', 'storage', 'privacy', 'seals', 'operations', 'settings'],
  routing: ['protocol', 'operations', 'http', 'accounts', 'archive'],
  connections: ['protocol', 'routing', 'accounts', 'operations', 'settings', 'http'],
  mail: ['protocol', 'operations', 'settings'],
  site: ['protocol', 'http', 'accounts', 'privacy', 'settings', 'operations', 'mail'],
  federation: ['protocol', 'routing', 'operations', 'settings', 'connections'],
  features: [
    'protocol',
    'routing',
    'accounts',
    'archive',
    'seals',
    'storage',
    'blobs',
    'privacy',
    'settings',
    'operations',
  ],
}

/** These know everyone: the files that put the house together, and the command line. */
const knowsEveryone = (file: string) => /^src\/[^/]+$|^src\/cli\//.test(file)

const sources = globSync('src/**/*.ts', { cwd: root }).sort()

interface Import {
  readonly from: string
  readonly to: string
  readonly typesOnly: boolean
}

/** Every import, re-export and `import()` of one of our files by another. */
function imports(file: string): Import[] {
  const text = read(file)
  const statements = text.matchAll(/^\s*(?:import|export)\b([^'"]*?)from\s*['"](\.[^'"]+)['"]/gm)
  const bare = text.matchAll(/\bimport\s*\(?\s*()['"](\.[^'"]+)['"]/g)
  return [...statements, ...bare].map(([, what = '', path = '']) => ({
    from: file,
    to: relative(root, join(root, dirname(file), path)),
    typesOnly: /^\s*type\b/.test(what),
  }))
}

const roomOf = (file: string) => file.split('/')[1]!

describe('the arrows', () => {
  test('every room has its line', () => {
    const rooms = new Set(sources.filter(file => file.split('/').length > 2 && !knowsEveryone(file)).map(roomOf))
    assert.deepEqual(
      [...rooms].filter(room => !(room in mayImport)),
      [],
    )
  })

  test('point downwards only', () => {
    const stray = sources
      .filter(file => !knowsEveryone(file) && !file.endsWith('.test.ts'))
      .flatMap(imports)
      .filter(({ from, to }) => roomOf(to) !== roomOf(from) && !mayImport[roomOf(from)]!.includes(roomOf(to)))
      .map(({ from, to }) => `${from} → ${to}`)
    assert.deepEqual(stray, [])
  })

  test('lead nowhere outside src', () => {
    const stray = sources.flatMap(imports).filter(({ to }) => !to.startsWith('src/') || !existsSync(join(root, to)))
    // Tests may use the kit.
    assert.deepEqual(
      stray.filter(({ from, to }) => !from.endsWith('.test.ts') || !to.startsWith('tests/kit/')),
      [],
    )
  })

  test('features never import each other', () => {
    const featureOf = (file: string) => file.split('/')[2]!.replace(/(\.test)?\.ts$/, '')
    const stray = sources
      .filter(file => file.startsWith('src/features/') && !file.endsWith('.test.ts'))
      .flatMap(imports)
      .filter(({ from, to }) => to.startsWith('src/features/') && featureOf(from) !== featureOf(to))
      .map(({ from, to }) => `${from} → ${to}`)
    assert.deepEqual(stray, [])
  })

  test('make no circle of values', () => {
    const graph = new Map(
      sources.map(file => [
        file,
        imports(file)
          .filter(({ typesOnly }) => !typesOnly)
          .map(({ to }) => to),
      ]),
    )
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, way: readonly string[]) => {
      if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '))
      else if (!done.has(file)) for (const next of graph.get(file) ?? []) visit(next, [...way, file])
      done.add(file)
    }
    for (const file of sources) visit(file, [])
    assert.deepEqual(circles, [])
  })
})

describe('invariants', () => {
  const production = sources.filter(file => !file.endsWith('.test.ts'))

  test('only storage opens a database', () => {
    assert.deepEqual(
      production.filter(file => roomOf(file) !== 'storage' && read(file).includes("'node:sqlite'")),
      [],
    )
  })

  test('only protocol/jid.ts makes an address', () => {
    const casts = /\bas (BareJid|FullJid|DomainJid|Jid)\b/
    assert.deepEqual(
      production.filter(file => file !== 'src/protocol/jid.ts' && casts.test(read(file))),
      [],
    )
  })

  test('protocol performs no I/O and knows no clock', () => {
    const world = /from 'node:(?!url'|buffer'|util')|\bprocess\.|Date\.now|performance\.now|Math\.random|setTimeout/
    assert.deepEqual(
      production.filter(file => roomOf(file) === 'protocol' && world.test(read(file))),
      [],
    )
  })

  test('nothing but the log and the command line prints', () => {
    const printing = /\bconsole\.|process\.std(out|err)/
    const allowed = (file: string) => file.startsWith('src/cli/') || file === 'src/operations/log.ts'
    assert.deepEqual(
      production.filter(file => !allowed(file) && printing.test(read(file))),
      [],
    )
  })

  test('every setting is read by somebody', async () => {
    const { schema, fileName } = await import('../../src/settings/schema.ts')
    const readers = production
      .filter(file => file !== 'src/settings/schema.ts')
      .map(read)
      .join('\n')
    const unread = Object.entries(schema).flatMap(([section, { keys }]) =>
      Object.keys(keys)
        .filter(key => !new RegExp(`[.{,] ?${key}\\b`).test(readers))
        .map(key => `${section}.${fileName(key)}`),
    )
    assert.deepEqual(unread, [])
  })
})

describe('files', () => {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(file => file !== '' && existsSync(join(root, file)))
  const isGenerated = (file: string) =>
    /\/\*\*? Generated by /.test(read(file).slice(0, 400)) || /tables?\.generated\.ts$/.test(file)

  test('are at most 400 lines long', () => {
    const long = tracked
      .filter(file => /\.(ts|mjs|py)$/.test(file) && !isGenerated(file))
      .map(file => [file, read(file).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 400)
    assert.deepEqual(long, [])
  })

  test('are named for what they hold', () => {
    assert.deepEqual(
      tracked.filter(file => /(^|\/)(utils?|helpers?|common|misc)(\.|\/|$)/i.test(file)),
      [],
    )
  })

  test('name no package registry', () => {
    const registry = /registry\.(npmjs|yarnpkg)|npmmirror|"resolved"\s*:/
    const self = 'tests/architecture/house.test.ts'
    assert.deepEqual(
      tracked.filter(file => file !== self && registry.test(read(file))),
      [],
    )
  })

  test('leave nothing undone and skip no test', () => {
    const undone = /\b(TODO|FIXME|XXX)\b|\b(test|it|describe)\.(skip|only|todo)\b|\b(skip|todo|only): (true|')/
    const self = 'tests/architecture/house.test.ts'
    const code = tracked.filter(file => /^(src|tests|scripts|bin)\//.test(file) && file !== self)
    assert.deepEqual(
      code.filter(file => undone.test(read(file))),
      [],
    )
  })
})

describe('packages', () => {
  const manifest = JSON.parse(read('package.json'))
  const lock = JSON.parse(read('package-lock.json'))
  const groups = ['dependencies', 'optionalDependencies', 'devDependencies'] as const

  test('have exact versions, the same in the lockfile', () => {
    for (const group of groups) {
      assert.deepEqual(lock.packages[''][group], manifest[group])
      for (const [name, version] of Object.entries<string>(manifest[group])) {
        assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
        assert.equal(lock.packages[`node_modules/${name}`].version, version)
      }
    }
  })

  test('of other platforms are in the lockfile too, without which npm ci refuses all of it', () => {
    const missing = Object.values<{ optionalDependencies?: Record<string, string> }>(lock.packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter(name => lock.packages[`node_modules/${name}`] === undefined)
    assert.deepEqual(missing, [])
  })

  test('are hashed, every one', () => {
    for (const [path, entry] of Object.entries<{ integrity?: string }>(lock.packages)) {
      if (path !== '') assert.match(entry.integrity ?? '', /^sha512-/, path)
    }
  })

  test('run no scripts when they are installed, and need none', () => {
    const npmrc = read('.npmrc')
    for (const line of ['omit-lockfile-registry-resolved=true', 'save-exact=true', 'ignore-scripts=true']) {
      assert.match(npmrc, new RegExp(`^${line}$`, 'm'))
    }
    const withScripts = Object.entries<{ hasInstallScript?: boolean }>(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path)
    assert.deepEqual(withScripts, [])
  })
})

test('.ci/run calls the test command that the README names', () => {
  assert.match(read('.ci/run'), /\bnpm test\b/)
  assert.match(read('README.md'), /\bnpm test\b/)
})
