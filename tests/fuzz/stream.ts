/**
 * Fuzzes client streams: `node tests/fuzz/stream.ts --inputs 1000000 --seed 1`.
 * Negotiations and stanzas as clients send them are bent and damaged at random and sent to a whole server in this
 * process. Whatever is sent, the server may answer, or end the stream with a stream error, in well-formed XML either
 * way; it never owns up to a mistake of its own, and meanwhile two people chat undisturbed.
 */
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { Client } from '../kit/client.ts'
import { startInside, type TestServer } from '../kit/server.ts'
import { parseTrees, show, Tree, TreeReader } from '../kit/tree.ts'
import { Wire, WireEnded } from '../kit/wire.ts'
import { elements, negotiations, values } from './stream-corpus.ts'

/** What a run has seen. */
export interface StreamFuzzReport {
  inputs: number
  connections: number
  /** Streams that the server ended, by the condition of the stream error. */
  refused: Map<string, number>
  /** Stanzas that came back. */
  answers: number
  greetings: number
}

type Random = (below: number) => number

const together = 16
const passwordOfAll = 'a password for all'
/** Names change now and then, lest everything ends in one account's full stores. */
const inputsOfAnAccount = 400
const inputsBetweenGreetings = 500

/** Sends that many inputs. Throws an Error that says how to see the failure again. */
export async function fuzzStreams(inputs: number, seed: number): Promise<StreamFuzzReport> {
  const server = await startInside({
    registration: { open: true },
    testing: { plaintext_on_loopback: true },
    passwords: { iterations: 4096 },
  })
  const report: StreamFuzzReport = { inputs: 0, connections: 0, refused: new Map(), answers: 0, greetings: 0 }
  const witnesses = await Witnesses.meet(server)
  let next = 0
  const take = () => (next < inputs ? seed + next++ : undefined)
  try {
    const fuzzers = Array.from({ length: together }, (_, i) => new Fuzzer(server, report, i))
    await Promise.all([...fuzzers.map(each => each.run(take, witnesses))])
    await witnesses.greet(report)
  } finally {
    witnesses.leave()
    await server.stop()
  }
  return report
}

/** Two people who have nothing to do with it. */
class Witnesses {
  readonly #romeo: Client
  readonly #juliet: Client
  #greeting: Promise<void> = Promise.resolve()

  private constructor(romeo: Client, juliet: Client) {
    this.#romeo = romeo
    this.#juliet = juliet
  }

  static async meet(server: TestServer): Promise<Witnesses> {
    const pair: Client[] = []
    for (const username of ['witness-romeo', 'witness-juliet']) {
      await server.createAccount(username, passwordOfAll)
      const client = await Client.connect({ ...server, tls: 'plain' })
      await client.signIn({ username, password: passwordOfAll })
      await client.bind()
      pair.push(client)
    }
    return new Witnesses(pair[0]!, pair[1]!)
  }

  greet(report: StreamFuzzReport): Promise<void> {
    this.#greeting = this.#greeting.then(async () => {
      const body = `greeting ${report.greetings++}`
      this.#romeo.send(`<message to='${this.#juliet.jid}' type='chat'><body>${body}</body></message>`)
      const came = await this.#juliet.wire.next('greeting')
      assert.equal(came.child('body')?.text(), body)
    })
    return this.#greeting
  }

  leave(): void {
    this.#romeo.drop()
    this.#juliet.drop()
  }
}

class Fuzzer {
  readonly #server: TestServer
  readonly #report: StreamFuzzReport
  readonly #number: number
  #username = ''
  #used = inputsOfAnAccount
  #client: Client | undefined

  constructor(server: TestServer, report: StreamFuzzReport, number: number) {
    this.#server = server
    this.#report = report
    this.#number = number
  }

  async run(take: () => number | undefined, witnesses: Witnesses): Promise<void> {
    for (let seed = take(); seed !== undefined; seed = take()) {
      const random = randomFrom(seed)
      const sent: string[] = []
      try {
        await (random(5) === 0 ? this.#negotiate(random, sent) : this.#speak(random, sent))
        const bugs = this.#server.bugs?.() ?? []
        assert.deepEqual(bugs, [], 'the server owned up to a mistake')
      } catch (error) {
        throw new Error(`--inputs 1 --seed ${seed} fails (or one just before) for ${JSON.stringify(sent)}`, {
          cause: error,
        })
      }
      this.#report.inputs++
      if (this.#report.inputs % inputsBetweenGreetings === 0) await witnesses.greet(this.#report)
    }
    this.#client?.drop()
  }

  /** A connection of its own for a bent negotiation, to its end. */
  async #negotiate(random: Random, sent: string[]): Promise<void> {
    const { host, domain, ports } = this.#server
    await this.#account()
    const steps = bentSteps(negotiations[random(negotiations.length)]!, random)
    const text = this.#filled(steps.join(''))
    const bytes = random(2) === 0 ? damaged(Buffer.from(text), random) : Buffer.from(text)
    const wire = await Wire.connect({ host, domain, port: ports.c2s })
    wire.readsNothing = wire.keepBytes = true
    this.#report.connections++
    this.#sendInPieces(wire, Buffer.concat([bytes, closing]), random, sent)
    if (random(8) === 0) return wire.drop()
    const came = () => Buffer.concat(wire.received).toString()
    // After that the server waits for TLS, and whatever else was sent is nothing to it (RFC 6120 §5.4.3.3).
    await wire.until(() => (wire.ended || came().includes('<proceed ') ? true : undefined), 'end')
    wire.drop()
    this.#count(endOf(came()))
  }

  /** Bent stanzas in an open session. One that is well-formed need not end it, one that is damaged has to. */
  async #speak(random: Random, sent: string[]): Promise<void> {
    const client = await this.#session()
    const { wire } = client
    const texts = Array.from({ length: 1 + random(3) }, () => bentElement(random))
    const text = this.#filled(texts.join(''))
    if (random(4) === 0) {
      this.#client = undefined
      const bytes = Buffer.concat([damaged(Buffer.from(text), random), closing])
      this.#sendInPieces(wire, bytes, random, sent)
      return this.#toTheEnd(wire, random)
    }
    this.#sendInPieces(wire, Buffer.from(text), random, sent)
    const id = `sync${this.#report.inputs}`
    wire.write(`<iq type='get' id='${id}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`)
    try {
      await client.answerTo(id)
      this.#report.answers += wire.inbox.length
      wire.inbox.length = 0
    } catch (error) {
      if (!(error instanceof WireEnded) || wire.broken !== undefined) throw error
      this.#client = undefined
      this.#count(wire.streamError)
    }
  }

  async #session(): Promise<Client> {
    const { wire } = this.#client ?? {}
    if (this.#client !== undefined && !wire?.ended && this.#used < inputsOfAnAccount) {
      this.#used++
      return this.#client
    }
    this.#client?.drop()
    await this.#account()
    const client = await Client.connect({ ...this.#server, tls: 'plain' })
    this.#report.connections++
    await client.signIn({ username: this.#username, password: passwordOfAll, mechanism: 'SCRAM-SHA-1' })
    await client.bind('desk')
    client.sm.manual = true
    this.#client = client
    return client
  }

  async #account(): Promise<void> {
    if (this.#used++ < inputsOfAnAccount) return
    this.#used = 0
    this.#username = `fuzz${this.#number}-${this.#report.inputs}`
    await this.#server.createAccount(this.#username, passwordOfAll)
  }

  #filled(text: string): string {
    const { domain } = this.#server
    const plain = Buffer.from(`\0${this.#username}\0${passwordOfAll}`).toString('base64')
    const you = `fuzz${(this.#number + 1) % together}-0@${domain}`
    return text.replaceAll('PLAINTEXT', plain).replaceAll('ME', `${this.#username}@${domain}`).replaceAll('YOU', you)
  }

  #sendInPieces(wire: Wire, bytes: Buffer, random: Random, sent: string[]): void {
    sent.push(bytes.toString('latin1'))
    let at = 0
    for (let pieces = random(4); pieces > 0 && at < bytes.length; pieces--) {
      const to = at + random(bytes.length - at + 1)
      wire.write(bytes.subarray(at, to))
      at = to
    }
    wire.write(bytes.subarray(at))
  }

  async #toTheEnd(wire: Wire, random: Random): Promise<void> {
    if (random(8) === 0) return wire.drop()
    await wire.over()
    assert.ok(wire.streamClosed, 'the server did not close its stream')
    this.#count(wire.streamError)
  }

  #count(streamError: Tree | undefined): void {
    const condition = streamError?.elements()[0]?.name ?? 'none'
    this.#report.refused.set(condition, (this.#report.refused.get(condition) ?? 0) + 1)
  }
}

/**
 * Reads all the streams that a server sent on a connection, one after each success of SASL (RFC 6120 §6.4.6), and gives
 * the stream error. Throws if any is not well-formed or the last not closed.
 */
function endOf(text: string): Tree | undefined {
  const [beforeTls = ''] = text.split(/(?<=<proceed [^>]*>)/)
  let found: Tree | undefined
  let closed = true
  for (const stream of beforeTls.split(
    /(?<=<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'(?:\/>|>[^<]*<\/success>))/,
  )) {
    const reader = new TreeReader({
      open: () => {
        closed = false
      },
      element: tree => {
        if (tree.name === 'error') found = tree
      },
      close: () => {
        closed = true
      },
      broken: error => {
        throw error
      },
    })
    reader.push(stream)
  }
  const upgraded = /<proceed [^>]*>$/.test(beforeTls)
  assert.ok(closed || upgraded, `the server did not close its stream: ${text.slice(-300)}`)
  return found
}

/** Ends whatever state a parser could be in: an attribute in either quotes, CDATA, an element, a stream. */
const closing = Buffer.from(`'>">]]></x></stream:stream>`)

function bentSteps(steps: readonly string[], random: Random): string[] {
  const bent = [...steps]
  for (let times = random(4); times > 0; times--) {
    const at = random(bent.length + 1)
    const other = negotiations[random(negotiations.length)]!
    switch (random(5)) {
      case 0:
        bent.splice(at, 1)
        break
      case 1:
        bent.splice(at, 0, bent[random(bent.length)] ?? '')
        break
      case 2:
        bent.splice(at, 0, other[random(other.length)]!)
        break
      case 3:
        bent.splice(at, 0, bentElement(random))
        break
      default:
        bent[at] = (bent[at] ?? '').replace(/='([^']*)'/, () => `='${quoted(values[random(values.length)]!)}'`)
    }
  }
  return bent
}

const trees = elements.map(each => parseTrees(each)[0]!)

/** One element, with a few things changed and still well-formed. */
function bentElement(random: Random): string {
  let tree = trees[random(trees.length)]!
  for (let times = random(4); times > 0; times--) tree = bent(tree, random)
  return show(tree)
}

/** A copy in which the element itself or something inside it is changed. */
function bent(tree: Tree, random: Random): Tree {
  const inside = tree.elements()
  if (inside.length > 0 && random(2) === 0) {
    const chosen = inside[random(inside.length)]!
    return copy(tree, { children: tree.children.map(child => (child === chosen ? bent(chosen, random) : child)) })
  }
  const names = Object.keys(tree.attrs)
  const name = names[random(names.length)] ?? 'id'
  const other = trees[random(trees.length)]!
  const value = values[random(values.length)]!
  const attrs = { ...tree.attrs }
  switch (random(9)) {
    case 0:
      attrs[name] = value
      return copy(tree, { attrs })
    case 1:
      delete attrs[name]
      return copy(tree, { attrs })
    case 2:
      attrs[['to', 'from', 'type', 'id', 'xml:lang', 'jid', 'h'][random(7)]!] = value
      return copy(tree, { attrs })
    case 3:
      return copy(tree, { children: [...tree.children, ...other.children] })
    case 4:
      return copy(tree, { children: [...tree.children, ...tree.children] })
    case 5:
      return copy(tree, { children: [] })
    case 6:
      return copy(tree, { children: [value] })
    case 7:
      return copy(tree, { name: other.name, ns: other.ns })
    default:
      return copy(tree, { children: [...tree.children, other] })
  }
}

interface Change {
  readonly name?: string
  readonly ns?: string
  readonly attrs?: Readonly<Record<string, string>>
  readonly children?: readonly (Tree | string)[]
}

function copy(
  tree: Tree,
  { name = tree.name, ns = tree.ns, attrs = tree.attrs, children = tree.children }: Change,
): Tree {
  const made = new Tree(name, ns, attrs)
  made.children.push(...children)
  return made
}

function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;')
}

/** Bytes changed without regard to what they mean. */
function damaged(bytes: Buffer, random: Random): Buffer {
  let out = bytes
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(out.length + 1)
    const length = random(12)
    const insert = random(3) === 0 ? Buffer.of(random(256)) : out.subarray(random(out.length + 1)).subarray(0, length)
    const skip = random(2) * length
    out = Buffer.concat([out.subarray(0, at), insert, out.subarray(at + skip)])
  }
  return out
}

/** Numbers below a bound, the same for the same seed (xorshift with a scrambled start). */
function randomFrom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

if (import.meta.main) {
  const { values: given } = parseArgs({
    options: { inputs: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  })
  const started = performance.now()
  const report = await fuzzStreams(Number(given.inputs), Number(given.seed))
  const seconds = (performance.now() - started) / 1000
  const refusals = [...report.refused]
    .sort(([, a], [, b]) => b - a)
    .map(([condition, times]) => `${condition} ${times}`)
  console.log(
    `${report.inputs} inputs on ${report.connections} connections in ${seconds.toFixed(1)} s, ` +
      `${Math.round(report.inputs / seconds)} a second: ${report.answers} stanzas came back; streams ended by ` +
      `${refusals.join(', ')}; ${report.greetings} greetings got through`,
  )
}
