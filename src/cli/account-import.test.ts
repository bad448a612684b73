import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { rosterStore } from '../accounts/roster-store.ts'
import { type Server, startServer } from '../main.ts'
import { silentLog } from '../operations/log.ts'
import { bareJid } from '../protocol/jid.ts'
import { loadSettings } from '../settings/load.ts'
import { commands } from './commands.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'

let directory: string
let server: Server
const env = {
  SOTTO_LISTEN_C2S: '0',
  SOTTO_LISTEN_C2S_TLS: 'false',
  SOTTO_LISTEN_S2S: 'false',
  SOTTO_LISTEN_S2S_TLS: 'false',
  SOTTO_LISTEN_OPERATIONS: 'false',
  SOTTO_LISTEN_HTTPS: 'false',
  SOTTO_BYTESTREAMS_PORT: '0',
}
const romeo = bareJid('romeo', 'localhost')!

async function sotto(line: string, input = 'secret\n') {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    env,
    directory,
    interactive: false,
    out: text => out.push(text),
    err: text => err.push(text),
    ask: async () => undefined,
    input: async () => input,
  }
  return { code: await run(line.split(' '), commands, terminal), out: out.join('\n'), err: err.join('\n') }
}

const pie = `xmlns='urn:xmpp:pie:0'`
const xi = `xmlns:xi='http://www.w3.org/2001/XInclude'`
const put = (file: string, text: string) => writeFileSync(join(directory, file), text)

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-import-'))
  for (const name of ['romeo', 'juliet', 'nurse'])
    assert.equal((await sotto(`account create ${name}@localhost --password-stdin`)).code, 0)
  // As servers write them that split their files (XEP-0227#xinclude-layout).
  mkdirSync(join(directory, 'old.example'))
  put(
    'all.xml',
    `<?xml version='1.0'?>\n<server-data ${pie} ${xi}>\n<xi:include href='old.example.xml'/>\n</server-data>`,
  )
  put(
    'old.example.xml',
    `<host ${pie} ${xi} jid='old.example'><xi:include href='old.example/capulet.xml'/><xi:include href='old.example/montague.xml'/></host>`,
  )
  put('old.example/capulet.xml', `<user ${pie} name='capulet'/>`)
  put(
    'old.example/montague.xml',
    `<?xml version='1.0'?><user ${pie} ${xi} name='montague'><xi:include href='roster.xml'/><vCard xmlns='vcard-temp'><FN>Romeo 🌹</FN></vCard><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:a'><item id='1'><a xmlns='urn:a'/></item></items><items node='urn:b'><item id='1'><b xmlns='urn:b'/></item></items></pubsub></user>`,
  )
  put(
    'old.example/roster.xml',
    `<?xml version='1.0' encoding='UTF-8'?>\n<query xmlns='jabber:iq:roster'><item jid='juliet@localhost' subscription='both'/><item jid='nurse@localhost' subscription='none'/></query>`,
  )
  put('away.xml', `<server-data ${pie} ${xi}><xi:include href='../../../../../../etc/passwd'/></server-data>`)
  symlinkSync('/etc/passwd', join(directory, 'link.xml'))
  put('linked.xml', `<server-data ${pie} ${xi}><xi:include href='link.xml'/></server-data>`)
  put('escaped.xml', `<server-data ${pie} ${xi}><xi:include href='%zz.xml'/></server-data>`)
  put('nul.xml', `<server-data ${pie} ${xi}><xi:include href='a%00.xml'/></server-data>`)
  put('folder.xml', `<server-data ${pie} ${xi}><xi:include href='old.example'/></server-data>`)
  put('round.xml', `<server-data ${pie} ${xi}><xi:include href='round.xml'/></server-data>`)
  put(
    'same.xml',
    `<server-data ${pie}><host jid='localhost'><user name='nurse'><query xmlns='jabber:iq:roster'><item jid='juliet@localhost' subscription='both'/></query></user></host></server-data>`,
  )
})
after(async () => {
  await server?.stop()
  rmSync(directory, { recursive: true })
})

describe('account import', () => {
  test('needs the service, for contacts are asked', async () => {
    const refused = await sotto(`account import ${romeo} all.xml --from montague@old.example`)
    assert.deepEqual([refused.code, refused.err.slice(0, 38)], [1, 'The service has to run for this, since'])
    server = await startServer(loadSettings({ env, directory }), { log: silentLog })
  })

  test('XEP-0227#xinclude: takes one account out of files that are split, and says what it took', async () => {
    const which = await sotto(`account import ${romeo} all.xml`)
    assert.deepEqual(
      [which.code, which.err],
      [2, `${join(directory, 'all.xml')} has 2 accounts. Say which with --from.`],
    )
    const nobody = await sotto(`account import ${romeo} all.xml --from tybalt@old.example`)
    assert.match(nobody.err, /^There is no account tybalt@old\.example in /)
    const done = await sotto(`account import ${romeo} all.xml --from montague@old.example`)
    assert.deepEqual(done, {
      code: 0,
      out: [
        'From montague@old.example into romeo@localhost:',
        'Contacts: 2 taken; 1 asked',
        'Visiting card: 1 taken',
        'Published items: 2 taken',
      ].join('\n'),
      err: '',
    })
    const again = await sotto(`account import ${romeo} old.example/montague.xml --json --from montague@old.example`)
    assert.deepEqual([again.code, JSON.parse(again.out).contacts.there], [0, 2])
  })

  test('reads nothing that lies elsewhere', async () => {
    for (const file of ['away.xml', 'linked.xml', 'round.xml', 'escaped.xml', 'nul.xml', 'folder.xml']) {
      const refused = await sotto(`account import ${romeo} ${file}`)
      assert.equal(refused.code, 1)
      assert.match(refused.err, /names .*, which is not there, or not below its directory\.$/)
    }
    assert.match((await sotto(`account import ${romeo} nowhere.xml`)).err, /nowhere\.xml cannot be read\.$/)
    assert.match((await sotto(`account import ${romeo} old.example`)).err, /old\.example cannot be read\.$/)
  })

  test('believes a file about subscriptions only where the address was the same', async () => {
    const other = await sotto(`account import ${romeo} same.xml --keep-subscriptions`)
    assert.equal(other.code, 2)
    assert.match(other.err, /Subscriptions hold for one address only/)
    const done = await sotto(`account import nurse@localhost same.xml --keep-subscriptions`)
    assert.match(done.out, /Contacts: 1 taken$/)
    const nurse = (await server.house.accounts.find('nurse', 'localhost'))!
    const { items } = await rosterStore(server.house.documents).load(nurse.id)
    assert.deepEqual(
      items.map(({ jid, subscription, ask }) => [jid, subscription, ask]),
      [['juliet@localhost', 'both', undefined]],
    )
  })
})
