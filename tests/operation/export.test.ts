/** What people did with their apps is in the file that `sotto account export` makes, whether the service runs or not. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { NS } from '../../src/protocol/namespaces.ts'
import type { Element } from '../../src/protocol/xml/element.ts'
import { parseElement } from '../../src/protocol/xml/parser.ts'
import { dialogue, useServer } from '../kit/cast.ts'
import { enters, makes } from '../kit/rooms.ts'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { slotFor, uploads } from '../kit/uploads.ts'

let directory: string
let server: ServerProcess
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-export-'))
  server = await startProcess({}, { directory })
  useServer(server)
})
after(async () => {
  await server.stop()
  rmSync(directory, { recursive: true })
})

/** The user in a file. */
function exported(file: string): Element {
  const text = readFileSync(file, 'utf8')
  return parseElement(text.slice(text.indexOf('\n')), {}, '')
    .elements()[0]!
    .elements()[0]!
}

function messages(user: Element) {
  const archive = user.child('archive', 'urn:xmpp:pie:0#mam')?.elements() ?? []
  return archive.map(result => {
    const forwarded = result.child('forwarded', NS.forward)!
    const message = forwarded.child('message', NS.client)!
    return {
      id: result.attr('id'),
      stamp: forwarded.child('delay', NS.delay)?.attr('stamp') ?? '',
      from: message.attr('from'),
      body: message.childText('body'),
    }
  })
}

test(
  'files, invitations, marks and reports of the account, and of nobody else',
  dialogue(async ({ romeo, juliet }) => {
    for (const [actor, size] of [
      [juliet, 5000],
      [romeo, 70_000],
    ] as const) {
      const slot = await slotFor(actor, server.domain, { size, name: 'secret-name.txt' })
      assert.equal((await uploads(slot, 'x'.repeat(size))).status, 201)
    }
    await server.command(['account', 'admin', juliet.jid, 'on'])
    const report = `<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"><text>Villain!</text></report>`
    const blocked = await juliet.asks(
      `<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${romeo.jid}">${report}</item></block></iq>`,
    )
    assert.equal(blocked.attr('type'), 'result', String(blocked))

    const file = join(directory, 'kept.xml')
    await server.command(['account', 'export', juliet.jid, file, '--password-stdin'], juliet.password)
    const kept = exported(file).child('kept', 'urn:sotto:kept:0')!.elements()
    const today = new Date().toISOString().slice(0, 10)
    const named = (name: string) => kept.filter(each => each.name === name)
    assert.deepEqual([named('file').length, named('mark').length, named('report').length], [1, 1, 1])
    assert.deepEqual([named('file')[0]!.attr('kib'), named('file')[0]!.attr('day')], ['5', today])
    assert.equal(named('mark')[0]!.attr('mark'), 'admin')
    const told = JSON.parse(named('report')[0]!.text())
    assert.match(JSON.stringify(told), new RegExp(`${romeo.jid}.*Villain!`))
    assert.doesNotMatch(readFileSync(file, 'utf8'), /secret-name/)
  }),
)

test(
  'history, what waits, contacts and settings of apps',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    const begun = Date.now()
    const said = ['Soft!', 'What <light> & so on', 'ö 🌹']
    const ids: (string | undefined)[] = []
    for (const body of said) {
      await romeo.sends`<message to="${juliet.jid}" type="chat"><body>${body}</body></message>`
      const got = await juliet.receives`<message type="chat"><body>…</body></message>`
      ids.push(got.child('stanza-id')?.attr('id'))
    }
    await juliet.sends`<message to="${romeo.jid}" type="chat"><body>Ay me</body></message>`
    await romeo.receives`<message type="chat"/>`
    await juliet.asks`<iq type="set"><query xmlns="jabber:iq:private"><exodus xmlns="exodus:prefs"><nick>J</nick></exodus></query></iq>`
    const room = await makes(juliet, 'Juliet')
    await enters(romeo, room, 'Romeo')
    await romeo.sends`<message to="${room}" type="groupchat" id="his"><body>his</body></message>`
    await romeo.eventually`<message id="his"/>`
    await juliet.sends`<message to="${room}" type="groupchat" id="hers"><body>In a room</body></message>`
    const inRoom = await juliet.eventually`<message id="hers"/>`
    await juliet.sm.flush()
    await juliet.disconnects()
    await romeo.sends`<message to="${juliet.jid}" type="chat"><body>Are you there?</body></message>`
    await romeo.settles()

    const files = ['running.xml', 'stopped.xml'].map(name => join(directory, name)) as [string, string]
    const export_ = (file: string) =>
      server.command(['account', 'export', juliet.jid, file, '--password-stdin'], juliet.password)
    await export_(files[0])
    await romeo.disconnects()
    await server.stop()
    await export_(files[1])
    for (const file of files) {
      const user = exported(file)
      const [hers, ...others] = user.child('rooms', 'urn:sotto:rooms')!.elements()
      assert.deepEqual(others, [], 'what others said is theirs')
      assert.equal(hers!.attr('id'), inRoom.child('stanza-id')?.attr('id'))
      const message = hers!.child('forwarded', NS.forward)!.child('message', NS.client)!
      assert.equal(message.childText('body'), 'In a room')
      const [first, ...rest] = user.elements()
      assert.ok(first!.is('offline-messages', 'urn:xmpp:pie:0'))
      assert.ok(rest.every(({ ns }) => ns !== 'urn:xmpp:pie:0'))
      assert.deepEqual(
        first!.elements().map(message => message.childText('body')),
        ['Are you there?'],
      )
      const history = messages(user)
      assert.deepEqual(
        history.map(({ body }) => body),
        [...said, 'Ay me', 'Are you there?'],
      )
      assert.deepEqual(
        history.slice(0, said.length).map(({ id }) => id),
        ids,
      )
      assert.deepEqual(
        history.map(({ from }) => from?.split('/')[0]),
        [romeo.jid, romeo.jid, romeo.jid, juliet.jid, romeo.jid],
      )
      for (const { stamp } of history) {
        assert.ok(Date.parse(stamp) >= begun - 1000 && Date.parse(stamp) <= Date.now(), stamp)
      }
      const contact = user.child('query', NS.roster)!.elements()[0]!
      assert.deepEqual([contact.attr('jid'), contact.attr('subscription')], [romeo.jid, 'both'])
      assert.equal(user.child('query', 'jabber:iq:private')!.elements()[0]!.childText('nick', 'exodus:prefs'), 'J')
    }
    assert.equal(readFileSync(files[1], 'utf8'), readFileSync(files[0], 'utf8'))
    await assert.rejects(
      server.command(['account', 'export', juliet.jid, `${files[0]}2`, '--password-stdin'], 'wrong'),
      /This is not the password of/,
    )
  }),
)
