/**
 * The process is killed (SIGKILL) at a random moment while an account is being erased. Either nothing has happened, or the
 * next start finishes it: nothing of the account is left, in no table and in no byte of a file.
 */

import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import type { AccountSummary } from '../../src/cli/account-handlers.ts'
import { openControl } from '../../src/operations/control.ts'
import { register, type ServerProcess, startProcess } from '../kit/server.ts'
import { signedIn } from '../privacy/belongings.ts'
import { formsOfSecret, occurrencesBelow } from '../privacy/search.ts'

const kills = Number(process.env.SOTTO_TEST_ERASURE_KILLS ?? 8)
/** About as long as an erasure takes. */
const longestMs = 160

test(`an erasure that is killed is finished by the next start, ${kills} times`, { timeout: 300_000 }, async t => {
  const figures = { kills, untouched: 0, finished: 0, done: 0 }
  const server = await startProcess({ registration: { open: true } })
  try {
    await register(server, 'juliet', 'juliet wants in')
    for (let i = 0; i < kills; i++) {
      const name = `leaver${i}`
      const mark = `mark${randomBytes(12).toString('hex')}`
      await moveIn(server, name, mark)
      const done = await killWhileErasing(server, `${name}@${server.domain}`)
      await server.start()
      const isThere = await exists(server, `${name}@${server.domain}`)
      if (done) assert.equal(isThere, false, 'the account was erased, it was said')
      figures[isThere ? 'untouched' : done ? 'done' : 'finished']++
      await server.command(['audit'])
      if (isThere) await ask(server, 'account delete', { jid: `${name}@${server.domain}`, now: true })
      await assert.rejects(register(server, name, 'somebody else'), /conflict/)
      server.signal('SIGTERM')
      await server.exited()
      assert.deepEqual(occurrencesBelow(formsOfSecret('mark', mark), server.data), [])
      await server.start()
    }
    t.diagnostic(JSON.stringify(figures))
    const juliet = await signedIn(server, 'juliet', 'juliet wants in')
    const roster = await juliet.ask('get', "<query xmlns='jabber:iq:roster'/>")
    const subscribed = roster
      .need('query')
      .elements()
      .filter(item => item.attr('subscription') !== 'none')
    assert.deepEqual(
      subscribed.map(item => String(item)),
      [],
      'contacts have not been told',
    )
    await juliet.close()
  } finally {
    await server.stop()
  }
})

/** Makes an account whose things are all over the store, and which juliet has as a contact. */
async function moveIn(server: ServerProcess, name: string, mark: string): Promise<void> {
  await register(server, name, 'a password')
  const jid = `${name}@${server.domain}`
  const client = await signedIn(server, name, 'a password')
  const juliet = await signedIn(server, 'juliet', 'juliet wants in')
  for (const each of [client, juliet]) {
    await each.sm.enable({ resume: true })
    await each.ask('get', "<query xmlns='jabber:iq:roster'/>")
    each.send('<presence/>')
    await each.ping()
  }
  juliet.send(`<presence type='subscribe' to='${jid}'/>`)
  await juliet.ping()
  client.send(`<presence type='subscribed' to='juliet@${server.domain}'/>`)
  await client.ask('set', `<vCard xmlns='vcard-temp'><FN>${mark}</FN><NOTE>${mark.repeat(500)}</NOTE></vCard>`)
  for (let i = 0; i < 20; i++)
    await client.ask('set', `<query xmlns='jabber:iq:private'><p${i} xmlns='urn:example:${i}' with='${mark}'/></query>`)
  await client.sm.flush()
  await client.close()
  for (let i = 0; i < 50; i++)
    juliet.send(`<message to='${jid}' type='chat' id='${i}'><body>${mark}${i}</body></message>`)
  await juliet.sm.flush()
  await juliet.close()
}

/** Resolves with whether the erasure was said to be done before the process was killed. */
async function killWhileErasing(server: ServerProcess, jid: string): Promise<boolean> {
  const client = await openControl(server.data)
  assert.ok(client)
  let done = false
  const erasure = client.ask('account delete', { jid, now: true }).then(
    () => {
      done = true
    },
    () => undefined,
  )
  await after(randomInt(longestMs))
  await server.kill()
  await erasure
  client.close()
  return done
}

async function exists(server: ServerProcess, jid: string): Promise<boolean> {
  return ((await ask(server, 'account list')) as AccountSummary[]).some(account => account.jid === jid)
}

async function ask(server: ServerProcess, command: string, request: Record<string, unknown> = {}): Promise<unknown> {
  const client = await openControl(server.data)
  assert.ok(client)
  try {
    return await client.ask(command, request)
  } finally {
    client.close()
  }
}
