/**
 * XEP-0227 files on a disk, which may be split into several (XEP-0227#xinclude): made one again, with one account in it.
 * Nothing is read but what lies in the directory of the first file or below it.
 */

import { createReadStream } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { type BareJid, domainOf, parseBareJid } from '../../protocol/jid.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { openTag, write } from '../../protocol/xml/write.ts'
import { type Part, PortableReader, pie } from './reader.ts'

/** Files that are read for one account list, and inside one another. */
const mostFiles = 100_000
const deepest = 5

/** A file that another one names cannot be read. */
export class NoSuchPart extends Error {
  override readonly name = 'NoSuchPart'
  readonly href: string

  constructor(href: string) {
    super(`The file names ${href}, which is not there, or not below its directory.`)
    this.href = href
  }
}

/**
 * The accounts in a file and in those that it includes.
 * @param host of a file that begins with `<user/>` and so does not say it
 * @throws NotReadable, NoSuchPart
 */
export async function accountsIn(file: string, host: string): Promise<ReadonlySet<BareJid>> {
  const found = new Set<BareJid>()
  for await (const part of partsOf(file, outermost(host))) {
    const jid = part.kind === 'user' ? parseBareJid(`${part.name}@${part.host}`) : undefined
    if (jid !== undefined) found.add(jid)
  }
  return found
}

/** One account, as one file. @throws NotReadable, NoSuchPart */
export async function* oneAccount(file: string, jid: BareJid): AsyncGenerator<string> {
  let inside = false
  let within: Element | undefined
  const leave = (): string =>
    within === undefined ? '' : within.name === 'items' ? '</items></pubsub>' : `</${within.name}>`
  for await (const part of partsOf(file, outermost(domainOf(jid)))) {
    if (part.kind === 'user') {
      inside = parseBareJid(`${part.name}@${part.host}`) === jid
      if (!inside) continue
      const [host, user] = [xml('host', { xmlns: pie, jid: part.host }), xml('user', { xmlns: pie, name: part.name })]
      yield `${openTag(xml('server-data', { xmlns: pie }))}${openTag(host, pie)}${openTag(user, pie)}`
    } else if (!inside) continue
    else if (part.kind === 'user ends') {
      yield `${leave()}</user></host></server-data>`
      return
    } else if (part.kind === 'element') {
      if (part.within !== within) {
        yield leave()
        within = part.within
        if (within !== undefined) yield entered(within)
      }
      yield write(part.element, within?.ns ?? pie, false)
    }
  }
}

/** `<items/>` stand in a `<pubsub/>`, and are given one each. */
function entered(within: Element): string {
  return within.name === 'items'
    ? openTag(xml('pubsub', { xmlns: within.ns }), pie) + openTag(within, within.ns)
    : openTag(within, pie)
}

const outermost = (host: string): Open => ({ root: '', host, files: { left: mostFiles }, depth: 0, inUser: false })

const names = /^[^:?#]+$/

async function* partsOf(file: string, opened: Open): AsyncGenerator<Part> {
  const real = await realpath(file).catch(() => undefined)
  const root = opened.root === '' ? dirname(real ?? file) : opened.root
  if (real === undefined || !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw new NoSuchPart(file)
  const reader = new PortableReader(opened.host)
  const { inUser } = opened
  for await (const bytes of inUser ? inside(file, real) : bytesOf(file, real)) {
    for (const part of reader.push(bytes)) {
      // It was there before the file was named.
      if (inUser && (part.kind === 'user' || part.kind === 'user ends')) continue
      if (part.kind !== 'include') {
        yield part
        continue
      }
      const name = decoded(part.href)
      if (opened.depth >= deepest || opened.files.left-- <= 0 || name === undefined) throw new NoSuchPart(part.href)
      const next = join(dirname(real), name)
      yield* partsOf(next, { root, host: part.host, files: opened.files, depth: opened.depth + 1, inUser: part.inUser })
    }
  }
  reader.end()
}

/** RFC 3986 §2.1; undefined for what is no relative path. */
function decoded(href: string): string | undefined {
  try {
    return names.test(href) ? decodeURIComponent(href) : undefined
  } catch {
    return undefined
  }
}

/** A directory, or what may not be read, is as good as not there. @throws NoSuchPart */
async function* bytesOf(file: string, real: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(real) as AsyncIterable<Buffer>
  } catch {
    throw new NoSuchPart(file)
  }
}

const declaration = /^\ufeff?\s*(<\?xml[^>]*\?>)?/

/** A file with a part of an account, as if the account were around it. */
async function* inside(file: string, real: string): AsyncGenerator<Buffer> {
  yield Buffer.from(openTag(xml('user', { xmlns: pie, name: '' }), ''))
  let begun = false
  for await (const piece of bytesOf(file, real)) {
    yield begun ? piece : piece.subarray(declaration.exec(piece.toString('latin1').slice(0, 500))?.[0].length ?? 0)
    begun = true
  }
  yield Buffer.from('</user>')
}

interface Open {
  readonly root: string
  readonly host: string
  readonly files: { left: number }
  readonly depth: number
  /** What the file holds is part of an account. */
  readonly inUser: boolean
}
