/** How servers prove to each other who they are, and that nobody talks to those who cannot. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { across } from '../kit/federation/across.ts'
import { type CertificateWishes, expired, selfMade } from '../kit/federation/authority.ts'
import type { Peer } from '../kit/federation/peer.ts'
import { World } from '../kit/federation/world.ts'
import { refused } from '../kit/refusals.ts'

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.stop())

/** Each says something to the other. */
function talk(here: Peer, there: Peer): Promise<void> {
  return across(here, there, async ({ romeo, juliet }) => {
    romeo.sends`<message to="${juliet.fullJid}" type="chat"><body>But soft!</body></message>`
    await juliet.eventually`<message from="${romeo.fullJid}"><body>But soft!</body></message>`
    juliet.sends`<message to="${romeo.fullJid}" type="chat"><body>Ay me!</body></message>`
    await romeo.eventually`<message from="${juliet.fullJid}"><body>Ay me!</body></message>`
  })
}

/** Neither reaches the other, and each is told so. */
async function areStrangers(here: Peer, there: Peer): Promise<void> {
  await across(
    here,
    there,
    async ({ romeo, juliet }) => {
      for (const [asker, asked] of [
        [romeo, there],
        [juliet, here],
      ] as const) {
        await asker.connects()
        const question = "<ping xmlns='urn:xmpp:ping'/>"
        const answer = await asker.client.ask('get', question, asked.domain, 30_000)
        assert.match(
          answer.at('error').elements()[0]!.name,
          /^(remote-server-(not-found|timeout)|internal-server-error)$/,
        )
        if (asker === romeo) refused(answer, 'remote-server-not-found')
      }
    },
    { offline: ['romeo', 'juliet'] },
  )
}

describe('XEP-0178: certificates', () => {
  test('Prosody and we know each other by them, both ways', async () => {
    const sotto = await world.sotto({ domain: 'certain.lit' })
    const prosody = await world.prosody({ domain: 'sure.lit', certificatesOnly: true })
    await talk(sotto, prosody)
    assert.match(prosody.log, /Accepting SASL EXTERNAL identity from certain\.lit|SASL EXTERNAL with certain\.lit/)
    assert.doesNotMatch(prosody.log, /dialback/i)
  })

  test('ejabberd and we know each other by them, both ways', async () => {
    const sotto = await world.sotto({ domain: 'certainly.lit' })
    const ejabberd = await world.ejabberd({ domain: 'surely.lit', certificatesOnly: true })
    await talk(sotto, ejabberd)
    assert.match(ejabberd.log, /Accepted inbound s2s EXTERNAL authentication certainly\.lit -> surely\.lit/)
    assert.match(ejabberd.log, /Accepted outbound s2s EXTERNAL authentication surely\.lit -> certainly\.lit/)
  })

  test('RFC 6120 §13.7.1.2: names for XMPP alone do as well, of either kind', async () => {
    const sotto = await world.sotto({ domain: 'precise.lit' })
    for (const [domain, wishes] of [
      ['service.lit', { serviceNames: ['_xmpp-server.service.lit'] }],
      ['address.lit', { xmppAddresses: ['address.lit'] }],
    ] as const) {
      const prosody = await world.prosody({
        domain,
        credential: world.authority.issues({ ...wishes, commonName: 'x' }),
      })
      await talk(sotto, prosody)
    }
  })

  const wrong: readonly (readonly [string, (domain: string) => CertificateWishes, boolean])[] = [
    ['expired', domain => ({ names: [domain], ...expired() }), true],
    ['for another name', () => ({ names: ['somebody-else.lit'] }), true],
    ['for a name below it only', domain => ({ names: [`*.${domain}`] }), true],
    ['made by itself', domain => ({ names: [domain] }), false],
  ]
  for (const [i, [what, wishes, byAuthority]] of wrong.entries()) {
    const credential = (domain: string) =>
      byAuthority ? world.authority.issues(wishes(domain)) : selfMade(wishes(domain))
    test(`a server whose certificate is ${what} is not talked to, whoever began`, async () => {
      const sotto = await world.sotto({ domain: `strict${i}.lit` })
      const prosody = await world.prosody({ domain: `wrong${i}.lit`, credential: credential(`wrong${i}.lit`) })
      await areStrangers(sotto, prosody)
    })
    test(`and others do not talk to us if ours is ${what}`, async () => {
      const sotto = await world.sotto({ domain: `ours${i}.lit`, credential: credential(`ours${i}.lit`) })
      const prosody = await world.prosody({ domain: `theirs${i}.lit`, certificatesOnly: true })
      await areStrangers(sotto, prosody)
    })
  }
})

describe('XEP-0220: dialback, where the settings allow it', () => {
  test('with a Prosody whose certificate nobody vouches for', async () => {
    const sotto = await world.sotto({ domain: 'trusting.lit', certificatesOnly: false })
    const credential = selfMade({ names: ['modest.lit'] })
    const prosody = await world.prosody({ domain: 'modest.lit', credential, dialbackOnly: true })
    await talk(sotto, prosody)
    assert.match(prosody.log, /dialback/i)
  })

  test('with an ejabberd whose certificate nobody vouches for', async () => {
    const sotto = await world.sotto({ domain: 'credulous.lit', certificatesOnly: false })
    const ejabberd = await world.ejabberd({ domain: 'humble.lit', credential: selfMade({ names: ['humble.lit'] }) })
    await talk(sotto, ejabberd)
  })
})

describe('RFC 7673: DANE', () => {
  test('a Prosody whose certificate nobody vouches for but its own zone', async () => {
    const { createHash, X509Certificate } = await import('node:crypto')
    const resolver = { validating_resolver: `127.0.0.1:${world.names.port}` }
    const sotto = await world.sotto({ domain: 'validating.lit', settings: { federation: resolver } })
    const credential = selfMade({ names: ['signed.lit'] })
    const key = new X509Certificate(credential.certificate).publicKey.export({ type: 'spki', format: 'der' })
    const prosody = await world.prosody({ domain: 'signed.lit', credential })
    const record = `TLSA 3 1 1 ${createHash('sha256').update(key).digest('hex')}`
    await world.names.saysAll({
      [`_${prosody.s2s.starttls}._tcp.xmpp.signed.lit`]: [record],
      [`_${prosody.s2s.direct}._tcp.xmpp.signed.lit`]: [record],
    })
    await talk(sotto, prosody)
  })
})

describe('XEP-0288: one connection for both ways', () => {
  test('that we began', async () => {
    const sotto = await world.sotto({ domain: 'caller.lit' })
    const prosody = await world.prosody({ domain: 'called.lit' })
    await across(sotto, prosody, async ({ romeo, juliet }) => {
      assert.ok(romeo.online && juliet.online)
    })
    assert.doesNotMatch(prosody.log, /Outgoing s2s connection called\.lit->caller\.lit complete/)
  })

  test('that Prosody began', async () => {
    const sotto = await world.sotto({ domain: 'called2.lit' })
    const prosody = await world.prosody({ domain: 'caller2.lit' })
    await across(prosody, sotto, async ({ romeo, juliet }) => {
      assert.ok(romeo.online && juliet.online)
    })
    assert.doesNotMatch(prosody.log, /Incoming s2s connection called2\.lit->caller2\.lit complete/i)
  })
})
