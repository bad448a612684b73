/** More of the kit: what settings say of other services. */

import { isDomain, parseJid, prepareDomain } from '../protocol/jid.ts'
import type { Setting } from './kit.ts'

interface Said<T> {
  readonly default: T
  readonly help: string
}

/** Domains elsewhere. */
export function domainList(said: Said<readonly string[]>): Setting<readonly string[]> {
  const refusal = { refused: 'has to be a list of domains, such as ["example.org", "example.net"]' }
  return {
    ...said,
    allowed: 'a list of domains',
    read: value => {
      if (!Array.isArray(value)) return refusal
      const names = value.map(each => (typeof each === 'string' ? prepareDomain(each) : undefined))
      return names.every(name => name !== undefined) ? names : refusal
    },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/** Nodes that are published elsewhere (XEP-0060): where, and what they are called there. */
export function nodeList(said: Said<readonly string[]>): Setting<readonly string[]> {
  const fits = (entry: unknown): boolean => {
    const [service = '', node = '', ...more] = typeof entry === 'string' ? entry.split(' ') : []
    const jid = parseJid(service)
    return jid === service && (isDomain(jid) || !jid.includes('/')) && node !== '' && more.length === 0
  }
  return {
    ...said,
    allowed: 'a list of addresses, each followed by a space and the name of a node',
    read: value =>
      Array.isArray(value) && value.every(fits)
        ? value
        : {
            refused:
              'has to be a list of addresses with the names of nodes, such as ["lists.example.org muc_bans_sha256"]',
          },
    fromText: text =>
      text
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== ''),
  }
}
