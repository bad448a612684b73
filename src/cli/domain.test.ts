import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Client } from '../../tests/kit/client.ts'
import { startInside, startProcess, type TestServer } from '../../tests/kit/server.ts'
import { Stage } from '../../tests/kit/stage.ts'
import { openHouse } from '../house.ts'
import { openControl } from '../operations/control.ts'
import { selfSigned } from '../operations/self-signed.ts'
import { loadSettings } from '../settings/load.ts'
import { commands } from './commands.ts'
import { run } from './run.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-domain-'))
})
after(() => rmSync(directory, { recursive: true }))

async function sotto(words: readonly string[], { input = '', answer }: { input?: string; answer?: string } = {}) {
  const out: string[] = []
  const err: string[] = []
  const code = await run(words, commands, {
    env: { SOTTO_SERVICE_DOMAIN: 'capulet.example' },
    directory,
    interactive: answer !== undefined,
    out: text => out.push(text),
    err: text => err.push(text),
    ask: async () => answer,
    input: async () => input,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const domain = (line: string, answer?: string) =>
  sotto(['domain', ...line.split(' ')], answer === undefined ? {} : { answer })

function files(name: string): { certificate: string; key: string } {
  const pair = selfSigned(name, new Date())
  writeFileSync(join(directory, `${name}.pem`), pair.certificate)
  writeFileSync(join(directory, `${name}.key`), pair.key)
  return { certificate: `${name}.pem`, key: `${name}.key` }
}

describe('domain, while the service is stopped', () => {
  test('is added, listed, shown, changed and removed', async () => {
    const added = await domain('add Montague.Example --registration open')
    assert.equal(added.code, 0, added.err)
    assert.match(added.out, /^montague\.example is served\./)
    assert.match(added.err, /^Note: No certificate is made out to montague\.example/)
    assert.equal((await domain('list')).out, 'capulet.example (the first, 0 accounts)\nmontague.example (0 accounts)')
    const shown = await domain('show montague.example')
    assert.match(shown.out, /^registration: open$/m)
    assert.match(shown.out, /^users-may-invite: false \(as the settings say\)$/m)
    assert.match(shown.out, /^Certificate: self-signed/m)

    assert.equal((await domain('set montague.example --registration closed --users-may-invite true')).code, 0)
    assert.match((await domain('show montague.example')).out, /^registration: closed$/m)
    assert.equal((await domain('set montague.example --usual registration')).code, 0)
    const details = JSON.parse((await domain('show montague.example --json')).out)
    const settings = new Map(details.settings.map((each: { setting: string }) => [each.setting, each]))
    assert.deepEqual(settings.get('registration'), { setting: 'registration', value: 'invitation', own: false })
    assert.deepEqual(settings.get('usersMayInvite'), { setting: 'usersMayInvite', value: 'true', own: true })

    assert.equal((await domain('remove montague.example --yes')).out, 'montague.example is not served any more.')
    assert.deepEqual(JSON.parse((await domain('list --json')).out), [
      { name: 'capulet.example', first: true, accounts: 0, registration: 'invitation' },
    ])
  })

  test('with accounts stays, unless they are to be erased', async () => {
    await domain('add verona.example')
    for (const jid of ['romeo@verona.example', 'juliet@capulet.example']) {
      assert.equal((await sotto(['account', 'create', jid, '--password-stdin'], { input: 'pw' })).code, 0)
    }
    assert.deepEqual(await domain('remove verona.example --yes'), {
      code: 1,
      out: '',
      err: 'verona.example has an account. Add --erase to erase everything about all of them for good.',
    })
    assert.deepEqual(await domain('remove verona.example --erase', 'verona'), {
      code: 1,
      out: '',
      err: 'Nothing was removed.',
    })
    assert.equal(
      (await domain('remove verona.example --erase', 'verona.example')).out,
      'verona.example is not served any more. Its account is erased.',
    )
    assert.equal((await sotto(['account', 'list'])).out, 'juliet@capulet.example')
    assert.match(
      (await sotto(['account', 'create', 'romeo@verona.example', '--password-stdin'], { input: 'pw' })).err,
      /verona\.example is not served here/,
    )
  })

  test('is given a certificate, if that can be used', async () => {
    const { certificate, key } = files('padua.example')
    const { err } = await domain(`add padua.example --certificate ${certificate} --key ${key}`)
    assert.equal(err, '')
    assert.match((await domain('show padua.example')).out, /^Certificate: its own, valid until \d{4}-\d\d-\d\d\.$/m)
    const other = files('venice.example')
    assert.match(
      (await domain(`set padua.example --certificate ${other.certificate} --key ${other.key}`)).err,
      /venice\.example\.pem is not made out to padua\.example/,
    )
    assert.match(
      (await domain(`set padua.example --certificate ${certificate} --key ${other.key}`)).err,
      /cannot be used: they have to be PEM files/,
    )
    assert.match((await domain(`set padua.example --key ${key}`)).err, /belong together/)
    assert.match((await domain('set padua.example --usual key')).err, /belong together/)
  })

  test('is looked at by doctor, with the certificate that it shows', async () => {
    files('siena.example')
    await domain('add siena.example --certificate siena.example.pem --key siena.example.key')
    const about = async (name: string) => {
      const findings: { about: string; says: string }[] = JSON.parse((await sotto(['doctor', name, '--json'])).out)
      return findings.filter(({ about }) => about === 'certificate' || about === 'domain').map(({ says }) => says)
    }
    assert.match((await about('siena.example')).join(' '), /^It is self-signed, valid for \d+ days/)
    assert.match((await about('nowhere.example'))[0]!, /^nowhere\.example is not served here/)
  })

  const refused: readonly (readonly [line: string, code: number, sentence: RegExp])[] = [
    ['add capulet.example', 1, /^The domain capulet\.example is served already\.$/],
    ['add 192.0.2.1', 1, /^This is not the name of a domain, such as example\.org\.$/],
    ['add under_score.example', 1, /^This is not the name of a domain/],
    ['add romeo@montague.example', 1, /^This is not the name of a domain/],
    ['add upload.capulet.example', 1, /^upload\.capulet\.example is the name of a service of capulet\.example\./],
    [
      'add mantua.example --registration sometimes',
      1,
      /^--registration has to be one of "open", "invitation", "closed"\.$/,
    ],
    ['add mantua.example --colour red', 2, /has no option --colour/],
    ['set mantua.example --services own', 1, /^The domain mantua\.example is not served here\./],
    ['set mantua.example', 2, /^Nothing is to be changed\./],
    ['set capulet.example --services own', 1, /^The settings file speaks for the first domain/],
    [
      'set padua.example --usual colour',
      1,
      /^Domains have no setting colour\. They have: registration, users-may-invite/,
    ],
    ['remove capulet.example --yes', 1, /^The first domain is the one of the settings file, and stays\.$/],
    ['remove padua.example', 2, /Add --yes if that is what you want\.$/],
    ['show mantua.example', 1, /^The domain mantua\.example is not served here\. "sotto domain list" shows all\.$/],
  ]
  for (const [line, code, sentence] of refused) {
    test(`sotto domain ${line}`, async () => {
      const answer = await domain(line)
      assert.match(answer.err, sentence)
      assert.equal(answer.code, code)
    })
  }
})

describe('domain, while the service runs', () => {
  let server: TestServer
  before(async () => {
    server = await startInside({ service: { domain: 'capulet.example' } })
  })
  after(() => server.stop())

  const running = (line: string) => sotto(['domain', ...line.split(' '), '--config', server.config!])

  test('is served within a tenth of a second, without a restart', async () => {
    const control = await openControl(server.data!)
    const times: number[] = []
    for (let n = 0; n < 20; n++) {
      const begun = performance.now()
      await control!.ask('domain add', { name: `d${n}.example`, own: { registration: 'open' } })
      const client = await Client.connect({
        host: server.host,
        ports: server.ports,
        domain: `d${n}.example`,
        tls: 'plain',
      })
      times.push(performance.now() - begun)
      client.drop()
    }
    control!.close()
    const usual = times.sort((one, other) => one - other)[10]!
    assert.ok(usual < 100, `it took ${usual} ms`)
    await running('remove d0.example --yes')
  })

  test('goes with its sessions and accounts', async () => {
    assert.equal((await running('add montague.example')).code, 0)
    const stage = new Stage(server.at!('montague.example'))
    try {
      const romeo = await stage.actor('romeo')
      await romeo.connects()
      const removed = await running('remove montague.example --yes --erase')
      assert.equal(removed.out, 'montague.example is not served any more. Its account is erased.', removed.err)
      await romeo.receives`<stream:error><not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>`
      await assert.rejects(romeo.reaches({ tls: 'plain' }), /host-unknown/)
      const shown = await running('list --json')
      assert.ok(!shown.out.includes('montague.example'))
    } finally {
      stage.ends()
    }
    assert.deepEqual(server.bugs!(), [])
  })
})

test('a removal that was interrupted goes on at the next start', async () => {
  mkdirSync(join(directory, 'interrupted'))
  const server = await startProcess(
    { service: { domain: 'capulet.example' } },
    { directory: join(directory, 'interrupted') },
  )
  try {
    await server.command(['domain', 'add', 'montague.example'])
    await server.command(['account', 'create', 'romeo@montague.example', '--password-stdin'], 'pw\n')
    await server.stop()
    const { settings } = loadSettings({ file: server.config, env: {} })
    const house = await openHouse(settings)
    await house.domains.close('montague.example')
    await house.close()
    await server.start()
    assert.doesNotMatch(await server.command(['domain', 'list']), /montague/)
    assert.equal(await server.command(['account', 'list']), '')
  } finally {
    await server.stop()
  }
})
