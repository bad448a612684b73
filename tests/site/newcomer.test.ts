/** The whole way of somebody who knows nothing of XMPP: from an invitation to the end, with a browser that runs no scripts. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { Client } from '../kit/client.ts'
import { startProcess } from '../kit/server.ts'
import { visitor, ways } from './rig.ts'

/** Tells how long each part of the way took, for whoever reads the report. */
function stopwatch(t: TestContext): (reached: string) => void {
  let since = performance.now()
  return reached => {
    const now = performance.now()
    t.diagnostic(`${reached}: ${((now - since) / 1000).toFixed(1)} s`)
    since = now
  }
}

test('invited, signed up, greeted, exported, gone; and the audit finds nothing', { timeout: 240_000 }, async t => {
  const step = stopwatch(t)
  const server = await startProcess({ passwords: { iterations: 4096 } })
  t.after(() => server.stop())
  await server.createAccount('nurse', 'calliope')
  const nurse = await Client.connect(server)
  await nurse.signIn({ username: 'nurse', password: 'calliope' })
  await nurse.bind('globe')
  nurse.send('<presence/>')
  const invited = await server.command(['invite', 'create', '--contact', 'nurse@localhost', '--json'])
  const { landing } = JSON.parse(invited) as { landing: string }

  const origin = new URL(landing).origin
  step('invited')
  const { page, foreign } = await visitor(t, { origin }, { ...ways['phone by day'], javaScript: false })
  await page.goto(landing)
  assert.equal(await page.innerText('h1'), 'nurse invites you to chat')
  await page.click('text=Make an account here')
  await page.fill('#name', 'balthasar')
  await page.click('button')
  assert.equal(await page.innerText('h1'), 'Welcome, balthasar')
  const password = await page.innerText('#password')
  assert.equal(await page.locator('.qr svg').count(), 1)
  assert.equal(await page.locator('a[href="xmpp:balthasar@localhost"]').count(), 1)
  assert.deepEqual(await page.locator('summary').allInnerTexts(), [
    'Android',
    'iPhone, iPad',
    'macOS',
    'Windows',
    'Linux',
  ])
  await page.click('summary >> text=Android')
  assert.match(
    await page.innerText('details[open] ol'),
    /Install Conversations.*I already have an account.*Type your address/s,
  )
  step('an account')
  assert.match(await page.innerText('#recovery'), /^[0-9A-Z-]{35}$/)

  const guest = await Client.connect(server)
  await guest.signIn({ username: 'balthasar', password })
  await guest.bind('phone')
  const roster = await guest.ask('get', '<query xmlns="jabber:iq:roster"/>')
  assert.equal(roster.at('query', 'item').attr('jid'), 'nurse@localhost')
  assert.equal(roster.at('query', 'item').attr('subscription'), 'both')
  guest.send(
    '<presence/><message to="nurse@localhost" type="chat" id="m1"><body>Ancient lady, farewell!</body></message>',
  )
  const heard = await nurse.take(({ name }) => name === 'message', 'what the guest says')
  assert.equal(heard.need('body').text(), 'Ancient lady, farewell!')

  step('the first message')
  await page.click('text=To your account here')
  await page.fill('[name=address]', 'balthasar')
  await page.fill('[name=password]', password)
  await page.click('main button')
  assert.equal(new URL(page.url()).pathname, '/account')
  await page.goto(`${origin}/account/export`)
  await page.check('#what-portable')
  await page.fill('[name=password]', password)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('main form:has([name=password]) button'),
  ])
  const file = readFileSync(await download.path(), 'utf8')
  assert.match(file, /nurse@localhost/)
  assert.match(file, /Ancient lady, farewell!/)

  step('a copy')
  await page.goto(`${origin}/account/leaving`)
  await page.fill('[name=password]', password)
  await page.check('[name=sure]')
  const over = guest.wire.over()
  await page.click('main form:has([name=password]) button')
  await over
  assert.deepEqual(await (await page.context().cookies()).map(({ value }) => value), [])
  step('gone')
  nurse.drop()
  assert.match(await server.command(['audit']), /^Nothing found/)
  await page.goto(`${origin}/privacy`)
  assert.match(await page.innerText('#verify ~ .notice'), /It found nothing that should not be there/)
  assert.match(await server.command(['account', 'list']), /^nurse@localhost[^\n]*\n?$/)
  assert.deepEqual(foreign, [])
})
