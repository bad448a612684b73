import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Log } from '../../operations/log.ts'
import { domainOf, type Jid } from '../../protocol/jid.ts'
import { StreamProblem } from '../../protocol/problems.ts'
import type { XmlLimits } from '../../protocol/xml/parser.ts'
import type { Outlets } from '../../routing/outlets.ts'
import type { PeerNews } from '../../routing/peer-news.ts'
import type { Post } from '../../routing/post.ts'
import { ComponentStream } from './component-stream.ts'

export interface ComponentsParts {
  readonly log: Log
  readonly post: Pick<Post, 'route' | 'isLocal'>
  /** What became of a component, as seen from a domain of ours that it has to do with. */
  peer(became: PeerNews, our: string, their: string): void
  readonly outlets: Outlets
  /** Domains and their secrets. */
  readonly secrets: ReadonlyMap<string, string>
  readonly strangers: XmlLimits
  readonly known: XmlLimits
  readonly loginSeconds: number
}

/** Connections at one time: a component needs one. */
const mostOfOne = 4

/** Lets programs beside this one serve domains of their own (XEP-0114): gateways, bots, app servers. */
export class Components {
  readonly #parts: ComponentsParts
  #server: Server | undefined
  readonly #streams = new Set<ComponentStream>()
  readonly #current = new Map<string, { readonly stream: ComponentStream; readonly detach: () => void }>()
  /** Domains of ours that each component has written to. */
  readonly #known = new Map<string, Set<string>>()
  #closing = false

  constructor(parts: ComponentsParts) {
    this.#parts = parts
    for (const domain of parts.secrets.keys()) parts.outlets.expect(domain)
  }

  /** Listens on this machine alone, since nothing is encrypted. @returns the port */
  async listen(port: number): Promise<number> {
    const server = createServer({ noDelay: true }, socket => this.#admit(socket))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const sentence = `127.0.0.1 port ${port} cannot be used for components: the system says ${cause.code}. Choose another components.port.`
        reject(new Error(sentence, { cause }))
      })
      server.listen(port, '127.0.0.1', () => {
        server.removeAllListeners('error')
        server.on('error', thrown => this.#parts.log.warning('components could not be accepted', undefined, thrown))
        resolve()
      })
    })
    return (server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#closing = true
    const server = this.#server
    const closed = server && new Promise<void>(resolve => server.close(() => resolve()))
    for (const stream of this.#streams) stream.end(new StreamProblem('system-shutdown'))
    await closed
  }

  #admit(socket: Socket): void {
    if (this.#streams.size >= this.#parts.secrets.size * mostOfOne && !this.#makesRoom()) {
      socket.destroy()
      return
    }
    const stream = new ComponentStream(
      {
        ...this.#parts,
        post: {
          route: (stanza, from, to) => {
            this.#note(domainOf(from), to)
            this.#parts.post.route(stanza, from, to)
          },
        },
        secretOf: domain => this.#parts.secrets.get(domain),
        accepted: (domain, accepted) => this.#accepted(domain, accepted),
        left: left => this.#left(left),
        closed: closed => void this.#streams.delete(closed),
      },
      socket,
    )
    this.#streams.add(stream)
  }

  /** Whoever says nothing keeps no component out: of those who have not proved anything the first to come gives way. */
  #makesRoom(): boolean {
    const stranger = [...this.#streams].find(({ accepted }) => !accepted)
    if (stranger === undefined) return false
    this.#streams.delete(stranger)
    stranger.drop()
    return true
  }

  #note(component: string, to: Jid): void {
    if (!this.#parts.post.isLocal(to)) return
    const known = this.#known.get(component)
    if (known === undefined) this.#known.set(component, new Set([domainOf(to)]))
    else known.add(domainOf(to))
  }

  /** The newcomer takes over: it is most often the same program after a broken connection. */
  #accepted(domain: string, stream: ComponentStream): void {
    const older = this.#current.get(domain)
    const detach = this.#parts.outlets.attach(domain, stanza => stream.send(stanza))
    this.#current.set(domain, { stream, detach })
    older?.stream.end(new StreamProblem('conflict', 'The component has connected anew.'))
    this.#parts.log.info('a component is there')
    if (older !== undefined) this.#tell('doubtful', domain)
    this.#tell('back', domain)
  }

  #left(stream: ComponentStream): void {
    for (const [domain, current] of this.#current) {
      if (current.stream !== stream) continue
      current.detach()
      this.#current.delete(domain)
      this.#parts.log.info('a component is gone')
      if (!this.#closing) this.#tell('lost', domain)
    }
  }

  #tell(became: PeerNews, component: string): void {
    for (const our of this.#known.get(component) ?? []) this.#parts.peer(became, our, component)
  }
}
