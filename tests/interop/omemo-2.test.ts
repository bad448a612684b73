/**
 * XEP-0384 as it is today (urn:xmpp:omemo:2: one node of bundles, envelopes of XEP-0420 that have nothing outside) among
 * strangers, by slixmpp with the libraries python-omemo and twomemo.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { Actor } from '../kit/actor.ts'
import { query } from '../kit/archive-plays.ts'
import { reading } from '../kit/nodes.ts'
import { granted } from '../kit/refusals.ts'
import { startProcess } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'
import { ProgramDevice } from './device.ts'

const program = join(import.meta.dirname, 'slixmpp_omemo_device.py')
const ns = 'urn:xmpp:omemo:2'

test('strangers with four devices: encrypted text reaches all of them, and from the archive the one that was away', {
  timeout: 180_000,
}, async t => {
  const server = await startProcess()
  t.after(() => server.stop())
  const account = async (username: string) => {
    const password = randomBytes(9).toString('base64url')
    await server.createAccount(username, password)
    return { jid: `${username}@${server.domain}`, password }
  }
  const [romeo, juliet] = [await account('romeo'), await account('juliet')]
  const enters = async ({ jid, password }: typeof romeo, name: string) => {
    const device = new ProgramDevice(name, ['/usr/bin/python3', program])
    t.after(() => device.ends())
    const as = { jid: `${jid}/${name}`, password, host: server.host, port: server.ports.c2s, direct: false }
    const { device: id } = await device.connects(as)
    return { device, id: id! }
  }

  const laptop = await enters(juliet, 'laptop')
  const phone = await enters(juliet, 'phone')
  const tablet = await enters(juliet, 'tablet')
  const all = [laptop.id, phone.id, tablet.id].sort()
  await laptop.device.sees({ event: 'present', jid: juliet.jid, devices: all.join(' ') })
  await tablet.device.disconnects()
  const his = await enters(romeo, 'laptop')
  const hisPhone = await enters(romeo, 'phone')
  await his.device.sees({ event: 'present', jid: romeo.jid, devices: [his.id, hisPhone.id].sort().join(' ') })

  his.device.says(juliet.jid, 'Soft! what light')
  for (const { device } of [laptop, phone]) {
    await device.sees({ event: 'message', way: 'direct', from: romeo.jid, body: 'Soft! what light' })
  }
  await hisPhone.device.sees({ event: 'message', way: 'sent', body: 'Soft! what light' })
  laptop.device.says(romeo.jid, 'Ay me.')
  for (const { device } of [his, hisPhone]) {
    await device.sees({ event: 'message', way: 'direct', from: juliet.jid, body: 'Ay me.' })
  }
  await phone.device.sees({ event: 'message', way: 'sent', body: 'Ay me.' })

  await tablet.device.returns()
  await tablet.device.sees({ event: 'message', way: 'archive', body: 'Soft! what light' })
  await tablet.device.sees({ event: 'message', way: 'archive', body: 'Ay me.' })

  const stage = new Stage(server)
  const stranger = new Actor(stage, 'paris', { ...(await account('paris')), username: 'paris' }, 'desk')
  const hers = new Actor(stage, 'juliet', { username: 'juliet', password: juliet.password }, 'desk')
  try {
    await stranger.connects({ presence: false })
    const items = granted(await stranger.asks(reading(`${ns}:bundles`, juliet.jid))).at('pubsub', 'items')
    assert.deepEqual(
      items
        .elements()
        .map(item => item.attr('id'))
        .sort(),
      all,
    )
    for (const item of items.elements()) assert.ok(item.at('bundle', 'prekeys').elements().length >= 25)
    await hers.connects({ presence: false })
    const { results } = await query(hers)
    const secret = results.filter(({ message }) => message.child('encrypted', ns))
    assert.ok(secret.length >= 2, `only ${secret.length} encrypted messages`)
    assert.doesNotMatch(results.map(({ message }) => String(message)).join(''), /Soft|Ay me|<body/)
  } finally {
    for (const actor of [stranger, hers]) if (actor.online) actor.leaves()
    stage.ends()
  }
})
