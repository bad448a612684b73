/**
 * The master secret: 32 random bytes outside the data directory, without which the data directory and every copy of it
 * are noise.
 */

import { closeSync, existsSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { writeDurably } from './durable-files.ts'
import { freshKey, keyBytes, wipe } from './envelope.ts'
import { SealError } from './seal-error.ts'

/** The name under which systemd hands the secret to the service: `LoadCredential=sotto-master:/etc/sotto/master.key`. */
export const credentialName = 'sotto-master'

/** Where the master secret is, and the data directory that it must not be in. */
export interface MasterPlace {
  readonly path: string
  readonly data: string
}

/**
 * The secret, or undefined if the file is not there. The caller wipes it.
 * Throws a `SealError` if it is in the wrong place, can be read by others, or is no secret.
 */
export function readMaster(place: MasterPlace): Buffer | undefined {
  const { path } = place
  refuseInside(place)
  if (!existsSync(path)) return undefined
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new SealError(
      `The master secret ${path} cannot be read (${code}). It has to belong to the user that runs the service.`,
    )
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new SealError(`The master secret ${path} has to be a file. Correct seal.master.`)
    // systemd guards its credentials by an access list, which looks like the permissions of a group.
    if ((stat.mode & 0o077) !== 0 && basename(path) !== credentialName) {
      throw new SealError(
        `Others on this machine can read the master secret ${path}. Run: chmod 600 ${path} — and if they may have read it, ` +
          'consider everything in the data directory as known to them.',
      )
    }
    if (stat.size !== keyBytes) {
      throw new SealError(
        `The master secret ${path} has ${stat.size} bytes and needs ${keyBytes}. Put the right file there. For a service ` +
          `without data yet: head -c ${keyBytes} /dev/urandom > ${path}`,
      )
    }
    const secret = Buffer.allocUnsafeSlow(keyBytes)
    const read = readFileSync(file)
    read.copy(secret)
    wipe(read)
    return secret
  } finally {
    closeSync(file)
  }
}

/** Makes the secret at its place, for a vault that is about to be made. The caller wipes what is returned. */
export function makeMaster(place: MasterPlace): Buffer {
  const { path } = place
  refuseInside(place)
  const secret = freshKey()
  try {
    writeDurably(path, secret, 'refuse')
    return secret
  } catch (error) {
    wipe(secret)
    const { code } = error as NodeJS.ErrnoException
    // Somebody else was quicker, and theirs is as good.
    const theirs = code === 'EEXIST' ? readMaster(place) : undefined
    if (theirs !== undefined) return theirs
    throw new SealError(
      `The master secret cannot be made at ${path} (${code}). Name another place in seal.master, outside the data ` +
        'directory, where the service may write once.',
    )
  }
}

/** Whoever copies the data directory must not get the secret with it. */
function refuseInside({ path, data }: MasterPlace): void {
  const way = relative(real(data), real(path))
  if (way.startsWith('..')) return
  throw new SealError(
    `The master secret ${path} lies in the data directory, where every copy of the data would contain it. Move it ` +
      'elsewhere and say so in seal.master.',
  )
}

/** The path without symbolic links, as far as it exists. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(real(parent), basename(path))
}
