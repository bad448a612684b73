import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { openControl } from '../../src/operations/control.ts'
import { parseElement } from '../../src/protocol/xml/parser.ts'
import { Client } from '../kit/client.ts'
import { exchange } from '../kit/uploads.ts'
import { newcomer, type Person, password, signedIn, tokenIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const house = await openHouse({ registration: { open: true, users_may_invite: true } })
const dayMs = 86_400_000

async function app(username: string, resource: string, typed = password): Promise<Client> {
  const client = await Client.connect(house.server)
  await client.signIn({ username, password: typed })
  await client.bind(resource)
  client.send('<presence/>')
  return client
}

/** Writes to oneself, which is kept on both sides. */
async function writes(client: Client, body: string): Promise<void> {
  client.send(`<message type='chat' to='${client.jid}'><body>${body}</body></message>`)
  await client.take(tree => tree.name === 'message' && tree.child('body')?.text() === body, 'the message')
}

async function uploads(client: Client, size: number): Promise<string> {
  const request = `<request xmlns='urn:xmpp:http:upload:0' filename='&lt;b>.txt' size='${size}'/>`
  const slot = (await client.ask('get', request, 'upload.localhost')).need('slot')
  const put = slot.need('put')
  const headers = Object.fromEntries(put.elements().map(header => [header.attr('name')!, header.text()]))
  const answer = await exchange('PUT', put.attr('url')!, { ...headers, 'content-length': size }, Buffer.alloc(size, 65))
  assert.equal(answer.status, 201)
  return slot.need('get').attr('url')!
}

/** What Python finds in a ZIP archive. */
function unzipped(archive: Buffer): Record<string, Buffer> {
  const program = `import sys, io, json, zipfile, base64
z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps({n: base64.b64encode(z.read(n)).decode() for n in z.namelist()}))`
  const text = execFileSync('/usr/bin/python3', ['-c', program], { input: archive, encoding: 'utf8' })
  const found = Object.entries(JSON.parse(text) as Record<string, string>)
  return Object.fromEntries(found.map(([name, base64]) => [name, Buffer.from(base64, 'base64')]))
}

/** The file that somebody is given, and what is in it. */
async function exported(person: Person, typed = password): Promise<string> {
  const answer = await person.post('/account/export', { password: typed })
  assert.equal(answer.headers['content-type'], 'application/xml; charset=utf-8', answer.body.slice(0, 300))
  assert.match(String(answer.headers['content-disposition']), /^attachment; filename="account\.xml"$/)
  parseElement(answer.body.slice(answer.body.indexOf('?>') + 2).trim(), {}, '')
  return answer.body
}

describe('what is held', () => {
  test('is counted live, from the catalogue, in both languages', async () => {
    const { person, name } = await signedIn(house)
    const client = await app(name, 'globe')
    const counted = async (path: string) => (await person.get(path)).body
    const before = await counted('/account/held')
    assert.match(before, /Your account: 1 entry/)
    assert.match(before, /Of these there is nothing here:[^<]*Your visiting card/)
    await client.ask('set', `<vCard xmlns='vcard-temp'><FN>Romeo</FN></vCard>`)
    assert.match(await counted('/account/held'), /Your visiting card: 1 entry/)
    assert.match(await counted('/de/account/held'), /Deine Visitenkarte: 1 Eintrag/)
    client.drop()
  })
})

describe('the history', () => {
  test('is switched off and on, from the next message', async () => {
    const { person, name } = await signedIn(house)
    const client = await app(name, 'globe')
    await writes(client, 'kept')
    const off = await person.post('/account/history', { habit: 'never' })
    assert.equal(off.headers.location, '/account/history?done=archive')
    await writes(client, 'not kept')
    await person.post('/account/history', { habit: 'always' })
    const text = await exported(person)
    assert.ok(text.includes('<body>kept</body>') && !text.includes('not kept'))
    assert.equal((await person.post('/account/history', { habit: 'sometimes' })).status, 200)
    client.drop()
  })

  test('is emptied, while a message that waits for its first device stays; what comes later is kept', async () => {
    const { person, name } = await signedIn(house)
    const client = await app(name, 'globe')
    await writes(client, 'what was')
    client.drop()
    const { person: other, name: sender } = await signedIn(house)
    const theirs = await app(sender, 'tower')
    theirs.send(`<message type='chat' to='${name}@localhost'><body>it waits</body></message>`)
    await writes(theirs, 'mine')
    const unsure = await person.post('/account/history/empty', {}, '/account/history')
    assert.equal(unsure.status, 422)
    const emptied = await person.post('/account/history/empty', { sure: '1' }, '/account/history')
    assert.equal(emptied.headers.location, '/account/history?done=purged')
    const text = await exported(person)
    assert.ok(!text.includes('what was') && text.includes('it waits'))
    assert.ok((await exported(other)).includes('it waits'), 'the copy of whoever wrote it')
    const again = await app(name, 'globe')
    await again.take(tree => tree.child('body')?.text() === 'it waits', 'what waited')
    await writes(again, 'afterwards')
    assert.ok((await exported(person)).includes('afterwards'))
    again.drop()
    theirs.drop()
  })

  test('needs the password to be taken along, and the password only', async () => {
    const { person } = await signedIn(house)
    for (const typed of ['', 'wrong']) {
      const answer = await person.post('/account/export', { password: typed })
      assert.deepEqual([answer.status, answer.headers['content-disposition']], [422, undefined])
    }
    const { name: other } = await signedIn(house)
    const account = (await house.inside.accounts.find(other, 'localhost'))!
    assert.equal(house.inside.keyring.isOpen(account.id), false)
    await exported(person)
  })
})

describe('files', () => {
  test('are listed by day and size, and deleted one by one or all; their names are not known here', async () => {
    const { person, name } = await signedIn(house)
    assert.match((await person.get('/account/files')).body, /You have no files here/)
    const client = await app(name, 'globe')
    const links = [await uploads(client, 2048), await uploads(client, 3000), await uploads(client, 10)]
    const page = (await person.get('/account/files')).body
    assert.match(page, /3 files, 6 KiB together/)
    assert.doesNotMatch(page, /\.txt/)
    const marks = [...page.matchAll(/name="(file-[0-9a-f]{8})"/g)].map(([, mark]) => mark!)
    assert.equal(marks.length, 3)
    await person.post('/account/files', { [marks[0]!]: '1' })
    assert.match((await person.get('/account/files')).body, /2 files/)
    const gone = await Promise.all(links.map(async link => (await exchange('GET', link)).status))
    assert.deepEqual(gone.sort(), [200, 200, 404])
    assert.equal((await person.post('/account/files', { 'file-00000000': '1' })).status, 422)
    await person.post('/account/files/all', { sure: '1' }, '/account/files')
    assert.match((await person.get('/account/files')).body, /You have no files here/)
    client.drop()
  })

  test('are taken along as far as their links are in messages that can be read; which are missing is said', async () => {
    const { person, name } = await signedIn(house)
    const client = await app(name, 'globe')
    const links = [await uploads(client, 200_000), await uploads(client, 3000), await uploads(client, 10)]
    await writes(client, `look: ${links[0]}`)
    client.send(
      `<message type='chat' to='${client.jid}'><body>this</body><x xmlns='jabber:x:oob'><url>${links[1]}</url></x></message>`,
    )
    await client.take(tree => tree.child('body')?.text() === 'this', 'the message')
    // Somebody else's file, of which the link was sent as well.
    const { name: other } = await signedIn(house)
    const theirs = await app(other, 'tower')
    await writes(client, await uploads(theirs, 50))
    const page = await person.get('/account/export')
    const sent = await person.bytes('/account/export', { token: tokenIn(page.body)!, what: 'all', password })
    assert.equal(sent.headers['content-type'], 'application/zip')
    const found = unzipped(sent.body)
    const today = new Date().toISOString().slice(0, 10)
    assert.deepEqual(
      Object.keys(found).sort(),
      ['about.txt', 'account.xml', `files/${today}/_b_.txt`, `files/${today}/_b_ (2).txt`].sort(),
    )
    const sizes = Object.entries(found).flatMap(([file, bytes]) => (file.startsWith('files/') ? [bytes.length] : []))
    assert.deepEqual(sizes.sort(), [200_000, 3000])
    assert.ok(
      Object.entries(found).every(([file, bytes]) => !file.startsWith('files/') || bytes.every(byte => byte === 65)),
    )
    assert.match(
      found['about.txt']!.toString(),
      /Files in this archive: 2\r\n(?:.*\r\n)+Files that are not in it: 1\r\n {2}\S+ {2}1 KiB/,
    )
    assert.ok(found['account.xml']!.toString().includes(`look: ${links[0]}`))
    client.drop()
    theirs.drop()
  })

  test('of others are out of reach', async () => {
    const { name } = await signedIn(house)
    const client = await app(name, 'globe')
    const link = await uploads(client, 10)
    const { person: other } = await signedIn(house)
    const account = (await house.inside.accounts.find(name, 'localhost'))!
    const [file] = await house.inside.files.list(account.id)
    await other.post('/account/files', { [`file-${file!.blob.slice(0, 8)}`]: '1' })
    assert.equal((await exchange('GET', link)).status, 200)
    client.drop()
  })
})

describe('a shorter time', () => {
  test('ends what is older at once, and from then on day by day; others keep theirs', async () => {
    const own = await openHouse({ registration: { open: true } })
    const [one, other] = [await signedIn(own), await signedIn(own)]
    const clients = await Promise.all(
      [one, other].map(async ({ name }) => {
        const client = await Client.connect(own.server)
        await client.signIn({ username: name, password })
        await client.bind('globe')
        client.send('<presence/>')
        await writes(client, 'old')
        await uploads(client, 100)
        return client
      }),
    )
    own.passes(10 * dayMs)
    await writes(clients[0]!, 'young')
    const page = (await one.person.get('/account/history')).body
    assert.match(page, /value="usual" checked/)
    assert.doesNotMatch(page, /value="90"/)
    await one.person.post('/account/history/days', { days: '30' }, '/account/history')
    assert.ok((await exported(one.person)).includes('>old<'))
    await one.person.post('/account/history/days', { days: '7' }, '/account/history')
    const text = await exported(one.person)
    assert.ok(!text.includes('>old<') && text.includes('>young<'))
    assert.match((await one.person.get('/account/files')).body, /You have no files here/)
    assert.ok((await exported(other.person)).includes('>old<'))
    assert.match((await other.person.get('/account/files')).body, /1 file, /)

    own.passes(7 * dayMs)
    const control = await openControl(own.inside.settings.service.data)
    await control!.ask('expire', { sure: true })
    control!.close()
    assert.ok(!(await exported(one.person)).includes('>young<'))
    assert.ok((await exported(other.person)).includes('>old<'))
    for (const client of clients) client.drop()
  })
})

describe('connected apps', () => {
  test('are shown by whatever they call themselves, and disconnected', async () => {
    const { person, name } = await signedIn(house)
    assert.match((await person.get('/account/devices')).body, /None is connected/)
    const hostile = `"><script>alert(1)</script>`
    const client = await app(name, hostile)
    const page = await person.get('/account/devices')
    assert.ok(page.body.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.ok(!page.body.includes('<script'))
    await person.post('/account/devices', { resource: 'another' })
    assert.doesNotMatch((await person.get('/account/devices')).body, /None is connected/)
    await person.post('/account/devices', { resource: hostile })
    await client.wire.over()
    assert.match((await person.get('/account/devices')).body, /None is connected/)
  })
})

describe('invitations', () => {
  test('are made, shown once, listed without their link, and taken back', async () => {
    const { person, jid } = await signedIn(house)
    const made = await person.post('/account/invitations', { name: 'kept-for-balthasar' })
    const link = /class="secret">([^<]+)</.exec(made.body)![1]!
    const path = new URL(link).pathname
    assert.ok((await person.get(path)).body.includes(jid))
    const list = (await person.get('/account/invitations')).body
    assert.ok(list.includes('kept-for-balthasar') && !list.includes(path))
    assert.equal((await person.post('/account/invitations', { name: 'kept-for-balthasar' })).status, 422)
    assert.equal((await person.post('/account/invitations', { name: 'a@b' })).status, 422)
    const id = /name="id" value="([0-9a-f]{64})"/.exec(list)![1]!
    const { person: other } = await signedIn(house)
    await other.post('/account/invitations/revoke', { id }, '/account')
    assert.equal((await person.get(path)).status, 200, 'somebody else cannot')
    await person.post('/account/invitations/revoke', { id }, '/account/invitations')
    assert.equal((await person.get(path)).status, 404)
  })
})

describe('a domain of one’s own', () => {
  test('is asked for, shown to those who run the service, and dealt with', async () => {
    const { person, jid } = await signedIn(house)
    for (const domain of ['', 'nodots', '<b>.example', 'a b.example', '127.0.0.1', 'localhost']) {
      assert.equal((await person.post('/account/domain', { domain })).status, 422, domain)
    }
    await person.post('/account/domain', { domain: 'Verona.Example' })
    assert.match((await person.get('/account/domain')).body, /You asked for verona\.example/)
    const { person: operator, name } = await signedIn(house)
    await house.server.makeAdmin?.(name)
    const list = (await operator.get('/admin/requests')).body
    assert.ok(list.includes('verona.example') && list.includes(jid))
    const account = /name="account" value="(\d+)"/.exec(list)![1]!
    await operator.post('/admin/requests', { account })
    assert.doesNotMatch((await person.get('/account/domain')).body, /You asked for/)
  })
})

describe('moving away', () => {
  test('XEP-0283#publish-statement: contacts read where somebody has gone', async () => {
    const { person, name, jid } = await signedIn(house)
    assert.equal((await person.post('/account/moving', { to: jid, password })).status, 422)
    assert.equal((await person.post('/account/moving', { to: 'x@elsewhere.example', password: 'wrong' })).status, 422)
    await person.post('/account/moving', { to: 'x@elsewhere.example', password })
    assert.match((await person.get('/account/moving')).body, /moved to x@elsewhere\.example/)
    const client = await app(name, 'globe')
    const items = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:moved:1'><item id='current'/></items></pubsub>`
    const answer = await client.ask('get', items, jid)
    assert.equal(answer.at('pubsub', 'items', 'item', 'moved', 'new-jid').text(), 'x@elsewhere.example')
    await person.post('/account/moving/end', {}, '/account/moving')
    assert.doesNotMatch((await person.get('/account/moving')).body, /moved to x@/)
    client.drop()
  })
})

describe('leaving', () => {
  test('needs the password, ends everything at once, and leaves a receipt', async () => {
    const { person, name, jid } = await signedIn(house)
    const client = await app(name, 'globe')
    assert.equal((await person.post('/account/leaving', { password: 'wrong', sure: '1' })).status, 422)
    assert.equal((await person.post('/account/leaving', { password })).status, 200)
    const cookie = person.cookie
    const left = await person.post('/account/leaving', { password, sure: '1' })
    assert.match(left.body, new RegExp(`${jid} was erased on`))
    await client.wire.over()
    person.cookie = cookie
    assert.equal((await person.get('/account')).status, 303)
    assert.equal(await house.inside.accounts.find(name, 'localhost'), undefined)
  })

  test('after the time to think again, or at once', async () => {
    const patient = await openHouse({ accounts: { grace_days: 14 } })
    const one = await signedIn(patient)
    const later = await one.person.post('/account/leaving', { password, sure: '1', when: 'later' })
    assert.match(later.body, /Nobody can sign in to .* any more/)
    const account = (await patient.inside.accounts.find(one.name, 'localhost'))!
    assert.notEqual(await patient.inside.accounts.leavesOn(account), undefined)
    const two = await signedIn(patient, await newcomer(patient))
    await two.person.post('/account/leaving', { password, sure: '1', when: 'now' })
    assert.equal(await patient.inside.accounts.find(two.name, 'localhost'), undefined)
  })
})
