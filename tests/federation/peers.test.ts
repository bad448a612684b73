/** What people here do with people at servers that others wrote, and the other way round. */

import { after, before } from 'node:test'
import type { Peer } from '../kit/federation/peer.ts'
import { World } from '../kit/federation/world.ts'
import { playsBetween } from './plays.ts'

let world: World
let sotto: Peer
let prosody: Peer
let ejabberd: Peer

before(async () => {
  world = await World.start()
  ;[sotto, prosody, ejabberd] = await Promise.all([
    world.sotto({ domain: 'verona.lit' }),
    world.prosody({ domain: 'montague.lit' }),
    world.ejabberd({ domain: 'capulet.lit' }),
  ])
})
after(() => world.stop())

playsBetween(
  'Sotto and Prosody',
  () => sotto,
  () => prosody,
)
playsBetween(
  'Sotto and ejabberd',
  () => sotto,
  () => ejabberd,
)
