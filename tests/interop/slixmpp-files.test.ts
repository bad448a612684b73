import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ServerProcess, startProcess } from '../kit/server.ts'

const program = join(import.meta.dirname, 'slixmpp_upload.py')

/** What the program printed. It trusts the server's own certificate, and nobody else's. */
function uploads(server: ServerProcess, order: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, SSL_CERT_FILE: join(server.data, 'tls', 'cert.pem') }
    const child = spawn('/usr/bin/python3', [program], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', bytes => {
      output += bytes
    })
    child.stderr.on('data', bytes => {
      errors += bytes
    })
    child.on('error', reject)
    child.on('close', () => (output === '' ? reject(new Error(errors)) : resolve(JSON.parse(output))))
    child.stdin.end(`${JSON.stringify(order)}\n`)
  })
}

test('slixmpp finds the service, uploads a file and fetches it', async () => {
  const server = await startProcess()
  try {
    const password = randomBytes(9).toString('base64url')
    await server.createAccount('romeo', password)
    const file = join(server.directory, 'un été à Vérone.png')
    writeFileSync(file, randomBytes(1_234_567))
    const { host, ports, domain } = server
    const jid = `romeo@${domain}/laptop`
    const result = await uploads(server, { jid, password, host, port: ports.c2s, file, type: 'image/png' })
    assert.equal(result.error, undefined)
    assert.match(
      String(result.url),
      /^https:\/\/localhost:\d+\/files\/[\w-]{43}\/un%20%C3%A9t%C3%A9%20%C3%A0%20V%C3%A9rone\.png$/,
    )
    assert.deepEqual([result.same, result.type, result.most], [true, 'image/png', 104_857_600])
  } finally {
    await server.stop()
  }
})
