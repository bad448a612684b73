/**
 * Messages of before (XEP-0227#archive, #offlinemessages): into the history under their own days and in their own order,
 * as far back as messages are kept here. What no device has had yet waits for one.
 */

import type { ImportReport } from '../../accounts/import-report.ts'
import type { Earlier, EarlierEntry } from '../../archive/earlier.ts'
import { worthArchiving, worthWaiting } from '../../archive/worth-keeping.ts'
import { type Day, dayOf } from '../../privacy/day.ts'
import { bareOf, type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { parseDateTime, stanzaId } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { detach } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { roomOf } from './room.ts'

export interface HistoryImport {
  readonly account: LocalAccount
  readonly report: ImportReport
  readonly earlier: Earlier
  /** The first day that is kept. */
  readonly since: Day
  /** The account in the file. */
  readonly old: Jid | undefined
  /** Characters of one message. */
  readonly largest: number
  /** Messages that may still wait for the account. */
  readonly mayWait: number
  idOf(seq: number): string
}

/** Of one day, before they are written. */
const mostRoom = 16 * 1024 * 1024
const waitingRoom = 4 * 1024 * 1024

interface Held {
  readonly time: number
  readonly message: Element
  readonly sent: boolean
  readonly peer: Jid
  readonly archived: boolean
  waiting: boolean
  readonly room: number
}

export class HistoryReader {
  readonly #way: HistoryImport
  /** Of the day that is being read. */
  #held: Held[] = []
  #room = 0
  #day: Day = ''
  /** The last that was written. */
  #written = 0
  #waiting: Held[] = []
  #waitingRoom = 0

  constructor(way: HistoryImport) {
    this.#way = way
  }

  /** A `<result/>` of the archive. They have to be in order, and usually are. */
  async archived(result: Element): Promise<void> {
    const { history } = this.#way.report
    const forwarded = result.child('forwarded', NS.forward)
    const message = forwarded?.child('message', NS.client)
    const time = parseDateTime(forwarded?.child('delay', NS.delay)?.attr('stamp') ?? '')
    const held = message && time !== undefined ? this.#heldOf(message, time, false) : undefined
    if (held === undefined) {
      history.left++
      return
    }
    const { since, earlier } = this.#way
    const day = dayOf(held.time)
    if (day < since) history.old++
    else if (held.time >= earlier.before) history.overlapping++
    else if (!held.archived) history.unwanted++
    else if (day < this.#day || held.time < this.#written) history.left++
    else {
      if (day !== this.#day) await this.#flush()
      else if (this.#room > mostRoom) await this.#flush()
      this.#day = day
      this.#room += held.room
      this.#held.push(held)
    }
  }

  /** A `<message/>` that waited at the old service. */
  waits(message: Element): void {
    const { report, earlier, since, mayWait } = this.#way
    const stamp = message.child('delay', NS.delay)?.attr('stamp')
    const said = stamp === undefined ? undefined : parseDateTime(stamp)
    const time = Math.min(said ?? earlier.before - 1, earlier.before - 1)
    const held = this.#heldOf(message, time, true)
    const fits =
      held !== undefined &&
      !held.sent &&
      worthWaiting(held.message).keep &&
      this.#waiting.length < mayWait &&
      this.#waitingRoom + held.room <= waitingRoom
    if (!fits || dayOf(time) < since) {
      report.waiting.left++
      return
    }
    this.#waitingRoom += held.room
    this.#waiting.push(held)
  }

  /** Everything is written. */
  async end(): Promise<void> {
    await this.#flush()
    for (const day of new Set(this.#waiting.map(({ time }) => dayOf(time)).sort())) {
      this.#day = day
      await this.#flush()
    }
  }

  /** Writes the day, with what waited before and on it. */
  async #flush(): Promise<void> {
    if (this.#day === '') return
    const [due, later] = [this.#waiting.filter(({ time }) => dayOf(time) <= this.#day), this.#waiting]
    this.#waiting = later.filter(({ time }) => dayOf(time) > this.#day)
    const days = Map.groupBy(this.#held, () => this.#day)
    for (const held of due) {
      const day = dayOf(held.time)
      const among = days.get(day)
      const same = among?.find(other => isSame(other, held))
      if (same !== undefined) same.waiting = true
      else if (among === undefined) days.set(day, [held])
      else among.push(held)
    }
    this.#held = []
    this.#room = 0
    for (const day of [...days.keys()].sort()) await this.#write(day, days.get(day)!)
  }

  async #write(day: Day, held: readonly Held[]): Promise<void> {
    const { earlier, report } = this.#way
    const entries = held.filter(({ time }) => time >= this.#written).sort((one, other) => one.time - other.time)
    for (const { waiting } of held.slice(0, held.length - entries.length))
      (waiting ? report.waiting : report.history).left++
    const written = await earlier.add(
      day,
      entries.map(one => this.#entryOf(one)),
    )
    for (const [i, { waiting, archived }] of entries.entries()) {
      const taken = i < written ? 'taken' : 'left'
      if (waiting) report.waiting[taken]++
      if (archived) report.history[taken]++
    }
    this.#written = entries.at(-1)?.time ?? this.#written
  }

  /** What can be made of a message; undefined where it cannot be told between whom it was. */
  #heldOf(message: Element, time: number, waiting: boolean): Held | undefined {
    const { account, old, largest } = this.#way
    const own = (jid: Jid | undefined): boolean =>
      jid !== undefined && (bareOf(jid) === old || bareOf(jid) === account.jid)
    const [from, to] = [parseJid(message.attr('from') ?? ''), parseJid(message.attr('to') ?? '')]
    const sent = from === undefined ? to !== undefined : own(from)
    const other = sent ? to : from
    if (other === undefined) return undefined
    const peer = own(other) ? account.jid : other
    if (write(message).length > largest) return undefined
    const archived = worthArchiving(message).keep && account.archive.wants(peer)
    return { time, message: detach(message), sent, peer, archived, waiting, room: roomOf(message) }
  }

  /**
   * The message as it would be here: the owner has their address of now, and marks that only this archive can set are off,
   * besides ours.
   */
  #entryOf({ time, message, sent, peer, archived, waiting }: Held): EarlierEntry {
    const { account, old, idOf } = this.#way
    const children = message.children.filter(
      child =>
        typeof child === 'string' ||
        !(child.is('stanza-id', NS.stanzaIds) || child.is('archived', 'urn:xmpp:mam:tmp')) ||
        (child.attr('by') !== old && child.attr('by') !== account.jid),
    )
    const [from, to] = [parseJid(message.attr('from') ?? ''), parseJid(message.attr('to') ?? '')]
    const here = (jid: Jid | undefined): string => {
      const resource = jid === undefined || bareOf(jid) === jid ? '' : jid.slice(bareOf(jid).length)
      return `${account.jid}${resource}`
    }
    const addressed = sent
      ? { from: here(from), to: peer === account.jid ? here(to) : peer }
      : { from: peer, to: here(to) }
    const textOf = (seq: number): string => {
      const mark = !sent && archived ? [stanzaId(account.jid, idOf(seq))] : []
      return write(message.with(addressed, [...children, ...mark]))
    }
    return { time, peer, contact: bareOf(peer), text: textOf, sent, waiting, archived }
  }
}

/** The same message once in the archive and once as waiting. */
function isSame(one: Held, other: Held): boolean {
  if (one.sent || one.peer !== other.peer) return false
  const [id, otherId] = [one.message.attr('id'), other.message.attr('id')]
  if (id !== undefined || otherId !== undefined) return id === otherId
  const [body, otherBody] = [one.message.childText('body'), other.message.childText('body')]
  return body !== undefined && body === otherBody
}
