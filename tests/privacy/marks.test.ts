/**
 * P9, P1: a person with a marked address and marked passwords goes through every feature, errors included. Neither may
 * be in any file of the data directory nor in anything the process says.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { register, type ServerProcess, startProcess } from '../kit/server.ts'
import { MailServer } from '../kit/smtp.ts'
import { usesAccountPages } from './account-pages.ts'
import { type Form, filesBelow, formsOfAddress, formsOfSecret, occurrences, occurrencesBelow } from './search.ts'
import { Visit } from './visit.ts'

const address = '127.99.13.37'
const mark = () => `Mark?${randomBytes(9).toString('base64')}+Romeo`

const email = `marked${randomBytes(9).toString('hex')}@verona.example`

const settings = { registration: { open: true }, log: { level: 'debug' }, passwords: { iterations: 4096 } }

test('neither the address nor a password of a visitor is kept or told', { timeout: 100_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-marks-'))
  const passwords = { password: mark(), secondPassword: mark(), wrongPassword: mark() }
  const secrets = Object.entries(passwords).flatMap(([name, text]) => formsOfSecret(name, text))
  const forms = [...formsOfAddress(address), ...secrets]
  const marks = { address, ...passwords, token: (secret: string) => forms.push(...formsOfSecret('token', secret)) }
  const mail = await MailServer.open()
  forms.push(...formsOfSecret('e-mail address', email))
  const withMail = {
    ...settings,
    mail: { host: '127.0.0.1', port: mail.port, tls: 'none', from: 'no-reply@example.org' },
  }
  let server = await startProcess(withMail, { directory })
  try {
    await register(server, 'juliet', 'not marked at all')
    const visit = new Visit(server, marks, 'juliet@localhost')
    await visit.all()
    const { host, ports } = server
    await usesAccountPages({ host, port: ports.https, localAddress: address, ...passwords, email, mail })
    await nothingFound(forms, server, 'while running')
    await server.kill()
    await nothingFound(forms, server, 'after a crash')

    server = await startProcess({ ...settings, limits: { enabled: true } }, { directory })
    await nothingFound(forms, server, 'after the next start')
    const limited = new Visit(server, marks, 'juliet@localhost')
    await limited.isRefused()
    await limited.speaksNoXmpp()
    await nothingFound(forms, server, 'when limits were reached')
    await server.stop()

    server = await startProcess(settings, { directory })
    await new Visit(server, marks, 'juliet@localhost').leaves()
    server.signal('SIGTERM')
    await server.exited()
    await nothingFound(forms, server, 'after the account is gone')
    await server.command(['audit'])
  } finally {
    await server.stop()
    await mail.close()
    rmSync(directory, { recursive: true })
  }
})

async function nothingFound(forms: readonly Form[], server: ServerProcess, when: string): Promise<void> {
  assert.ok(
    filesBelow(server.data).some(file => file.endsWith('.db')),
    'there is no database to look into',
  )
  const told = server.running ? await operationsPages(server) : ''
  const found = [...occurrencesBelow(forms, server.data), ...occurrences(forms, Buffer.from(server.output + told))]
  assert.deepEqual(found, [], when)
}

async function operationsPages({ ports }: ServerProcess): Promise<string> {
  if (ports.operations === 0) return ''
  const pages = ['health', 'metrics'].map(page => fetch(`http://127.0.0.1:${ports.operations}/${page}`))
  return (await Promise.all((await Promise.all(pages)).map(page => page.text()))).join('\n')
}
