import type { Jid } from '../protocol/jid.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'

/*
 * Some things can be asked for in more than one way, and are kept in one. The feature that keeps them offers a view; the
 * list of features hands it to the one that shows them in another way, which need not know where they come from.
 */

/** An element of an account that is kept by somebody else. */
export interface ElementView {
  /** `{namespace}name` */
  readonly element: string
  /** Undefined where there is none. */
  read(account: LocalAccount): Promise<Element | undefined>
  /** Undefined empties it. @throws Problem where it cannot be kept */
  write(account: LocalAccount, element: Element | undefined): Promise<void>
}

/** A picture, as it was uploaded. */
export interface Picture {
  /** `image/png` and the like. */
  readonly type: string
  /** The image in Base64, without white space (RFC 4648 §4). */
  readonly base64: string
}

/** The picture of an account that is kept by somebody else. */
export interface PictureView {
  /** Undefined where there is none, or none for that reader. */
  read(account: LocalAccount, reader: Jid): Promise<Picture | undefined>
  /** Undefined takes it away. @throws Problem where it cannot be kept */
  write(account: LocalAccount, picture: Picture | undefined): Promise<void>
}
