import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import type { WebSocketStream } from '../kit/websocket.ts'

const over = { tls: 'websocket' } as const

test(
  'RFC 7395: two people talk, one over WebSocket, one over TCP',
  dialogue({ offline: ['romeo'] }, async ({ romeo, juliet }) => {
    await romeo.connects(over)
    await romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Soft! ☾</body></message>`
    await juliet.receives`<message from="${romeo.fullJid}"><body>Soft! ☾</body></message>`
    await juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>Romeo &amp; &lt;</body></message>`
    await romeo.receives`<message from="${juliet.fullJid}"><body>Romeo &amp; &lt;</body></message>`
    await romeo.disconnects()
    assert.equal((romeo.client.wire.socket as unknown as WebSocketStream).closedWith, 1000)
    assert.ok(romeo.client.wire.streamClosed)
  }),
)
