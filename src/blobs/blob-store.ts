/** Where large things are kept: bytes under a name, and nothing else. What they mean is known elsewhere. */

/** 64 hexadecimal digits. Whoever keeps a blob makes its name from chance or from a hash, never from what somebody typed. */
export type BlobName = string

export interface BlobStore {
  /** Begins a blob. Nobody can see it before it is committed, and after a crash nothing of it is left. */
  begin(name: BlobName): Promise<BlobDraft>
  /** Opens a blob for reading; undefined if there is none. It stays readable until closed, even if it is deleted meanwhile. */
  open(name: BlobName): Promise<OpenBlob | undefined>
  /** Its size; undefined if there is none. */
  stat(name: BlobName): Promise<{ readonly bytes: number } | undefined>
  /** Deletes a blob beyond recovery, as far as the medium allows. False if there was none. */
  delete(name: BlobName): Promise<boolean>
  /**
   * The names that begin with those two digits, in no order: there are 256 parts, so that none is too large to be held.
   * What comes or goes meanwhile may be listed or not.
   */
  list(part: string): AsyncIterable<BlobName>
  /** Removes what unfinished uploads of an earlier process left behind. Returns how many there were. */
  removeLeftovers(): Promise<number>
}

/** A blob that is being written, by one writer, from its beginning to its end. */
export interface BlobDraft {
  /** Appends. The next piece may be handed over once the promise has resolved; `piece` may be reused then. */
  write(piece: Uint8Array): Promise<void>
  /** Makes the blob durable, without showing it yet. */
  finish(): Promise<void>
  /** Shows it under its name: after `finish`. Durable when resolved. */
  commit(): Promise<void>
  /** Forgets it. May be called at any time, and more than once; does nothing after `commit`. */
  discard(): Promise<void>
}

export interface OpenBlob {
  readonly bytes: number
  /**
   * Fills `into` from a position on. Reading on where the last call ended is cheap everywhere; jumping may cost a request.
   * @returns how many bytes there were: fewer than asked for only at the end
   */
  read(into: Uint8Array, position: number): Promise<number>
  close(): Promise<void>
}
