/** A document over HTTPS from somebody we do not know: small, soon, or not at all. */

import { type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Authorities } from '../identity/chain.ts'
import { isFor, namesOf } from '../identity/names.ts'
import { shownBy } from '../identity/verifier.ts'
import { isPublic } from './public-address.ts'

const mostBytes = 65_536
const patienceMs = 10_000
const mostUnderway = 16
const mostAddresses = 2

export interface FetchParts {
  readonly authorities: Authorities
  /** The addresses of a host. */
  readonly addresses: (host: string) => Promise<readonly string[]>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Which addresses may be gone to at all; the public ones unless said otherwise. */
  readonly mayReach?: (address: string) => boolean
}

/**
 * Neither follows redirections nor takes an address of a special network for an answer.
 * @returns a function that fetches one document; it gives undefined if the document cannot be had
 */
export function documentFetcher(parts: FetchParts): (url: URL) => Promise<string | undefined> {
  const { addresses, mayReach = isPublic } = parts
  let underway = 0
  return async url => {
    const { protocol, hostname, username, password } = url
    const named = isIP(hostname) === 0 && !hostname.startsWith('[')
    if (protocol !== 'https:' || !named || username !== '' || password !== '' || underway >= mostUnderway)
      return undefined
    underway++
    try {
      const all = (await addresses(hostname)).filter(mayReach).slice(0, mostAddresses)
      for (const address of all) {
        const text = await get(url, address, parts)
        if (text !== undefined) return text
      }
      return undefined
    } finally {
      underway--
    }
  }
}

function get(url: URL, address: string, { authorities, now }: FetchParts): Promise<string | undefined> {
  return new Promise(resolve => {
    const pieces: Buffer[] = []
    let size = 0
    const asked = request({
      ...place(url, address),
      method: 'GET',
      agent: false,
      headers: { host: url.host, accept: 'application/json' },
      // Whoever answers is looked at below, by the same authorities as servers are.
      rejectUnauthorized: false,
      servername: url.hostname,
    })
    const end = (text?: string): void => {
      clearTimeout(clock)
      asked.destroy()
      resolve(text)
    }
    const clock = setTimeout(end, patienceMs)
    asked.on('error', () => end())
    asked.on('close', () => end())
    asked.on('socket', socket =>
      socket.once('secureConnect', () => {
        const chain = shownBy(socket as TLSSocket)
        const { dns } = chain[0] === undefined ? { dns: [] } : namesOf(chain[0].raw)
        const named = isFor({ dns, services: [], addresses: [] }, url.hostname)
        if (named && authorities.judge(chain, new Date(now())) === 'valid') asked.end()
        else end()
      }),
    )
    asked.on('response', answer => {
      if (answer.statusCode !== 200) return end()
      answer.on('data', (bytes: Buffer) => {
        size += bytes.length
        if (size > mostBytes) return end()
        pieces.push(bytes)
      })
      answer.on('end', () => end(Buffer.concat(pieces).toString('utf8')))
      answer.on('error', () => end())
    })
  })
}

function place({ port, pathname, search }: URL, address: string): RequestOptions {
  return { host: address, port: port === '' ? 443 : Number(port), path: pathname + search }
}
