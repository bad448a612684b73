import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { answerRaw } from '../../http/answers.ts'
import type { Client, Upgrade } from '../../http/server.ts'
import { bindingKindOf } from '../bindings.ts'
import type { Reception } from '../clients/reception.ts'
import type { Entrance } from '../entrance.ts'
import type { TlsDoor } from '../tls.ts'
import { type WebSocketParts, WebSocketTransport } from './transport.ts'

export const webSocketPath = '/xmpp-websocket'

/** RFC 6455 §1.3 */
const handshakeId = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Where streams over WebSocket begin. Any `Origin` may come in: there are no cookies that a foreign page could use, and
 * signing in needs a password that it would have to know.
 */
export function webSocketDoor(clients: Reception, entrance: Entrance, door: TlsDoor): Upgrade {
  const parts: WebSocketParts = {
    clock: clients.clock,
    limits: clients.limits,
    carry: transport => clients.carry(transport),
    closed: transport => {
      transport.release()
      clients.left(transport)
    },
  }
  return {
    path: webSocketPath,
    to: 'websocket',
    open(request, socket, head, client) {
      const accepted = accept(request, socket)
      if (accepted === undefined) return
      const release = client.proxied ? entrance.hold(client.network) : () => undefined
      if (release === undefined) {
        answerRaw(socket, '429 Too Many Requests', 'There are too many connections from your network.')
        return
      }
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
          `sec-websocket-accept: ${accepted}\r\nsec-websocket-protocol: xmpp\r\n\r\n`,
      )
      const binds = !client.proxied && request.headers.origin === undefined
      const transport = new WebSocketTransport(parts, {
        socket,
        release,
        ...ends(client, socket, binds ? door : undefined),
      })
      clients.entered(transport)
      transport.begins(head)
    },
  }
}

/**
 * Behind a proxy the client's TLS ends there: nothing of ours can be bound to. Neither can web pages, which browsers show
 * by an `Origin`, bind to anything.
 * COMPAT(StanzaJS, 2026-11): takes mechanisms with channel binding wherever they are offered, and fails with them.
 *
 * @param door undefined where there are no channel bindings
 */
function ends({ network, loopback }: Client, socket: Socket, door: TlsDoor | undefined) {
  const bindingKind = door !== undefined && socket instanceof TLSSocket ? bindingKindOf(socket, door) : 0
  return { network, loopback, bindingKind }
}

/** RFC 6455 §4.2. @returns the value of `Sec-WebSocket-Accept`, or undefined if the request has been refused */
function accept(request: IncomingMessage, socket: Socket): string | undefined {
  const { headers } = request
  const key = headers['sec-websocket-key'] ?? ''
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    answerRaw(socket, '400 Bad Request', 'The key of the WebSocket is missing.')
    return undefined
  }
  if (headers['sec-websocket-version'] !== '13') {
    answerRaw(socket, '426 Upgrade Required', 'Version 13 of WebSocket is understood.', 'sec-websocket-version: 13\r\n')
    return undefined
  }
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim())
  if (!protocols.includes('xmpp')) {
    answerRaw(socket, '400 Bad Request', 'Here is XMPP over WebSocket: ask for the subprotocol "xmpp" (RFC 7395).')
    return undefined
  }
  return createHash('sha1')
    .update(key + handshakeId)
    .digest('base64')
}
