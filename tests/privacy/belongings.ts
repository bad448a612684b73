/** One person who leaves something marked in every place that the service keeps anything in. */

import { randomBytes } from 'node:crypto'
import { Client } from '../kit/client.ts'
import type { TestServer } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import { exchange } from '../kit/uploads.ts'

/** Words that occur nowhere else, by what they are put into. */
export type Marks = Readonly<Record<(typeof places)[number], string>>

const places = [
  'resource',
  'contact',
  'nickname',
  'group',
  'blocked',
  'setting',
  'card',
  'published',
  'node',
  'status',
  'sent',
  'waiting',
  'correction',
  'request',
  'bookmark',
  'picture',
  'always',
  'push',
  'report',
  'file',
  'guest',
  'room',
  'email',
  'wish',
  'suspension',
] as const

export function freshMarks(): Marks {
  return Object.fromEntries(places.map(place => [place, `${place}${randomBytes(9).toString('hex')}`])) as Marks
}

type Where = Pick<TestServer, 'host' | 'ports' | 'domain'>

export async function signedIn(server: Where, username: string, password: string, resource?: string): Promise<Client> {
  const client = await Client.connect(server)
  await client.signIn({ username, password })
  await client.bind(resource)
  return client
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

function publish(node: string, payload: string): string {
  return `<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='${node}'><item id='1'>${payload}</item></publish></pubsub>`
}

function insist(answer: Tree): Tree {
  if (answer.attr('type') !== 'result') throw new Error(`This was refused: ${answer}`)
  return answer
}

/** XEP-0363 */
async function leaveFile(client: Client, mark: string): Promise<void> {
  const body = Buffer.from(mark.repeat(1000))
  const request = `<request xmlns='urn:xmpp:http:upload:0' filename='${mark}.txt' size='${body.length}'/>`
  const slot = insist(await client.ask('get', request, 'upload.localhost'))
    .need('slot')
    .need('put')
  const headers = Object.fromEntries(slot.elements().map(header => [header.attr('name')!, header.text()]))
  const { status } = await exchange('PUT', slot.attr('url')!, { ...headers, 'content-length': body.length }, body)
  if (status !== 201) throw new Error(`The upload was answered with ${status}.`)
}

const room = 'balcony@conference.localhost'
const muc = 'http://jabber.org/protocol/muc'

/** In a room of somebody else's. */
async function speak(owner: Client, client: Client, mark: string): Promise<void> {
  await enter(owner, 'Juliet')
  const open = "<field var='muc#roomconfig_membersonly'><value>0</value></field>"
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#roomconfig</value></field>${open}</x>`
  insist(await owner.ask('set', `<query xmlns='${muc}#owner'>${form}</query>`, room))
  await enter(client, 'Montague')
  client.send(`<message to='${room}' type='groupchat' id='said'><body>${mark}</body></message>`)
  await client.wire.until(() => client.wire.inbox.find(tree => tree.attr('id') === 'said'), 'what was said')
  client.wire.inbox.length = 0
}

async function enter(client: Client, nick: string): Promise<void> {
  client.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  await client.wire.until(
    () => client.wire.inbox.find(tree => tree.name === 'message' && tree.child('subject') !== undefined),
    'the subject',
  )
}

/**
 * Romeo, whose password is his name, leaves his marks; juliet sends him what waits for him, as he has gone by then.
 * Nothing of his waits for her: what has reached her is hers.
 */
export async function leaveEverywhere(server: Where, marks: Marks): Promise<void> {
  const romeo = await signedIn(server, 'romeo', 'romeo', marks.resource)
  const juliet = await signedIn(server, 'juliet', 'juliet', 'balcony')
  // What was acknowledged is on disk.
  await juliet.sm.enable({ resume: true })
  juliet.send('<presence/>')
  await juliet.ping()
  await romeo.sm.enable({ resume: true })
  for (const payload of [
    `<query xmlns='jabber:iq:roster'><item jid='${marks.contact}@localhost' name='${marks.nickname}'><group>${marks.group}</group></item></query>`,
    `<block xmlns='urn:xmpp:blocking'><item jid='${marks.blocked}@localhost'/></block>`,
    `<query xmlns='jabber:iq:private'><settings xmlns='urn:example:settings' with='${marks.setting}'/></query>`,
    `<vCard xmlns='vcard-temp'><FN>${marks.card}</FN></vCard>`,
    publish(`urn:example:${marks.node}`, `<mood xmlns='urn:example:${marks.published}'/>`),
    publish('urn:xmpp:bookmarks:1', `<conference xmlns='urn:xmpp:bookmarks:1' name='${marks.bookmark}'/>`),
    publish('urn:xmpp:avatar:data', `<data xmlns='urn:xmpp:avatar:data'>${base64(marks.picture.repeat(2000))}</data>`),
    `<prefs xmlns='urn:xmpp:mam:2' default='always'><always><jid>${marks.always}@localhost</jid></always><never/></prefs>`,
    `<block xmlns='urn:xmpp:blocking'><item jid='tybalt@localhost'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'><text>${marks.report}</text></report></item></block>`,
  ])
    insist(await romeo.ask('set', payload))
  await leaveFile(romeo, marks.file)
  await speak(juliet, romeo, marks.room)
  romeo.send(`<presence><status>${marks.status}</status></presence>`)
  romeo.send(`<presence type='subscribe' to='juliet@localhost'><status>${marks.request}</status></presence>`)
  for (const [body, more] of [
    [marks.sent, ''],
    [marks.correction, "<replace id='m1' xmlns='urn:xmpp:message-correct:0'/>"],
  ])
    romeo.send(`<message to='juliet@localhost' type='chat' id='m1'><body>${body}</body>${more}</message>`)
  await romeo.sm.flush()
  await romeo.close()

  // RFC 6121 §3.1.4: an answered request is kept nowhere.
  juliet.send("<presence type='unsubscribed' to='romeo@localhost'/>")
  juliet.send(`<message to='romeo@localhost' type='chat'><body>${marks.waiting}</body></message>`)
  await juliet.sm.flush()
  await juliet.close()

  // After that message: a push that nobody takes would end it. Without presence nothing that waits is handed out.
  const briefly = await signedIn(server, 'romeo', 'romeo')
  insist(await briefly.ask('set', `<enable xmlns='urn:xmpp:push:0' jid='juliet@localhost' node='${marks.push}'/>`))
  await briefly.close()
}
