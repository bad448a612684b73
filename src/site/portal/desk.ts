/** Who is at the desk: pages for those who are signed in, and for nobody else. */

import { type Account, jidOf } from '../../accounts/accounts.ts'
import type { Closed, Opened } from '../../accounts/sign-in/web-door.ts'
import type { WebSession } from '../../accounts/sign-in/web-sessions.ts'
import { PageProblem } from '../../http/page.ts'
import type { BareJid } from '../../protocol/jid.ts'
import type { Filled } from '../frame/form.ts'
import { type Html, html } from '../frame/html.ts'
import type { Asked, Moved, Reply, SitePage } from '../frame/page.ts'
import type { PortalParts } from './parts.ts'

/** Somebody who is signed in and asks for a page. */
export interface Me {
  readonly asked: Asked
  readonly session: WebSession
  readonly account: Account
  readonly jid: BareJid
  /** The account looks after the others of its domain; in the first domain, after the service as well. */
  readonly looksAfter: 'nobody' | 'its domain' | 'the service'
  /** What every form of theirs has to bring back. */
  readonly token: Html
  /** Asks for the password once more. */
  prove(password: string): Promise<Opened | Closed>
}

export interface AccountPage {
  readonly path: string
  readonly get?: (me: Me) => Reply | Promise<Reply>
  readonly post?: (me: Me, filled: Filled) => Reply | Promise<Reply>
  /** As in `SitePage`. */
  readonly takesFile?: boolean
  /** For accounts that look after others only. */
  readonly operators?: 'its domain' | 'the service'
}

/** The browser sends it back to this very origin only, over TLS only, and shows it to no script (RFC 6265bis §4.1.3.2). */
const cookieName = '__Host-sotto'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'

export const formField = 'token'
const purpose = 'account'

/** Places that a sign-in may lead to. */
const ownPlace = /^\/(account|admin)(\/[a-z0-9-]+)*$/

export class Desk {
  readonly #parts: PortalParts

  constructor(parts: PortalParts) {
    this.#parts = parts
  }

  /** The session of the browser, also one that is halfway in. */
  session({ cookie }: Asked): WebSession | undefined {
    return this.#parts.sessions.find(cookie(cookieName))
  }

  /** Signs a browser in. What it held before is good for nothing any more. */
  signIn({ cookie }: Asked, account: Account, halfway: boolean): { readonly 'set-cookie': string } {
    const { sessions } = this.#parts
    sessions.end(cookie(cookieName))
    return { 'set-cookie': `${cookieName}=${sessions.open(account, { halfway }).token}; ${attributes}` }
  }

  signOut({ cookie }: Asked): { readonly 'set-cookie': string } {
    this.#parts.sessions.end(cookie(cookieName))
    return { 'set-cookie': `${cookieName}=; Max-Age=0; ${attributes}` }
  }

  /** Where a sign-in leads to: one of our own pages that was asked for, else the overview. */
  whereTo(next: string | undefined): string {
    return next !== undefined && ownPlace.test(next) ? next : '/account'
  }

  page({ path, get, post, operators, takesFile }: AccountPage): SitePage {
    const enter = async (asked: Asked, run: (me: Me) => Reply | Promise<Reply>): Promise<Reply> => {
      const me = this.#me(asked)
      if (me === undefined) return this.#away(asked, path)
      if (operators === 'its domain' && me.looksAfter === 'nobody') throw new PageProblem(404, 'There is nothing here.')
      if (operators === 'the service' && me.looksAfter !== 'the service')
        throw new PageProblem(404, 'There is nothing here.')
      const reply = await run(me)
      return 'body' in reply ? { at: 'login', signedIn: true, ...reply } : reply
    }
    return {
      path,
      ...(takesFile && { takesFile }),
      ...(get && { get: asked => enter(asked, get) }),
      ...(post && {
        post: (asked, filled) =>
          enter(asked, me => {
            this.#insist(me, filled)
            return post(me, filled)
          }),
      }),
    }
  }

  #me(asked: Asked): Me | undefined {
    const session = this.session(asked)
    if (session === undefined || session.halfway) return undefined
    const { account } = session
    const { door, tokens, marks, firstDomain } = this.#parts
    const isAdmin = marks.has(account.id, 'admin')
    const first = account.domain === firstDomain
    return {
      asked,
      session,
      account,
      jid: jidOf(account),
      looksAfter: isAdmin ? (first ? 'the service' : 'its domain') : 'nobody',
      token: html`<input type="hidden" name="${formField}" value="${tokens.issue(purpose, session.id)}">`,
      prove: password => door.open(jidOf(account), account.domain, password, asked.visit.network),
    }
  }

  #away({ to, visit }: Asked, path: string): Moved {
    return { to: to('/login', visit.method === 'POST' || !ownPlace.test(path) ? {} : { next: path }) }
  }

  /** Besides where the form was sent from, it has to be one that this session was shown. */
  #insist({ session }: Me, filled: Filled): void {
    if (this.#parts.tokens.find(filled.text(formField), purpose, session.id).good) return
    throw new PageProblem(403, 'This form is too old, or not yours. Open the page again and fill it in once more.')
  }
}
