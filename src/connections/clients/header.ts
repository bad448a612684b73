import { accountOf, type BareJid, domainOf, parseJid, prepareDomain } from '../../protocol/jid.ts'
import { StreamProblem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Host } from '../../routing/host.ts'

/** What a client's header says. */
export interface ClientHeader {
  /** The served domain it is for. */
  readonly domain: string
  /** Who the client says it is; nothing is proved by it. */
  readonly claimed: BareJid | undefined
  readonly language: string | undefined
}

/** RFC 6120 §4.7, for the server's side. Throws a StreamProblem where the stream cannot go on. */
export function readHeader(header: Element, host: Host): ClientHeader {
  const version = /^(\d{1,9})\.\d{1,9}$/.exec(header.attr('version') ?? '')
  if (version === null || Number(version[1]) < 1)
    throw new StreamProblem('unsupported-version', 'This server speaks version 1.0.')
  const to = header.attr('to')
  if (to === undefined) throw new StreamProblem('improper-addressing', 'A stream has to say which domain it is for.')
  const domain = prepareDomain(to)
  if (domain === undefined || !host.serves(domain))
    throw new StreamProblem('host-unknown', 'This server does not serve that domain.')
  const from = header.attr('from')
  const jid = from === undefined ? undefined : parseJid(from)
  // XEP-0388#feature: what is no address counts as absent, an address elsewhere is an error.
  if (jid !== undefined && domainOf(jid) !== domain)
    throw new StreamProblem('invalid-from', 'A stream comes from an address of the domain it is for.')
  const claimed = jid === undefined ? undefined : accountOf(jid)
  const language = header.attr('xml:lang')
  const named = language !== undefined && /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}$/.test(language)
  return { domain, claimed, language: named ? kept(language) : undefined }
}

/** Few languages are in use: one copy of each, and no more than a few hundred. */
const languages = new Map<string, string>()

function kept(language: string): string {
  const known = languages.get(language)
  if (known !== undefined) return known
  const copy = Buffer.from(language).toString()
  if (languages.size < 500) languages.set(copy, copy)
  return copy
}
