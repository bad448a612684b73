import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { rosterStore } from '../../src/accounts/roster-store.ts'
import { Client } from '../kit/client.ts'
import { answerTo } from './answers.ts'
import { around, password, signedIn } from './portal-rig.ts'
import { findings, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const house = await openHouse({ registration: { open: true } })

describe('files that are no such files', () => {
  const refused: readonly [string, string | Buffer, RegExp][] = [
    ['nothing', '', /no XML, or is damaged/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]), /no XML, or is damaged/],
    ['an archive', Buffer.from('PK\x03\x04'), /has to be unpacked/],
    ['another format', '<html/>', /not a file of the format/],
    ['entities', `<!DOCTYPE a [<!ENTITY b "c">]><server-data xmlns='urn:xmpp:pie:0'/>`, /no XML/],
    [
      'a hole without a bottom',
      around(`<query xmlns='jabber:iq:private'>${'<a xmlns="x">'.repeat(200)}`),
      /larger than anything/,
    ],
    [
      'something endless',
      around(`<vCard xmlns='vcard-temp'><FN>${'x'.repeat(3_000_000)}</FN></vCard>`),
      /larger than anything/,
    ],
    ['half a file', around('').slice(0, -30), /breaks off/],
  ]
  for (const [what, file, sentence] of refused) {
    test(what, async () => {
      const { person } = await signedIn(house)
      const answer = await person.brings(file)
      assert.equal(answer.status, 422)
      assert.match(answer.body, sentence)
    })
  }

  test('what was read before the fault stays, is counted, and nobody is asked', async () => {
    const { person, name } = await signedIn(house)
    const friend = await signedIn(house)
    const whole = around(`<query xmlns='jabber:iq:roster'><item jid='${friend.jid}' subscription='both'/></query>`)
    const answer = await person.brings(whole.slice(0, -30))
    assert.equal(answer.status, 422)
    assert.match(answer.body, /What was read by then was taken in; no contact was asked/)
    assert.match(answer.body, /Contacts<\/th><td class="number">1<\/td><td>1 was not asked/)
    const client = await Client.connect(house.server)
    await client.signIn({ username: name, password })
    await client.bind('globe')
    const [item] = (await client.ask('get', `<query xmlns='jabber:iq:roster'/>`)).need('query').elements()
    assert.equal(item!.attr('ask'), undefined)
    client.drop()
    // The right file asks.
    assert.match((await person.brings(whole)).body, /1 was here already and stays as it is\. 1 was asked/)
  })

  test('of several accounts one is taken: the one that is named, else the first', async () => {
    const { person } = await signedIn(house)
    const card = (name: string) => `<user name='${name}'><vCard xmlns='vcard-temp'><FN>${name}</FN></vCard></user>`
    const file = `<server-data xmlns='urn:xmpp:pie:0'><host jid='a.example'>${card('one')}${card('two')}</host></server-data>`
    assert.match((await person.brings(file, { from: 'nobody@a.example' })).body, /is not in the file/)
    const answer = await person.brings(file, { from: 'two@a.example' })
    assert.match(answer.body, /From the account two@a\.example/)
    assert.match(answer.body, /There is another account in the file/)
    assert.equal((await person.brings(file, { from: 'not an address' })).status, 422)
  })

  test('hostile names stay names, and a file needs the password', async () => {
    const { person } = await signedIn(house)
    const answer = await person.brings(around('', '&lt;script>alert(1)&lt;/script>'))
    assert.ok(!answer.body.includes('<script'))
    const wrong = await person.brings(around(`<vCard xmlns='vcard-temp'><FN>x</FN></vCard>`), { password: 'wrong' })
    assert.equal(wrong.status, 422)
    assert.match(wrong.body, /This is not your password/)
    assert.match(
      (await person.brings(around(`<vCard xmlns='vcard-temp'><FN>x</FN></vCard>`))).body,
      /Visiting card<\/th><td class="number">1/,
    )
  })
})

describe('somebody who goes away in the middle', () => {
  test('leaves nothing open: what came is taken, nobody is asked, and the next file can come', async () => {
    const { person, name } = await signedIn(house)
    const friend = await signedIn(house)
    const whole = around(`<query xmlns='jabber:iq:roster'><item jid='${friend.jid}' subscription='both'/></query>`)
    const { id } = (await house.inside.accounts.find(name, house.server.domain))!
    await person.breaksOff(`${whole.slice(0, -36)}${' '.repeat(100)}`, async () => {
      while ((await rosterStore(house.inside.documents).load(id)).items.length === 0) await setImmediate()
    })
    let answer = await person.brings(whole)
    while (/already\. Wait/.test(answer.body)) answer = await person.brings(whole)
    assert.match(answer.body, /1 was here already and stays as it is\. 1 was asked/)
    assert.deepEqual(house.server.bugs?.(), [], 'it is no mistake of the service')
  })
})

describe('a newcomer from elsewhere', () => {
  test('makes an account, signs in and brings the old one along, without scripts', { timeout: 120_000 }, async t => {
    const seen = await visitor(t, house, { javaScript: false, ...ways['phone by day'] })
    const { page } = seen
    await page.goto(`${house.origin}/en/sign-up`)
    await page.fill('#name', 'newcomer.from.elsewhere')
    await page.fill('#password', password)
    const sum = await page.innerText('label[for=answer]')
    await page.fill('#answer', answerTo(sum))
    house.passes(5000)
    await page.click('main button')
    await page.click('text=Bring along an account from elsewhere')
    await page.fill('#address', 'newcomer.from.elsewhere')
    await page.fill('#password', password)
    await page.click('main button')
    assert.equal(new URL(page.url()).pathname, '/en/account/import')
    await page.fill('#password', password)
    const inside = `<query xmlns='jabber:iq:roster'><item jid='a@b.example' subscription='none'/></query><vCard xmlns='vcard-temp'><FN>N</FN></vCard>`
    await page.setInputFiles('#file', { name: 'old.xml', mimeType: 'text/xml', buffer: Buffer.from(around(inside)) })
    await page.click('main button')
    assert.equal(await page.innerText('h1'), 'What was brought along')
    assert.match(await page.innerText('table'), /Contacts\s+1[\s\S]*Visiting card\s+1/)
    await picture(seen, 'portal-brought')
    await isSound(seen)
  })

  test('reads what was brought along on pages in which axe finds nothing', { timeout: 120_000 }, async t => {
    const { name } = await signedIn(house)
    for (const [language, locale] of [
      ['en', 'en-GB'],
      ['de', 'de-DE'],
    ] as const) {
      const seen = await visitor(t, house, { locale, ...ways['phone by night'] })
      const { page } = seen
      await page.goto(`${house.origin}/${language}/login?next=/account/import`)
      await page.fill('#address', name)
      await page.fill('#password', password)
      await page.click('main button')
      for (const file of [
        around(`<vCard xmlns='vcard-temp'><FN>N</FN></vCard><what xmlns='urn:x'><is/></what>`),
        'nothing',
      ]) {
        await page.goto(`${house.origin}/${language}/account/import`)
        await page.fill('#password', password)
        await page.setInputFiles('#file', { name: 'old.xml', mimeType: 'text/xml', buffer: Buffer.from(file) })
        await page.click('main button')
        assert.deepEqual(await findings(seen), [])
        await isSound(seen)
      }
    }
  })
})
