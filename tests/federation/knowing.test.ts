/** Who another server is: certificates (RFC 6120 §13.7, RFC 9525, XEP-0178). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Authority, type CertificateWishes, expired, selfMade } from '../kit/federation/authority.ts'
import { offersExternal, Stranger } from '../kit/federation/stranger.ts'
import { among, type World } from '../kit/federation/two-servers.ts'

const from = 'padua.lit'
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'

describe('a server that connects', () => {
  const isBelieved: readonly (readonly [string, CertificateWishes])[] = [
    ['by dNSName', { names: [from] }],
    ['by dNSName in capitals', { names: ['PADUA.lit'] }],
    ['by SRVName (RFC 4985)', { serviceNames: [`_xmpp-server.${from}`] }],
    ['by xmppAddr', { xmppAddresses: [from] }],
    ['with a certificate for servers only', { names: [from], purposes: ['server'] }],
    ['with many names', { names: ['a.lit', 'b.lit', from], xmppAddresses: ['c.lit'] }],
  ]
  const isNot: readonly (readonly [string, (authority: Authority) => CertificateWishes | undefined])[] = [
    ['with none', () => undefined],
    ['for another name', () => ({ names: ['mantua.lit'] })],
    ['with its name as subject only (RFC 9525 §2)', () => ({ commonName: from })],
    ['for a service of another kind', () => ({ serviceNames: [`_xmpp-client.${from}`] })],
    ['for a person', () => ({ xmppAddresses: [`romeo@${from}`] })],
    ['for what is below it', () => ({ names: [`*.${from}`] })],
    ['for a whole top level', () => ({ names: ['*.lit'] })],
    ['that has expired', () => ({ names: [from], ...expired() })],
    ['that is not valid yet', () => ({ names: [from], from: new Date(Date.now() + 3_600_000) })],
  ]
  test(
    'is offered EXTERNAL if its certificate is for the name that it gives',
    among(async ({ verona, authority }) => {
      for (const [how, wishes] of isBelieved) {
        const stranger = await Stranger.calls(verona, { from, credential: authority.issues(wishes) })
        assert.ok(offersExternal(stranger.features), how)
        stranger.wire.drop()
      }
      const below = await Stranger.calls(verona, {
        from: `chat.${from}`,
        credential: authority.issues({ names: [`*.${from}`] }),
      })
      assert.ok(offersExternal(below.features), 'by a wildcard')
    }),
  )

  test(
    'is not offered it otherwise, nor a way around it',
    among(async ({ verona, authority }) => {
      for (const [how, wishes] of isNot) {
        const given = wishes(authority)
        const credential = given && { credential: authority.issues(given) }
        const stranger = await Stranger.calls(verona, { from, ...credential })
        assert.ok(!offersExternal(stranger.features), how)
        assert.ok(!stranger.offers('dialback', 'urn:xmpp:features:dialback'), how)
        assert.ok((await stranger.authenticates()).child('not-authorized', sasl), how)
        stranger.says(`<db:result from='${from}' to='verona.lit'>key</db:result>`)
        const answer = await stranger.wire.next()
        assert.equal(answer.attr('type'), 'error', how)
        assert.ok(answer.elements()[0]?.elements()[0]?.is('not-authorized'), how)
        stranger.says(`<message from='a@${from}' to='juliet@verona.lit'><body>Believe me</body></message>`)
        await stranger.isCutOff('not-authorized')
      }
      const own = await Stranger.calls(verona, { from, credential: selfMade({ names: [from] }) })
      assert.ok(!offersExternal(own.features), 'self-made')
      const nameless = await Stranger.calls(verona, { credential: authority.issues({ names: [from] }) })
      assert.ok(!offersExternal(nameless.features), 'without from')
    }),
  )

  test(
    'RFC 6120 §6.3.8: may not give another name than that of its stream',
    among(async ({ verona, authority }) => {
      const credential = authority.issues({ names: [from, 'mantua.lit'] })
      const stranger = await Stranger.calls(verona, { from, credential })
      assert.ok((await stranger.authenticates('mantua.lit')).child('invalid-authzid', sasl))
      assert.ok((await stranger.authenticates('')).is('success', sasl))
    }),
  )

  test(
    'RFC 6120 §5.3.1: is told nothing but that it has to encrypt',
    among(async ({ verona }) => {
      const stranger = await Stranger.reaches(verona, { from })
      const features = await stranger.opens()
      assert.deepEqual(
        features.elements().map(each => each.name),
        ['starttls'],
      )
      assert.ok(features.elements()[0]!.elements()[0]!.is('required'))
      stranger.says(`<db:result from='${from}' to='verona.lit'>key</db:result>`)
      await stranger.isCutOff('policy-violation')
      const elsewhere = await Stranger.reaches(verona, { from, to: 'nowhere.lit' })
      assert.ok((await elsewhere.opens()).is('error'))
      await elsewhere.isCutOff('host-unknown')
    }),
  )
})

describe('a server that is known', () => {
  const told = async (world: World, stanza: string, condition: string): Promise<void> => {
    const { verona, authority } = world
    const stranger = await Stranger.isKnown(verona, { from, credential: authority.issues({ names: [from] }) })
    stranger.says(stanza)
    await stranger.isCutOff(condition)
  }

  test(
    'RFC 6120 §8.1: speaks for itself only, to this server only, and says to whom',
    among(async world => {
      const juliet = await world.at(world.verona, 'juliet')
      const { jid } = juliet
      await told(world, `<message from='romeo@mantua.lit' to='${jid}'><body>Forged</body></message>`, 'invalid-from')
      await told(world, `<message from='juliet@verona.lit' to='${jid}'><body>Forged</body></message>`, 'invalid-from')
      await told(world, `<presence from='chat.${from}' to='${jid}'/>`, 'invalid-from')
      await told(world, `<message from='a@${from}' to='a@nowhere.lit'/>`, 'host-unknown')
      await told(world, `<message from='a@${from}' to='a@mantua.lit'/>`, 'host-unknown')
      await told(world, `<message from='a@${from}'/>`, 'improper-addressing')
      await told(world, `<message to='${jid}'/>`, 'improper-addressing')
      await told(world, `<message from='@' to='${jid}'/>`, 'improper-addressing')
      await told(world, `<nonsense/>`, 'unsupported-stanza-type')
      await told(world, `<message from='a@${from}' to='${jid}'><body>`.padEnd(300_000, 'x'), 'policy-violation')
      await told(world, `<message></iq>`, 'not-well-formed')
      await juliet.receivesNothing()
    }),
  )

  test(
    'may prove further domains on the same stream if the certificate is for them, too (XEP-0344#dwd)',
    among(async ({ verona, authority, at }) => {
      const juliet = await at(verona, 'juliet')
      const credential = authority.issues({ names: [from, `conference.${from}`] })
      const stranger = await Stranger.isKnown(verona, { from, credential })
      stranger.says(`<db:result from='conference.${from}' to='verona.lit'>no key is needed</db:result>`)
      assert.equal((await stranger.wire.next()).attr('type'), 'valid')
      stranger.says(`<message from='a@conference.${from}' to='${juliet.jid}'><body>From a room</body></message>`)
      await juliet.receives`<message><body>From a room</body></message>`
      stranger.says(`<db:result from='conference.${from}' to='nowhere.lit'>key</db:result>`)
      assert.equal((await stranger.wire.next()).attr('type'), 'error')
      stranger.says(`<db:result from='mantua.lit' to='verona.lit'>key</db:result>`)
      assert.equal((await stranger.wire.next()).attr('type'), 'error')
      stranger.says(`<message from='a@${from}' to='${juliet.jid}'><body>Still here</body></message>`)
      await juliet.receives`<message><body>Still here</body></message>`
    }),
  )
})

describe('a server that is called', () => {
  const refused = (name: string, credential: (authority: Authority) => ReturnType<Authority['issues']>) =>
    test(
      name,
      among({ mantua: { credential } }, async ({ verona, at }) => {
        const juliet = await at(verona, 'juliet')
        juliet.sends`<message to="romeo@mantua.lit" type="chat" id="m1"><body>Romeo?</body></message>`
        await juliet.receives`<message type="error" id="m1" from="romeo@mantua.lit"><error type="cancel"><remote-server-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
      }),
    )
  refused('is told nothing if its certificate is for another name', authority =>
    authority.issues({ names: ['padua.lit'] }),
  )
  refused('is told nothing if its certificate has expired', authority =>
    authority.issues({ names: ['mantua.lit'], ...expired() }),
  )
  refused('is told nothing if nobody vouches for its certificate', () => selfMade({ names: ['mantua.lit'] }))
})
