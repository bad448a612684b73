import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { rosterStore } from '../accounts/roster-store.ts'
import { openHouse } from '../house.ts'
import { startServer } from '../main.ts'
import { silentLog } from '../operations/log.ts'
import { bareJid } from '../protocol/jid.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { loadSettings } from '../settings/load.ts'
import { commands } from './commands.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

let directory: string
const env = {
  SOTTO_LISTEN_C2S: '0',
  SOTTO_LISTEN_C2S_TLS: 'false',
  SOTTO_LISTEN_OPERATIONS: 'false',
  SOTTO_LISTEN_HTTPS: 'false',
  SOTTO_BYTESTREAMS_PORT: '0',
}
const romeo = bareJid('romeo', 'localhost')!

async function sotto(line: string, input = 'secret\n', answers?: readonly string[]) {
  const out: string[] = []
  const err: string[] = []
  const typed = [...(answers ?? [])]
  const terminal: Terminal = {
    env,
    directory,
    interactive: answers !== undefined,
    out: text => out.push(text),
    err: text => err.push(text),
    ask: async () => typed.shift(),
    input: async () => input,
  }
  return { code: await run(line.split(' '), commands, terminal), out: out.join('\n'), err: err.join('\n') }
}

const at = (file: string) => join(directory, file)
const exported = (file: string) => {
  const text = readFileSync(at(file), 'utf8')
  return parseElement(text.slice(text.indexOf('\n')), {}, '')
    .elements()[0]!
    .elements()[0]!
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-export-'))
  assert.equal((await sotto(`account create ${romeo} --password-stdin`)).code, 0)
  const house = await openHouse(loadSettings({ env, directory }).settings)
  const account = (await house.accounts.findJid(romeo))!
  const juliet = bareJid('juliet', 'localhost')!
  await rosterStore(house.documents).put(account.id, { jid: juliet, groups: [], subscription: 'both' }, '1')
  await house.close()
})
after(() => rmSync(directory, { recursive: true }))

describe('account export', () => {
  test('needs the password, and leaves nothing behind without it', async () => {
    const wrong = await sotto(`account export ${romeo} a.xml --password-stdin`, 'other')
    assert.deepEqual([wrong.code, wrong.err], [1, `This is not the password of ${romeo}.`])
    const nobody = await sotto('account export nobody@localhost a.xml --password-stdin')
    assert.deepEqual([nobody.code, nobody.err.slice(0, 20)], [1, 'There is no account '])
    assert.deepEqual(await sotto(`account export ${romeo} a.xml`, '', ['']), {
      code: 2,
      out: '',
      err: 'No password was given; nothing was written.',
    })
    assert.deepEqual(
      readdirSync(directory).filter(name => name.startsWith('a.')),
      [],
    )
  })

  test('makes a file for its owner alone, whether the service runs or not', async () => {
    assert.equal((await sotto(`account export ${romeo} stopped.xml`, '', ['secret'])).code, 0)
    const server = await startServer(loadSettings({ env, directory }), { log: silentLog })
    try {
      const { code, out } = await sotto(`account export ${romeo} running.xml --password-stdin`)
      assert.equal(code, 0)
      const account = (await server.house.accounts.findJid(romeo))!
      assert.equal(server.house.keyring.isOpen(account.id), false)
      assert.match(out, /running\.xml holds what is kept of romeo@localhost, .*\nIt is not encrypted/)
    } finally {
      await server.stop()
    }
    for (const file of ['stopped.xml', 'running.xml']) {
      assert.equal(statSync(at(file)).mode & 0o777, 0o600)
      const user = exported(file)
      assert.equal(user.attr('name'), 'romeo')
      assert.equal(user.child('query', 'jabber:iq:roster')?.elements()[0]?.attr('jid'), 'juliet@localhost')
      assert.equal(user.child('scram-credentials', 'urn:xmpp:pie:0#scram'), undefined)
    }
    assert.equal(readFileSync(at('running.xml'), 'utf8'), readFileSync(at('stopped.xml'), 'utf8'))
  })

  test('replaces a file only when told to', async () => {
    writeFileSync(at('mine.txt'), 'mine')
    const refused = await sotto(`account export ${romeo} mine.txt --password-stdin`)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /mine\.txt is there already\. Choose another name, or add --force to replace it\.$/)
    assert.equal(readFileSync(at('mine.txt'), 'utf8'), 'mine')
    assert.equal((await sotto(`account export ${romeo} mine.txt --password-stdin --force --with-credentials`)).code, 0)
    const mechanisms = exported('mine.txt')
      .elements()
      .flatMap(child => child.attr('mechanism') ?? [])
    assert.deepEqual(mechanisms.sort(), ['SCRAM-SHA-1', 'SCRAM-SHA-256'])
    const nowhere = await sotto(`account export ${romeo} nowhere/a.xml --password-stdin`)
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.err, /there is no such file or directory/)
    assert.deepEqual(
      readdirSync(directory).filter(name => name.endsWith('.part')),
      [],
    )
  })
})
