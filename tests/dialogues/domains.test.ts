/** Two domains in one program: their people are strangers until they make friends, by the same rules as everywhere. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { Client } from '../kit/client.ts'
import { startInside, type TestServer } from '../kit/server.ts'
import { Stage } from '../kit/stage.ts'

const [capulet, montague] = ['capulet.example', 'montague.example'] as const
const discoInfo = 'http://jabber.org/protocol/disco#info'
const discoItems = 'http://jabber.org/protocol/disco#items'

let server: TestServer
before(async () => {
  server = await startInside({ service: { domain: capulet } })
  await server.addDomain!(montague, { abuse: ['mailto:abuse@montague.example'] })
})
after(async () => server.stop())

/** Juliet has an account of the one domain, Romeo of the other. */
function play(perform: (cast: { juliet: Actor; romeo: Actor; settle(): Promise<void> }) => Promise<void>) {
  return async () => {
    const [here, there] = [new Stage(server), new Stage(server.at!(montague))]
    try {
      const [juliet, romeo] = [await here.actor('juliet'), await there.actor('romeo')]
      for (const actor of [juliet, romeo]) await actor.connects()
      const settle = async () => {
        for (const stage of [here, there]) await stage.clears()
      }
      await perform({ juliet, romeo, settle })
      assert.deepEqual(server.bugs!(), [])
    } finally {
      here.ends()
      there.ends()
    }
  }
}

describe('RFC 6121: between two domains of one program', () => {
  test(
    'messages arrive, from the address of the other domain',
    play(async ({ juliet, romeo }) => {
      juliet.sends`<message to="${romeo.jid}" type="chat" id="m1"><body>Art thou not Romeo?</body></message>`
      await romeo.receives`<message from="${juliet.fullJid}" id="m1"><body>Art thou not Romeo?</body></message>`
      romeo.sends`<message to="${juliet.fullJid}" type="chat" id="m2"><body>Neither, fair saint.</body></message>`
      await juliet.receives`<message from="${romeo.fullJid}" id="m2"><body>Neither, fair saint.</body></message>`
    }),
  )

  test(
    'RFC 6121 §3: who is a contact is asked for and answered, and presence follows',
    play(async ({ juliet, romeo, settle }) => {
      romeo.sends`<presence to="${juliet.jid}" type="subscribe"/>`
      await juliet.eventually`<presence from="${romeo.jid}" type="subscribe"/>`
      juliet.sends`<presence to="${romeo.jid}" type="subscribed"/>`
      await romeo.eventually`<presence from="${juliet.jid}" type="subscribed"/>`
      await romeo.eventually`<presence from="${juliet.fullJid}"/>`
      await settle()
      juliet.sends`<presence><show>away</show></presence>`
      await romeo.receives`<presence from="${juliet.fullJid}"><show>away</show></presence>`
      await juliet.disconnects()
      await romeo.receives`<presence from="${juliet.fullJid}" type="unavailable"/>`
    }),
  )

  test(
    'strangers learn nothing: neither presence nor what an account can do',
    play(async ({ juliet, romeo }) => {
      const about = await juliet.asks`<iq type="get" to="${romeo.jid}"><query xmlns="${discoInfo}"/></iq>`
      assert.equal(about.attr('type'), 'error')
      juliet.sends`<presence to="${romeo.jid}" type="probe"/>`
      juliet.sends`<message to="${juliet.jid}" type="chat" id="after"><body>Alone?</body></message>`
      await juliet.receives`<message id="after"/>`
    }),
  )

  test(
    'XEP-0191: blocking holds, for one address and for the whole other domain',
    play(async ({ juliet, romeo, settle }) => {
      for (const blocked of [romeo.jid, montague]) {
        await juliet.asks`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="${blocked}"/></block></iq>`
        await settle()
        romeo.sends`<message to="${juliet.jid}" type="chat" id="m3"><body>O, wilt thou leave me so unsatisfied?</body></message>`
        await romeo.receives`<message type="error" id="m3" from="${juliet.jid}"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
        await juliet.asks`<iq type="set"><unblock xmlns="urn:xmpp:blocking"/></iq>`
      }
    }),
  )

  test(
    'nobody is who has the same name elsewhere',
    play(async ({ juliet }) => {
      const elsewhere = `${juliet.username}@${montague}`
      juliet.sends`<message to="${elsewhere}" type="chat" id="m4"><body>Myself?</body></message>`
      await juliet.receives`<message type="error" id="m4" from="${elsewhere}"/>`
      const client = await Client.connect({ host: server.host, ports: server.ports, domain: montague })
      await assert.rejects(client.signIn({ username: juliet.username, password: juliet.password }))
      client.drop()
    }),
  )
})

describe('which other domains a domain talks to', () => {
  test(
    'holds inside the program as well, in both directions',
    play(async ({ juliet, romeo, settle }) => {
      for (const changes of [{ federationBlocked: [capulet] }, { federationPolicy: 'listed' }] as const) {
        await server.changeDomain!(montague, changes)
        for (const [from, to] of [
          [juliet, romeo],
          [romeo, juliet],
        ] as const) {
          from.sends`<message to="${to.jid}" type="chat" id="m5"><body>Wherefore?</body></message>`
          await from.receives`<message type="error" id="m5" from="${to.jid}"><error><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
          const answer = await from.asks`<iq type="get" to="${to.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq>`
          assert.equal(answer.attr('type'), 'error')
          from.sends`<presence to="${to.jid}" type="subscribe"/>`
          await from.receives`<presence type="error" from="${to.jid}"/>`
        }
        // The services of the first domain are for everybody.
        const info = await romeo.asks`<iq type="get" to="upload.${capulet}"><query xmlns="${discoInfo}"/></iq>`
        assert.equal(info.attr('type'), 'result')
        await settle()
        await server.changeDomain!(montague, { federationBlocked: undefined, federationPolicy: undefined })
      }
      juliet.sends`<message to="${romeo.jid}" type="chat" id="m6"><body>Romeo.</body></message>`
      await romeo.receives`<message id="m6" from="${juliet.fullJid}"/>`
    }),
  )
})

describe('XEP-0030: each domain', () => {
  test(
    'tells what it is, and whom to write to there',
    play(async ({ juliet, romeo }) => {
      const about = async (actor: Actor, domain: string) =>
        String(await actor.asks`<iq type="get" to="${domain}"><query xmlns="${discoInfo}"/></iq>`)
      const own = await about(romeo, montague)
      assert.match(own, /mailto:abuse@montague\.example/)
      assert.match(own, /from="montague\.example"/)
      assert.doesNotMatch(await about(juliet, capulet), /abuse@montague/)
      assert.match(await about(juliet, montague), /mailto:abuse@montague\.example/)
    }),
  )

  test(
    'XEP-0115#stream: is named by its own hash in the stream features',
    play(async ({ juliet, romeo }) => {
      const hash = async (actor: Actor, domain: string) => {
        const info = await actor.asks`<iq type="get" to="${domain}"><query xmlns="${discoInfo}"/></iq>`
        return info.at('query').elements().length
      }
      assert.ok((await hash(juliet, capulet)) < (await hash(romeo, montague)))
    }),
  )

  test(
    'shows its people the services of the first, unless it has its own',
    play(async ({ romeo }) => {
      const items = async () => {
        const answer = await romeo.asks`<iq type="get" to="${montague}"><query xmlns="${discoItems}"/></iq>`
        return answer
          .at('query')
          .elements()
          .map(item => item.attr('jid'))
      }
      assert.ok((await items()).includes(`upload.${capulet}`))
      await server.changeDomain!(montague, { services: 'own' })
      try {
        assert.ok((await items()).includes(`upload.${montague}`))
        assert.ok(!(await items()).includes(`upload.${capulet}`))
        const slot =
          await romeo.asks`<iq type="get" to="upload.${montague}"><request xmlns="urn:xmpp:http:upload:0" filename="letter.txt" size="10"/></iq>`
        assert.equal(slot.attr('type'), 'result', String(slot))
        assert.equal(slot.attr('from'), `upload.${montague}`)
      } finally {
        await server.changeDomain!(montague, { services: undefined })
      }
      const gone = await romeo.asks`<iq type="get" to="upload.${montague}"><query xmlns="${discoInfo}"/></iq>`
      assert.equal(gone.attr('type'), 'error')
    }),
  )
})

test('RFC 6120 §4.9.3.6: a domain that is not served is unknown; one that is added is served from then on', async () => {
  const reach = (domain: string) => Client.connect({ host: server.host, ports: server.ports, domain, tls: 'plain' })
  await assert.rejects(reach('verona.example'), /host-unknown/)
  await server.addDomain!('verona.example')
  const client = await reach('verona.example')
  client.drop()
})
