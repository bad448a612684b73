import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isLoopback, loadSettings, SettingsError } from './load.ts'
import { effective, sample } from './manual.ts'
import { editDistance, nearest } from './nearest.ts'
import { fileName, schema, variableName } from './schema.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-settings-'))
})
after(() => rmSync(directory, { recursive: true }))

function fileWith(text: string, name = 'test.toml'): string {
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}

function load(text: string, env: Record<string, string> = {}) {
  return loadSettings({ file: fileWith(text), env, directory: '/elsewhere' })
}

function complaints(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    load(text, env)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.sentences.map(sentence => sentence.replace(join(directory, 'test.toml'), 'FILE'))
  }
  return []
}

describe('where settings come from', () => {
  test('without a file every setting has its default, and paths follow the working directory', () => {
    const { settings, warnings, file, ownCertificate } = loadSettings({ env: {}, directory: '/nowhere/at/all' })
    assert.equal(settings.service.domain, 'localhost')
    assert.equal(settings.service.data, '/nowhere/at/all/data')
    assert.equal(settings.tls.certificate, '/nowhere/at/all/data/tls/cert.pem')
    assert.deepEqual(settings.listen, {
      address: '127.0.0.1',
      c2s: 5222,
      c2sTls: 5223,
      s2s: 5269,
      s2sTls: 5270,
      https: 5443,
      operations: 9100,
      operationsAddress: '127.0.0.1',
      webAddress: '',
      publicAddresses: [],
      trustedProxies: [],
      proxyProtocol: false,
    })
    assert.deepEqual([warnings, file, ownCertificate], [[], undefined, true])
  })

  test('the file is relative to itself, variables to the working directory, and variables win', () => {
    const text = '[service]\ndata = "store"\n[listen]\nc2s = 1\nhttps = false\n[tls]\ncertificate = "c.pem"'
    const { settings, ownCertificate } = load(text, { SOTTO_LISTEN_C2S: '0', SOTTO_TLS_KEY: 'k.pem' })
    assert.equal(settings.service.data, join(directory, 'store'))
    assert.equal(settings.tls.certificate, join(directory, 'c.pem'))
    assert.equal(settings.tls.key, '/elsewhere/k.pem')
    assert.equal(settings.listen.c2s, 0)
    assert.equal(settings.listen.https, false)
    assert.equal(ownCertificate, false)
  })

  test('the data directory takes the certificate along', () => {
    const { settings } = load('[service]\ndata = "/srv/sotto"')
    assert.equal(settings.tls.key, '/srv/sotto/tls/key.pem')
  })

  test('sotto.toml in the working directory is found, SOTTO_CONFIG names another', () => {
    fileWith('[service]\ndomain = "usual.example"', 'sotto.toml')
    const other = fileWith('[service]\ndomain = "other.example"', 'other.toml')
    assert.equal(loadSettings({ env: {}, directory }).settings.service.domain, 'usual.example')
    assert.equal(loadSettings({ env: { SOTTO_CONFIG: other }, directory }).settings.service.domain, 'other.example')
    rmSync(join(directory, 'sotto.toml'))
  })

  test('variables can switch, turn off and list', () => {
    const { settings } = load('', {
      SOTTO_REGISTRATION_OPEN: 'true',
      SOTTO_LISTEN_S2S_TLS: 'off',
      SOTTO_CONTACT_ABUSE: 'mailto:a@example.org, xmpp:b@example.org',
    })
    assert.equal(settings.registration.open, true)
    assert.equal(settings.listen.s2sTls, false)
    assert.deepEqual(settings.contact.abuse, ['mailto:a@example.org', 'xmpp:b@example.org'])
  })

  test('what is in force, written as a file, leads to the same settings', () => {
    const once = load('[service]\ndata = "x"\ndomain = "example.org"\n[listen]\nhttps = false').settings
    assert.deepEqual(load(effective(once)).settings, once)
  })

  test('the sample file, uncommented, is the defaults', () => {
    const text = sample()
      .split('\n')
      .filter(line => /^(\[|# [a-z0-9_]+ = )/.test(line) && !line.includes('…'))
      .map(line => line.replace(/^# /, ''))
    assert.deepEqual(load(text.join('\n')).settings, load('').settings)
  })
})

describe('what is refused, and in which words', () => {
  const cases: readonly (readonly [text: string, complaint: string])[] = [
    ['[listen]\nc2z = 1', 'FILE: [listen] knows no "c2z". Did you mean "c2s"?'],
    ['[lisen]\nc2s = 1', 'FILE: there is no section [lisen]. Did you mean "listen"?'],
    ['[bananas]', 'FILE: there is no section [bananas].'],
    ['listen = 5', 'FILE: listen is a section; write [listen] on a line of its own.'],
    [
      '[listen]\nc2s = 70000',
      'FILE: listen.c2s has to be a port number from 1 to 65535, 0 for any free one, or false for off.',
    ],
    [
      '[listen]\nc2s = true',
      'FILE: listen.c2s has to be a port number from 1 to 65535, 0 for any free one, or false for off.',
    ],
    ['[retention]\ndays = 91', 'FILE: retention.days has to be a whole number from 1 to 90.'],
    ['[retention]\ndays = 1.5', 'FILE: retention.days has to be a whole number from 1 to 90.'],
    ['[registration]\nopen = "yes"', 'FILE: registration.open has to be true or false (without quotes).'],
    ['[service]\ndata = ""', 'FILE: service.data has to be the path of a file or directory, in quotes.'],
    [
      '[service]\ndomain = "127.0.0.1"',
      'FILE: service.domain has to be a domain name, such as "example.org" or "localhost".',
    ],
    ['[log]\nlevel = "loud"', 'FILE: log.level has to be one of "debug", "info", "warning", "error".'],
    [
      '[listen]\naddress = "localhost"',
      'FILE: listen.address has to be an IP address, such as "127.0.0.1", "0.0.0.0" or "::".',
    ],
  ]
  for (const [text, complaint] of cases) {
    test(text.replace('\n', ' '), () => assert.deepEqual(complaints(text), [complaint]))
  }

  test('everything wrong is told at once', () => {
    assert.equal(complaints('[listen]\nc2s = -1\nx = 1\n[nope]').length, 3)
  })

  test('broken TOML names the line', () => {
    assert.match(complaints('[listen]\nc2s = = 1')[0]!, /^FILE, line 2: this is not TOML/)
  })

  test('a missing file is told with what to do', () => {
    assert.throws(() => loadSettings({ file: 'gone.toml', env: {}, directory }), /gone\.toml does not exist\. Give an/)
  })

  test('unknown variables are refused, those of the launcher and of Kubernetes are not settings', () => {
    assert.deepEqual(complaints('', { SOTTO_LISTEN_C2: '1' }), [
      'The environment variable SOTTO_LISTEN_C2 is no setting. Did you mean "SOTTO_LISTEN_C2S"?',
    ])
    assert.deepEqual(
      complaints('', { SOTTO_RUNTIME: 'node', SOTTO_PORT_5222_TCP_ADDR: 'x', SOTTO_SERVICE_HOST: 'x' }),
      [],
    )
  })

  test('the same port twice', () => {
    assert.deepEqual(complaints('[listen]\nc2s = 5269'), [
      'listen.c2s and listen.s2s are both 5269. Each needs a port of its own; false switches one off.',
    ])
    assert.deepEqual(complaints('[listen]\nc2s = 0\ns2s = 0'), [])
    // Clients and browsers are told apart by ALPN.
    assert.deepEqual(complaints('[listen]\nc2s_tls = 443\nhttps = 443'), [])
  })

  test('networks and web addresses are what they look like', () => {
    const fine = ['trusted_proxies = ["10.0.0.0/8", "::1"]', 'web_address = "https://chat.example.org:8443"']
    for (const line of fine) assert.deepEqual(complaints(`[listen]\n${line}`), [], line)
    const bent = [
      'trusted_proxies = ["10.0.0.0/33"]',
      'trusted_proxies = ["proxy.example.org"]',
      'public_addresses = ["10.0.0.0/8"]',
      'web_address = "http://chat.example.org"',
      'web_address = "https://chat.example.org/path"',
    ]
    for (const line of bent) assert.equal(complaints(`[listen]\n${line}`).length, 1, line)
    assert.deepEqual(complaints('[federation]\nresolver = ["192.0.2.53", "127.0.0.1:5353", "[::1]:5353", "::1"]'), [])
    for (const server of ['dns.example.org', '192.0.2.53:0', '192.0.2.53:70000', '[192.0.2.53'])
      assert.equal(complaints(`[federation]\nresolver = ["${server}"]`).length, 1, server)
  })
})

describe('what is dangerous off loopback', () => {
  const dangerous = '[limits]\nenabled = false\n[testing]\nplaintext_on_loopback = true\n'

  for (const address of ['127.0.0.1', '127.99.13.37', '::1']) {
    test(`is warned about on ${address}`, () => {
      assert.equal(load(`${dangerous}[listen]\naddress = "${address}"`).warnings.length, 2)
    })
  }
  for (const address of ['0.0.0.0', '::', '192.0.2.1', '128.0.0.1', '2001:db8::1']) {
    test(`is refused on ${address}`, () => {
      const sentences = complaints(`${dangerous}[listen]\naddress = "${address}"`)
      assert.equal(sentences.length, 2)
      for (const sentence of sentences) assert.match(sentence, /is refused because the service listens on/)
    })
  }

  test('IPv4 loopback in IPv6 clothes is loopback', () => {
    assert.equal(isLoopback('::ffff:127.0.0.1'), true)
    assert.equal(isLoopback('::ffff:192.0.2.1'), false)
  })
})

describe('names', () => {
  test('are derived from one another', () => {
    assert.equal(fileName('stanzaBytesBeforeLogin'), 'stanza_bytes_before_login')
    assert.equal(variableName('listen', 'c2sTls'), 'SOTTO_LISTEN_C2S_TLS')
  })

  test('no two settings share a variable', () => {
    const all = Object.entries(schema).flatMap(([name, { keys }]) =>
      Object.keys(keys).map(key => variableName(name, key)),
    )
    assert.equal(new Set(all).size, all.length)
  })

  test('the nearest word is found, a far one is not', () => {
    assert.equal(editDistance('kitten', 'sitting'), 3)
    assert.equal(editDistance('hsots', 'hosts'), 1)
    assert.equal(nearest('domian', ['data', 'domain']), 'domain')
    assert.equal(nearest('xyz', ['data', 'domain']), undefined)
  })
})
