/** Documents as the database sees them: tags like noise, and values that open with the account's key from the vault. */

import { createHmac } from 'node:crypto'
import { bound, open, seal } from '../seals/envelope.ts'
import type { AccountKeys } from '../seals/vault.ts'
import { type Cover, plain } from './documents.ts'

const tagBytes = 16

export interface SealedCoverParts {
  /** The keys of an account; undefined if it has none (any more). */
  keys(account: number): Pick<AccountKeys, 'documents' | 'tags'> | undefined
  /** A value does not open although its key is there: it was changed on the disk. Says nothing about whose it is. */
  readonly damaged?: () => void
}

/** A document that was changed on the disk is as good as absent, and can be written anew. */
export function sealedCover({ keys, damaged }: SealedCoverParts): Cover {
  return {
    tag(account, collection, key) {
      const tags = keys(account)?.tags
      if (tags === undefined) return undefined
      const mac = createHmac('sha256', tags).update(collection).update('\0').update(key).digest()
      // Of its own, since what is handed to another thread takes the memory around it along.
      return new Uint8Array(mac.subarray(0, tagBytes))
    },

    wrap(account, collection, tag, document) {
      const key = keys(account)?.documents
      if (key === undefined) throw new Error('There is no key for this account: it is being erased.')
      return seal(key, plain.wrap(account, collection, tag, document), binding(account, collection, tag))
    },

    open(account, collection, tag, value) {
      const key = keys(account)?.documents
      if (key === undefined) return undefined
      const opened = open(key, value, binding(account, collection, tag))
      if (opened === undefined) damaged?.()
      return opened && plain.open(account, collection, tag, opened)
    },
  }
}

function binding(account: number, collection: string, tag: Uint8Array): Buffer {
  return bound('sotto document', account, collection, tag)
}
