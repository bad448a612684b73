import type { TLSSocket } from 'node:tls'
import type { HttpServer } from '../http/server.ts'
import type { Entrance, Guest } from './entrance.ts'
import type { TlsDoor } from './tls.ts'

/**
 * What becomes of connections at the HTTPS port: they are encrypted and handed to HTTP. Where clients come in at the same
 * port, those that ask for `xmpp-client` by ALPN get a stream (XEP-0368).
 */
export function webEntrance(
  entrance: Entrance,
  door: TlsDoor,
  http: HttpServer,
  streams: (guest: Guest, socket: TLSSocket) => void,
): (guest: Guest) => void {
  return guest => {
    const { socket: raw, release } = guest
    raw.on('error', ignore)
    raw.once('close', release)
    const secured = (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'xmpp-client') streams(guest, socket)
      else http.accept({ socket, client: forwardedFor => entrance.behind(guest, forwardedFor) })
    }
    door.encrypt(raw, { secured })
  }
}

function ignore(): void {}
