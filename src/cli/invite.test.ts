import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startProcess } from '../../tests/kit/server.ts'

describe('sotto invite create', () => {
  test('prints both links and a QR code, by the running service as well as without it', async t => {
    const server = await startProcess({ listen: { https: 0 } })
    t.after(() => server.stop())
    await server.createAccount('romeo', 'wherefore')
    const romeo = 'romeo@localhost'
    const said = await server.command(['invite', 'create', '--contact', romeo, '--days', '1'])
    const token = /^xmpp:romeo@localhost\?roster;preauth=([a-z2-9]{24});ibr=y$/m.exec(said)?.[1]
    assert.ok(token, said)
    assert.match(said, new RegExp(`^https://localhost:${server.ports.https}/invite/${token}$`, 'm'))
    assert.match(said, /█/)
    assert.match(said, /for one guest/)
    await assert.rejects(server.command(['invite', 'create', '--contact', 'nobody@localhost']), /account here/)
    await assert.rejects(server.command(['invite', 'create', '--uses', 'many']), /--uses has to be a number/)

    await server.command(['account', 'admin', romeo, 'on'])
    await server.command(['account', 'disable', romeo])
    server.signal('SIGTERM')
    await server.exited()
    await server.command(['account', 'enable', romeo])
    const stopped = JSON.parse(await server.command(['invite', 'create', '--json', '--uses', '3', '--days', '30']))
    assert.match(stopped.uri, /^xmpp:localhost\?register;preauth=[a-z2-9]{24}$/)
    assert.equal(stopped.uses, 3)
    await assert.rejects(server.command(['invite', 'create', '--name', 'romeo']), /taken/)
  })
})
