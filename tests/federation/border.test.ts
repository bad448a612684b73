import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { Authority } from '../kit/federation/authority.ts'
import { among } from '../kit/federation/two-servers.ts'
import type { Tree } from '../kit/tree.ts'

const stanzaErrors = 'urn:ietf:params:xml:ns:xmpp-stanzas'
const pubsub = 'http://jabber.org/protocol/pubsub'

/** Writes to somebody. @returns what became of it: whether it arrived, or the condition of the error that came back */
async function writes(from: Actor, to: Actor, id: string): Promise<string> {
  from.client.send(`<message to='${to.jid}' type='chat' id='${id}'><body>${id}</body></message>`)
  const isIt = (tree: Tree) => tree.name === 'message' && tree.attr('id') === id
  const arrived = to.client.take(isIt, 'the message').then(
    () => 'arrived',
    () => 'nothing',
  )
  const cameBack = from.client.take(isIt, 'its error').then(
    answer => answer.child('error')!.elements()[0]!.name,
    () => 'nothing',
  )
  return Promise.race([arrived, cameBack])
}

describe('who talks to whom', () => {
  for (const [what, settings] of [
    ['is blocked', { blocked: ['mantua.lit'] }],
    ['is not on the list of those that are allowed', { policy: 'listed', allowed: ['padua.lit'] }],
  ] as const) {
    test(
      `a server that ${what} is not written to, and is not let in`,
      among({ verona: { settings: { federation: settings } } }, async ({ verona, mantua, at }) => {
        const juliet = await at(verona, 'juliet')
        const romeo = await at(mantua, 'romeo')
        juliet.sends`<message to="${romeo.jid}" type="chat" id="m1"><body>Romeo!</body></message>`
        await juliet.receives`<message type="error" id="m1" from="${romeo.jid}"><error type="cancel"><policy-violation xmlns="${stanzaErrors}"/></error></message>`
        romeo.sends`<message to="${juliet.jid}" type="chat" id="m2"><body>Juliet!</body></message>`
        await romeo.receives`<message type="error" id="m2" from="${juliet.jid}"/>`
      }),
    )
  }

  test(
    'a server that is on the list talks as if there were none',
    among({ verona: { settings: { federation: { policy: 'listed', allowed: ['mantua.lit'] } } } }, async world => {
      const juliet = await world.at(world.verona, 'juliet')
      const romeo = await world.at(world.mantua, 'romeo')
      assert.equal(await writes(juliet, romeo, 'm1'), 'arrived')
      assert.equal(await writes(romeo, juliet, 'm2'), 'arrived')
    }),
  )

  test(
    'a hosted domain decides for itself, and at once, whatever streams there are',
    among(async ({ verona, mantua, at, dns, authority }) => {
      const directory = mkdtempSync(join(tmpdir(), 'sotto-border-'))
      const credential = authority.issues({ names: ['capulet.lit'] })
      const { certificate, key } = Authority.write(directory, 'capulet.lit', credential)
      await verona.addDomain!('capulet.lit', { certificate, key })
      dns.knows('capulet.lit', { s2s: verona.ports.s2s!, s2sTls: 0 })
      const paris = await at(verona, 'paris')
      const romeo = await at(mantua, 'romeo')
      const juliet = await at(verona.at!('capulet.lit'), 'juliet')
      assert.equal(await writes(juliet, romeo, 'm1'), 'arrived')
      assert.equal(await writes(romeo, juliet, 'm2'), 'arrived')
      await verona.changeDomain!('capulet.lit', { federationBlocked: ['mantua.lit'] })
      assert.equal(await writes(juliet, romeo, 'm3'), 'policy-violation')
      assert.equal(await writes(romeo, juliet, 'm4'), 'policy-violation')
      assert.equal(await writes(paris, romeo, 'm5'), 'arrived')
      rmSync(directory, { recursive: true })
    }),
  )
})

describe('a list of those who are not let in, kept by others', () => {
  const sha256 = (address: string) => hash('sha256', address)

  test(
    'is read, is followed while it changes, and stays while its server is away',
    among(async ({ verona, mantua, at, starts }) => {
      const keeper = await at(mantua, 'nurse')
      const publishes = (address: string) =>
        keeper.client.ask(
          'set',
          `<pubsub xmlns='${pubsub}'><publish node='bans'><item id='${sha256(address)}'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></item></publish>` +
            `<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${pubsub}#publish-options</value></field>` +
            `<field var='pubsub#access_model'><value>open</value></field><field var='pubsub#max_items'><value>max</value></field>` +
            `<field var='pubsub#persist_items'><value>1</value></field></x></publish-options></pubsub>`,
        )
      const [tybalt, juliet] = [await at(verona, 'tybalt'), await at(verona, 'juliet')]
      assert.equal((await publishes(tybalt.jid)).attr('type'), 'result')
      const padua = await starts('padua.lit', { settings: { federation: { block_lists: [`${keeper.jid} bans`] } } })
      const paris = await at(padua, 'paris')

      /** Until the list has been read, or its news has come, which nobody is told. */
      const until = async (from: Actor, outcome: string) => {
        for (let n = 0; n < 200; n++) if ((await writes(from, paris, `${from.role}${n}`)) === outcome) return
        assert.fail(`${from.role} is never ${outcome}`)
      }
      await until(tybalt, 'policy-violation')
      assert.equal(await writes(juliet, paris, 'm1'), 'arrived')

      await publishes('verona.lit')
      await until(juliet, 'policy-violation')
      await keeper.client.ask(
        'set',
        `<pubsub xmlns='${pubsub}'><retract node='bans' notify='1'><item id='${sha256('verona.lit')}'/></retract></pubsub>`,
      )
      await until(juliet, 'arrived')

      keeper.drops()
      await mantua.stop()
      assert.equal(await writes(tybalt, paris, 'm2'), 'policy-violation')
      assert.equal(await writes(juliet, paris, 'm3'), 'arrived')
      // Only who comes from elsewhere is looked up.
      assert.equal(await writes(paris, juliet, 'm4'), 'arrived')
    }),
  )
})
