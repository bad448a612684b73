import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client } from '../kit/client.ts'
import type { Tree } from '../kit/tree.ts'
import { around, password, signedIn } from './portal-rig.ts'
import { openHouse } from './rig.ts'

const house = await openHouse({ registration: { open: true }, limits: { offline_messages: 50 } })
const dayMs = 86_400_000

async function app(username: string, presence = true): Promise<Client> {
  const client = await Client.connect(house.server)
  await client.signIn({ username, password })
  await client.bind('globe')
  if (presence) client.send('<presence/>')
  return client
}

const result = (at: number, body: string, sent = false, id = body): string => {
  const [from, to] = sent
    ? ['juliet@old.example/a', 'romeo@montague.example']
    : ['romeo@montague.example/b', 'juliet@old.example']
  return `<result xmlns='urn:xmpp:mam:2' id='old-${id}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${new Date(at).toISOString()}'/><message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='${id}'><body>${body}</body><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@old.example' id='old-${id}'/></message></forwarded></result>`
}
const archive = (...results: string[]): string => `<archive xmlns='urn:xmpp:pie:0#mam'>${results.join('\n')}</archive>`

interface Found {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly body: string
  readonly stamp: string
  readonly ids: readonly (string | undefined)[]
}

/** What an app finds in the archive, page by page. */
async function history(client: Client, more = '', pageSize = 3): Promise<Found[]> {
  const found: Found[] = []
  for (let after = ''; ; ) {
    const set = `<set xmlns='http://jabber.org/protocol/rsm'><max>${pageSize}</max>${after === '' ? '' : `<after>${after}</after>`}</set>`
    const fin = await client.ask('set', `<query xmlns='urn:xmpp:mam:2'>${more}${set}</query>`)
    const page = client.wire.inbox.filter(
      element => element.name === 'message' && element.child('result') !== undefined,
    )
    for (const element of page) client.wire.inbox.splice(client.wire.inbox.indexOf(element), 1)
    found.push(...page.map(foundIn))
    const last = fin.child('fin')?.child('set')?.child('last')?.text()
    if (fin.child('fin')?.attr('complete') === 'true' || last === undefined) return found
    after = last
  }
}

function foundIn(element: Tree): Found {
  const one = element.need('result')
  const forwarded = one.need('forwarded')
  const message = forwarded.need('message')
  return {
    id: one.attr('id')!,
    from: message.attr('from')!,
    to: message.attr('to')!,
    body: message.child('body')?.text() ?? '',
    stamp: forwarded.need('delay').attr('stamp')!,
    ids: message
      .elements()
      .filter(({ name }) => name === 'stanza-id')
      .map(each => each.attr('id')),
  }
}

describe('contacts', () => {
  test('RFC 6121 §3.1: are added without a subscription and asked; their own request is answered at once', async () => {
    const { person, name, jid } = await signedIn(house)
    const [one, other, third] = await Promise.all([signedIn(house), signedIn(house), signedIn(house)])
    const client = await app(name)
    const romeo = await app(one.name)
    const roster = `<query xmlns='jabber:iq:roster' xmlns:x='urn:x'><item jid='${one.jid}' name='Romeo' subscription='both'><group>Friends</group></item><item jid='${other.jid}' subscription='from'/><item jid='${third.jid}' subscription='none'/><item jid='juliet@old.example' subscription='both'/><item jid='not an address'/><item jid='x@y.example/resource'/></query>`
    const requests = `<presence xmlns='jabber:client' type='subscribe' from='paris@verona.example'/>`
    const answer = await person.brings(around(roster + requests))
    assert.equal(answer.status, 200, answer.body)
    assert.match(answer.body, /Contacts<\/th><td class="number">3<\/td><td>3 could not be taken in\. 1 was asked/)
    assert.match(answer.body, /Somebody had asked your old address/)
    const request = await romeo.take(tree => tree.attr('type') === 'subscribe', 'the request')
    assert.equal(request.child('moved'), undefined)
    const items = (await client.ask('get', `<query xmlns='jabber:iq:roster'/>`)).need('query').elements()
    const of = (who: string) => items.find(item => item.attr('jid') === who)!
    assert.deepEqual(
      [of(one.jid).attr('subscription'), of(one.jid).attr('ask'), of(one.jid).attr('approved')],
      ['none', 'subscribe', 'true'],
    )
    assert.deepEqual([of(one.jid).attr('name'), of(one.jid).child('group')?.text()], ['Romeo', 'Friends'])
    assert.deepEqual([of(other.jid).attr('ask'), of(other.jid).attr('approved')], [undefined, 'true'])
    assert.deepEqual([of(third.jid).attr('ask'), of(third.jid).attr('approved')], [undefined, undefined])
    assert.equal(items.length, 3)
    romeo.send(`<presence to='${jid}' type='subscribed'/><presence to='${jid}' type='subscribe'/>`)
    await romeo.take(tree => tree.attr('type') === 'subscribed', 'the answer')
    client.drop()
    romeo.drop()
  })

  test('XEP-0283#publish-notification: are told of the old address by those who want that, and follow', async () => {
    const mover = await signedIn(house)
    const [old, friend] = await Promise.all([signedIn(house), signedIn(house)])
    const [before, romeo] = [await app(old.name), await app(friend.name)]
    before.send(`<presence to='${friend.jid}' type='subscribe'/>`)
    await romeo.take(tree => tree.attr('type') === 'subscribe', 'the request')
    romeo.send(`<presence to='${old.jid}' type='subscribed'/><presence to='${old.jid}' type='subscribe'/>`)
    await before.take(tree => tree.attr('type') === 'subscribe', 'the request')
    before.send(`<presence to='${friend.jid}' type='subscribed'/>`)
    await romeo.take(tree => tree.attr('type') === 'subscribed', 'the answer')
    assert.equal((await old.person.post('/account/moving', { to: mover.jid, password })).status, 303)
    const copy = await old.person.post('/account/export', { password })
    const answer = await mover.person.brings(copy.body, { tells: '1' })
    assert.match(answer.body, /1 was asked/)
    await before.take(tree => tree.attr('type') === 'unsubscribed', 'the end of the old')
    await romeo.take(tree => tree.attr('type') === 'subscribed' && tree.attr('from') === mover.jid, 'the answer')
    const items = (await romeo.ask('get', `<query xmlns='jabber:iq:roster'/>`)).need('query').elements()
    const now = items.find(item => item.attr('jid') === mover.jid)!
    // He is let in at once, since he had let the old address in.
    assert.equal(now.attr('subscription'), 'both')
    before.drop()
    romeo.drop()
  })

  test('who is blocked in the file is blocked here, and not asked', async () => {
    const { person, name } = await signedIn(house)
    const friend = await signedIn(house)
    const privacy = `<query xmlns='jabber:iq:privacy'><default name='p'/><list name='p'><item type='jid' value='${friend.jid}' action='deny' order='1'/><item type='jid' value='half@x.example' action='deny' order='2'><message/></item></list></query>`
    const roster = `<query xmlns='jabber:iq:roster'><item jid='${friend.jid}' subscription='both'/></query>`
    const blocked = `<blocklist xmlns='urn:xmpp:blocking'><item jid='spam.example'/></blocklist>`
    const answer = await person.brings(around(roster + privacy + blocked))
    assert.match(answer.body, /Blocked addresses<\/th><td class="number">2/)
    assert.doesNotMatch(answer.body, /was asked/)
    const client = await app(name)
    const list = (await client.ask('get', `<blocklist xmlns='urn:xmpp:blocking'/>`)).need('blocklist').elements()
    assert.deepEqual(list.map(item => item.attr('jid')).sort(), [friend.jid, 'spam.example'].sort())
    client.drop()
  })
})

describe('what apps had put there', () => {
  const node = (name: string, access: string | undefined, id: string, payload: string): [string, string] => [
    access === undefined
      ? ''
      : `<configure node='${name}'><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#node_config</value></field><field var='pubsub#access_model'><value>${access}</value></field><field var='pubsub#max_items'><value>100000000</value></field><field var='some#thing'><value>else</value></field></x></configure>`,
    `<items node='${name}'><item id='${id}'>${payload}</item></items>`,
  ]

  test('XEP-0227#pep, #privatexmlstorage, #vcards: is put out to the same readers; what is here already stays', async () => {
    const { person, name, jid } = await signedIn(house)
    const client = await app(name)
    await client.ask('set', `<query xmlns='jabber:iq:private'><a xmlns='urn:here'>mine</a></query>`)
    const nodes = [
      node(
        'urn:xmpp:bookmarks:1',
        'whitelist',
        'room@rooms.example',
        `<conference xmlns='urn:xmpp:bookmarks:1' name='Room' autojoin='1'/>`,
      ),
      node(
        'http://jabber.org/protocol/nick',
        'open',
        'current',
        `<nick xmlns='http://jabber.org/protocol/nick'>Juliet</nick>`,
      ),
      node('urn:secret', undefined, 'one', `<secret xmlns='urn:secret'/>`),
      node(
        'eu.siacs.conversations.axolotl.devicelist',
        'open',
        'current',
        `<list xmlns='eu.siacs.conversations.axolotl'><device id='7'/></list>`,
      ),
      node(
        'urn:xmpp:moved:1',
        'presence',
        'current',
        `<moved xmlns='urn:xmpp:moved:1'><new-jid>${jid}</new-jid></moved>`,
      ),
    ]
    const file = around(
      `<pubsub xmlns='http://jabber.org/protocol/pubsub'>${nodes.map(([, items]) => items).join('')}</pubsub>` +
        `<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>${nodes.map(([owner]) => owner).join('')}</pubsub>` +
        `<query xmlns='jabber:iq:private'><a xmlns='urn:here'>theirs</a><exodus xmlns='exodus:prefs'><nick>J</nick></exodus></query>` +
        `<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>` +
        `<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'><iter-count>1</iter-count></scram-credentials>`,
    )
    const answer = await person.brings(file)
    assert.match(
      answer.body,
      /Bookmarks, picture and the like<\/th><td class="number">3<\/td><td>2 are good at the old place only/,
    )
    assert.match(answer.body, /Settings of apps<\/th><td class="number">1<\/td><td>1 was here already/)
    assert.match(answer.body, /Visiting card<\/th><td class="number">1/)
    const kept = (await client.ask('get', `<query xmlns='jabber:iq:private'><a xmlns='urn:here'/></query>`)).at(
      'query',
      'a',
    )
    assert.equal(kept.text(), 'mine')
    assert.equal((await client.ask('get', `<vCard xmlns='vcard-temp'/>`)).at('vCard', 'FN').text(), 'Juliet Capulet')
    const { name: stranger } = await signedIn(house)
    const other = await app(stranger)
    const reads = async (who: Client, wanted: string) =>
      (
        await who.ask(
          'get',
          `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${wanted}'/></pubsub>`,
          jid,
        )
      ).attr('type')
    assert.deepEqual(
      await Promise.all(
        ['http://jabber.org/protocol/nick', 'urn:xmpp:bookmarks:1', 'urn:secret'].map(each => reads(other, each)),
      ),
      ['result', 'error', 'error'],
    )
    assert.equal(await reads(client, 'urn:secret'), 'result')
    assert.equal(await reads(client, 'eu.siacs.conversations.axolotl.devicelist'), 'error')
    const again = await person.brings(file)
    assert.match(again.body, /Bookmarks, picture and the like<\/th><td class="number">0<\/td><td>3 were here already/)
    client.drop()
    other.drop()
  })
})

describe('the history', () => {
  test('XEP-0227#archive: stands before what is here, under its own times, in one order that apps can page through', async () => {
    const { person, name, jid } = await signedIn(house)
    const now = Date.now()
    const times = [100, 40, 40, 39, 3, 3, 3, 1].map((days, i) => now - days * dayMs + i * 1000)
    const results = times.map((time, i) => result(time, `old ${i}`, i % 2 === 1))
    const odd = `<result xmlns='urn:xmpp:mam:2' id='x'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='never'/></forwarded></result>`
    const answer = await person.brings(
      around(archive(...results, odd, result(times[1]!, 'back in time'), result(now + dayMs, 'to come'))),
    )
    assert.match(
      answer.body,
      /Messages<\/th><td class="number">7<\/td><td>2 could not be taken in\. 1 is older than messages are kept here\. 1 is not older/,
    )
    const client = await app(name)
    client.send(`<message type='chat' to='${jid}'><body>new</body></message>`)
    await client.take(tree => tree.child('body')?.text() === 'new', 'the message')
    const all = await history(client)
    assert.deepEqual(
      all.map(({ body }) => body),
      [...[1, 2, 3, 4, 5, 6, 7].map(i => `old ${i}`), 'new'],
    )
    assert.deepEqual(
      all.slice(0, 7).map(({ stamp }) => stamp),
      times.slice(1).map(time => new Date(time).toISOString()),
    )
    assert.equal(new Set(all.map(({ id }) => id)).size, 8)
    assert.deepEqual(
      [all[0]!.from, all[0]!.to],
      [`${jid}/a`, 'romeo@montague.example'],
      'the owner has the address of now',
    )
    assert.deepEqual([all[1]!.from, all[1]!.to], ['romeo@montague.example/b', jid])
    assert.deepEqual(all[1]!.ids, [all[1]!.id], 'the mark of this archive, and not that of the old one')
    // By contact, by time, and by id.
    const form = (field: string, value: string) =>
      `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field><field var='${field}'><value>${value}</value></field></x>`
    assert.equal((await history(client, form('with', 'romeo@montague.example'))).length, 7)
    const since = await history(client, form('start', new Date(now - 10 * dayMs).toISOString()))
    assert.deepEqual(
      since.map(({ body }) => body),
      ['old 4', 'old 5', 'old 6', 'old 7', 'new'],
    )
    const [one] = await history(client, form('ids', all[2]!.id))
    assert.equal(one?.body, 'old 3')

    // Another file can only bring what is older still.
    const second = await person.brings(
      around(archive(result(now - 50 * dayMs, 'older'), result(now - 20 * dayMs, 'between'))),
    )
    assert.match(second.body, /Messages<\/th><td class="number">1<\/td><td>1 is not older/)
    const later = await history(client)
    assert.deepEqual(
      later.map(({ body }) => body),
      ['older', ...all.map(({ body }) => body)],
    )
    assert.deepEqual(
      later.slice(1).map(({ id }) => id),
      all.map(({ id }) => id),
      'ids stay',
    )
    client.drop()
  })

  test('is not taken in where its owner wants none', async () => {
    const { person } = await signedIn(house)
    await person.post('/account/history', { habit: 'never' })
    const answer = await person.brings(around(archive(result(Date.now() - dayMs, 'unwanted'))))
    assert.match(answer.body, /Messages<\/th><td class="number">0<\/td><td>1 is of a kind/)
  })

  test('XEP-0227#offlinemessages: what waited waits for the first device, once, also where it is in the archive', async () => {
    const { person, name } = await signedIn(house)
    const at = Date.now() - 2 * dayMs
    const waits = (body: string, time: number) =>
      `<message xmlns='jabber:client' from='romeo@montague.example/b' to='juliet@old.example' type='chat' id='${body}'><body>${body}</body><delay xmlns='urn:xmpp:delay' stamp='${new Date(time).toISOString()}'/></message>`
    const file = around(
      `<offline-messages>${waits('both', at)}${waits('only there', at + 5000)}</offline-messages>${archive(result(at - dayMs, 'first'), result(at, 'both'))}`,
    )
    const answer = await person.brings(file)
    assert.match(answer.body, /Messages that waited for you<\/th><td class="number">2/)
    const client = await app(name)
    await client.take(tree => tree.child('body')?.text() === 'both', 'what waited')
    await client.take(tree => tree.child('body')?.text() === 'only there', 'what waited')
    assert.deepEqual(
      (await history(client)).map(({ body }) => body),
      ['first', 'both', 'only there'],
    )
    client.drop()
    const again = await app(name)
    await again.ask('get', `<ping xmlns='urn:xmpp:ping'/>`)
    assert.equal(
      again.wire.inbox.some(element => element.name === 'message'),
      false,
    )
    again.drop()
  })
})
