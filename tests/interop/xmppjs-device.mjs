// One device on xmpp.js. Takes commands and gives events as JSON lines; see device.ts.

import { createInterface } from 'node:readline'
import { client, jid, xml } from '@xmpp/client'

const carbons = 'urn:xmpp:carbons:2'
let connection
let mechanismUsed

const tell = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }))

function connect(order) {
  const who = jid(order.jid)
  connection = client({
    service: `${order.direct ? 'xmpps' : 'xmpp'}://${order.host}:${order.port}`,
    domain: who.domain,
    resource: who.resource,
    credentials: async (authenticate, mechanisms, fast) => {
      const token = await fast?.fetch()
      const mechanism = order.mechanism ?? mechanisms[0]
      mechanismUsed = token ? token.mechanism : mechanism
      await authenticate({ username: who.local, password: order.password, token }, mechanism, agent)
    },
  })
  connection.reconnect.stop()
  connection.on('error', error => console.error(error))
  connection.on('stanza', stanza => saw(stanza))
  connection.on('online', () => online().catch(error => console.error(error)))
  connection.start().catch(error => {
    console.error(error)
    if (error.name === 'SASLError') tell('refused', { why: error.condition })
  })
}

// XEP-0388 §2.2: tells the devices of one person apart.
const agent = xml('user-agent', { id: crypto.randomUUID() }, xml('software', {}, 'xmpp.js'))

async function online() {
  const roster = (await ask('get', xml('query', 'jabber:iq:roster'))).getChild('query')
  const contacts = Object.fromEntries(roster.getChildren('item').map(item => [item.attrs.jid, item.attrs.subscription]))
  await ask('set', xml('enable', carbons))
  await connection.send(xml('presence'))
  tell('online', { jid: String(connection.jid), mechanism: mechanismUsed, contacts })
}

/**
 * Not by `iqCaller`: what that receives is left out of the count of XEP-0198, so that the server takes as many of the
 * last messages for lost and sends them again next time.
 */
async function ask(type, payload) {
  const id = crypto.randomUUID()
  const answer = new Promise(resolve => {
    const look = stanza => {
      if (stanza.attrs.id !== id) return
      connection.off('stanza', look)
      resolve(stanza)
    }
    connection.on('stanza', look)
  })
  await connection.send(xml('iq', { type, id }, payload))
  return answer
}

function saw(stanza) {
  const from = stanza.attrs.from
  const events = { undefined: 'present', unavailable: 'absent', subscribe: 'asked', subscribed: 'approved' }
  if (stanza.is('presence') && events[stanza.attrs.type]) tell(events[stanza.attrs.type], { jid: from })
  if (stanza.is('message')) heard(stanza)
}

function heard(stanza) {
  const copy = stanza.getChild('received', carbons) ?? stanza.getChild('sent', carbons)
  const message = copy ? copy.getChild('forwarded', 'urn:xmpp:forward:0').getChild('message') : stanza
  const body = message.getChildText('body')
  if (!body) return
  const late = stanza.getChild('delay', 'urn:xmpp:delay') ? 'offline' : 'direct'
  tell('message', { way: copy ? copy.name : late, body, from: message.attrs.from })
}

const orders = {
  connect,
  subscribe: ({ to }) => connection.send(xml('presence', { type: 'subscribe', to })),
  approve: ({ to }) => connection.send(xml('presence', { type: 'subscribed', to })),
  say: ({ to, body }) => connection.send(xml('message', { type: 'chat', to }, xml('body', {}, body))),
  leave: async () => {
    await connection.stop()
    tell('left')
  },
  return: () => connection.start(),
}

createInterface(process.stdin)
  .on('line', line => {
    const order = JSON.parse(line)
    orders[order.do](order)
  })
  .on('close', () => process.exit())
