import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client, SignInRefused } from '../kit/client.ts'
import { newcomer, Person, password, signedIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const house = await openHouse({ registration: { open: true } })

async function operator() {
  const somebody = await signedIn(house)
  await house.server.makeAdmin?.(somebody.name)
  return somebody
}

const pages = [
  '/admin',
  '/admin/accounts',
  '/admin/invitations',
  '/admin/reports',
  '/admin/requests',
  '/admin/announce',
]

describe('operator pages', () => {
  test('are not there for anybody else, to look at or to send to', async () => {
    const { person } = await signedIn(house)
    const victim = await newcomer(house)
    for (const path of [...pages, `/admin/accounts/localhost/${victim}`]) {
      assert.equal((await person.get(path)).status, 404, path)
      assert.equal((await new Person(house).get(path)).status, 303, path)
    }
    const act = `/admin/accounts/localhost/${victim}/suspend`
    assert.equal((await person.post(act, { reason: 'x' }, '/account')).status, 404)
    assert.equal((await person.post('/admin/announce', { text: 'x' }, '/account')).status, 404)
    assert.equal((await person.post('/admin/announce/notice', { notice: 'x' }, '/account')).status, 404)
    assert.equal((await person.post('/admin/announce/notice/end', {}, '/account')).status, 404)
    assert.equal((await new Person(house).signsIn(victim)).status, 303)
    assert.doesNotMatch((await person.get('/account')).body, /\/admin/)
  })

  test('end with the role', async () => {
    const { person, name } = await operator()
    assert.equal((await person.get('/admin')).status, 200)
    const account = (await house.inside.accounts.find(name, 'localhost'))!
    await house.inside.marks.set(account, 'admin', false)
    assert.equal((await person.get('/admin')).status, 404)
  })

  test('list accounts by name, state, day and size, and nothing of what people do', async () => {
    const { person, name } = await operator()
    const { body } = await person.get(`/admin/accounts?name=${name}`)
    assert.match(body, new RegExp(`${name}@localhost`))
    assert.match(body, /1 account\./)
    assert.match(body, /looks after others/)
    assert.match((await person.get('/admin/accounts?name=%3Cscript%3E')).body, /0 accounts/)
    assert.doesNotMatch((await person.get('/admin/accounts?name=%3Cscript%3E&from=-5')).body, /<script>/)
  })

  test('show how much room messages take up, without opening any', async () => {
    const { person } = await operator()
    const [guest, quiet] = [await newcomer(house), await newcomer(house)]
    const cells = async (name: string) =>
      [...(await person.get(`/admin/accounts?name=${name}`)).body.matchAll(/<td class="number"[^>]*>([^<]*)</g)].map(
        ([, cell]) => cell,
      )
    const client = await Client.connect(house.server)
    await client.signIn({ username: guest, password })
    await client.bind('globe')
    for (const body of ['a'.repeat(30_000), 'b'.repeat(30_000)]) {
      client.send(`<message type='chat' to='${client.jid}'><body>${body}</body></message>`)
    }
    await client.ask('get', `<ping xmlns='urn:xmpp:ping'/>`)
    client.drop()
    const account = (await house.inside.accounts.find(guest, 'localhost'))!
    await house.inside.db.unit([])
    assert.equal(house.inside.keyring.isOpen(account.id), false)
    // Each is there once, though it was sent to oneself.
    assert.deepEqual(await cells(guest), ['0 KiB', '60 KiB', '0 KiB'])
    assert.deepEqual(await cells(quiet), ['0 KiB', '0 KiB', '0 KiB'])
  })

  test('suspend with a reason that the owner is told, in apps and here; and let in again', async () => {
    const { person } = await operator()
    const guest = await newcomer(house)
    const client = await Client.connect(house.server)
    await client.signIn({ username: guest, password })
    await client.bind('globe')
    const path = `/admin/accounts/localhost/${guest}`
    await person.post(`${path}/suspend`, { reason: 'Sold <b>watches</b>' }, path)
    await client.wire.over()
    assert.match((await new Person(house).signsIn(guest)).body, /Sold &lt;b&gt;watches&lt;\/b&gt;/)
    assert.doesNotMatch((await new Person(house).signsIn(guest, 'wrong')).body, /watches/)
    const refused = await Client.connect(house.server)
    await assert.rejects(refused.signIn({ username: guest, password }), (error: unknown) => {
      assert.ok(error instanceof SignInRefused)
      assert.equal(error.condition, 'account-disabled')
      return /watches/.test(String(error.answer))
    })
    refused.drop()
    await person.post(`${path}/unsuspend`, {}, path)
    assert.equal((await new Person(house).signsIn(guest)).status, 303)
    const account = (await house.inside.accounts.find(guest, 'localhost'))!
    assert.equal((await house.inside.documents.amount(account.id)).documents, 0, 'the reason is gone')
  })

  test('do not suspend whoever is asking', async () => {
    const { person, name } = await operator()
    const path = `/admin/accounts/localhost/${name}`
    assert.match((await person.get(path)).body, /This is your own account/)
    assert.equal((await person.post(`${path}/suspend`, { reason: 'x' }, '/admin/announce')).status, 403)
    assert.equal((await person.get('/admin')).status, 200)
  })

  test('show reports, and end them', async () => {
    const { person, name } = await operator()
    const account = (await house.inside.accounts.find(name, 'localhost'))!
    const complaint = { about: 'x@elsewhere.example', reason: 'urn:xmpp:reporting:abuse', messages: [], allows: [] }
    await house.inside.reports.add(account.id, complaint)
    const { body } = await person.get('/admin/reports')
    assert.match(body, /x@elsewhere\.example/)
    const id = /name="id" value="(\d+)"/.exec(body)![1]!
    await person.post('/admin/reports', { id })
    assert.match((await person.get('/admin/reports')).body, /There are no open reports/)
  })

  test('make invitations for several guests, and take them back', async () => {
    const { person } = await operator()
    for (const [uses, days] of [
      ['0', '7'],
      ['1', '366'],
      ['x', '7'],
    ] as const) {
      assert.equal((await person.post('/admin/invitations', { uses, days })).status, 422)
    }
    const made = await person.post('/admin/invitations', { uses: '3', days: '2' })
    const path = new URL(/class="secret">([^<]+)</.exec(made.body)![1]!).pathname
    assert.equal((await person.get(path)).status, 200)
    assert.match(made.body, /3 guests/)
    const id = /name="id" value="([0-9a-f]{64})"/.exec(made.body)![1]!
    await person.post('/admin/invitations/revoke', { id }, '/admin/invitations')
    assert.equal((await person.get(path)).status, 404)
  })

  test('announce to those who are connected', async () => {
    const { person } = await operator()
    const guest = await newcomer(house)
    const client = await Client.connect(house.server)
    await client.signIn({ username: guest, password })
    await client.bind('globe')
    client.send('<presence/>')
    await client.ask('get', "<query xmlns='jabber:iq:roster'/>")
    assert.equal((await person.post('/admin/announce', { text: '  ' })).status, 422)
    const said = await person.post('/admin/announce', { text: 'Tonight <i>we</i> rest.' })
    assert.match(said.body, /One account was told/)
    const heard = await client.take(tree => tree.name === 'message', 'the announcement')
    assert.deepEqual([heard.attr('from'), heard.child('body')?.text()], ['localhost', 'Tonight <i>we</i> rest.'])
    client.drop()
  })

  test('set a notice for everybody, which is text and stands there until it is taken away', async () => {
    const { person } = await operator()
    const stranger = new Person(house)
    for (const text of ['', '  ', 'x'.repeat(301)]) {
      assert.equal((await person.post('/admin/announce/notice', { notice: text }, '/admin/announce')).status, 422)
    }
    for (const path of ['/', '/contact']) assert.doesNotMatch((await stranger.get(path)).body, /notice lamp/, path)
    const notice = 'Tonight <b>no</b> uploads.'
    const set = await person.post('/admin/announce/notice', { notice }, '/admin/announce')
    assert.equal(set.headers.location, '/admin/announce?done=notice')
    for (const path of ['/', '/contact', '/de/contact', '/admin/announce']) {
      assert.match(
        (await (path.startsWith('/admin') ? person : stranger).get(path)).body,
        /Tonight &lt;b&gt;no&lt;/,
        path,
      )
    }
    await person.post('/admin/announce/notice', { notice: 'Uploads are back.' }, '/admin/announce')
    assert.doesNotMatch((await stranger.get('/')).body, /Tonight/)
    await person.post('/admin/announce/notice/end', {}, '/admin/announce')
    assert.doesNotMatch((await stranger.get('/')).body, /Uploads are back/)
  })
})
