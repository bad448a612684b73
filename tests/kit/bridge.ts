/** Another domain for plays, by way of a component (XEP-0114): whoever it pleases speaks from there. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestServer } from './server.ts'
import { Wire } from './wire.ts'

export const bridgeDomain = 'bridge.verona.lit'
const secret = 'what-only-the-two-of-us-know'
/** For the server that the bridge is to come to. */
export const bridgeSettings = { components: { port: 0, secrets: [`${bridgeDomain} ${secret}`] } }
/** The namespace of what comes over it. */
export const accept = 'jabber:component:accept'

export async function bridge(server: TestServer): Promise<Wire> {
  const wire = await Wire.connect({ host: '127.0.0.1', port: server.ports.components!, domain: bridgeDomain })
  wire.write(`<stream:stream xmlns='${accept}' xmlns:stream='http://etherx.jabber.org/streams' to='${bridgeDomain}'>`)
  await wire.until(() => wire.header, 'header')
  const digest = createHash('sha1')
    .update(`${wire.header!.attr('id')}${secret}`)
    .digest('hex')
  wire.write(`<handshake>${digest}</handshake>`)
  assert.ok((await wire.next()).is('handshake', accept))
  return wire
}
