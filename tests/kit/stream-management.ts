import { parseTrees, type Tree } from './tree.ts'
import type { Wire } from './wire.ts'

const namespace = 'urn:xmpp:sm:3'

/**
 * The client's side of XEP-0198. Counting is always done; requests of the server are answered by themselves until
 * `manual` is set, from when `<r/>` and `<a/>` come into the inbox like everything else.
 */
export class StreamManagement {
  readonly #wire: Wire
  manual = false
  /** Stanzas we sent since stream management began, and those of them that the server said it has. */
  sent = 0
  acknowledged = 0
  /** Stanzas that came since stream management began. */
  handled = 0
  /** How often the server has asked for that number. */
  asked = 0
  /** What to resume by, if the server allows it. */
  id: string | undefined
  /** Called with the server's count whenever it tells it. */
  onAck: ((h: number) => void) | undefined
  #counting: 'nothing' | 'sent' | 'both' = 'nothing'

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** XEP-0198#enable. */
  async enable(options: { resume?: boolean; max?: number } = {}): Promise<Tree> {
    const max = options.max === undefined ? '' : ` max='${options.max}'`
    this.#wire.write(`<enable xmlns='${namespace}'${options.resume ? " resume='true'" : ''}${max}/>`)
    this.#counting = 'sent'
    this.sent = this.acknowledged = 0
    return this.#answer(['enabled', 'failed'])
  }

  /** Told by Bind 2 that stream management is on. */
  enabled(enabled: Tree): void {
    if (this.#counting === 'nothing') this.sent = this.acknowledged = 0
    this.#counting = 'both'
    this.handled = 0
    this.id = enabled.attr('id')
  }

  /** XEP-0198#resumption: continues the session of another connection on this one. Gives `<resumed/>` or `<failed/>`. */
  async resume(earlier: StreamManagement): Promise<Tree> {
    this.#wire.write(`<resume xmlns='${namespace}' previd='${earlier.id ?? ''}' h='${earlier.handled}'/>`)
    this.#resuming = earlier
    return this.#answer(['resumed', 'failed'])
  }

  #resuming: StreamManagement | undefined

  request(): void {
    this.#wire.write(`<r xmlns='${namespace}'/>`)
  }

  acknowledge(h = this.handled): void {
    this.#wire.write(`<a xmlns='${namespace}' h='${h}'/>`)
  }

  /** Asks, and waits until the server has taken everything sent so far. */
  async flush(withinMs?: number): Promise<void> {
    const wanted = this.sent
    this.request()
    await this.#wire.until(() => (this.acknowledged >= wanted ? true : undefined), `<a h="${wanted}"/>`, withinMs)
  }

  /** Counts the stanzas in what is being sent. */
  sends(text: string): void {
    if (this.#counting === 'nothing') return
    if (/^<(message|presence|iq)[\s>/]/.test(text)) this.sent += parseTrees(text).filter(isStanza).length
  }

  /** Whether the element is consumed here. */
  sees(tree: Tree): boolean {
    if (tree.ns !== namespace) {
      if (this.#counting === 'both' && isStanza(tree)) this.handled += 1
      return false
    }
    if (tree.name === 'enabled') this.enabled(tree)
    if (tree.name === 'resumed') this.#resumed(tree)
    if (tree.name === 'a') this.#acked(Number(tree.attr('h')))
    if (tree.name === 'r') this.asked++
    if (tree.name === 'r' && !this.manual) this.acknowledge()
    return !this.manual && (tree.name === 'a' || tree.name === 'r')
  }

  #resumed(tree: Tree): void {
    const earlier = this.#resuming
    if (earlier === undefined) return
    this.#counting = 'both'
    this.handled = earlier.handled
    this.sent = earlier.sent
    this.id = tree.attr('previd')
    this.#acked(Number(tree.attr('h')))
  }

  #acked(h: number): void {
    this.acknowledged = h
    this.onAck?.(h)
  }

  #answer(names: readonly string[]): Promise<Tree> {
    const { inbox } = this.#wire
    return this.#wire.until(
      () => {
        const at = inbox.findIndex(tree => tree.ns === namespace && names.includes(tree.name))
        return at < 0 ? undefined : inbox.splice(at, 1)[0]
      },
      `<${names.join('/> or <')}/>`,
    )
  }
}

function isStanza(tree: Tree): boolean {
  return tree.ns === 'jabber:client' && /^(message|presence|iq)$/.test(tree.name)
}
