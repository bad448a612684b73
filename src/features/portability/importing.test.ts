import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyReport } from '../../accounts/import-report.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { OnBehalf } from '../../routing/on-behalf.ts'
import { HeldNodes } from './import-nodes.ts'

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
