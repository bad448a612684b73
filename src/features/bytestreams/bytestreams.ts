/**
 * XEP-0065: SOCKS5 Bytestreams. A proxy for two devices that cannot reach each other: the server passes on bytes that it
 * does not look at, for people who have an account here.
 */
import { hash } from 'node:crypto'
import { type Jid, parseJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../../routing/feature.ts'
import { serviceJid } from '../../routing/services.ts'

export interface BytestreamsParts {
  readonly domain: string
  /** False where there is no proxy. */
  readonly offered: boolean
  /** Where apps reach the proxy. */
  address(): { readonly host: string; readonly port: number }
  /** Joins the two connections that came with a hash. */
  activate(hash: string, account: number): 'done' | 'nobody there' | 'too many'
}

const ns = 'http://jabber.org/protocol/bytestreams'
const longestSid = 1_000

export const bytestreams = ({ domain, offered, address, activate }: BytestreamsParts): Feature => {
  const jid = serviceJid('proxy', domain)

  /** XEP-0065#disco-proxy: where it is. */
  function where({ session }: Question): Element {
    if (session === undefined) throw onlyOurs()
    return xml('query', { xmlns: ns }, xml('streamhost', { jid, ...address() }))
  }

  /** XEP-0065#mediated-proto-activate: both are connected, and may begin. */
  function begin({ payload, session, from }: Question): void {
    if (session === undefined || from === undefined) throw onlyOurs()
    const sid = payload.attr('sid')
    const named = payload.childText('activate')
    const target = named === undefined ? undefined : parseJid(named.trim())
    if (sid === undefined || sid === '' || sid.length > longestSid || target === undefined) {
      throw problem('bad-request', 'A stream is activated with its id and the address of the other side.')
    }
    switch (activate(addressOf(sid, from, target), session.account.id)) {
      case 'nobody there':
        throw problem('item-not-found', 'Not both sides are connected.')
      case 'too many':
        throw problem('resource-constraint', 'Too many transfers are under way. Please try again later.')
    }
  }

  return {
    name: 'bytestreams',
    implements: [xep(65, '1.8.2', 'partial', 'the proxy; what lies outside of it is for clients')],
    ...(offered
      ? {
          service: {
            jid,
            identity: { category: 'proxy', type: 'bytestreams', name: 'Proxy for files' },
            advertises: [ns],
            answers: [iqGet(`{${ns}}query`, [], where), iqSet(`{${ns}}query`, [], begin)],
          },
        }
      : {}),
  }
}

/** XEP-0065#mediated-proto-establish: what both sides name as the place they want to be connected to. */
function addressOf(sid: string, requester: Jid, target: Jid): string {
  return hash('sha1', `${sid}${requester}${target}`)
}

const onlyOurs = () => problem('forbidden', 'This proxy is for people who have an account here.')
