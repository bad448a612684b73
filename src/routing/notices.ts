import { type BareJid, domainJid } from '../protocol/jid.ts'
import { xml } from '../protocol/xml/element.ts'
import type { Post } from './post.ts'

/** A domain writes to people of ours. It is a message like any other: it waits, and is part of their history. */
export function writeTo(
  post: Pick<Post, 'route'>,
  domain: string,
  people: readonly BareJid[],
  id: string,
  text: string,
): void {
  const from = domainJid(domain)
  for (const to of people) {
    post.route(
      xml('message', { xmlns: 'jabber:client', from, to, type: 'chat', id }, xml('body', null, text)),
      from,
      to,
    )
  }
}
