/** Everything that federation needs on one machine: names, an authority, and servers of several makes. */

import { Authority } from './authority.ts'
import { Ejabberd } from './ejabberd.ts'
import { Names } from './names.ts'
import { type Peer, type PeerWishes, recordsOf } from './peer.ts'
import { Prosody } from './prosody.ts'
import { Sotto, type SottoWishes } from './sotto.ts'

export type Wishes = Omit<PeerWishes, 'names' | 'authority'>

export class World {
  readonly names: Names
  readonly authority = new Authority()
  readonly #ends: (() => Promise<void>)[] = []

  private constructor(names: Names) {
    this.names = names
    this.#ends.push(() => names.stop())
  }

  static async start(): Promise<World> {
    return new World(await Names.start())
  }

  /** Starts a Prosody, whose name everybody knows from then on. */
  prosody(wishes: Wishes): Promise<Prosody> {
    return this.#adds(Prosody.start({ ...wishes, names: this.names, authority: this.authority }))
  }

  ejabberd(wishes: Wishes): Promise<Ejabberd> {
    return this.#adds(Ejabberd.start({ ...wishes, names: this.names, authority: this.authority }))
  }

  sotto(wishes: Omit<SottoWishes, 'names' | 'authority'>): Promise<Sotto> {
    return this.#adds(Sotto.start({ ...wishes, names: this.names, authority: this.authority }))
  }

  async #adds<P extends Peer>(starting: Promise<P>): Promise<P> {
    const peer = await starting
    this.#ends.push(() => peer.stop())
    await this.names.saysAll(recordsOf(peer))
    return peer
  }

  /** Calls this when the world ends, before what was there earlier ends. */
  lastly(end: () => Promise<void>): void {
    this.#ends.push(end)
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}
