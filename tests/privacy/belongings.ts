/** One person who leaves something marked in every place that the service keeps anything in. */

import { randomBytes } from 'node:crypto'
import { Client } from '../kit/client.ts'
import type { TestServer } from '../kit/server.ts'

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
    `<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:example:${marks.node}'><item id='1'><mood xmlns='urn:example:${marks.published}'/></item></publish></pubsub>`,
  ])
    await romeo.ask('set', payload)
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
}
