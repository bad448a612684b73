/** Servers that others wrote play it among themselves: what they cannot do with one another is not asked of us either. */

import { after, before } from 'node:test'
import type { Peer } from '../kit/federation/peer.ts'
import { World } from '../kit/federation/world.ts'
import { playsBetween } from './plays.ts'

let world: World
let prosody: Peer
let ejabberd: Peer

before(async () => {
  world = await World.start()
  ;[prosody, ejabberd] = await Promise.all([
    world.prosody({ domain: 'montague.lit' }),
    world.ejabberd({ domain: 'capulet.lit' }),
  ])
})
after(() => world.stop())

playsBetween(
  'Prosody and ejabberd',
  () => prosody,
  () => ejabberd,
)
