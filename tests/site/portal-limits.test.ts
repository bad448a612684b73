import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { limits } from '../../src/operations/limits.ts'
import { Client, SignInRefused } from '../kit/client.ts'
import { MailServer } from '../kit/smtp.ts'
import { Person, password, signedIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const mail = await MailServer.open()
after(() => mail.close())
const settings = {
  registration: { open: true },
  limits: { enabled: true },
  mail: { host: '127.0.0.1', port: mail.port, tls: 'none', from: 'no-reply@example.org' },
}

describe('whoever tries passwords', () => {
  test('gets no further on the pages than in an app, and both count together', async () => {
    const house = await openHouse(settings)
    await house.server.createAccount('romeo', password)
    for (let i = 0; i < limits.signIn.burst - 1; i++) {
      assert.equal((await new Person(house).signsIn('romeo', `guess ${i}`)).status, 403)
    }
    const client = await Client.connect(house.server)
    await assert.rejects(client.signIn({ username: 'romeo', password: 'guess' }), SignInRefused)
    client.drop()
    const right = await new Person(house).signsIn('romeo', password)
    assert.equal(right.status, 429, 'the right password too')
    assert.equal((await new Person(house).signsIn('nobody-at-all', password)).status, 403, 'another account is another')
  })

  test('cannot use an account page for it either', async () => {
    const house = await openHouse(settings)
    const { person, name } = await signedIn(house)
    for (let i = 0; i < limits.signIn.burst; i++) {
      await person.post('/account/recovery', { password: `guess ${i}` })
    }
    const answer = await person.post('/account/recovery', { password })
    assert.equal(answer.status, 422)
    assert.match(answer.body, /too many attempts/)
    assert.equal((await new Person(house).signsIn(name)).status, 429)
  })
})

describe('whoever tries codes', () => {
  test('has ten an hour, wherever they come from', async () => {
    const house = await openHouse(settings)
    const { name } = await signedIn(house)
    const account = (await house.inside.accounts.find(name, 'localhost'))!
    const { secondFactorCollection } = await import('../../src/accounts/second-factor.ts')
    await house.inside.documents.put(account.id, secondFactorCollection, '', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    const person = new Person(house)
    assert.equal((await person.signsIn(name)).headers.location, '/login/code?next=%2Faccount')
    const answers = []
    for (let i = 0; i < limits.secondFactor.burst + 1; i++) {
      answers.push((await person.send('/login/code', { code: String(i).padStart(6, '0') })).body)
    }
    assert.match(answers.at(-2)!, /This is not the code/)
    assert.match(answers.at(-1)!, /Too many codes were tried/)
    assert.equal((await person.get('/account')).status, 303)
  })
})

describe('whoever asks for letters', () => {
  test('has five questions an hour', async () => {
    const house = await openHouse(settings)
    const answers = []
    for (let i = 0; i < limits.recovery.burst + 1; i++) {
      answers.push((await new Person(house).send('/recover', { address: 'romeo', email: 'a@b.example' })).status)
    }
    assert.deepEqual(answers, [200, 200, 200, 200, 200, 429])
  })

  test('about one account gets three in an hour, and nobody who asks is told', async () => {
    const house = await openHouse(settings)
    const gives = async (email: string) => {
      const somebody = await signedIn(house)
      await somebody.person.post('/account/email', { email, password })
      const { text } = await mail.next(email)
      await new Person(house).send(new URL(/https:\S+/.exec(text)![0]).pathname, {})
      return { ...somebody, asks: () => new Person(house).send('/recover', { address: somebody.name, email }) }
    }
    const romeo = await gives('romeo@verona.example')
    const juliet = await gives('juliet@verona.example')
    for (let i = 0; i < limits.recoveryLetter.burst; i++) {
      assert.equal((await romeo.asks()).status, 200)
      await mail.next('romeo@verona.example')
    }
    assert.equal((await romeo.asks()).status, 200)
    // What is asked for later comes later: by then a fourth letter would be here.
    await juliet.asks()
    await mail.next('juliet@verona.example')
    await gives('nurse@verona.example')
    const letters = mail.letters.filter(({ to }) => to.includes('romeo@verona.example'))
    assert.equal(letters.length, 1 + limits.recoveryLetter.burst)
  })
})
