import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { among } from '../kit/federation/two-servers.ts'

describe('two servers', () => {
  test(
    'RFC 6120 §5 and §6: find each other, encrypt, recognise each other by certificates, and talk',
    among(async ({ verona, mantua, at, dns }) => {
      const juliet = await at(verona, 'juliet')
      const romeo = await at(mantua, 'romeo')
      juliet.sends`<message to="${romeo.fullJid}" type="chat" id="m1"><body>Romeo &amp; Juliet</body></message>`
      await romeo.receivesStrictly`<message from="${juliet.fullJid}" to="${romeo.fullJid}" type="chat" id="m1" xml:lang="en"><body>Romeo &amp; Juliet</body>…</message>`
      romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>Here</body></message>`
      await juliet.receives`<message from="${romeo.fullJid}" type="chat"><body>Here</body></message>`
      const answer = await juliet.asks`<iq type="get" to="mantua.lit"><ping xmlns="urn:xmpp:ping"/></iq>`
      assert.equal(answer.attr('type'), 'result')
      assert.equal(answer.attr('from'), 'mantua.lit')
      assert.ok(dns.asked.includes('SRV _xmpp-server._tcp.mantua.lit'))
    }),
  )
})
