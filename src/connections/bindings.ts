import type { TLSSocket } from 'node:tls'
import type { ChannelBindings } from '../accounts/sign-in/types.ts'
import { endPointOf } from './certificate.ts'
import type { TlsDoor } from './tls.ts'

const exporterBit = 1
const endPointBit = 2

/** Which channel bindings an encrypted connection has, as `Transport.bindingKind` tells it. */
export function bindingKindOf(socket: TLSSocket, door: TlsDoor): number {
  const name = typeof socket.servername === 'string' ? socket.servername : ''
  return (socket.getProtocol() === 'TLSv1.3' ? exporterBit : 0) | (door.hasEndPoint(name) ? endPointBit : 0)
}

/** The bindings themselves, computed when they are asked for. */
export function bindingsOf(socket: TLSSocket, kind: number): ChannelBindings {
  return {
    // RFC 9266 §2. Over TLS 1.2 it would need an extension that Node does not tell us about.
    ...((kind & exporterBit) === 0
      ? {}
      : { 'tls-exporter': () => socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)) }),
    ...((kind & endPointBit) === 0 ? {} : { 'tls-server-end-point': () => ownEndPoint(socket) }),
  }
}

function ownEndPoint(socket: TLSSocket): Buffer {
  const certificate = socket.getX509Certificate()
  const data = certificate === undefined ? undefined : endPointOf(certificate)
  if (data === undefined) throw new Error('The certificate of a connection has no end point to bind to.')
  return data
}
