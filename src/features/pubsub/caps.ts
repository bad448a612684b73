/**
 * XEP-0115 seen from the server: which nodes a client wants to hear of (XEP-0060#filtered-notifications). One answer
 * stands for all clients of that version, so it is believed only if the hash proves it.
 */
import { NS } from '../../protocol/namespaces.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { provesHash } from '../../routing/capabilities.ts'

export type Interests = ReadonlySet<string>

const namespace = 'http://jabber.org/protocol/caps'
const suffix = '+notify'

/** Versions that are remembered. All clients of the world have some hundreds. */
const mostVersions = 1_000
/** Nodes that one client may want, and the length of all their names: what is beyond is not wanted. */
const mostNodes = 100
const longestNames = 8_192
const longestVersion = 256

export const nothing: Interests = new Set()

/** What a presence says about its sender. */
export interface Caps {
  readonly hash: string
  readonly node: string
  readonly ver: string
}

/** @returns undefined for none, and for the old kind without a hash, which cannot be checked (XEP-0115#legacy) */
export function capsOf(presence: Element): Caps | undefined {
  const c = presence.child('c', namespace)
  const [hash, node, ver] = [c?.attr('hash'), c?.attr('node'), c?.attr('ver')]
  if (hash === undefined || node === undefined || ver === undefined) return undefined
  return hash.length + ver.length > longestVersion ? undefined : { hash, node, ver }
}

export class CapsCache {
  /** Least recently used first. */
  readonly #proven = new Map<string, Interests>()
  readonly #most: number

  constructor(most = mostVersions) {
    this.#most = most
  }

  get size(): number {
    return this.#proven.size
  }

  /** What clients of that version want, if it is known. */
  get({ hash, ver }: Caps): Interests | undefined {
    const key = keyOf(hash, ver)
    const interests = this.#proven.get(key)
    if (interests !== undefined) {
      this.#proven.delete(key)
      this.#proven.set(key, interests)
    }
    return interests
  }

  /**
   * Learns from what a client says about itself.
   * @returns what this one client wants; others are concerned only where the hash proves it
   */
  learn({ hash, ver }: Caps, info: Element): Interests {
    const interests = interestsIn(info)
    if (!provesHash(info, hash, ver)) return interests
    this.#proven.set(keyOf(hash, ver), interests)
    if (this.#proven.size > this.#most) {
      for (const oldest of this.#proven.keys()) {
        this.#proven.delete(oldest)
        break
      }
    }
    return interests
  }
}

/** XEP-0115#discover: what is asked of a client. */
export function question({ node, ver }: Caps): Element {
  return xml('query', { xmlns: NS.discoInfo, node: `${node}#${ver}` })
}

function interestsIn(info: Element): Interests {
  const names = new Set<string>()
  let length = 0
  for (const child of info.elements()) {
    const feature = child.name === 'feature' ? (child.attr('var') ?? '') : ''
    if (!feature.endsWith(suffix)) continue
    length += feature.length
    if (names.size >= mostNodes || length > longestNames) break
    names.add(ownCopy(feature.slice(0, -suffix.length)))
  }
  return names.size === 0 ? nothing : names
}

function keyOf(hash: string, ver: string): string {
  return ownCopy(`${hash} ${ver}`)
}
