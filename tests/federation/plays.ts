/** What people of two servers do with each other, whatever the makes of the servers. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { answersAbout } from '../kit/capabilities.ts'
import { type AcrossOptions, across, type CastAcross } from '../kit/federation/across.ts'
import type { Peer } from '../kit/federation/peer.ts'
import { granted, refused } from '../kit/refusals.ts'
import type { Tree } from '../kit/tree.ts'
import { exchange, slotFor } from '../kit/uploads.ts'
import { roomsOf } from './rooms.ts'

const omemo = 'eu.siacs.conversations.axolotl'

/** Plays everything between two servers that are there when the plays begin. */
export function playsBetween(name: string, here: () => Peer, there: () => Peer): void {
  const play = (options: AcrossOptions, of: (cast: CastAcross<Peer, Peer>) => Promise<void>) => () =>
    across(here(), there(), of, options)

  describe(name, () => {
    test('RFC 6121 §3.1, §4: they find one another, come and go', play({}, subscribing))
    test('RFC 6121 §4.3: who comes later is told who is there', play({ friends: true, offline: ['juliet'] }, probing))
    test('XEP-0184, XEP-0280: messages both ways, receipts, and every device', play({ friends: true }, talking))
    test('RFC 6121 §8.5.2.2: a message waits', play({ friends: true, offline: ['juliet'] }, waitingThere))
    test('RFC 6121 §8.5.2.2: and so it does here', play({ friends: true, offline: ['romeo'] }, waitingHere))
    test('XEP-0384: keys and bundles', play({ friends: true }, keys))
    test('XEP-0163: mood of a friend, told and asked for', play({ friends: true }, moods))
    test('XEP-0084: a picture', play({ friends: true }, pictures))
    test('XEP-0054: a card', play({ friends: true }, cards))
    test('XEP-0199, XEP-0030: questions to servers and devices', play({ friends: true }, questions))
    test('RFC 6121 §8.5.1: nobody of that name', play({}, nobody))
    test('XEP-0363: links to files', play({ friends: true }, links))
    roomsOf(here, there)
  })
}

async function subscribing({ romeo, juliet, here }: CastAcross): Promise<void> {
  romeo.sends`<presence type="subscribe" to="${juliet.jid}"/>`
  await juliet.eventually`<presence type="subscribe" from="${romeo.jid}"/>`
  juliet.sends`<presence type="subscribed" to="${romeo.jid}"/>`
  await romeo.eventually`<presence type="subscribed" from="${juliet.jid}"/>`
  await romeo.eventually`<presence from="${juliet.fullJid}"/>`
  juliet.sends`<presence type="subscribe" to="${romeo.jid}"/>`
  await romeo.eventually`<presence type="subscribe" from="${juliet.jid}"/>`
  romeo.sends`<presence type="subscribed" to="${juliet.jid}"/>`
  await juliet.eventually`<presence from="${romeo.fullJid}"/>`
  await romeo.forgets()
  const roster = await romeo.asks`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`
  assert.equal(roster.at('query', 'item').attr('subscription'), 'both')

  juliet.sends`<presence><show>away</show><status>Parting is such sweet sorrow</status></presence>`
  await romeo.eventually`<presence from="${juliet.fullJid}"><show>away</show><status>Parting is such sweet sorrow</status></presence>`
  await juliet.disconnects()
  await romeo.eventually`<presence type="unavailable" from="${juliet.fullJid}"/>`
  await juliet.connects()
  await romeo.eventually`<presence from="${juliet.fullJid}"/>`
  romeo.drops()
  await juliet.eventually`<presence type="unavailable" from="${romeo.fullJid}"/>`
  await romeo.connects()
  await juliet.eventually`<presence from="${romeo.fullJid}"/>`

  juliet.sends`<presence type="unsubscribe" to="${romeo.jid}"/>`
  await romeo.eventually`<presence type="unsubscribe" from="${juliet.jid}"/>`
  // RFC 6121 §3.3.3, which not everybody obeys.
  if (here.ours) await juliet.eventually`<presence type="unavailable" from="${romeo.fullJid}"/>`
}

async function probing({ romeo, juliet }: CastAcross): Promise<void> {
  romeo.sends`<presence><status>But soft!</status></presence>`
  await romeo.settles()
  await juliet.connects()
  await juliet.eventually`<presence from="${romeo.fullJid}"><status>But soft!</status></presence>`
  await romeo.eventually`<presence from="${juliet.fullJid}"/>`
}

async function talking({ romeo, romeosPhone, juliet, julietsPhone }: CastAcross): Promise<void> {
  for (const device of [romeo, romeosPhone, juliet, julietsPhone]) {
    const answer = await device.asks`<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>`
    granted(answer)
    await device.forgets()
  }
  romeo.sends`<message to="${juliet.fullJid}" type="chat" id="m1"><body>But soft! ☾ 🌹</body><request xmlns="urn:xmpp:receipts"/></message>`
  const heard =
    await juliet.eventually`<message from="${romeo.fullJid}" type="chat"><body>But soft! ☾ 🌹</body></message>`
  await julietsPhone.eventually`<message><received xmlns="urn:xmpp:carbons:2">…</received></message>`
  await romeosPhone.eventually`<message><sent xmlns="urn:xmpp:carbons:2">…</sent></message>`
  juliet.sends`<message to="${romeo.fullJid}" type="chat" id="r1"><received xmlns="urn:xmpp:receipts" id="${heard.attr('id')}"/></message>`
  await romeo.eventually`<message from="${juliet.fullJid}"><received xmlns="urn:xmpp:receipts" id="m1"/></message>`

  juliet.sends`<message to="${romeo.jid}" type="chat" id="m2"><body>O Romeo!</body></message>`
  await romeo.eventually`<message from="${juliet.fullJid}" type="chat" id="m2"><body>O Romeo!</body></message>`
  for (let i = 0; i < 30; i++)
    romeo.sends`<message to="${juliet.fullJid}" type="chat" id="n${i}"><body>${i}</body></message>`
  for (let i = 0; i < 30; i++) {
    const came = await juliet.eventually`<message from="${romeo.fullJid}" type="chat"><body>…</body></message>`
    assert.equal(came.at('body').text(), String(i))
  }
}

const waitingThere = ({ romeo, juliet, nurse }: CastAcross) => waiting(romeo, juliet, nurse)
const waitingHere = ({ romeo, benvolio, juliet }: CastAcross) => waiting(juliet, romeo, benvolio)

async function waiting(speaker: Actor, absent: Actor, neighbour: Actor): Promise<void> {
  for (const body of ['Art thou gone so?', 'Dry sorrow drinks our blood.'])
    speaker.sends`<message to="${absent.jid}" type="chat"><body>${body}</body></message>`
  await speaker.settles()
  // With the answer to a question, what was sent before it has arrived; with what comes later to a neighbour, it is kept.
  await speaker.asks`<iq type="get" to="${absent.jid}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
  await neighbour.settles()
  await absent.connects()
  for (const body of ['Art thou gone so?', 'Dry sorrow drinks our blood.']) {
    const came = await absent.eventually`<message from="${speaker.fullJid}"><body>…</body></message>`
    assert.equal(came.at('body').text(), body)
    assert.ok(came.child('delay', 'urn:xmpp:delay') !== undefined, String(came))
  }
}

const keys = async ({ romeo, juliet }: CastAcross) => {
  await fetchesKeys(romeo, juliet)
  await fetchesKeys(juliet, romeo)
}

async function fetchesKeys(reader: Actor, owner: Actor): Promise<void> {
  const open = options({ access_model: 'open' })
  const list = `<list xmlns='${omemo}'><device id='31415'/></list>`
  const bundle = `<bundle xmlns='${omemo}'><identityKey>${randomBytes(33).toString('base64')}</identityKey></bundle>`
  granted(await publishes(owner, `${omemo}.devicelist`, 'current', list, open))
  granted(await publishes(owner, `${omemo}.bundles:31415`, 'current', bundle, open))
  const devices = granted(await items(reader, owner.jid, `${omemo}.devicelist`))
  assert.equal(devices.at('pubsub', 'items', 'item', 'list', 'device').attr('id'), '31415')
  const keys = granted(await items(reader, owner.jid, `${omemo}.bundles:31415`))
  assert.ok(bundle.includes(keys.at('pubsub', 'items', 'item', 'bundle', 'identityKey').text()))
}

async function moods({ romeo, juliet }: CastAcross): Promise<void> {
  await hearsOfMood(romeo, juliet, 'in_love')
  await hearsOfMood(juliet, romeo, 'sad')
}

async function hearsOfMood(listener: Actor, other: Actor, mood: string): Promise<void> {
  const node = 'http://jabber.org/protocol/mood'
  const features = [node, `${node}+notify`, 'http://jabber.org/protocol/disco#info', randomBytes(4).toString('hex')]
  const asked = answersAbout(listener, features)
  await asked.by(other.jid)
  granted(await publishes(other, node, 'current', `<mood xmlns='${node}'><${mood}/></mood>`))
  const told =
    await listener.eventually`<message from="${other.jid}"><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="${node}">…</items></event></message>`
  assert.equal(told.at('event', 'items', 'item', 'mood').elements()[0]?.name, mood)
  const read = granted(await items(listener, other.jid, node))
  assert.equal(read.at('pubsub', 'items', 'item', 'mood').elements()[0]?.name, mood)
}

const pictures = async ({ romeo, juliet }: CastAcross) => {
  await seesPicture(romeo, juliet)
  await seesPicture(juliet, romeo)
}

/** A PNG of one pixel, since some servers look. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

async function seesPicture(viewer: Actor, owner: Actor): Promise<void> {
  const id = createHash('sha1').update(png).digest('hex')
  const data = `<data xmlns='urn:xmpp:avatar:data'>${png.toString('base64')}</data>`
  const info = `<metadata xmlns='urn:xmpp:avatar:metadata'><info id='${id}' bytes='${png.length}' type='image/png' width='1' height='1'/></metadata>`
  granted(await publishes(owner, 'urn:xmpp:avatar:data', id, data))
  granted(await publishes(owner, 'urn:xmpp:avatar:metadata', id, info))
  const told = granted(await items(viewer, owner.jid, 'urn:xmpp:avatar:metadata'))
  assert.equal(told.at('pubsub', 'items', 'item', 'metadata', 'info').attr('id'), id)
  const seen = granted(await items(viewer, owner.jid, 'urn:xmpp:avatar:data', id))
  const bytes = Buffer.from(seen.at('pubsub', 'items', 'item', 'data').text(), 'base64')
  assert.equal(createHash('sha1').update(bytes).digest('hex'), id)
}

async function cards({ romeo, juliet }: CastAcross): Promise<void> {
  for (const [reader, owner] of [
    [romeo, juliet],
    [juliet, romeo],
  ] as const) {
    granted(await owner.asks`<iq type="set"><vCard xmlns="vcard-temp"><FN>${owner.role}</FN></vCard></iq>`)
    const card = granted(await reader.asks`<iq type="get" to="${owner.jid}"><vCard xmlns="vcard-temp"/></iq>`)
    assert.equal(card.at('vCard', 'FN').text(), owner.role)
  }
}

async function questions({ romeo, juliet, here, there }: CastAcross): Promise<void> {
  for (const [asker, asked, domain] of [
    [romeo, juliet, there.domain],
    [juliet, romeo, here.domain],
  ] as const) {
    granted(await asker.asks`<iq type="get" to="${domain}"><ping xmlns="urn:xmpp:ping"/></iq>`)
    const info = granted(
      await asker.asks`<iq type="get" to="${domain}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
    )
    assert.ok(
      info
        .at('query')
        .elements()
        .some(each => each.attr('category') === 'server'),
      String(info),
    )
    const answer = asker.asks`<iq type="get" to="${asked.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq>`
    const question = await asked.eventually`<iq type="get" from="${asker.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq>`
    asked.sends`<iq type="result" to="${asker.fullJid}" id="${question.attr('id')}"/>`
    granted(await answer)
  }
}

async function nobody({ romeo, juliet, here, there }: CastAcross): Promise<void> {
  for (const [asker, domain] of [
    [romeo, there.domain],
    [juliet, here.domain],
  ] as const) {
    const answer = await asker.asks`<iq type="get" to="nobody@${domain}"><query xmlns="jabber:iq:last"/></iq>`
    refused(answer, 'service-unavailable')
    const nowhere = await asker.asks`<iq type="get" to="nowhere.lit"><ping xmlns="urn:xmpp:ping"/></iq>`
    refused(nowhere, 'remote-server-not-found')
  }
}

async function links({ romeo, juliet, here, there }: CastAcross<Peer, Peer>): Promise<void> {
  for (const [giver, taker, server] of [
    [romeo, juliet, here],
    [juliet, romeo, there],
  ] as const) {
    const letter = randomBytes(5000)
    const slot = await slotFor(giver, server.domain, { name: 'letter.bin', size: letter.length, at: server.uploads })
    const sent = await exchange('PUT', slot.put, { ...slot.headers, 'content-length': letter.length }, letter)
    assert.ok([200, 201].includes(sent.status), String(sent.status))
    giver.sends`<message to="${taker.fullJid}" type="chat"><body>${slot.get}</body><x xmlns="jabber:x:oob"><url>${slot.get}</url></x></message>`
    const told = await taker.eventually`<message><x xmlns="jabber:x:oob"><url>…</url></x></message>`
    const got = await exchange('GET', told.at('x', 'url').text())
    assert.deepEqual([got.status, got.body.equals(letter)], [200, true])
  }
}

function publishes(owner: Actor, node: string, id: string, payload: string, more = ''): Promise<Tree> {
  const item = `<publish node='${node}'><item id='${id}'>${payload}</item></publish>`
  return owner.client.ask('set', `<pubsub xmlns='http://jabber.org/protocol/pubsub'>${item}${more}</pubsub>`)
}

function items(reader: Actor, from: string, node: string, id?: string): Promise<Tree> {
  const wanted = id === undefined ? '' : `<item id='${id}'/>`
  const payload = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${node}'>${wanted}</items></pubsub>`
  return reader.client.ask('get', payload, from)
}

function options(fields: Readonly<Record<string, string>>): string {
  const form = Object.entries(fields).map(
    ([name, value]) => `<field var='pubsub#${name}'><value>${value}</value></field>`,
  )
  const type =
    '<field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/pubsub#publish-options</value></field>'
  return `<publish-options><x xmlns='jabber:x:data' type='submit'>${type}${form.join('')}</x></publish-options>`
}
