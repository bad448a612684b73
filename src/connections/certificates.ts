import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Domains } from '../accounts/domains.ts'
import type { Log } from '../operations/log.ts'
import { ensureCertificate, madeCertificate } from '../operations/self-signed.ts'
import { asciiDomain } from '../protocol/jid.ts'
import { endPointOf } from './certificate.ts'

/** Files in PEM: a certificate followed by its chain, and its key. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

/** A certificate as it is shown. */
export interface Identity {
  /** A ready context ignores a `minVersion` that stands beside it, so it is part of what the context is made from. */
  readonly options: SecureContextOptions
  readonly context: SecureContext
  readonly certificate: X509Certificate
  /** `tls-server-end-point` exists for this certificate. */
  readonly hasEndPoint: boolean
}

export interface CertificatesParts {
  /** Shown to whoever asks for no name, or for one that nobody has here. */
  readonly files: CertificateFiles
  readonly domains: Pick<Domains, 'first' | 'size' | 'under' | 'setting' | 'on'>
  /** The data directory, in which certificates are made for domains whose names are in no other. */
  readonly data: string
  readonly log: Log
  /** Certificates in memory at one time; default 500. */
  readonly most?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

interface Held {
  readonly identity: Identity
  readonly files: CertificateFiles
  /** What the files looked like when they were read. */
  seen: string
}

/** Beyond it the longest unused are read again when somebody asks for them. */
const mostHeld = 500
const watchMs = 30_000

/**
 * The certificates of all domains. Each is read when somebody first asks for it: a domain with one of its own shows that,
 * one that the main certificate is made out to shows the main one, and for any other a self-signed one is made, so that
 * who wants to can trust it by hand. Files that change are read again by themselves; streams that are open keep what they
 * have.
 */
export class Certificates {
  readonly #parts: CertificatesParts
  readonly #held = new Map<string, Held>()
  readonly #watchers: ((main: Identity) => void)[] = []
  readonly #watching: NodeJS.Timeout
  #main: Held

  private constructor(parts: CertificatesParts, main: Held) {
    this.#parts = parts
    this.#main = main
    const forget = (domain: string) => void this.#held.delete(domain)
    parts.domains.on('changed', forget)
    parts.domains.on('removed', forget)
    this.#watching = setInterval(() => void this.look(), watchMs).unref()
  }

  /** Reads the main certificate. Throws an Error if it cannot be used. */
  static async open(parts: CertificatesParts): Promise<Certificates> {
    return new Certificates(parts, await held(parts.files))
  }

  get main(): Identity {
    return this.#main.identity
  }

  /** Whether there is a choice at all. */
  get several(): boolean {
    return this.#parts.domains.size > 1
  }

  /** Calls back whenever the main certificate is another one. */
  onMain(watcher: (main: Identity) => void): void {
    this.#watchers.push(watcher)
  }

  /** What to show to whoever asks for a name (SNI, RFC 6066 §3). */
  for(name: string): Identity {
    const domain = name === '' || !this.several ? undefined : this.#parts.domains.under(name)
    if (domain === undefined || domain === this.#parts.domains.first) return this.main
    const known = this.#held.get(domain)
    if (known !== undefined) {
      this.#held.delete(domain)
      this.#held.set(domain, known)
      return known.identity
    }
    try {
      return this.#read(domain)
    } catch (thrown) {
      this.#parts.log.warning('the certificate of a domain cannot be used; the main one is shown', undefined, thrown)
      // Until its files change: what nobody can use is not read again at every visit.
      return this.#hold(domain, this.main, this.#filesOf(domain))
    }
  }

  /** Reads everything again. If the main certificate cannot be used it throws, and nothing has changed. */
  async reload(): Promise<void> {
    this.#becomes(await held(this.#parts.files))
  }

  /** Looks whether files have changed, and reads those again that have; happens by itself every half a minute. */
  async look(): Promise<void> {
    if (await this.#hasChanged(this.#main)) {
      const { log, files } = this.#parts
      await held(files).then(
        again => this.#becomes(again),
        thrown => log.warning('a certificate has changed and cannot be used; the old one stays', undefined, thrown),
      )
    }
    for (const [domain, known] of [...this.#held]) {
      if (!(await this.#hasChanged(known)) || this.#held.get(domain) !== known) continue
      await held(known.files).then(
        again => void this.#held.set(domain, again),
        thrown =>
          this.#parts.log.warning('a certificate has changed and cannot be used; the old one stays', undefined, thrown),
      )
    }
  }

  close(): void {
    clearInterval(this.#watching)
  }

  #becomes(main: Held): void {
    this.#main = main
    // Some of them stand for it.
    this.#held.clear()
    for (const watcher of this.#watchers) watcher(main.identity)
  }

  /** Tells once for each change. */
  async #hasChanged(known: Held): Promise<boolean> {
    const seen = await looks(known.files)
    if (seen === known.seen) return false
    known.seen = seen
    return true
  }

  #read(domain: string): Identity {
    const files = this.#filesOf(domain)
    if (files === this.#parts.files) return this.main
    if (this.#parts.domains.setting(domain, 'certificate') === '') {
      ensureCertificate(files, domain, new Date(this.#parts.now?.() ?? Date.now()))
    }
    return this.#hold(domain, identityOf(readFileSync(files.certificate), readFileSync(files.key)), files)
  }

  #hold(domain: string, identity: Identity, files: CertificateFiles): Identity {
    const [oldest] = this.#held.size >= (this.#parts.most ?? mostHeld) ? this.#held.keys() : []
    if (oldest !== undefined) this.#held.delete(oldest)
    const known: Held = { identity, files, seen: '' }
    void looks(files).then(seen => {
      known.seen = seen
    })
    this.#held.set(domain, known)
    return identity
  }

  #filesOf(domain: string): CertificateFiles {
    const { domains, files } = this.#parts
    const certificate = domains.setting(domain, 'certificate')
    if (certificate !== '') return { certificate, key: domains.setting(domain, 'key') }
    return this.main.certificate.checkHost(asciiDomain(domain)) === undefined
      ? madeCertificate(this.#parts.data, domain)
      : files
  }
}

async function held(files: CertificateFiles): Promise<Held> {
  const seen = await looks(files)
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  return { identity: identityOf(cert, key), files, seen }
}

/** @throws Error if they cannot be used, or do not belong together */
export function identityOf(cert: Buffer, key: Buffer): Identity {
  const options = { cert, key, minVersion: 'TLSv1.2' } as const
  const certificate = new X509Certificate(cert)
  return {
    options,
    context: createSecureContext(options),
    certificate,
    hasEndPoint: endPointOf(certificate) !== undefined,
  }
}

/** Changes whenever one of the files does. */
async function looks(files: CertificateFiles): Promise<string> {
  const one = (path: string) =>
    stat(path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'gone',
    )
  return (await Promise.all([one(files.certificate), one(files.key)])).join(', ')
}
