/** Stored files opened by the secrets of their links, for owners who take them along. */

import type { BlobName } from '../../blobs/blob-store.ts'
import {
  blobNameOf,
  chunkBytes,
  type FileFacts,
  headBytes,
  isSecret,
  sealedChunkBytes,
  Unsealer,
} from './sealed-file.ts'
import type { StoredFiles } from './stored-files.ts'

/** The secrets of links in a text that lead to one of these files. */
export function secretsIn(text: string, files: ReadonlySet<BlobName>): Map<BlobName, string> {
  const found = new Map<BlobName, string>()
  for (const [, secret = ''] of text.matchAll(/\/files\/([\w-]{43})(?![\w-])/g)) {
    if (!isSecret(secret)) continue
    const blob = blobNameOf(secret)
    if (files.has(blob)) found.set(blob, secret)
  }
  return found
}

/** Characters that a link has from its `/files/` to the end of its secret. */
export const linkLength = '/files/'.length + 43

export interface OpenedFile {
  readonly facts: FileFacts
  /** What is in it; closes it. */
  readonly pieces: AsyncIterable<Uint8Array>
  /** Whether it turned out, while it was read, that something of it was changed on the disk: then it ends there. */
  readonly isDamaged: () => boolean
}

/** Undefined where it is gone, damaged, or its time is over. @param now milliseconds since 1970 */
export async function openFile({ blobs }: StoredFiles, secret: string, now: number): Promise<OpenedFile | undefined> {
  const blob = await blobs.open(blobNameOf(secret))
  if (blob === undefined) return undefined
  const head = Buffer.alloc(headBytes)
  await blob.read(head, 0)
  const file = Unsealer.open(secret, head, blob.bytes)
  if (file === undefined || (file.facts.ends ?? now) < now) {
    await blob.close()
    return undefined
  }
  let damaged = false
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      const chunks = Math.ceil(file!.facts.size / chunkBytes)
      for (let index = 0; index < chunks; index++) {
        const { position, length } = file!.placeOf(index)
        const sealed = Buffer.allocUnsafe(Math.min(length, sealedChunkBytes))
        await blob!.read(sealed, position)
        const plain = file!.chunk(index, sealed)
        damaged = plain === undefined
        if (plain === undefined) return
        yield plain
      }
    } finally {
      await blob!.close()
    }
  }
  return { facts: file.facts, pieces: pieces(), isDamaged: () => damaged }
}
