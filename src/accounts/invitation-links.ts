import { type BareJid, domainOf, localpartOf } from '../protocol/jid.ts'

/** What an invitation is handed on as. */
export interface InvitationLinks {
  /** For apps: `xmpp:…`. */
  readonly uri: string
  /** For browsers, and for apps that are asked to open it: `https://…`. */
  readonly landing: string | undefined
}

export interface Linked {
  readonly token: string
  readonly domain: string
  readonly localpart?: string | undefined
  readonly host?: BareJid | undefined
  readonly befriends: boolean
  readonly admits: boolean
}

/**
 * Both links to an invitation (XEP-0401#create-invitation, XEP-0401#account-creation).
 * @param web where the HTTPS port is reached from outside; undefined where there is none
 */
export function invitationLinks(invitation: Linked, web: string | undefined): InvitationLinks {
  return { uri: uriOf(invitation), landing: web === undefined ? undefined : `${web}/invite/${invitation.token}` }
}

function uriOf({ token, domain, localpart, host, befriends, admits }: Linked): string {
  if (befriends && host !== undefined) {
    return `xmpp:${address(localpartOf(host), domainOf(host))}?roster;preauth=${token}${admits ? ';ibr=y' : ''}`
  }
  return `xmpp:${address(localpart, domain)}?register;preauth=${token}`
}

/** RFC 5122 §2.7.2: what a URI cannot hold is escaped. */
function address(localpart: string | undefined, domain: string): string {
  const escaped = encodeURIComponent(domain)
  return localpart === undefined ? escaped : `${encodeURIComponent(localpart)}@${escaped}`
}
