/** The page that an invitation leads to, for a browser on whatever machine it is opened (XEP-0379#link_transmission). */
import { hash } from 'node:crypto'
import { renderSVG } from 'uqr'
import { escapeAttr, escapeText } from '../../protocol/xml/write.ts'
import { type Page, PageProblem } from '../../routing/feature.ts'

export interface Shown {
  /** `xmpp:…` */
  readonly uri: string
  readonly landing: string | undefined
  readonly domain: string
  /** Who becomes a contact. */
  readonly from: { readonly name: string; readonly jid: string } | undefined
  /** Whether the guest may make an account. */
  readonly admits: boolean
  /** The last day on which it is good. */
  readonly last: string
}

export interface LandingParts {
  find(token: string): Promise<Shown | undefined>
}

export const landingPage = ({ find }: LandingParts): Page => ({
  path: '/invite/:token',
  methods: ['GET'],
  // Apps that run in a browser read the link in the header.
  cors: { exposes: ['link'] },
  async handle(visit) {
    const shown = await find(visit.params.token!)
    if (shown === undefined) {
      throw new PageProblem(404, 'This invitation is not good, or not good any more. Please ask for another one.')
    }
    visit.send(200, 'text/html; charset=utf-8', html(shown), {
      // COMPAT(Conversations): opened in the app, only this header is read.
      link: `<${shown.uri}>; rel="alternate"`,
      'content-security-policy': policy,
    })
  },
})

const style = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
a.open{display:inline-block;padding:.7rem 1.4rem;border-radius:.5rem;background:#1a5fb4;color:#fff;text-decoration:none}
svg{width:14rem;height:auto;background:#fff}
small{color:#555}
@media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1c}small{color:#aaa}a{color:#99c1f1}a.open{color:#fff}}`

const policy =
  `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; frame-ancestors 'none'; ` +
  `base-uri 'none'; form-action 'none'`

/** Apps in which invitations work, by the system they are for. Links only: nothing of theirs is loaded. */
const apps = [
  ['Android', 'Conversations', 'https://conversations.im/'],
  ['iPhone, iPad', 'Monal', 'https://monal-im.org/'],
  ['Linux, Windows', 'Gajim', 'https://gajim.org/'],
  ['Linux', 'Dino', 'https://dino.im/'],
  ['macOS', 'Monal', 'https://monal-im.org/'],
] as const

/** The store hands the invitation on to the app that it installs; that way it sees it. */
function playStore(uri: string): string {
  return `https://play.google.com/store/apps/details?id=eu.siacs.conversations&referrer=${encodeURIComponent(uri)}`
}

function html({ uri, landing, domain, from, admits, last }: Shown): string {
  const title = from === undefined ? `You are invited to ${domain}` : `${from.name} invites you to chat`
  const who =
    from === undefined
      ? `With this invitation you can make an account at <b>${escapeText(domain)}</b>.`
      : `<b>${escapeText(from.jid)}</b> would like to have you as a contact.` +
        (admits ? ` If you have no account yet, you can make one at <b>${escapeText(domain)}</b>.` : '')
  const list = apps.map(([system, name, link]) => `<li>${system}: <a rel="noreferrer" href="${link}">${name}</a></li>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p>${who}</p>
<p><a class="open" href="${escapeAttr(uri)}">Open in my app</a></p>
<p>If nothing happens, you need an app for XMPP first. Install one, then come back to this page:</p>
<ul>
${list.join('\n')}
</ul>
<p><small>On Android, <a rel="noreferrer" href="${escapeAttr(playStore(uri))}">Conversations from Google’s store</a> brings
the invitation along by itself. The store sees it on the way.</small></p>
<h2>On another device</h2>
<p>Scan this with its camera:</p>
${renderSVG(landing ?? uri, { border: 2 })}
<p><small>Good until the end of ${escapeText(last)} (UTC). Who has this link can use it: keep it to yourself.</small></p>
</body>
</html>
`
}
