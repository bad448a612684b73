/** What is shown once to who has just made an account. */

import type { BareJid } from '../../protocol/jid.ts'
import { html, link } from '../frame/html.ts'
import type { Asked, Reply } from '../frame/page.ts'
import { qrCode } from '../look/qr.ts'
import { appSteps } from '../pages/apps.ts'
import { signUpTexts } from '../texts/sign-up.ts'

export interface Welcomed {
  readonly jid: BareJid
  readonly name: string
  /** That we have made; undefined where its owner has chosen it. */
  readonly password: string | undefined
  readonly code: string | undefined
}

export function welcome({ language, to }: Asked, { jid, name, password, code }: Welcomed): Reply {
  const texts = signUpTexts[language]
  const body = html`<article class="narrow">
<h1>${texts.doneTitle(name)}</h1>
<p class="lead">${texts.doneLead}</p>
<h2>${texts.address}</h2>
<p class="secret" id="address">${jid}</p>
<h2>${texts.yourPassword}</h2>
${
  password === undefined
    ? html`<p>${texts.ownPassword}</p>`
    : html`<p class="secret" id="password">${password}</p><p>${texts.yourPasswordHint}</p>`
}
${code !== undefined && html`<h2>${texts.recovery}</h2><p class="secret" id="recovery">${code}</p><p>${texts.recoveryHint}</p>`}
<p class="small no-print">${texts.print}</p>
<h2>${texts.next}</h2>
<ol class="steps">${texts.steps(jid).map(([title, text]) => html`<li><h3>${title}</h3><p>${text}</p></li>`)}</ol>
<h2>${texts.qr}</h2>
<p>${texts.qrHint}</p>
${qrCode(uriOf(jid))}
<p><a href="${link(uriOf(jid))}">${uriOf(jid)}</a></p>
<div class="no-print"><h2>${texts.appsTitle}</h2>
${appSteps(language)}
<p class="actions"><a class="button" href="${to('/login')}">${texts.login}</a> <a class="button quiet" href="${to('/login', { next: '/account/import' })}">${texts.bring}</a></p></div>
</article>`
  return { title: texts.doneTitle(name), body }
}

/** RFC 5122 §2.7.2 */
function uriOf(jid: BareJid): string {
  return `xmpp:${jid.split('@').map(encodeURIComponent).join('@')}`
}
