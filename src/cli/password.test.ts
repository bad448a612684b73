import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openHouse } from '../house.ts'
import { loadSettings } from '../settings/load.ts'
import { commands } from './commands.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-password-'))
})
after(() => rmSync(directory, { recursive: true }))

interface Said {
  readonly input?: string
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
  const code = await run(line.split(' '), commands, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** The generation of key pairs that the account's messages are sealed to now. */
async function generation(localpart: string): Promise<number> {
  const house = await openHouse(loadSettings({ env: {}, directory }).settings)
  try {
    const account = await house.accounts.find(localpart, 'localhost')
    return (await house.keyring.publicOf(account!.id)).generation
  } finally {
    await house.close()
  }
}

describe('account passwd', () => {
  test('says beforehand that the history is lost, and asks', async () => {
    await sotto('account create romeo@localhost --password-stdin', { input: 'first' })
    const refused = await sotto('account passwd romeo@localhost', { answers: ['no'] })
    assert.equal(refused.code, 1)
    assert.match(refused.err, /^Warning: the history of romeo@localhost opens with its present password only;/)
    assert.match(refused.err, /There is no recovery code for it\./)
    assert.match(refused.err, /Nothing was changed\.$/)
    assert.equal(await generation('romeo'), 1)
    const agreed = await sotto('account passwd romeo@localhost', { answers: ['yes', 'second', 'second'] })
    assert.deepEqual([agreed.code, agreed.out], [0, 'romeo@localhost has a new password.'])
    assert.equal(await generation('romeo'), 2)
  })

  test('goes ahead where nobody can be asked, or the answer is given', async () => {
    const sent = await sotto('account passwd romeo@localhost --password-stdin', { input: 'third\n' })
    assert.equal(sent.code, 0)
    assert.match(sent.err, /^Warning: /)
    const sure = await sotto('account passwd romeo@localhost --yes', { answers: ['fourth', 'fourth'] })
    assert.equal(sure.code, 0)
    assert.match(sure.err, /^Warning: /)
    assert.equal(await generation('romeo'), 4)
  })

  test('says nothing of the kind where the service opens everything anyway', async () => {
    const env = { SOTTO_ARCHIVE_SEAL: 'server' }
    const sent = await sotto('account passwd romeo@localhost --password-stdin', { input: 'fourth\n', env })
    assert.deepEqual([sent.code, sent.err], [0, ''])
  })
})

describe('account recovery', () => {
  const passwd = 'account passwd juliet@localhost --password-stdin --recovery'
  let code: string

  test('makes a code for the password', async () => {
    await sotto('account create juliet@localhost --password-stdin', { input: 'first' })
    const wrong = await sotto('account recovery juliet@localhost --password-stdin', { input: 'frist' })
    assert.deepEqual([wrong.code, wrong.out, wrong.err], [1, '', 'This is not the password of juliet@localhost.'])
    const made = await sotto('account recovery juliet@localhost --password-stdin', { input: 'first' })
    assert.equal(made.code, 0)
    assert.match(made.out, /^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$/)
    assert.match(made.err, /not shown again/)
    code = made.out
  })

  test('keeps the history through a forgotten password, however it is typed', async () => {
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')
    const { code: exit, out } = await sotto(passwd, { input: `second\n${typed}\n` })
    assert.deepEqual([exit, out], [0, 'juliet@localhost has a new password. Its history is kept.'])
    assert.equal(await generation('juliet'), 1)
    const asked = await sotto('account passwd juliet@localhost --recovery', { answers: [code, 'third', 'third'] })
    assert.equal(asked.code, 0)
    assert.equal(await generation('juliet'), 1)
  })

  test('a reset in between: what the code opens is kept', async () => {
    await sotto('account passwd juliet@localhost --password-stdin', { input: 'fourth' })
    assert.equal(await generation('juliet'), 2)
    const { out } = await sotto(passwd, { input: `fifth\n${code}` })
    assert.match(out, /What the recovery code opens is kept; what came later is lost\.$/)
  })

  test('a wrong code changes nothing; input of one line is refused', async () => {
    const before = await generation('juliet')
    const wrong = await sotto(passwd, { input: `sixth\n${code.replace(/.$/, last => (last === '2' ? '3' : '2'))}` })
    assert.deepEqual([wrong.code, wrong.err], [1, 'This is not the recovery code of the account; nothing was changed.'])
    assert.equal(await generation('juliet'), before)
    const proof = await sotto('account recovery juliet@localhost --password-stdin', { input: 'fifth' })
    assert.equal(proof.code, 0)
    const late = await sotto(passwd, { input: `sixth\n${code}` })
    assert.equal(late.code, 1, 'a new code ends the one before')
    assert.equal((await sotto(passwd, { input: 'sixth' })).code, 2)
  })
})
