/**
 * Everything of an account as one download: the file of XEP-0227, and the contents of uploaded files as far as anything of
 * the account holds their links. Without its link a file is noise to its owner, too, and that is said.
 */

import { linkLength, openFile, secretsIn } from './features/files/opening.ts'
import type { StoredFile, StoredFiles } from './features/files/stored-files.ts'
import { type Zipped, zip } from './http/zip.ts'
import type { Day } from './privacy/day.ts'

export interface BundleParts {
  readonly files: StoredFiles
  readonly today: () => Day
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Bundled {
  readonly account: number
  /** The file of XEP-0227; the account is open while it is taken. */
  readonly portable: AsyncIterable<string>
  readonly language: 'en' | 'de'
}

export async function* ownBundle(parts: BundleParts, bundled: Bundled): AsyncGenerator<Uint8Array> {
  yield* zip(filesOf(parts, bundled))
}

async function* filesOf({ files, today, now }: BundleParts, bundled: Bundled): AsyncGenerator<Zipped> {
  const day = today()
  const own = new Map((await files.list(bundled.account)).map(file => [file.blob, file]))
  const secrets = new Map<string, string>()
  yield { name: 'account.xml', day, squeezes: true, pieces: looking(bundled.portable, new Set(own.keys()), secrets) }
  const names = new Map<string, number>()
  const told: string[] = []
  const closed: StoredFile[] = []
  for (const [blob, file] of own) {
    const secret = secrets.get(blob)
    const opened = secret === undefined ? undefined : await openFile(files, secret, now())
    if (opened === undefined) {
      closed.push(file)
      continue
    }
    const name = freeName(`files/${file.day}/${safeName(opened.facts.name)}`, names)
    yield { name, day: file.day, squeezes: false, pieces: opened.pieces }
    told.push(opened.isDamaged() ? `${name} (!)` : name)
  }
  yield { name: 'about.txt', day, squeezes: true, pieces: once(about[bundled.language](told, closed)) }
}

/** Hands on the text, and remembers the secrets of links to those files. */
async function* looking(
  text: AsyncIterable<string>,
  files: ReadonlySet<string>,
  secrets: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  let before = ''
  for await (const piece of text) {
    // A link may lie across two pieces.
    const seen = before + piece
    for (const [blob, secret] of secretsIn(seen, files)) secrets.set(blob, secret)
    before = seen.slice(-linkLength - 1)
    yield Buffer.from(piece)
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const longestName = 120
/** What separates directories, what some system forbids, and what shows a name otherwise than it is. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069/\\:*?"<>|]/g
/** Names of devices of Windows, whatever stands behind a dot. */
const device = /^(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)/i

/** A name that cannot lead out of its directory, whatever the sender called the file. */
export function safeName(name: string): string {
  const plain = name.toWellFormed().replace(unsafe, '_')
  const short = plain.length > longestName ? `${plain.slice(0, 100)}…${plain.slice(-19)}`.toWellFormed() : plain
  if (/^[. ]*$/.test(short)) return 'file'
  return short
    .replace(/^\.+/, '_')
    .replace(/[. ]+$/, '_')
    .replace(device, '_$&')
}

/** A name that no other file has. @param taken by name, as the most careless system sees it: how many wanted it */
export function freeName(name: string, taken: Map<string, number>): string {
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot > name.lastIndexOf('/') ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const seen = (each: string): string => each.normalize('NFC').toLowerCase()
  let number = taken.get(seen(name)) ?? 0
  let free = name
  while (taken.has(seen(free))) free = `${stem} (${++number})${end}`
  taken.set(seen(name), Math.max(number, 1))
  if (free !== name) taken.set(seen(free), 1)
  return free
}

type About = (there: readonly string[], closed: readonly StoredFile[]) => string

const lines = (all: readonly string[]): string => all.map(line => `  ${line}\r\n`).join('')
const marks = (closed: readonly StoredFile[]): string =>
  lines(closed.map(({ day, kib, blob }) => `${day}  ${kib} KiB  ${blob.slice(0, 8)}`))

/** Line ends that every editor knows. */
const about: Readonly<Record<Bundled['language'], About>> = {
  en: (there, closed) =>
    `account.xml\r\n  Contacts, history, settings and what your apps published: a format that other services can take in (XEP-0227).\r\n\r\nFiles in this archive: ${there.length}\r\n${lines(there)}${
      closed.length === 0
        ? ''
        : `\r\nFiles that are not in it: ${closed.length}\r\n${marks(closed)}\r\nThey are stored, but sealed with a secret that is in their links and nowhere else, and no such link was found in what is kept of you in the clear: it may be in an encrypted message, in a history that was erased, or in one that you did not want. Your app has it: open the link there.\r\n`
    }`,
  de: (there, closed) =>
    `account.xml\r\n  Kontakte, Verlauf, Einstellungen und was deine Apps veröffentlicht haben: ein Format, das andere Dienste übernehmen können (XEP-0227).\r\n\r\nDateien in diesem Archiv: ${there.length}\r\n${lines(there)}${
      closed.length === 0
        ? ''
        : `\r\nDateien, die fehlen: ${closed.length}\r\n${marks(closed)}\r\nSie sind gespeichert, aber mit einem Geheimnis versiegelt, das in ihrem Link steht und sonst nirgends, und so ein Link fand sich nicht in dem, was lesbar von dir aufbewahrt wird: Er steht vielleicht in einer verschlüsselten Nachricht, in einem gelöschten Verlauf oder in einem, den du nicht wolltest. Deine App hat ihn: Öffne den Link dort.\r\n`
    }`,
}
