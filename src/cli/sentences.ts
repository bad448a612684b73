/** What a person at the command line is told when something goes wrong. */

import { AlreadyRunning, Refused } from '../operations/control.ts'
import { reduced } from '../operations/log.ts'
import { NotAnnounced } from '../privacy/retention.ts'
import { SealError } from '../seals/seal-error.ts'
import { SettingsError } from '../settings/load.ts'
import { StorageError } from '../storage/database.ts'
import { WrongUse } from './command.ts'

const written = [WrongUse, Refused, AlreadyRunning, StorageError, SealError, NotAnnounced]

/** What a person is told about something thrown. Only errors that were written for people speak for themselves. */
export function sentencesFor(error: unknown): readonly string[] {
  if (error instanceof SettingsError) return error.sentences
  if (error instanceof Error && written.some(kind => error instanceof kind)) return [error.message]
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined
  // Whoever tried to listen knows best what to say about it.
  if (cause?.syscall === 'listen') return [(error as Error).message]
  const { code, syscall, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (syscall === 'listen' && address !== undefined) return [cannotListen(code, `${address} port ${port}`)]
  if (code?.startsWith('ERR_OSSL') || code?.startsWith('ERR_SSL')) {
    return [`The certificate or its key cannot be used (${code}). "sotto doctor" says what is wrong with them.`]
  }
  if (code !== undefined && path !== undefined) return [`${path}: ${fileProblems[code] ?? `the system says ${code}`}.`]
  return [`This is a mistake in Sotto and not in what you did: ${JSON.stringify(reduced(error))}`]
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'the permissions do not allow this; run as the user that owns the data',
  EPERM: 'the system does not allow this; run as the user that owns the data',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is mounted read-only',
  ENOTDIR: 'part of the path is a file where a directory has to be',
  EISDIR: 'this is a directory where a file has to be',
}

function cannotListen(code: string | undefined, where: string): string {
  if (code === 'EADDRINUSE') {
    return `${where} is already in use. Stop the program that uses it, or choose another port in the section [listen] of the settings.`
  }
  if (code === 'EACCES') {
    return `${where} may be used by the administrator only. Choose a port above 1023, or grant the service CAP_NET_BIND_SERVICE.`
  }
  if (code === 'EADDRNOTAVAIL') {
    return `${where} cannot be used: this machine has no such address. Correct the addresses in the section [listen] of the settings.`
  }
  return `${where} cannot be used: the system says ${code}.`
}
