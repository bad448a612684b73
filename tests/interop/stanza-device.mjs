// One device on StanzaJS, as in a browser: over WebSocket or BOSH. Takes commands and gives events as JSON lines; see device.ts.

import { createInterface } from 'node:readline'
import { createClient } from 'stanza'

let connection
let mechanismUsed

const tell = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }))

function connect(order) {
  const { url } = order
  connection = createClient({
    jid: order.jid,
    password: order.password,
    autoReconnect: false,
    transports: url.startsWith('wss:') ? { websocket: url, bosh: false } : { websocket: false, bosh: url },
  })
  // It takes mechanisms with channel binding without having a channel to bind to. Browsers are offered none, by their
  // `Origin`, which this is too little of a browser to send.
  const { sasl } = connection
  for (const { name } of [...sasl.mechanisms]) {
    if (name.endsWith('-PLUS') || (order.mechanism && name !== order.mechanism)) sasl.disable(name)
  }
  connection.on('raw', (way, data) => {
    mechanismUsed = way === 'outgoing' ? (/mechanism=["']([^"']+)/.exec(data)?.[1] ?? mechanismUsed) : mechanismUsed
  })
  connection.on('auth:failed', () => tell('refused'))
  connection.on('stream:error', error => console.error(error))
  connection.on('session:started', () => online().catch(error => console.error(error)))
  connection.on('available', ({ from }) => tell('present', { jid: from }))
  connection.on('unavailable', ({ from }) => tell('absent', { jid: from }))
  connection.on('subscribe', ({ from }) => tell('asked', { jid: from }))
  connection.on('subscribed', ({ from }) => tell('approved', { jid: from }))
  // What a copy holds comes as a message of its own right after it.
  let copied
  connection.on('message', message => message === copied || heard(message, message.delay ? 'offline' : 'direct'))
  connection.on('carbon:received', ({ carbon }) => {
    copied = carbon.forward.message
    heard(copied, 'received')
  })
  connection.on('carbon:sent', ({ carbon }) => heard(carbon.forward.message, 'sent'))
  // Not 'disconnected', which over BOSH never comes if an answer to <r/> was still to be sent.
  connection.on('--transport-disconnected', () => tell('left'))
  connection.connect()
}

async function online() {
  await connection.getRoster()
  await connection.enableCarbons()
  connection.sendPresence()
  tell('online', { jid: connection.jid, mechanism: mechanismUsed })
}

function heard({ body, from }, way) {
  if (body) tell('message', { way, body, from })
}

const orders = {
  connect,
  subscribe: ({ to }) => connection.subscribe(to),
  approve: ({ to }) => connection.acceptSubscription(to),
  say: ({ to, body }) => connection.sendMessage({ to, body, type: 'chat' }),
  leave: () => connection.disconnect(),
}

createInterface(process.stdin)
  .on('line', line => {
    const order = JSON.parse(line)
    orders[order.do](order)
  })
  .on('close', () => process.exit())
