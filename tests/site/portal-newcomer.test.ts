/** The whole way of somebody who has never heard of XMPP, from an invitation to a clean audit. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ProgramDevice } from '../interop/device.ts'
import { visit } from '../kit/browser.ts'
import { startProcess } from '../kit/server.ts'
import { around } from './portal-rig.ts'
import { isSound, ways } from './rig.ts'

const program = join(import.meta.dirname, '../interop/xmppjs-device.mjs')
// It has no setting to accept the self-signed certificate of a test.
const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }

test('invitation, sign-up, an app of others, a message, a copy, the end, and an audit that finds nothing', {
  timeout: 240_000,
}, async t => {
  const server = await startProcess()
  t.after(() => server.stop())
  await server.createAccount('juliet', 'bafotu-limeka-rosine')
  const { landing } = JSON.parse(await server.command(['invite', 'create', '--contact', 'juliet@localhost', '--json']))
  const origin = new URL(landing).origin
  const seen = await visit(t, { origins: [origin], ...ways['phone by day'] })
  const { page } = seen

  await page.goto(landing)
  await isSound(seen)
  await page.click('main a[href$="/sign-up"]')
  await page.fill('#name', 'romeo')
  await page.click('main button')
  assert.equal(await page.innerText('h1'), 'Welcome, romeo')
  const password = await page.innerText('#password')

  const devices = ['romeo', 'juliet'].map(name => new ProgramDevice(name, [process.execPath, program], env))
  t.after(() => Promise.all(devices.map(device => device.ends())))
  const [romeo, juliet] = devices as [ProgramDevice, ProgramDevice]
  const where = { host: server.host, port: server.ports.c2s, direct: false }
  await juliet.connects({ jid: 'juliet@localhost/tower', password: 'bafotu-limeka-rosine', ...where })
  await romeo.connects({ jid: 'romeo@localhost/orchard', password, ...where })
  const words = 'But, soft! what light through yonder window breaks?'
  romeo.says('juliet@localhost', words)
  await juliet.sees({ event: 'message', body: words })

  await page.goto(`${origin}/en/login`)
  await page.fill('#address', 'romeo')
  await page.fill('#password', password)
  await page.click('main button')
  await page.click('text=What we hold about you')
  assert.match(await page.innerText('main'), /Your message history: /)
  await page.click('main >> text=Account')
  await page.click('text=Connected apps')
  assert.match(await page.innerText('main'), /connected/)
  await page.goto(`${origin}/en/account/import`)
  await page.fill('#password', password)
  const days = [40, 3].map(before => new Date(Date.now() - before * 86_400_000).toISOString())
  const old = days.map(
    (stamp, i) =>
      `<result xmlns='urn:xmpp:mam:2' id='${i}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/><message xmlns='jabber:client' from='nurse@verona.example' to='romeo@old.example' type='chat'><body>of day ${i}</body></message></forwarded></result>`,
  )
  const waited = `<offline-messages><message xmlns='jabber:client' from='nurse@verona.example' to='romeo@old.example' type='chat'><body>it waited</body></message></offline-messages>`
  const file = around(`${waited}<archive xmlns='urn:xmpp:pie:0#mam'>${old.join('')}</archive>`, 'romeo')
  await page.setInputFiles('#file', { name: 'old.xml', mimeType: 'text/xml', buffer: Buffer.from(file) })
  await page.click('main button')
  assert.match(await page.innerText('table'), /Messages\s+3/)
  assert.match(await server.command(['audit']), /Nothing found/)
  await page.goto(`${origin}/en/account/export`)
  await page.check('#what-portable')
  await page.fill('#password', password)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main button')])
  assert.equal(download.suggestedFilename(), 'account.xml')
  const copy = readFileSync((await download.path())!, 'utf8')
  const order = ['of day 0', 'of day 1', words].map(each => copy.lastIndexOf(each))
  assert.deepEqual(
    order,
    [...order].sort((one, other) => one - other),
  )
  assert.ok(
    copy.includes('it waited') && copy.includes(words) && copy.includes("jid='juliet@localhost'"),
    'what was said, and to whom',
  )

  await page.goto(`${origin}/en/account/leaving`)
  await page.fill('#password', password)
  await page.check('#sure')
  await page.click('main button')
  assert.equal(await page.innerText('h1'), 'Your account is deleted')
  await isSound(seen)
  assert.match(await server.command(['account', 'list']), /juliet/)
  assert.doesNotMatch(await server.command(['account', 'list']), /romeo/)
  assert.match(await server.command(['audit']), /Nothing found/)
})
