/** Somebody who writes to one friend as fast as the server acknowledges, and keeps the books of what was promised. */

import { Client } from '../kit/client.ts'
import type { TestServer } from '../kit/server.ts'
import { escaped, type Tree } from '../kit/tree.ts'
import { WireEnded } from '../kit/wire.ts'

export interface Letter {
  readonly id: string
  /** How often it went out. More than once only where a connection ended before it was acknowledged. */
  sendings: number
  acknowledged: boolean
}

/** One arrival of one letter. */
export interface Arrival {
  readonly stanzaId: string | undefined
  /** The connection on which it came, counted from 1. */
  readonly connection: number
  /** Whether the server has told that it knows that this arrived, and that this is on disk. */
  settled: boolean
}

const window = 8

export class Correspondent {
  readonly username: string
  readonly password: string
  readonly letters: Letter[] = []
  readonly arrivals = new Map<string, Arrival[]>()
  /** Cleared to finish: what is not acknowledged is still sent, and nothing new. */
  writing = true
  readonly #friend: () => string
  #client: Client | undefined
  #connection = 0
  #begun: Promise<void> = Promise.resolve()
  #wake = () => {}

  constructor(username: string, password: string, friend: () => string) {
    this.username = username
    this.password = password
    this.#friend = friend
  }

  /** Connects and corresponds until the connection ends, however it does. */
  async corresponds(server: TestServer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#begun = promise
    this.#client = undefined
    try {
      const client = await Client.connect({ ...server, tls: this.#connection % 2 === 0 ? 'starttls' : 'direct' })
      await client.signIn(this)
      await client.bind('desk')
      await client.sm.enable()
      this.#begin(client)
      this.#client = client
      this.#wake()
      resolve()
      await client.wire.until(() => (client.wire.ended ? true : undefined), 'end of the connection', 600_000)
    } catch (error) {
      if (!isEnding(error)) throw error
    } finally {
      resolve()
    }
  }

  /** Resolves when the present connection has signed in, or has come to nothing. */
  begun(): Promise<void> {
    return this.#begun
  }

  /** Resolves when everything written was acknowledged. */
  async finished(): Promise<void> {
    while (this.#client === undefined || this.letters.some(each => !each.acknowledged))
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    await this.#client.ping()
  }

  leaves(): void {
    this.#client?.drop()
  }

  #begin(client: Client): void {
    this.#connection += 1
    const open = this.letters.filter(each => !each.acknowledged)
    const flying: Letter[] = []
    const came: Arrival[] = []
    /** What was settled at each request of ours, oldest first. */
    const asked: number[] = []
    let counted = 0
    let told = 0
    const request = () => {
      asked.push(told)
      client.sm.request()
    }
    const fill = () => {
      let more = false
      while (flying.length < window) {
        const letter = open.shift() ?? (this.writing ? this.#newLetter() : undefined)
        if (letter === undefined) break
        letter.sendings += 1
        flying.push(letter)
        more = true
        const body = `${letter.id} ${'~'.repeat(100)}`
        client.send(
          `<message to='${escaped(this.#friend())}' type='chat' id='${letter.id}'><body>${body}</body></message>`,
        )
      }
      if (more) request()
    }
    client.sm.onAck = h => {
      const settled = asked.shift() ?? 0
      for (const arrival of came.splice(0, settled - counted)) arrival.settled = true
      counted = Math.max(counted, settled)
      for (const letter of flying.splice(0, h - (client.sm.sent - flying.length))) letter.acknowledged = true
      this.#wake()
      fill()
    }
    client.wire.tap = tree => {
      if (tree.name === 'message' && tree.attr('type') !== 'error') came.push(this.#arrived(tree))
      else if (tree.name === 'message') throw new Error(`A letter was refused: ${tree}`)
      const consumed = client.sm.sees(tree)
      // All stanzas count for the protocol, and messages alone for the books.
      if (tree.name === 'r') told = counted + came.length
      return consumed || tree.name === 'message' || tree.name === 'presence'
    }
    client.send('<presence/>')
    fill()
    request()
  }

  #newLetter(): Letter {
    const letter = { id: `${this.username}-${this.letters.length}`, sendings: 0, acknowledged: false }
    this.letters.push(letter)
    return letter
  }

  #arrived(message: Tree): Arrival {
    const id = message.attr('id') ?? ''
    const stanzaId = message.child('stanza-id', 'urn:xmpp:sid:0')?.attr('id')
    const arrival = { stanzaId, connection: this.#connection, settled: false }
    const earlier = this.arrivals.get(id)
    if (earlier === undefined) this.arrivals.set(id, [arrival])
    else earlier.push(arrival)
    return arrival
  }
}

/** The server is gone, or not yet there. */
function isEnding(error: unknown): boolean {
  return error instanceof WireEnded || /^(ECONN|EPIPE)/.test((error as NodeJS.ErrnoException).code ?? '')
}
