import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ProgramDevice } from './device.ts'
import { person, playWith, signIn, testServer } from './play.ts'

const program = join(import.meta.dirname, 'xmppjs-device.mjs')

// It has no setting to accept the self-signed certificate of a test.
const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }

const device = (name: string) => new ProgramDevice(name, [process.execPath, program], env)

playWith({
  name: '@xmpp/client',
  mechanisms: [undefined, 'SCRAM-SHA-1', 'PLAIN'],
  over: ['starttls', 'direct'],
  carbons: true,
  device,
})

test('@xmpp/client returns with a token instead of the password (XEP-0484)', async () => {
  if (!(await testServer()).ours) return
  const romeo = await person('romeo')
  const made = device('romeo')
  try {
    await made.connects(await signIn(romeo, 'balcony', 'direct'))
    await made.disconnects()
    const online = await made.returns()
    assert.equal(online.mechanism, 'HT-SHA-256-NONE')
    await made.leaves()
  } finally {
    await made.ends()
  }
})
