/** The page that an invitation leads to, for a browser on whatever machine it is opened (XEP-0379#link_transmission). */

import { invitationLinks } from '../../accounts/invitation-links.ts'
import type { Invitation, Invitations } from '../../accounts/invitations.ts'
import type { Joining } from '../../accounts/joining.ts'
import { localpartOf } from '../../protocol/jid.ts'
import { html, link } from '../frame/html.ts'
import { dayInWords } from '../frame/language.ts'
import type { Asked, Reply, SitePage } from '../frame/page.ts'
import { hourglass, openDoor } from '../look/drawings.ts'
import { qrCode } from '../look/qr.ts'
import { invitationTexts } from '../texts/invitation.ts'
import { appList } from './apps.ts'

export interface InvitationParts {
  readonly invitations: Pick<Invitations, 'find'>
  readonly joining: Pick<Joining, 'admits'>
  /** Where the HTTPS port is reached from outside. */
  webAddress(domain: string): string
}

export const invitationPage = ({ invitations, joining, webAddress }: InvitationParts): SitePage => ({
  path: '/invite/:token',
  // Apps that run in a browser read the link in the header.
  cors: { exposes: ['link'] },
  async get(asked) {
    const token = asked.params.token!
    const found = await invitations.find(token)
    if (found === undefined) return gone(asked)
    // Where a domain takes nobody any more, an invitation to it can still bring two people together.
    const admits = found.admits && joining.admits(found.domain, found)
    if (!admits && !found.befriends) return gone(asked)
    return shown(asked, token, { ...found, admits }, webAddress(found.domain))
  },
})

function gone({ language }: Asked): Reply {
  const texts = invitationTexts[language]
  const body = html`<div class="beside"><article><h1>${texts.goneTitle}</h1><p class="lead">${texts.gone}</p></article>${hourglass}</div>`
  return { title: texts.goneTitle, body, status: 404 }
}

/** The store hands the invitation on to the app that it installs; that way it sees it. */
function playStore(uri: string): string {
  return `https://play.google.com/store/apps/details?id=eu.siacs.conversations&referrer=${encodeURIComponent(uri)}`
}

function shown({ language, to }: Asked, token: string, invitation: Invitation, web: string): Reply {
  const texts = invitationTexts[language]
  const { host, befriends, admits, last, localpart, domain } = invitation
  const from = befriends ? host?.jid : undefined
  const { uri, landing } = invitationLinks({ token, domain, localpart, host: host?.jid, befriends, admits }, web)
  const title = from === undefined ? texts.toDomain(domain) : texts.toChat(localpartOf(from))
  const lead =
    from === undefined
      ? texts.account(domain)
      : [texts.contact(from), ...(admits ? [texts.either(domain)] : [])].join(' ')
  const body = html`<div class="beside"><article>
<h1>${title}</h1>
<p class="lead">${lead}</p>
<p class="actions"><a class="button" href="${link(uri)}">${texts.open}</a>
${admits && html`<a class="button quiet" href="${to(`/invite/${token}/sign-up`)}">${texts.make}</a>`}</p>
<ol class="steps">${texts.steps(admits).map(([name, text]) => html`<li><h2>${name}</h2><p>${text}</p></li>`)}</ol>
<h2>${texts.otherDevice}</h2>
<p>${texts.scan}</p>
${qrCode(landing ?? uri)}
<p class="notice lamp">${texts.last(dayInWords(last, language))}</p>
<h2>${texts.appsTitle}</h2>
${appList(language)}
<p class="small"><a href="${link(playStore(uri))}" rel="noreferrer">${texts.store}</a>: ${texts.storeHint}</p>
</article>${openDoor}</div>`
  // COMPAT(Conversations): opened in the app, only this header is read.
  return { title, body, headers: { link: `<${uri}>; rel="alternate"` } }
}
