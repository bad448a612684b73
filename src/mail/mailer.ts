/** Sends letters through the mail server of those who run the service. The only room that knows how to write to anybody. */

import { createTransport, type Transporter } from 'nodemailer'
import type { Log } from '../operations/log.ts'
import type { MailAddress } from '../protocol/mail-address.ts'
import type { Settings } from '../settings/schema.ts'
import { type Letter, written } from './letters.ts'

export interface MailerParts {
  readonly settings: Settings['mail']
  /** What the service calls itself to the mail server. */
  readonly domain: string
  readonly log: Log
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** Letters that are being sent, or wait for it. One more is not sent: nobody waits for that many. */
const mostUnderway = 50
const patienceMs = 15_000
/** What the mail server was last found to be is believed for this long. */
const believedMs = 20_000

export class Mailer {
  readonly #parts: MailerParts
  readonly #transport: Transporter | undefined
  readonly #underway = new Set<Promise<void>>()
  #found: { readonly at: number; readonly reachable: Promise<boolean> } | undefined

  constructor(parts: MailerParts) {
    this.#parts = parts
    const { host, port, tls, user, secret } = parts.settings
    if (!this.offered) return
    this.#transport = createTransport({
      host,
      port,
      secure: tls === 'tls',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      ...(user === '' ? {} : { auth: { user, pass: secret } }),
      // Otherwise it is the name of the machine.
      name: parts.domain,
      // What it would write names the recipient.
      logger: false,
      debug: false,
      connectionTimeout: patienceMs,
      greetingTimeout: patienceMs,
      socketTimeout: patienceMs,
      dnsTimeout: patienceMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  /** Whether there is a mail server at all. */
  get offered(): boolean {
    const { host, from } = this.#parts.settings
    return host !== '' && from !== ''
  }

  /** Whether the mail server takes letters now, whoever they are for. */
  reachable(): Promise<boolean> {
    const now = this.#parts.now()
    if (this.#found === undefined || now - this.#found.at > believedMs) {
      this.#found = { at: now, reachable: this.#look() }
    }
    return this.#found.reachable
  }

  /**
   * Sends a letter, sooner or later: nobody waits for it, and nobody is told what became of it, since that would tell something
   * about whom it is for.
   */
  send(to: MailAddress, letter: Letter): void {
    const transport = this.#transport
    if (transport === undefined) return
    if (this.#underway.size >= mostUnderway) {
      this.#parts.log.warning('too many letters are under way; one was not sent')
      return
    }
    const sending = this.#send(transport, to, letter).finally(() => this.#underway.delete(sending))
    this.#underway.add(sending)
  }

  /** Resolves when no letter is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underway)
  }

  close(): void {
    this.#transport?.close()
  }

  async #look(): Promise<boolean> {
    try {
      return (await this.#transport?.verify()) === true
    } catch (thrown) {
      this.#parts.log.warning('the mail server cannot be used', {}, thrown)
      return false
    }
  }

  async #send(transport: Transporter, to: MailAddress, letter: Letter): Promise<void> {
    const { from } = this.#parts.settings
    const { subject, text } = written(letter)
    try {
      await transport.sendMail({
        // Told apart from the headers: what is in them cannot make it go elsewhere.
        envelope: { from, to: [to] },
        from: { name: letter.service, address: from },
        to: { name: '', address: to },
        subject,
        text,
        textEncoding: 'quoted-printable',
        xMailer: false,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      })
    } catch (thrown) {
      this.#parts.log.warning('a letter could not be sent', { kind: letter.kind }, thrown)
    }
  }
}
