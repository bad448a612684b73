/**
 * XEP-0384 among strangers, with clients that share no code: profanity (libsignal) and Converse (libomemo in a browser).
 * The server publishes their keys, carries what it cannot read, and keeps it for a device that comes later.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Actor } from '../kit/actor.ts'
import { query } from '../kit/archive-plays.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import { exchange } from '../kit/uploads.ts'
import { Converse } from './converse.ts'
import type { PersonWithAccount } from './play.ts'
import { Profanity } from './profanity.ts'

const rose = readFileSync(join(import.meta.dirname, 'rose.png'))
const settings = '[omemo]\npolicy=manual\ntrustmode=blind\n'

async function profanity(t: TestContext, server: ServerProcess, { jid, password }: PersonWithAccount, name: string) {
  const device = new Profanity(name, settings)
  t.after(() => device.ends())
  await device.connects({ jid: `${jid}/${name}`, password, host: server.host, port: server.ports.c2s, direct: false })
  device.types('/omemo gen')
  const [, id] = await device.shows(/materials generated\. Your Device ID is (\d+)/, 1)
  return { device, id: id! }
}

/** A message in profanity's window of a conversation; the tilde says that it was encrypted. */
const encrypted = (from: string, body: string) => new RegExp(`~ ${from}: ${body}`)
const link = (from: string) => new RegExp(`~ ${from}:\\s+(aesgcm://\\S+#\\S+)`)

test('strangers with four devices and two clients: encrypted text and files reach all, and the archive', {
  timeout: 240_000,
}, async t => {
  const server = await startProcess()
  t.after(() => server.stop())
  const account = async (username: string) => {
    const password = randomBytes(9).toString('base64url')
    await server.createAccount(username, password)
    return { jid: `${username}@${server.domain}`, password }
  }
  const [romeo, juliet] = [await account('romeo'), await account('juliet')]

  const settings = { omemo_default: true }
  const hers = await Converse.enters(t, juliet, { server, settings })
  await hers.hasKeys()
  const hersLater = await Converse.enters(t, juliet, { server, settings })
  await hersLater.hasKeys()
  const laterId = await hersLater.deviceId
  await hersLater.signsOut()
  const phone = await profanity(t, server, juliet, 'phone')
  const his = await profanity(t, server, romeo, 'laptop')
  await hers.turnsTo(romeo.jid)
  await hers.seesLock(romeo.jid)

  his.device.types(`/omemo start ${juliet.jid}`)
  await his.device.shows(/\[OMEMO\]/)
  for (const id of [phone.id, laterId, await hers.deviceId])
    await his.device.shows(new RegExp(`Blind trust for ${juliet.jid} device ${id} `), 1)

  his.device.types(`/msg ${juliet.jid} Soft! what light`)
  await hers.seesEncrypted(romeo.jid, 'Soft! what light')
  await phone.device.shows(encrypted(`${romeo.jid}/laptop`, 'Soft! what light'))

  await hers.says(romeo.jid, 'Ay me.')
  await his.device.shows(encrypted(`${juliet.jid}/\\S+`, 'Ay me\\.'))
  await phone.device.shows(encrypted('me', 'Ay me\\.'))

  await hers.sends(romeo.jid, { name: 'rose.png', mimeType: 'image/png', buffer: rose })
  await fetches(his.device, link(`${juliet.jid}/\\S+`))
  const [, url] = await phone.device.shows(link('me'))
  const stored = await exchange('GET', url!.replace('aesgcm:', 'https:').replace(/#.*/, ''))
  assert.equal(stored.status, 200)
  // AES-GCM adds its tag, and leaves nothing that looks like a picture.
  assert.equal(stored.body.length, rose.length + 16)
  assert.notDeepEqual(stored.body.subarray(0, 8), rose.subarray(0, 8))

  const file = join(his.device.home, 'his-rose.png')
  writeFileSync(file, rose)
  his.device.types(`/sendfile ${file}`)
  await fetches(phone.device, link(`${romeo.jid}/laptop`))
  await hers.turnsTo(romeo.jid)
  assert.deepEqual((await hers.seesPicture(romeo.jid)).bytes, rose)

  await hersLater.signsIn()
  await hersLater.hasKeys()
  await hersLater.turnsTo(romeo.jid)
  await hersLater.seesEncrypted(romeo.jid, 'Soft! what light')
  await hersLater.seesEncrypted(romeo.jid, 'Ay me.')
  assert.deepEqual((await hersLater.seesPicture(romeo.jid)).bytes, rose)
  await hersLater.isPainted('converse-omemo')

  await nothingReadable(server, juliet)
  assert.deepEqual([...hers.foreign, ...hersLater.foreign], [])
})

/** `/url save` fetches, decrypts and writes. */
async function fetches(device: Profanity, what: RegExp): Promise<void> {
  const [, url] = await device.shows(what)
  const file = join(device.home, `${randomBytes(4).toString('hex')}.png`)
  device.types(`/url save ${url} ${file}`)
  await device.shows(/Downloading '[^']*': done/)
  await device.until(() => {
    try {
      return readFileSync(file).equals(rose) || undefined
    } catch {
      return undefined
    }
  }, `the decrypted file`)
}

/** What a client that knows nothing of OMEMO finds in the archive. */
async function nothingReadable(server: ServerProcess, { jid, password }: PersonWithAccount): Promise<void> {
  const stage = new Stage(server)
  const tablet = new Actor(stage, 'julietsTablet', { username: jid.split('@')[0]!, password }, 'tablet')
  try {
    await tablet.connects({ presence: false })
    const { results } = await query(tablet)
    const secret = results.filter(({ message }) => message.child('encrypted', 'eu.siacs.conversations.axolotl'))
    assert.ok(secret.length >= 4, `only ${secret.length} encrypted messages`)
    assert.doesNotMatch(results.map(({ message }) => String(message)).join(''), /Soft|Ay me|aesgcm|rose/)
  } finally {
    tablet.leaves()
    stage.ends()
  }
}
