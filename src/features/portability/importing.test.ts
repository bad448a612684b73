import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyReport } from '../../accounts/import-report.ts'
import { Roster } from '../../accounts/roster.ts'
import type { BareJid } from '../../protocol/jid.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { OnBehalf } from '../../routing/on-behalf.ts'
import { HeldNodes } from './import-nodes.ts'
import { type Import, Importing, type ImportingParts } from './importing.ts'

const mib = 1024 * 1024

/** Publishes nowhere, and remembers what was asked. */
function nodes() {
  const asked: Element[] = []
  const onBehalf = {
    async asks(_: LocalAccount, iq: Element) {
      asked.push(iq)
      return xml('iq', { xmlns: 'jabber:client', type: 'result' })
    },
  } as unknown as OnBehalf
  const report = emptyReport()
  const account = { jid: 'juliet@capulet.lit' } as LocalAccount
  return { held: new HeldNodes({ account, onBehalf, report, sameAddress: false }), report, asked }
}

const item = (inside = '') =>
  parseElement(`<item xmlns='http://jabber.org/protocol/pubsub' id='1'><a xmlns='urn:a'>${inside}</a></item>`, {
    stanzaBytes: 4 * mib,
  })
const configuration = (node: string, access: string, title: string) =>
  parseElement(
    `<configure xmlns='http://jabber.org/protocol/pubsub#owner' node='${node}'><x xmlns='jabber:x:data' type='submit'><field var='pubsub#access_model'><value>${access}</value></field><field var='pubsub#title'><value>${title}</value></field></x></configure>`,
    { stanzaBytes: 4 * mib },
  )

test('names of nodes count towards what is held', () => {
  const { held, report } = nodes()
  for (let i = 0; i < 20; i++) held.add(`${i}${'n'.repeat(mib)}`, item())
  assert.ok(report.published.left > 10, String(report.published.left))
})

test('so do elements of which the text is short and there are many', () => {
  const { held, report } = nodes()
  for (let i = 0; i < 20; i++) held.add('urn:a', item('<b/>'.repeat(20_000)))
  assert.ok(report.published.left > 10, String(report.published.left))
})

test('what a node is like is held within the same bound, and without it nobody gets to read the node', async () => {
  const { held, report, asked } = nodes()
  held.add('urn:xmpp:avatar:metadata', item())
  for (let i = 0; i < 20; i++) held.configure(configuration(`urn:${i}`, 'open', 't'.repeat(mib)))
  held.configure(configuration('urn:xmpp:avatar:metadata', 'whitelist', 't'.repeat(mib)))
  await held.publish()
  assert.deepEqual([report.published.taken, report.published.left, asked.length], [0, 1, 0])
})

const begun = `<server-data xmlns='urn:xmpp:pie:0'><host jid='old.example'><user name='juliet'><query xmlns='jabber:iq:roster'><item jid='romeo@montague.lit' subscription='both'/>`
const rest = `<item jid='paris@verona.lit' subscription='both'/></query><vCard xmlns='vcard-temp'><FN>J</FN></vCard></user></host></server-data>`

for (const ends of ['gone', 'suspended'] as const) {
  test(`of an account that is ${ends} nobody is asked, and it takes nothing more`, async () => {
    const nothing = { put: async () => {}, remove: async () => {}, load: async () => ({ items: [], version: '' }) }
    const roster = new Roster(1, nothing, await nothing.load())
    const blocklist = { blocks: () => false }
    const account = { id: 1, jid: 'juliet@capulet.lit', roster, blocklist, sessions: [] } as unknown as LocalAccount
    const asked: string[] = []
    const onBehalf = {
      async asks(_: LocalAccount, iq: Element) {
        asked.push('asks')
        return iq
      },
      subscribes: async () => void asked.push('subscribes'),
    } as unknown as OnBehalf
    const parts = { onBehalf, account: () => account, mayAsk: () => true, maxContacts: 10, now: () => 0 }
    const importing = new Importing(parts as unknown as ImportingParts)
    const underway = await importing.begin(account.jid, { mostBytes: mib, mostMs: 1000 })
    assert.ok(typeof underway === 'object')
    assert.equal(await underway.push(Buffer.from(begun)), true)
    account[ends] = true
    assert.equal(await underway.push(Buffer.from(rest)), false)
    const { broken, contacts } = await underway.end()
    assert.deepEqual([broken, contacts.taken, contacts.unasked, asked], ['ended', 1, 1, []])
    const after = await importing.begin(account.jid, { mostBytes: mib, mostMs: 1000 })
    assert.equal(after, ends === 'gone' ? 'unknown' : 'leaving')
  })

  test(`nor where that happens at the end (${ends})`, async () => {
    const nothing = { put: async () => {}, remove: async () => {}, load: async () => ({ items: [], version: '' }) }
    const roster = new Roster(1, nothing, await nothing.load())
    const account = { id: 1, jid: 'juliet@capulet.lit', roster, sessions: [] } as unknown as LocalAccount
    const parts = { onBehalf: {}, account: () => account, mayAsk: () => true, maxContacts: 10, now: () => 0 }
    const underway = await new Importing(parts as unknown as ImportingParts).begin(account.jid, {
      mostBytes: mib,
      mostMs: 1000,
    })
    assert.ok(typeof underway === 'object')
    assert.equal(await underway.push(Buffer.from(`${begun}</query></user></host></server-data>`)), true)
    account[ends] = true
    const { broken, contacts } = await underway.end()
    assert.deepEqual([broken, contacts.unasked], ['ended', 1])
  })
}

test('who sends next to nothing leaves the place to others, and who sends does not', async () => {
  let now = 0
  const parts = { onBehalf: {}, account: (jid: BareJid) => ({ id: jid, jid, sessions: [] }), now: () => now }
  const importing = new Importing(parts as unknown as ImportingParts)
  const begins = (name: string) =>
    importing.begin(`${name}@capulet.lit` as BareJid, { mostBytes: mib, mostMs: 900_000 })
  const all: Import[] = []
  for (const name of ['juliet', 'nurse', 'peter', 'gregory']) {
    const one = await begins(name)
    assert.ok(typeof one === 'object')
    all.push(one)
  }
  const [juliet, , peter] = all
  now = 20_000
  assert.equal(await begins('romeo'), 'busy', 'nobody has had the time to show how fast they are')
  now = 31_000
  const much = ' '.repeat(mib / 2)
  for (const one of all)
    if (one !== peter) assert.equal(await one.push(Buffer.from(`<server-data xmlns='urn:xmpp:pie:0'>${much}`)), true)
  const romeo = await begins('romeo')
  assert.ok(typeof romeo === 'object')
  assert.equal(await begins('paris'), 'busy')
  assert.equal(await peter!.push(Buffer.from('<a/>')), false)
  assert.equal((await peter!.end()).broken, 'too slow')
  assert.equal(await begins('romeo'), 'underway', 'the end of one that gave way frees nobody else\u2019s place')
  assert.equal(await begins('paris'), 'busy')
  await juliet!.end()
  assert.equal(typeof (await begins('paris')), 'object')
})
