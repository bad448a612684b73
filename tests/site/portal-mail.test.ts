import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Client } from '../kit/client.ts'
import { Authority, type Credential } from '../kit/federation/authority.ts'
import { MailServer } from '../kit/smtp.ts'
import { newcomer, Person, password, signedIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const mail = await MailServer.open()
after(() => mail.close())
const from = 'no-reply@example.org'
const house = await openHouse({
  registration: { open: true },
  mail: { host: '127.0.0.1', port: mail.port, tls: 'none', from },
})
const fresh = 'duvapo-kelira-simone'
const linkIn = (text: string) => new URL(/https:\/\/\S+/.exec(text)![0])
const pathIn = (text: string) => linkIn(text).pathname
const titleOf = (body: string) => /<h1>([^<]*)</.exec(body)?.[1]

/** Somebody who has confirmed an address. */
async function withAddress(email: string) {
  const somebody = await signedIn(house)
  const answer = await somebody.person.post('/account/email', { email, password })
  assert.equal(answer.status, 200, answer.body)
  const letter = await mail.next(email.replace('Verona', 'verona'))
  const confirmed = await new Person(house).send(pathIn(letter.text), {})
  assert.equal(titleOf(confirmed.body), 'Your address is confirmed')
  return { ...somebody, letter }
}

describe('an address for a lost password', () => {
  test('is confirmed by a letter of which nothing but its link is acted on, and once', async () => {
    const { person, letter, jid } = await withAddress('Romeo@Verona.example')
    assert.deepEqual([letter.from, letter.to], [from, ['Romeo@verona.example']])
    assert.ok(letter.text.includes(jid))
    assert.equal(linkIn(letter.text).origin, house.origin)
    assert.equal(letter.headers.filter(line => /^(to|from|subject):/i.test(line)).length, 3)
    assert.ok(letter.headers.some(line => /^auto-submitted: auto-generated$/i.test(line)))
    assert.ok(!letter.headers.some(line => /^x-mailer/i.test(line)))
    const page = await person.get('/account/email')
    assert.match(page.body, /There is an address/)
    assert.doesNotMatch(page.body, /verona/i)
    assert.equal((await new Person(house).send(pathIn(letter.text), {})).status, 410)
  })

  test('is not confirmed by a look at the link', async () => {
    const { person } = await signedIn(house)
    await person.post('/account/email', { email: 'mercutio@verona.example', password })
    const { text } = await mail.next('mercutio@verona.example')
    assert.equal((await new Person(house).get(pathIn(text))).status, 200)
    assert.match((await person.get('/account/email')).body, /There is no address/)
    assert.equal((await new Person(house).send(pathIn(text), {})).status, 200)
    assert.match((await person.get('/account/email')).body, /There is an address/)
    await person.post('/account/email/remove', {}, '/account/email')
    assert.match((await person.get('/account/email')).body, /There is no address/)
  })

  test('is stored nowhere', async () => {
    const { jid } = await withAddress('marked-4711@verona.example')
    const [localpart = ''] = jid.split('@')
    const account = (await house.inside.accounts.find(localpart, 'localhost'))!
    const stored = await house.inside.db.all('SELECT tag, value FROM documents WHERE account = ?', [account.id])
    assert.equal(stored.length, 1)
    const { recoveryAddressCollection } = await import('../../src/accounts/recovery-address.ts')
    const [opened] = await house.inside.documents.list(account.id, recoveryAddressCollection)
    assert.match(opened!.value, /^[\w-]{43}$/)
  })

  test('needs the password, and cannot carry anything into a header', async () => {
    const { person } = await signedIn(house)
    const before = mail.letters.length
    assert.equal((await person.post('/account/email', { email: 'a@b.example', password: 'wrong' })).status, 422)
    for (const email of [
      'a@b.example\r\nBcc: c@d.example',
      'a@b.example\nSubject: hello',
      'a@b.example, c@d.example',
      'A <a@b.example>',
      'a@b.example%0d%0aBcc: x',
    ]) {
      assert.equal((await person.post('/account/email', { email, password })).status, 422, email)
    }
    assert.equal(mail.letters.length, before)
  })
})

describe('a lost password', () => {
  test('is replaced by a link that is good once, and without the recovery code the history is lost', async () => {
    const { name, person } = await withAddress('juliet@verona.example')
    const asked = await new Person(house).send('/recover', { address: name, email: 'JULIET@verona.example' })
    assert.equal(titleOf(asked.body), 'On its way, if it fits')
    const { text } = await mail.next('JULIET@verona.example')
    const path = pathIn(text)
    const form = await new Person(house).get(path)
    assert.match(form.body, /Without the recovery code nobody can open/)
    assert.equal(form.headers['referrer-policy'], 'no-referrer')
    const done = await new Person(house).send(path, { fresh, again: fresh })
    assert.equal(titleOf(done.body), 'You have a new password')
    assert.match(done.body, /empty message history/)
    assert.equal((await new Person(house).get(path)).status, 410)
    assert.equal((await person.get('/account')).status, 303)
    assert.equal((await new Person(house).signsIn(name)).status, 403)
    assert.equal((await new Person(house).signsIn(name, fresh)).status, 303)
  })

  test('of two who use the link at once, one is too late', async () => {
    const { name } = await withAddress('paris@verona.example')
    await new Person(house).send('/recover', { address: name, email: 'paris@verona.example' })
    const path = pathIn((await mail.next('paris@verona.example')).text)
    const passwords = [fresh, `${fresh}-kelira`]
    const answers = await Promise.all(passwords.map(each => new Person(house).send(path, { fresh: each, again: each })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410])
    for (const [i, { status }] of answers.entries()) {
      assert.equal((await new Person(house).signsIn(name, passwords[i])).status, status === 200 ? 303 : 403)
    }
  })

  test('with the recovery code the history stays; a wrong one changes nothing', async () => {
    const { name, person } = await withAddress('nurse@verona.example')
    const shown = await person.post('/account/recovery', { password })
    const code = /class="secret">([^<]+)</.exec(shown.body)![1]!
    await new Person(house).send('/recover', { address: `${name}@localhost`, email: 'nurse@verona.example' })
    let path = pathIn((await mail.next('nurse@verona.example')).text)
    const wrong = await new Person(house).send(path, {
      fresh,
      again: fresh,
      code: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA',
    })
    assert.match(wrong.body, /This is not the recovery code/)
    assert.equal((await new Person(house).signsIn(name)).status, 303)
    path = /action="([^"]+)"/.exec(wrong.body)![1]!
    const done = await new Person(house).send(path, { fresh, again: fresh, code: code.toLowerCase() })
    assert.match(done.body, /as it was/)
    assert.equal((await new Person(house).signsIn(name, fresh)).status, 303)
  })

  test('a link opens nothing, not even what a connected app keeps open', async () => {
    const { name } = await withAddress('laurence@verona.example')
    const client = await Client.connect(house.server)
    await client.signIn({ username: name, password })
    await client.bind('cell')
    const account = (await house.inside.accounts.find(name, 'localhost'))!
    assert.equal(house.inside.keyring.isOpen(account.id), true)
    await new Person(house).send('/recover', { address: name, email: 'laurence@verona.example' })
    const path = pathIn((await mail.next('laurence@verona.example')).text)
    const done = await new Person(house).send(path, { fresh, again: fresh })
    assert.match(done.body, /empty message history/)
    await client.wire.over()
    assert.equal(house.inside.keyring.isOpen(account.id), false)
  })

  test('codes are tried five times a day: the sixth is refused, even if it is the right one', async () => {
    const { name, person } = await withAddress('paris@verona.example')
    const shown = await person.post('/account/recovery', { password })
    const code = /class="secret">([^<]+)</.exec(shown.body)![1]!
    await new Person(house).send('/recover', { address: name, email: 'paris@verona.example' })
    let path = pathIn((await mail.next('paris@verona.example')).text)
    const tries = async (typed: string) => {
      const { body } = await new Person(house).send(path, { fresh, again: fresh, code: typed })
      path = /action="([^"]*\/recover\/[^"]+)"/.exec(body)![1]!
      return body
    }
    for (let i = 1; i <= 5; i++)
      assert.match(await tries(`AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAAA${i}`), /This is not the recovery code/, String(i))
    for (const typed of ['AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAAA6', code]) {
      const sixth = await tries(typed)
      assert.doesNotMatch(sixth, /This is not the recovery code/)
      assert.match(sixth, /Too many|too often/i)
    }
    assert.equal((await new Person(house).signsIn(name)).status, 303)
  })

  test('whoever asks gets the same answer, and a letter only if both belong together', async () => {
    const { name } = await withAddress('tybalt@verona.example')
    const other = await newcomer(house)
    const answers = []
    const before = mail.letters.length
    for (const [address, email] of [
      [name, 'paris@verona.example'],
      [other, 'tybalt@verona.example'],
      ['nobody-at-all', 'tybalt@verona.example'],
      ['x@elsewhere.example', 'tybalt@verona.example'],
      [name, 'tybalt@verona.example'],
    ] as const) {
      answers.push(await new Person(house).send('/recover', { address, email }))
    }
    assert.equal(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size, 1)
    await mail.next('tybalt@verona.example')
    assert.equal(mail.letters.length, before + 1)
  })

  test('how long the answer takes does not depend on whom it is about', async () => {
    const { name } = await withAddress('prince@verona.example')
    const took = async (address: string, email: string): Promise<number> => {
      const began = performance.now()
      await new Person(house).send('/recover', { address, email })
      return performance.now() - began
    }
    const times: [number[], number[]] = [[], []]
    for (let i = 0; i < 15; i++) {
      times[0].push(await took(name, 'prince@verona.example'))
      times[1].push(await took('nobody-at-all', 'prince@verona.example'))
    }
    const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!
    const [some, none] = times.map(median) as [number, number]
    // Stretching the typed address takes some 40 ms, sending a letter more: the answer waits for neither.
    assert.ok(Math.abs(some - none) < 15 + Math.max(some, none) / 2, `${some} and ${none}`)
  })

  test('a refusal of the mail server is told to nobody', async () => {
    const { name } = await withAddress('full@verona.example')
    mail.refusing = () => '550 no such mailbox'
    const answer = await new Person(house).send('/recover', { address: name, email: 'full@verona.example' })
    assert.equal(titleOf(answer.body), 'On its way, if it fits')
    mail.refusing = () => undefined
  })
})

describe('links that operators hand out', () => {
  test('choose a new password, and need no address', async () => {
    const { person, name } = await signedIn(house)
    await house.server.makeAdmin?.(name)
    const guest = await newcomer(house)
    const shown = await person.post(
      `/admin/accounts/localhost/${guest}/reset`,
      {},
      `/admin/accounts/localhost/${guest}`,
    )
    const path = pathIn(/class="secret">([^<]+)</.exec(shown.body)![1]!)
    assert.equal(titleOf((await new Person(house).send(path, { fresh, again: fresh })).body), 'You have a new password')
    assert.equal((await new Person(house).signsIn(guest, fresh)).status, 303)
  })
})

describe('where the mail server does not answer', () => {
  test('people are told so, and the same whoever they are', async () => {
    const gone = await MailServer.open()
    const { port } = gone
    await gone.close()
    const other = await openHouse({ mail: { host: '127.0.0.1', port, tls: 'none', from } })
    const { person, name } = await signedIn(other)
    const answers = []
    for (const address of [name, 'nobody-at-all']) {
      answers.push(await new Person(other).send('/recover', { address, email: 'a@b.example' }))
    }
    for (const { status, body } of answers) {
      assert.equal(status, 503)
      assert.match(body, /does not answer at the moment, so nothing was sent/)
    }
    assert.equal(answers[0]!.body.replaceAll(name, 'nobody-at-all'), answers[1]!.body)
    const adding = await person.post('/account/email', { email: 'a@b.example', password })
    assert.match(adding.body, /does not answer at the moment/)
  })
})

describe('a mail server that does not encrypt', () => {
  test('is told nothing, unless it is on this machine and the settings say so', async () => {
    const { port } = mail
    const other = await openHouse({
      mail: { host: '127.0.0.1', port, tls: 'starttls', user: 'romeo', secret: 'marked-secret', from },
    })
    const { name } = await signedIn(other)
    const before = mail.lines.length
    const answer = await new Person(other).send('/recover', { address: name, email: 'a@b.example' })
    assert.equal(answer.status, 503)
    const said = mail.lines.slice(before)
    assert.ok(said.length > 0 && said.every(line => /^(EHLO|STARTTLS|QUIT)/.test(line)), said.join())
  })
})

describe('the way to the mail server', () => {
  const authority = new Authority()
  setDefaultCACertificates([...getCACertificates('default'), authority.certificate])
  const day = 86_400_000
  const right = authority.issues({ names: ['localhost'] })

  /** A service that hands its letters to such a server, and what became of one. */
  async function handsIn(t: TestContext, when: 'tls' | 'starttls', credential: Credential | undefined) {
    const server = await MailServer.open(credential && { when, ...credential })
    t.after(() => server.close())
    const own = await openHouse({
      mail: { host: 'localhost', port: server.port, tls: when, user: 'romeo', secret: 'marked-secret', from },
    })
    const { person, name } = await signedIn(own)
    return { server, own, person, name }
  }

  for (const when of ['starttls', 'tls'] as const) {
    test(`is encrypted (${when}), and the password of the mail server is told behind a certificate that is right`, async t => {
      const { server, person } = await handsIn(t, when, right)
      assert.equal((await person.post('/account/email', { email: 'a@b.example', password })).status, 200)
      const { to } = await server.next('a@b.example')
      assert.deepEqual(to, ['a@b.example'])
      assert.ok(server.lines.some(line => line.startsWith('AUTH PLAIN')))
    })

    const wrong: readonly [string, () => Credential][] = [
      ['of another name', () => authority.issues({ names: ['mail.elsewhere.example'] })],
      [
        'that has expired',
        () =>
          authority.issues({
            names: ['localhost'],
            from: new Date(Date.now() - 9 * day),
            until: new Date(Date.now() - day),
          }),
      ],
      [
        'that is not valid yet',
        () =>
          authority.issues({
            names: ['localhost'],
            from: new Date(Date.now() + day),
            until: new Date(Date.now() + 9 * day),
          }),
      ],
      ['that nobody vouches for', () => new Authority('Tybalt').issues({ names: ['localhost'] })],
    ]
    for (const [what, credential] of wrong) {
      test(`is not gone with a certificate ${what} (${when}): people are told that nothing was sent, whoever they are`, async t => {
        const { server, own, person, name } = await handsIn(t, when, credential())
        const answers = await Promise.all(
          [name, 'nobody-at-all'].map(address => new Person(own).send('/recover', { address, email: 'a@b.example' })),
        )
        for (const { status, body } of answers) {
          assert.equal(status, 503)
          assert.match(body, /does not answer at the moment, so nothing was sent/)
        }
        assert.equal(answers[0]!.body.replaceAll(name, 'nobody-at-all'), answers[1]!.body)
        const adding = await person.post('/account/email', { email: 'a@b.example', password })
        assert.match(adding.body, /does not answer at the moment/)
        assert.ok(
          server.lines.every(line => /^(EHLO|STARTTLS|QUIT)/.test(line)),
          server.lines.join(),
        )
      })
    }
  }

  test('is not gone in the clear where the server knows no STARTTLS, or forgets it', async t => {
    const { server, own, name } = await handsIn(t, 'starttls', undefined)
    assert.equal((await new Person(own).send('/recover', { address: name, email: 'a@b.example' })).status, 503)
    assert.ok(
      server.lines.every(line => /^(EHLO|STARTTLS|QUIT)/.test(line)),
      server.lines.join(),
    )
  })
})

describe('where there is no mail server', () => {
  test('nobody is asked for an address, and those who lost their password are told whom to ask', async () => {
    const other = await openHouse({ registration: { open: true } })
    const { person } = await signedIn(other)
    assert.match((await person.get('/account/email')).body, /This service sends no mail/)
    assert.match((await new Person(other).get('/recover')).body, /This service sends no mail/)
  })
})
