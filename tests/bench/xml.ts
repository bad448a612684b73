/**
 * What reading a chat stanza and writing it for its recipient costs: `node tests/bench/xml.ts`.
 * The least of several rounds is printed, in microseconds of CPU for each stanza.
 */
import { StreamParser } from '../../src/protocol/xml/parser.ts'
import { write } from '../../src/protocol/xml/write.ts'

const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
const words = 'The quick brown fox jumps over the lazy dog. '.repeat(5)

function chat(body: string): Buffer {
  return Buffer.from(
    `<message type='chat' to='b@localhost' id='m-1'><body>${body}</body>` +
      `<origin-id xmlns='urn:xmpp:sid:0' id='m-1'/></message>`,
  )
}

function microseconds(stanza: Buffer, forward: boolean): number {
  let written = 0
  const parser = new StreamParser(
    {
      open() {},
      element(el) {
        if (forward) written += write(el.with({ from: 'a@localhost/phone', to: 'b@localhost/desk' })).length
      },
      close() {},
    },
    { stanzaBytes: 262_144, depth: 64, attributes: 64, nameLength: 256 },
  )
  parser.push(Buffer.from(header))
  const times = 100_000
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 10; round++) {
    const from = process.cpuUsage()
    for (let i = 0; i < times; i++) parser.push(stanza)
    const { user, system } = process.cpuUsage(from)
    least = Math.min(least, (user + system) / times)
  }
  if (forward && written === 0) throw new Error('Nothing was written, so nothing was measured.')
  return least
}

for (const [what, stanza] of [
  ['ASCII', chat(words.slice(0, 200))],
  ['wide characters', chat(`ö€😀${words.slice(0, 191)}`)],
] as const) {
  const reading = microseconds(stanza, false).toFixed(2)
  const both = microseconds(stanza, true).toFixed(2)
  console.log(`${what}, ${stanza.length} bytes: ${reading} µs to read, ${both} µs to read and write`)
}
