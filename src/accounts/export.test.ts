import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue } from '../catalogue.ts'
import { collection } from '../privacy/catalogue.ts'
import { NS } from '../protocol/namespaces.ts'
import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import type { Documents } from './documents.ts'
import { type ExportedMessage, type ExportParts, exportAccount } from './export.ts'

const account = { id: 7, localpart: 'juliet', domain: 'capulet.example', created: '2026-11-22' }

async function* of<T>(...all: readonly T[]): AsyncGenerator<T> {
  yield* all
}

/** Documents by the name of their collection. */
function holding(all: Readonly<Record<string, Readonly<Record<string, string>>>>): Pick<Documents, 'list'> {
  return {
    list: async (of, { name }) => {
      assert.equal(of, account.id)
      return Object.entries(all[name] ?? {}).map(([key, value]) => ({ key, value }))
    },
  }
}

const parts = (held: Parameters<typeof holding>[0] = {}): ExportParts => ({
  documents: holding(held) as Documents,
  collections: catalogue.collections,
  waiting: () => of(),
})

async function exported(from: ExportParts, more: Parameters<typeof exportAccount>[1] = { account }): Promise<Element> {
  const pieces: string[] = []
  for await (const piece of exportAccount(from, more)) pieces.push(piece)
  const text = pieces.join('')
  assert.match(text, /^<\?xml version='1.0' encoding='UTF-8'\?>\n/)
  return parseElement(text.slice(text.indexOf('\n')), {}, '')
}

function only(parent: Element): Element {
  const [child, ...others] = parent.elements()
  assert.equal(others.length, 0)
  return child!
}

/** What XEP-0227#schema demands; the user. */
function valid(root: Element): Element {
  assert.ok(root.is('server-data', 'urn:xmpp:pie:0'))
  const host = only(root)
  assert.ok(host.is('host', 'urn:xmpp:pie:0'))
  assert.equal(host.attr('jid'), 'capulet.example')
  const user = only(host)
  assert.ok(user.is('user', 'urn:xmpp:pie:0'))
  assert.equal(user.attr('name'), 'juliet')
  assert.equal(user.attr('password'), undefined)
  const [first, ...rest] = user.elements()
  assert.ok(first === undefined || first.is('offline-messages', user.ns) || first.ns !== user.ns)
  for (const { ns } of rest) assert.notEqual(ns, user.ns)
  const kinds = user
    .elements()
    .map(child => `${child.name} ${child.ns} ${child.attr('mechanism') ?? child.attr('from') ?? ''}`)
  assert.deepEqual([...new Set(kinds)], kinds)
  return user
}

test('an empty account is a valid file', async () => {
  assert.deepEqual(valid(await exported(parts())).elements(), [])
})

test('XEP-0227: roster, requests, private XML, vCard and block list stand as the specification has them', async () => {
  const request = "<presence type='subscribe' id='a'><status>Let me in &amp; be glad</status></presence>"
  const user = valid(
    await exported(
      parts({
        roster: {
          '': 'version',
          'romeo@montague.example': JSON.stringify({ name: '<Romeo>', groups: ['Fri&ends'], subscription: 'both' }),
          'nurse@capulet.example': JSON.stringify({ subscription: 'to', ask: true, approved: true }),
          'paris@verona.example': JSON.stringify({ subscription: 'none', unlisted: true, request }),
        },
        blocklist: { 'tybalt@capulet.example': '', 'spam.example': '' },
        'private-xml': {
          'storage storage:bookmarks':
            "<storage xmlns='storage:bookmarks'><conference jid='orchard@chat.example'/></storage>",
          'exodus exodus:prefs': "<exodus xmlns='exodus:prefs'><nick>J</nick></exodus>",
        },
        vcard: { '': "<vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>" },
      }),
    ),
  )
  const items = user.child('query', NS.roster)!.elements()
  assert.deepEqual(
    items.map(item => [
      item.attr('jid'),
      item.attr('name'),
      item.attr('subscription'),
      item.attr('ask'),
      item.childText('group'),
    ]),
    [
      ['nurse@capulet.example', undefined, 'to', 'subscribe', undefined],
      ['romeo@montague.example', '<Romeo>', 'both', undefined, 'Fri&ends'],
    ],
  )
  const asked = user.child('presence', NS.client)!
  assert.deepEqual([asked.attr('from'), asked.attr('type')], ['paris@verona.example', 'subscribe'])
  assert.equal(asked.childText('status'), 'Let me in & be glad')
  const stored = user.child('query', 'jabber:iq:private')!.elements()
  assert.deepEqual(
    stored.map(({ name, ns }) => [name, ns]),
    [
      ['exodus', 'exodus:prefs'],
      ['storage', 'storage:bookmarks'],
    ],
  )
  assert.equal(user.child('vCard', 'vcard-temp')!.childText('FN'), 'Juliet')
  const blocked = user.child('blocklist', 'urn:xmpp:blocking')!.elements()
  assert.deepEqual(
    blocked.map(item => item.attr('jid')),
    ['spam.example', 'tybalt@capulet.example'],
  )
})

test('every collection of the catalogue is in the file, sorted', async () => {
  const one = collection('one', {
    why: 'a test',
    keep: 'for good',
    reader: 'owner',
    exported: documents => documents.map(({ key }) => parseElement(`<one xmlns='urn:one' from='${key}'/>`)),
  })
  const root = await exported({ ...parts({ one: { b: '', a: '' } }), collections: [one] })
  assert.deepEqual(
    valid(root)
      .elements()
      .map(child => child.attr('from')),
    ['a', 'b'],
  )
})

test('XEP-0227#pep-items: what several collections have of one kind stands together', async () => {
  const nodes = (name: string, ...items: readonly string[]) =>
    collection(name, {
      why: 'a test',
      keep: 'for good',
      reader: 'owner',
      exported: () => items.map(item => parseElement(`<pubsub xmlns='urn:test'>${item}</pubsub>`)),
    })
  const collections = [
    nodes('one', "<items node='a'><item id='1'/></items>"),
    nodes('two', "<items node='b'><item id='2'/></items>", "<items node='a'><item id='3'/></items>"),
    nodes('three'),
  ]
  const user = valid(await exported({ ...parts(), collections }))
  const found = user.elements().map(pubsub =>
    pubsub.elements().map(items => [
      items.attr('node'),
      items
        .elements()
        .map(item => item.attr('id'))
        .join(),
    ]),
  )
  assert.deepEqual(found, [
    [
      ['a', '1,3'],
      ['b', '2'],
    ],
  ])
})

test('XEP-0227#scram-credentials: only for those who ask for them', async () => {
  const key = (byte: number) => new Uint8Array(3).fill(byte)
  const verifier = { hash: 'SHA-256', iterations: 10_000, salt: key(1), storedKey: key(2), serverKey: key(3) } as const
  const user = valid(await exported(parts(), { account, verifiers: [verifier, { ...verifier, hash: 'SHA-1' }] }))
  const first = user.elements()[0]!
  assert.ok(first.is('scram-credentials', 'urn:xmpp:pie:0#scram'))
  assert.deepEqual(
    user.elements().map(child => child.attr('mechanism')),
    ['SCRAM-SHA-256', 'SCRAM-SHA-1'],
  )
  assert.deepEqual(
    first.elements().map(child => [child.name, child.text()]),
    [
      ['iter-count', '10000'],
      ['salt', 'AQEB'],
      ['server-key', 'AwMD'],
      ['stored-key', 'AgIC'],
    ],
  )
})

test('XEP-0227#offlinemessages and #archive: stanzas as they came, oldest first', async () => {
  const text = (body: string) => `<message from='romeo@montague.example/x' type='chat'><body>${body}</body></message>`
  const root = await exported({
    ...parts({ vcard: { '': "<vCard xmlns='vcard-temp'/>" } }),
    waiting: () => of(text('one &lt; two'), text('two')),
    history: () => of({ id: 'a', time: Date.UTC(2026, 10, 22, 11), text: text('three') }),
  })
  const [offline, archive] = [valid(root).elements()[0]!, valid(root).elements()[2]!]
  assert.ok(offline.is('offline-messages') && archive.is('archive', 'urn:xmpp:pie:0#mam'))
  assert.deepEqual(
    offline.elements().map(message => [message.ns, message.childText('body')]),
    [
      [NS.client, 'one < two'],
      [NS.client, 'two'],
    ],
  )
  const result = archive.elements()[0]!
  assert.ok(result.is('result', 'urn:xmpp:mam:2') && result.attr('id') === 'a')
  const forwarded = result.child('forwarded', NS.forward)!
  assert.equal(forwarded.child('delay', NS.delay)?.attr('stamp'), '2026-11-22T11:00:00.000Z')
  assert.equal(forwarded.child('message', NS.client)?.childText('body'), 'three')
})

test('a long history is never in memory: no more of it is read than was written', async () => {
  const messages = 20_000
  let read = 0
  const text = `<message><body>${'word '.repeat(40)}</body></message>`
  async function* history(): AsyncGenerator<ExportedMessage> {
    for (; read < messages; read++) yield { id: String(read), time: read, text }
  }
  let written = 0
  let results = 0
  for await (const piece of exportAccount({ ...parts(), history }, { account })) {
    assert.ok(piece.length < 100_000)
    written += piece.length
    results += piece.split('<result ').length - 1
    assert.ok(read - results <= 1)
  }
  assert.equal(results, messages)
  assert.ok(written > messages * text.length)
})
