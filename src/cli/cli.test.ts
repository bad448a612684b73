import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { commands } from './commands.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-cli-'))
})
after(() => rmSync(directory, { recursive: true }))

interface Said {
  readonly input?: string
  /** What a person types when asked; without it nobody is there. */
  readonly answers?: readonly string[]
  readonly env?: Record<string, string>
}

async function sotto(line: string, { input = '', answers, env = {} }: Said = {}) {
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
  const code = await run(line === '' ? [] : line.split(' '), commands, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('the command line', () => {
  test('helps: all commands, one group, one command', async () => {
    for (const line of ['', 'help', '--help', '-h']) {
      const { code, out } = await sotto(line)
      assert.equal(code, 0)
      for (const { name } of commands) assert.match(out, new RegExp(`sotto ${name} `))
    }
    const group = await sotto('help account')
    assert.match(group.out, /account passwd JID/)
    assert.doesNotMatch(group.out, /doctor/)
    assert.match((await sotto('account create --help')).out, /--password-stdin {3}Read the password/)
  })

  const wrong: readonly (readonly [line: string, sentence: string])[] = [
    ['sevre', 'There is no command "sevre". Did you mean "serve"? "sotto help" lists all commands.'],
    [
      'account craete',
      'There is no command "account craete". Did you mean "account create"? "sotto help" lists all commands.',
    ],
    [
      'account',
      '"sotto account" needs to know what to do: create, passwd, recovery, delete, restore, list, show, export, import, admin, disable, enable.',
    ],
    ['account create', '"sotto account create" needs JID.'],
    ['account create a@b c@d', '"sotto account create" does not know what to do with "c@d".'],
    ['account list --jsno', '"sotto account list" has no option --jsno. Did you mean "--json"?'],
    ['serve --config', 'The option --config needs a value: FILE.'],
    ['audit --json=yes', 'The option --json takes no value.'],
    [
      'account create romeo --password-stdin',
      '"romeo" is not the address of an account, such as romeo@localhost. Did you mean romeo@localhost?',
    ],
    [
      'account create romeo@localhost/phone --password-stdin',
      '"romeo@localhost/phone" is not the address of an account, such as romeo@localhost.',
    ],
    ['account create romeo@localhost --password-stdin', 'There was no password on standard input.'],
    [
      'account passwd romeo@localhost',
      'Nobody is here to be asked for a password. Send it to standard input and add --password-stdin.',
    ],
    [
      'account delete romeo@localhost',
      'Everything about romeo@localhost would be erased for good. Add --now if that is what you want.',
    ],
  ]
  for (const [line, sentence] of wrong) {
    test(`sotto ${line}`, async () => assert.deepEqual(await sotto(line), { code: 2, out: '', err: sentence }))
  }
})

describe('config', () => {
  test('check says yes, warns, or says what is wrong', async () => {
    assert.deepEqual(await sotto('config check'), {
      code: 0,
      out: 'The settings can be used (no file; all defaults).',
      err: '',
    })
    const warned = await sotto('config check', { env: { SOTTO_LIMITS_ENABLED: 'false' } })
    assert.deepEqual([warned.code, warned.err.slice(0, 23)], [0, 'Warning: limits.enabled'])
    writeFileSync(join(directory, 'bad.toml'), '[listen]\nc2z = 1\nhttps = 1.5')
    const bad = await sotto('config check --config bad.toml')
    assert.equal(bad.code, 1)
    assert.equal(bad.err.split('\n').length, 2)
  })

  test('print shows what is in force, docs the manual', async () => {
    const { out } = await sotto('config print', { env: { SOTTO_LISTEN_C2S: '1' } })
    assert.match(out, /^\[listen\]\naddress = "127\.0\.0\.1"\nc2s = 1$/m)
    assert.match((await sotto('config docs')).out, /^# Settings/)
  })
})

describe('account, while the service is stopped', () => {
  const romeo = 'romeo@localhost'

  test('is made, listed, shown, changed and erased', async () => {
    assert.deepEqual(await sotto(`account create ${romeo} --password-stdin`, { input: 'secret\n' }), {
      code: 0,
      out: `${romeo} can sign in now.`,
      err: '',
    })
    assert.equal((await sotto('account list')).out, romeo)
    const [listed] = JSON.parse((await sotto('account list --json')).out)
    assert.deepEqual([listed.jid, /^\d{4}-\d\d-\d\d$/.test(listed.created)], [romeo, true])
    const { holds, takes } = JSON.parse((await sotto(`account show ${romeo} --json`)).out)
    assert.deepEqual(takes, { documents: 0, history: 0, files: 0 })
    const held = (name: string) => holds.find(({ what }: { what: string }) => what === name)
    assert.deepEqual([held('accounts').count, held('credentials').count, held('roster').count], [1, 2, 0])
    assert.equal(held('roster').reader, 'owner')
    const shown = (await sotto(`account show ${romeo}`)).out
    assert.match(shown, /It takes up 0 bytes, messages 0 bytes, files 0 bytes\./)
    assert.match(shown, /^credentials: 2\n( {2}\w+: .*\n)+ {2}Kept: until the password changes\. Given to: nobody/m)
    assert.match(shown, /^None of: .*\broster\b/m)
    assert.equal(
      (await sotto(`account passwd ${romeo}`, { answers: ['yes', 'other', 'other'] })).out,
      `${romeo} has a new password.`,
    )
    assert.equal((await sotto('audit')).code, 0)
    assert.deepEqual(await sotto(`account delete ${romeo}`, { answers: ['no'] }), {
      code: 1,
      out: '',
      err: 'Nothing was erased.',
    })
    assert.equal((await sotto(`account delete ${romeo}`, { answers: [romeo] })).code, 0)
    assert.equal((await sotto('account list')).out, '')
    const again = await sotto(`account create ${romeo} --password-stdin`, { input: 'secret\n' })
    assert.equal(again.code, 1)
    assert.match(again.err, /^An account of this name was erased, and names are not given out again/)
  })

  test('is erased after days of grace, in which it can be restored', async () => {
    const env = { SOTTO_ACCOUNTS_GRACE_DAYS: '7' }
    const mercutio = 'mercutio@localhost'
    await sotto(`account create ${mercutio} --password-stdin`, { input: 'secret' })
    const deleted = await sotto(`account delete ${mercutio}`, { env })
    assert.match(deleted.out, /^Nobody can sign in to mercutio@localhost any more\. It is erased on \d{4}-\d\d-\d\d;/)
    assert.match((await sotto('account list')).out, /^mercutio@localhost \(is erased on \d{4}-\d\d-\d\d\)$/)
    assert.equal((await sotto(`account restore ${mercutio}`)).out, `${mercutio} stays, and can sign in again.`)
    assert.equal((await sotto('account list')).out, mercutio)
    const staying = await sotto(`account restore ${mercutio}`)
    assert.deepEqual([staying.code, staying.err], [1, 'This account is not about to be erased.'])
    await sotto(`account delete ${mercutio}`, { env })
    assert.match((await sotto(`account delete ${mercutio} --now`, { env })).out, /is erased\.$/)
    assert.equal((await sotto('audit')).out.slice(0, 14), 'Nothing found:')
  })

  test('is refused in sentences', async () => {
    const romeo = 'benvolio@localhost'
    const create = `account create ${romeo} --password-stdin`
    await sotto(create, { input: 'secret' })
    assert.deepEqual(await sotto(create, { input: 'secret' }), {
      code: 1,
      out: '',
      err: `There is already an account ${romeo}.`,
    })
    assert.deepEqual(await sotto('account show nobody@localhost'), {
      code: 1,
      out: '',
      err: 'There is no account nobody@localhost. "sotto account list" shows all.',
    })
    const elsewhere = await sotto('account create romeo@elsewhere.example --password-stdin', { input: 'secret' })
    assert.deepEqual([elsewhere.code, elsewhere.err], [1, 'The domain elsewhere.example is not served here.'])
    const differ = await sotto(`account passwd ${romeo} --yes`, { answers: ['one', 'two'] })
    assert.equal(differ.code, 2)
    assert.match(differ.err, /The two passwords differ; nothing was done\.$/)
  })
})

test('audit without data says where it looked', async () => {
  const { code, err } = await sotto('audit --data nowhere')
  assert.equal(code, 2)
  assert.match(err, /^There is no database in .*nowhere\. Name the data directory with --data\.$/)
})
