import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visit } from '../../tests/kit/bosh.ts'
import { dialogue } from '../../tests/kit/cast.ts'

const contact = { security: ['mailto:security@example.org', 'xmpp:nurse@example.org'] }

test(
  'RFC 9116: who finds a hole finds out whom to tell',
  dialogue({ settings: { contact } }, async ({ server }) => {
    const where = { host: server.host, port: server.ports.https! }
    const { status, body, headers } = await visit(where, '/.well-known/security.txt')
    assert.deepEqual([status, headers['content-type']], [200, 'text/plain; charset=utf-8'])
    const lines = body.trimEnd().split('\n')
    assert.deepEqual(lines.slice(0, 2), ['Contact: mailto:security@example.org', 'Contact: xmpp:nurse@example.org'])
    const days = (Date.parse(/^Expires: (\S+T00:00:00.000Z)$/.exec(lines[2]!)![1]!) - Date.now()) / 86_400_000
    assert.ok(days > 100 && days < 365)
    assert.equal(lines[3], `Canonical: https://localhost:${where.port}/.well-known/security.txt`)
  }),
)

test(
  'without a contact there is no such file',
  dialogue({ settings: {} }, async ({ server }) => {
    assert.equal(
      (await visit({ host: server.host, port: server.ports.https! }, '/.well-known/security.txt')).status,
      404,
    )
  }),
)
