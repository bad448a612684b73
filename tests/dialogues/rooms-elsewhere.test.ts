/** People of other servers in rooms, here those of a component: the same rights, and gone when they cannot be reached. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accept, bridge, bridgeDomain, bridgeSettings } from '../kit/bridge.ts'
import { dialogue } from '../kit/cast.ts'
import { administers, codesOf, conditionOf, itemOf, makes, muc, mucUser, open } from '../kit/rooms.ts'
import type { Tree } from '../kit/tree.ts'
import type { Wire } from '../kit/wire.ts'

const domain = bridgeDomain
const settings = bridgeSettings
const mercutio = `mercutio@${domain}/street`

/** Up to the subject. */
async function enters(wire: Wire, room: string, nick: string, from = mercutio): Promise<Tree[]> {
  wire.write(`<presence from='${from}' to='${room}/${nick}'><x xmlns='${muc}'/></presence>`)
  const came: Tree[] = []
  for (;;) {
    const next = await wire.next()
    came.push(next)
    if (next.attr('type') === 'error' || next.child('subject', accept) !== undefined) return came
  }
}

describe('somebody of elsewhere', () => {
  test(
    'comes, talks, is seen, and goes',
    dialogue({ settings }, async ({ juliet, server }) => {
      const wire = await bridge(server)
      const room = await makes(juliet, 'Juliet')
      const [others, self] = await enters(wire, room, 'Mercutio')
      assert.equal(others!.attr('from'), `${room}/Juliet`)
      assert.equal(self!.attr('to'), mercutio)
      const seen = await juliet.receives`<presence from="${room}/Mercutio"/>`
      assert.equal(itemOf(seen)?.attr('jid'), mercutio)
      wire.write(`<message from='${mercutio}' to='${room}' type='groupchat'><body>A plague!</body></message>`)
      await juliet.receives`<message from="${room}/Mercutio"><body>A plague!</body></message>`
      assert.equal((await wire.next()).need('body', accept).text(), 'A plague!')
      juliet.sends(`<message to="${room}/Mercutio" type="chat"><body>Psst</body></message>`)
      const whispered = await wire.next()
      assert.equal(whispered.attr('to'), mercutio)
      assert.equal(whispered.need('body', accept).text(), 'Psst')
      wire.write(`<presence from='${mercutio}' to='${room}/Mercutio' type='unavailable'/>`)
      await juliet.receives`<presence type="unavailable" from="${room}/Mercutio"/>`
      wire.drop()
    }),
  )

  test(
    'makes no rooms here, and a private room is closed to them until they are members',
    dialogue({ settings }, async ({ juliet, server }) => {
      const wire = await bridge(server)
      const room = await makes(juliet, 'Juliet', {})
      const [refused] = await enters(wire, `new-${room}`, 'Mercutio')
      assert.equal(conditionOf(refused!), 'not-allowed')
      const [closed] = await enters(wire, room, 'Mercutio')
      assert.equal(conditionOf(closed!), 'registration-required')
      await administers(juliet, room, `<item affiliation="member" jid="mercutio@${domain}"/>`)
      assert.ok((await wire.next()).child('x', mucUser)?.child('invite'))
      const came = await enters(wire, room, 'Mercutio')
      assert.equal(itemOf(came[1]!)?.attr('affiliation'), 'member')
      wire.drop()
    }),
  )

  test(
    'XEP-0045#service-error-kick: is gone when something comes back from them',
    dialogue({ settings }, async ({ juliet, server }) => {
      const wire = await bridge(server)
      const room = await makes(juliet, 'Juliet')
      await enters(wire, room, 'Mercutio')
      await juliet.forgets()
      juliet.sends(`<message to="${room}" type="groupchat" id="m1"><body>Art thou there?</body></message>`)
      const heard = await wire.next()
      const error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
      wire.write(`<message from='${mercutio}' to='${heard.attr('from')}' type='error' id='m1'>${error}</message>`)
      await juliet.receives`<message from="${room}/Juliet"/>`
      const gone = await juliet.receives`<presence type="unavailable" from="${room}/Mercutio"/>`
      assert.deepEqual(codesOf(gone), [307, 333])
      wire.drop()
    }),
  )

  test(
    'is gone when their server is, as soon as that is noticed',
    dialogue({ settings }, async ({ juliet, server }) => {
      const wire = await bridge(server)
      const room = await makes(juliet, 'Juliet')
      await enters(wire, room, 'Mercutio')
      await enters(wire, room, 'Benvolio', `benvolio@${domain}/street`)
      await juliet.forgets()
      wire.drop()
      for (const nick of ['Mercutio', 'Benvolio']) {
        assert.deepEqual(
          codesOf(await juliet.eventually(`<presence type="unavailable" from="${room}/${nick}"/>`)),
          [307, 333],
        )
      }
      await juliet.receivesNothing()
    }),
  )

  test(
    'and whoever says something in another’s name is not heard',
    dialogue({ settings }, async ({ juliet, server }) => {
      const wire = await bridge(server)
      const room = await makes(juliet, 'Juliet', open)
      await enters(wire, room, 'Mercutio')
      await juliet.forgets()
      wire.write(
        `<message from='mercutio@${domain}/elsewhere' to='${room}' type='groupchat' id='x'><body>Soft!</body></message>`,
      )
      const refused = await wire.next()
      assert.equal(conditionOf(refused), 'not-acceptable')
      await juliet.receivesNothing()
      wire.drop()
    }),
  )
})
