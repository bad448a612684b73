/** The contract of a page of the site. */

import type { Headers, Visit } from '../../http/page.ts'
import type { Settings } from '../../settings/schema.ts'
import type { Filled } from './form.ts'
import type { Guise } from './guise.ts'
import type { Address, Html } from './html.ts'
import type { Language } from './language.ts'

/** The entries of the menu that is on every page. */
export const menu = ['home', 'contact', 'privacy', 'login', 'domain'] as const
export type MenuEntry = (typeof menu)[number]

/** Somebody asks for a page. */
export interface Asked {
  readonly visit: Visit
  readonly language: Language
  /** The settings as they are for the domain that was asked for. */
  readonly settings: Settings
  readonly guise: Guise
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** A place of this site, in the language that was chosen, if one was. @param path begins with a slash */
  to(path: string, query?: Readonly<Record<string, string | undefined>>): Address
  /** A cookie that the browser sent. */
  cookie(name: string): string | undefined
}

/** A page to be shown in the frame of the site. */
export interface Shown {
  readonly title: string
  readonly body: Html
  readonly status?: number
  readonly headers?: Headers
  /** Where it stands in the menu. */
  readonly at?: MenuEntry
  /** Somebody is signed in: the menu leads to the account. */
  readonly signedIn?: boolean
  /** Search engines may list it; else they are asked not to. */
  readonly listed?: boolean
  /**
   * Where people come in: it brings the stylesheet along, so that there is nothing to wait for, and it is packed. Nothing
   * secret may be in it.
   */
  readonly entrance?: boolean
  /** One sentence for search engines and link previews; for listed pages. */
  readonly summary?: string
}

/** Goes on elsewhere on this site (303), as after a form. */
export interface Moved {
  readonly to: Address
  readonly headers?: Headers
}

/** Something that is no page: a document for programs, or a download. */
export interface Sent {
  readonly type: string
  readonly content: string | Uint8Array
  readonly status?: number
  readonly headers?: Headers
}

/** A download that is made while it is sent. */
export interface Streamed {
  readonly type: string
  readonly pieces: AsyncIterable<string | Uint8Array>
  readonly headers?: Headers
}

export type Reply = Shown | Moved | Sent | Streamed

/**
 * A page, or several that share a path. A path is written without the language: `/contact` is also there as `/de/contact`
 * and `/en/contact`; without it, language follows from the browser.
 */
export interface SitePage {
  /** As in `Page`: `/invite/:token`. */
  readonly path: string
  readonly get?: (asked: Asked) => Reply | Promise<Reply>
  /** Takes a form that one of our own pages has sent: those of other sites are refused before. */
  readonly post?: (asked: Asked, filled: Filled) => Reply | Promise<Reply>
  /** Bytes of the form; 16 KiB if it is not said. */
  readonly formBytes?: number
  /** The form may bring a file along. */
  readonly takesFile?: boolean
  /** As in `Page`. */
  readonly cors?: { readonly exposes?: readonly string[] }
}
