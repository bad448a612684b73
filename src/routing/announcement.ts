import { type BareJid, domainJid, domainOf } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { xml } from '../protocol/xml/element.ts'
import type { Post } from './post.ts'

/** The accounts of a domain that are online. */
export function onlineIn(post: Post, domain: string): BareJid[] {
  return [...post.everyoneOnline()].map(({ jid }) => jid).filter(jid => domainOf(jid) === domain)
}

/** A message of a domain to those of its accounts that are online. Returns how many they are. */
export function announce(post: Post, domain: string, text: string): number {
  const server = domainJid(domain)
  const reached = onlineIn(post, domain)
  for (const jid of reached) {
    const message = xml('message', { xmlns: NS.client, from: server, to: jid }, xml('body', null, text))
    post.route(message, server, jid)
  }
  return reached.length
}
