/** XEP-0227: takes what an account had elsewhere out of a file, and says what was taken and what was not. */

import { emptyReport, type ImportReport, type NoImport, type Tally } from '../../accounts/import-report.ts'
import type { ContactJid } from '../../accounts/roster.ts'
import type { Archive } from '../../archive/archive.ts'
import { type Day, daysBefore } from '../../privacy/day.ts'
import { type BareJid, domainOf, parseBareJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { OnBehalf } from '../../routing/on-behalf.ts'
import { askContact, blockedIn, type ContactImport, importBlocked, importContact } from './import-contacts.ts'
import { HistoryReader } from './import-history.ts'
import { HeldNodes } from './import-nodes.ts'
import { NotReadable, type Part, PortableReader, pie, pieArchive } from './reader.ts'

export interface ImportingParts {
  readonly onBehalf: OnBehalf
  readonly archive: Archive
  idOf(seq: number): string
  account(jid: BareJid): LocalAccount | undefined | Promise<LocalAccount | undefined>
  /** Days that messages of the account are kept. */
  daysOf(account: LocalAccount): Promise<number>
  /** May a contact be asked now, in the name of that account? */
  mayAsk(account: LocalAccount): boolean
  readonly maxContacts: number
  /** Messages that may wait for one account. */
  readonly maxWaiting: number
  /** Characters of one message. */
  readonly largestMessage: number
  today(): Day
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

export interface ImportOptions {
  /** The account in the file; the first one if it is not said. */
  readonly from?: BareJid
  /** Contacts are told which account they know it was (XEP-0283). */
  readonly tells?: boolean
  /** The account was here before under its present address: subscriptions are what the file says. For operators. */
  readonly trusts?: boolean
  readonly mostBytes: number
  readonly mostMs: number
}

/** Imports at one time, over all accounts. */
const mostAtOnce = 4
/** Who sends less than this, and has had some time, gives way to somebody for whom there is no place. */
const leastBytesPerSecond = 8192
const timeToShowMs = 30_000

export class Importing {
  readonly #parts: ImportingParts
  readonly #underway = new Map<number, Import>()

  constructor(parts: ImportingParts) {
    this.#parts = parts
  }

  /** Begins to take a file into an account. What is begun has to be ended. */
  async begin(jid: BareJid, options: ImportOptions): Promise<Import | NoImport> {
    const account = await this.#parts.account(jid)
    if (account === undefined || account.gone) return 'unknown'
    if (account.suspended) return 'leaving'
    if (this.#underway.has(account.id)) return 'underway'
    if (this.#underway.size >= mostAtOnce && !this.#makeRoom()) return 'busy'
    const begun = new Import(this.#parts, account, options, () => {
      if (this.#underway.get(account.id) === begun) this.#underway.delete(account.id)
    })
    this.#underway.set(account.id, begun)
    return begun
  }

  /** @returns whether somebody gave way */
  #makeRoom(): boolean {
    for (const each of this.#underway.values()) if (each.givesWay()) return true
    return false
  }
}

/** One file on its way into one account. */
export class Import {
  readonly report: ImportReport = emptyReport()
  readonly #parts: ImportingParts
  readonly #account: LocalAccount
  readonly #options: ImportOptions
  readonly #reader: PortableReader
  readonly #done: () => void
  readonly #begun: number
  #bytes = 0
  #ending = false
  /** What comes is of the account that is wanted. */
  #inside = false
  #contacts: ContactImport | undefined
  #nodes: HeldNodes | undefined
  #history: HistoryReader | undefined
  #noHistory = false
  readonly #toAsk = new Set<ContactJid>()

  constructor(parts: ImportingParts, account: LocalAccount, options: ImportOptions, done: () => void) {
    this.#parts = parts
    this.#account = account
    this.#options = options
    this.#done = done
    this.#begun = parts.now()
    this.#reader = new PortableReader(options.from === undefined ? '' : domainOf(options.from))
  }

  /** Takes the next bytes of the file. @returns whether more is wanted */
  async push(bytes: Uint8Array): Promise<boolean> {
    this.#look()
    if (this.report.broken !== undefined) return false
    this.#bytes += bytes.length
    if (this.#bytes > this.#options.mostBytes) this.report.broken = 'too long'
    else if (this.#parts.now() > this.#begun + this.#options.mostMs) this.report.broken = 'too slow'
    else {
      try {
        for (const part of this.#reader.push(bytes)) await this.#take(part)
      } catch (thrown) {
        if (!(thrown instanceof NotReadable)) throw thrown
        this.report.broken = thrown.because
      }
    }
    return this.report.broken === undefined
  }

  /** Leaves its place to another one if its file comes so slowly that it would hold it for long. @returns whether it did */
  givesWay(): boolean {
    const tookMs = this.#parts.now() - this.#begun
    if (this.#ending || tookMs < timeToShowMs || (this.#bytes / tookMs) * 1000 >= leastBytesPerSecond) return false
    this.report.broken ??= 'too slow'
    this.#done()
    return true
  }

  /** The file is over, or will not go on. */
  async end(): Promise<ImportReport> {
    this.#ending = true
    const { report } = this
    try {
      try {
        if (report.broken === undefined) this.#reader.end()
      } catch (thrown) {
        if (!(thrown instanceof NotReadable)) throw thrown
        report.broken = thrown.because
      }
      this.#look()
      if (report.broken !== 'ended') {
        await this.#nodes?.publish()
        await this.#history?.end()
      }
      if (this.#contacts !== undefined) for (const jid of this.#toAsk) await this.#ask(this.#contacts, jid)
      return report
    } finally {
      this.#done()
    }
  }

  /** An account can come to its end while a file is on its way. */
  #look(): void {
    if (isEnding(this.#account)) this.report.broken = 'ended'
  }

  /** Nobody is asked on the word of half a file. */
  async #ask(way: ContactImport, jid: ContactJid): Promise<void> {
    this.#look()
    if (this.report.broken === undefined) await askContact(way, jid)
    else this.report.contacts.unasked++
  }

  async #take(part: Part): Promise<void> {
    if (isEnding(this.#account)) return
    if (part.kind === 'user') this.#enter(part)
    else if (part.kind === 'user ends') this.#inside = false
    else if (part.kind === 'include') this.report.unknown++
    else if (this.#inside) await this.#element(part.within, part.element)
  }

  #enter({ host, name }: Extract<Part, { kind: 'user' }>): void {
    const old = parseBareJid(`${name}@${host}`)
    const { from } = this.#options
    if (this.#contacts !== undefined || (from !== undefined && old !== from)) {
      this.report.others++
      return
    }
    this.#inside = true
    this.report.from = old ?? `${name}@${host}`
    const { onBehalf, maxContacts, mayAsk } = this.#parts
    const account = this.#account
    const { report } = this
    const { tells = false, trusts = false } = this.#options
    const sameAddress = old === account.jid
    this.#contacts = {
      account,
      onBehalf,
      report,
      maxContacts,
      old,
      tells: tells && !sameAddress,
      trusts: trusts && sameAddress,
      mayAsk: () => mayAsk(account),
    }
    this.#nodes = new HeldNodes({ account, onBehalf, report, sameAddress })
  }

  async #element(within: Element | undefined, element: Element): Promise<void> {
    const { report } = this
    switch (within === undefined ? '' : `{${within.ns}}${within.name}`) {
      case '':
        return this.#child(element)
      case `{${NS.roster}}query`: {
        const asked = await importContact(this.#contacts!, element)
        if (asked !== undefined) this.#toAsk.add(asked)
        return
      }
      case '{jabber:iq:private}query':
        return this.#setting(element)
      case `{${pieArchive}}archive`: {
        const history = await this.#historyOf()
        if (history === undefined) report.history.shut++
        else await history.archived(element)
        return
      }
      case '{http://jabber.org/protocol/pubsub#owner}pubsub':
        if (element.name === 'configure') this.#nodes!.configure(element)
        return
      case '{http://jabber.org/protocol/pubsub}items':
        this.#nodes!.add(within!.attr('node') ?? '', element)
        return
      case '{urn:sotto:kept:0}kept':
      case '{http://jabber.org/protocol/pubsub}pubsub':
        return
      default: {
        if (within!.name !== 'offline-messages') {
          report.unknown++
          return
        }
        const history = element.is('message', NS.client) ? await this.#historyOf() : undefined
        if (history === undefined) report.waiting.left++
        else history.waits(element)
      }
    }
  }

  async #child(element: Element): Promise<void> {
    const { report } = this
    if (element.is('vCard', 'vcard-temp')) return this.#card(element)
    if (element.is('presence', NS.client) && element.attr('type') === 'subscribe') report.requests++
    else if (element.ns === 'urn:xmpp:blocking' || element.is('query', 'jabber:iq:privacy')) {
      await importBlocked(this.#contacts!, blockedIn(element))
    }
    // What recognises a password elsewhere does not get in here: whoever has the file could have put anything there.
    else if (!element.is('scram-credentials', `${pie}#scram`) && element.children.length > 0) report.unknown++
  }

  /** XEP-0227#vcards */
  async #card(card: Element): Promise<void> {
    if (card.children.length === 0) return
    const there = await this.#asks('get', xml('vCard', { xmlns: 'vcard-temp' }))
    const has = (there.child('vCard', 'vcard-temp')?.children.length ?? 0) > 0
    await this.#put(this.report.card, has, card)
  }

  /** XEP-0227#privatexmlstorage */
  async #setting(element: Element): Promise<void> {
    const query = (inside: Element): Element => xml('query', { xmlns: 'jabber:iq:private' }, inside)
    const there = await this.#asks('get', query(element.with({}, [])))
    const stored = there.child('query', 'jabber:iq:private')?.firstElement()
    await this.#put(this.report.settings, (stored?.children.length ?? 0) > 0, query(element))
  }

  /** What is here was put here by its owner, later than what is in the file. */
  async #put(tally: Tally, isThere: boolean, payload: Element): Promise<void> {
    if (isThere) tally.there++
    else if ((await this.#asks('set', payload)).attr('type') === 'result') tally.taken++
    else tally.left++
  }

  #asks(type: 'get' | 'set', payload: Element): Promise<Element> {
    return this.#parts.onBehalf.asks(this.#account, xml('iq', { xmlns: NS.client, type }, payload))
  }

  async #historyOf(): Promise<HistoryReader | undefined> {
    if (this.#history !== undefined || this.#noHistory) return this.#history
    const { archive, idOf, today, daysOf, largestMessage, maxWaiting } = this.#parts
    const account = this.#account
    const earlier = await archive.earlier(account)
    if (earlier === undefined) {
      this.#noHistory = true
      return undefined
    }
    this.#history = new HistoryReader({
      account,
      report: this.report,
      earlier,
      since: daysBefore(today(), (await daysOf(account)) - 1),
      old: this.#contacts?.old,
      largest: largestMessage,
      mayWait: Math.max(0, maxWaiting - archive.standing(account.id).messages),
      idOf,
    })
    return this.#history
  }
}

function isEnding({ gone, suspended }: LocalAccount): boolean {
  return gone || suspended
}
