import { hash, randomInt } from 'node:crypto'
import { personalTable } from '../privacy/catalogue.ts'
import { type Day, daysBefore } from '../privacy/day.ts'
import { type BareJid, bareJid } from '../protocol/jid.ts'
import type { Database, Row } from '../storage/database.ts'

export const invitationsTable = personalTable(
  'invitations',
  'account',
  {
    tag: { kind: 'random', why: 'recognises the token of the invitation, which is not kept itself' },
    account: { kind: 'id', nullable: true, why: 'who invites; empty where the operator does' },
    domain: { kind: 'name', why: 'the domain that is invited to' },
    localpart: { kind: 'name', nullable: true, why: 'the name that is reserved for the guest, if one is' },
    befriends: { kind: 'number', why: 'whether host and guest become contacts of each other' },
    admits: { kind: 'number', why: 'whether the guest may make an account' },
    uses: { kind: 'number', why: 'how many guests may still come' },
    last: { kind: 'day', why: 'the last day on which it is good' },
  },
  {
    key: ['tag'],
    indexes: [['account'], ['domain', 'localpart'], ['last']],
    keep: 'until it is used up, or two days after its last day',
    reader: 'server',
    endedBy: 'its last guest, or its last day',
    since: 3,
    toldAs: 'invitation',
  },
)

export interface InvitationTerms {
  /** The account that invites; undefined for the operator. */
  readonly host?: number
  readonly domain: string
  /** The prepared name that only this guest can have. */
  readonly localpart?: string
  /** Host and guest become contacts of each other. */
  readonly befriends: boolean
  /** The guest may make an account. */
  readonly admits: boolean
  readonly uses: number
  /** Days from today on which it is good. */
  readonly days: number
}

/** An invitation that somebody has shown. */
export interface Invitation {
  readonly tag: Uint8Array
  /** The account that invites, and its address. */
  readonly host: { readonly account: number; readonly jid: BareJid } | undefined
  readonly domain: string
  readonly localpart: string | undefined
  readonly befriends: boolean
  readonly admits: boolean
  readonly last: Day
}

/** An invitation that is open, as whoever made it may see it: the token is not kept, so it cannot be shown again. */
export interface OpenInvitation {
  /** Names it among those of its host. */
  readonly id: string
  readonly localpart: string | undefined
  readonly befriends: boolean
  readonly admits: boolean
  readonly uses: number
  readonly last: Day
}

export type NewInvitation =
  | { readonly done: true; readonly token: string; readonly last: Day }
  | { readonly done: false; readonly because: 'too many' | 'name taken' }

export interface InvitationsParts {
  readonly db: Database
  readonly today: () => Day
  /** Invitations of one account that are open at one time. */
  readonly most: number
}

/** Without letters and digits that look alike: a token may be read out over the telephone. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
/** 120 bits: XEP-0379#security_token asks for 80. */
const tokenLength = 24

const FIND = `SELECT i.tag, i.account, i.domain, i.localpart, i.befriends, i.admits, i.last,
  a.localpart AS host_localpart, a.domain AS host_domain
  FROM invitations i LEFT JOIN accounts a ON a.id = i.account
  WHERE i.tag = ? AND i.uses > 0 AND i.last >= ?
  AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.account = i.account AND m.mark = 'disabled')
  AND NOT EXISTS (SELECT 1 FROM departures d WHERE d.account = i.account)`

const OPEN = 'SELECT COUNT(*) AS open FROM invitations WHERE account = ? AND uses > 0 AND last >= ?'

/** Whether a name is kept for somebody. */
const RESERVED = 'SELECT 1 FROM invitations WHERE localpart = ? AND domain = ? AND uses > 0 AND last >= ?'
/** Whether it is that, or is somebody's. */
const TAKEN = `SELECT 1 FROM accounts WHERE localpart = ? AND domain = ? UNION ALL ${RESERVED}`

/** Who may come without being known. Tokens are secrets of 120 random bits, of which only a hash is kept. */
export class Invitations {
  readonly #parts: InvitationsParts

  constructor(parts: InvitationsParts) {
    this.#parts = parts
  }

  async create({ host, domain, localpart, befriends, admits, uses, days }: InvitationTerms): Promise<NewInvitation> {
    const { db, today, most } = this.#parts
    const token = Array.from({ length: tokenLength }, () => alphabet[randomInt(alphabet.length)]).join('')
    const last = daysBefore(today(), 1 - days)
    // In one statement: several may ask at once, and on several devices.
    const room = host === undefined ? undefined : { sql: `(${OPEN}) < ?`, values: [host, today(), most] }
    const free =
      localpart === undefined
        ? undefined
        : { sql: `NOT EXISTS (${TAKEN})`, values: [localpart, domain, localpart, domain, today()] }
    const needed = [room, free].filter(each => each !== undefined)
    const made = await db.run(
      `INSERT INTO invitations (tag, account, domain, localpart, befriends, admits, uses, last)
        SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE ${needed.map(({ sql }) => sql).join(' AND ') || 'TRUE'}`,
      [
        ...[tagOf(token), host ?? null, domain, localpart ?? null, Number(befriends), Number(admits), uses, last],
        ...needed.flatMap(({ values }) => values),
      ],
    )
    if (made === 0) {
      const isFull = host !== undefined && (await this.#open(host)) >= most
      return { done: false, because: isFull ? 'too many' : 'name taken' }
    }
    return { done: true, token, last }
  }

  /** The invitation of a token; undefined if there is none (any more), or if whoever invites may not sign in. */
  async find(token: string): Promise<Invitation | undefined> {
    const { db, today } = this.#parts
    if (token.length !== tokenLength) return undefined
    const row = await db.get(FIND, [tagOf(token), today()])
    return row && invitation(row)
  }

  /**
   * Takes one use. The day is not looked at again: who has shown the invitation in time may finish (XEP-0445#preauth-ibr).
   * @returns false if somebody else was quicker
   */
  async spend({ tag }: Invitation): Promise<boolean> {
    return (await this.#parts.db.run('UPDATE invitations SET uses = uses - 1 WHERE tag = ? AND uses > 0', [tag])) > 0
  }

  /** The guest could not come in: the invitation is as good as before. */
  async giveBack({ tag }: Invitation): Promise<void> {
    await this.#parts.db.run('UPDATE invitations SET uses = uses + 1 WHERE tag = ?', [tag])
  }

  /** The guest is in: an invitation that is used up goes. */
  async used({ tag }: Invitation): Promise<void> {
    await this.#parts.db.run('DELETE FROM invitations WHERE tag = ? AND uses = 0', [tag])
  }

  /** A guest of that account, who has an account elsewhere, comes in by the token (XEP-0379). */
  async accept(host: number, token: string): Promise<boolean> {
    const found = await this.find(token)
    if (found?.host?.account !== host || !found.befriends || !(await this.spend(found))) return false
    await this.used(found)
    return true
  }

  /** Is a name kept for the guest of some invitation (XEP-0445#rules)? */
  async isReserved(localpart: string, domain: string): Promise<boolean> {
    return (await this.#parts.db.get(RESERVED, [localpart, domain, this.#parts.today()])) !== undefined
  }

  /** Erases all invitations to a domain that goes. */
  async endDomain(domain: string): Promise<void> {
    await this.#parts.db.run('DELETE FROM invitations WHERE domain = ?', [domain])
  }

  /** The open invitations of an account, or of the operator; the first to end comes first. */
  async list(host: number | undefined): Promise<readonly OpenInvitation[]> {
    const { db, today } = this.#parts
    const rows = await db.all(
      `SELECT tag, localpart, befriends, admits, uses, last FROM invitations
        WHERE ${host === undefined ? 'account IS NULL' : 'account = ?'} AND uses > 0 AND last >= ? ORDER BY last, tag`,
      [...(host === undefined ? [] : [host]), today()],
    )
    return rows.map(({ tag, localpart, befriends, admits, uses, last }) => ({
      id: idOf(tag),
      localpart: localpart === null ? undefined : String(localpart),
      befriends: befriends === 1,
      admits: admits === 1,
      uses: Number(uses),
      last: String(last),
    }))
  }

  /** Nobody can come by it any more. False if that account, or the operator, has none of that id. */
  async revoke(host: number | undefined, id: string): Promise<boolean> {
    if (!/^[0-9a-f]{64}$/.test(id)) return false
    const whose = host === undefined ? 'account IS NULL' : 'account = ?'
    const tag = new Uint8Array(Buffer.from(id, 'hex'))
    const gone = await this.#parts.db.run(`DELETE FROM invitations WHERE tag = ? AND ${whose}`, [
      tag,
      ...(host === undefined ? [] : [host]),
    ])
    return gone > 0
  }

  /** Erases what nobody can use any more. A day is left to those who came before midnight. */
  async expire(): Promise<number> {
    return this.#parts.db.run('DELETE FROM invitations WHERE last < ?', [daysBefore(this.#parts.today(), 1)])
  }

  async #open(host: number): Promise<number> {
    const row = await this.#parts.db.get(OPEN, [host, this.#parts.today()])
    return Number(row?.open ?? 0)
  }
}

function tagOf(token: string): Uint8Array {
  return hash('sha256', token, 'buffer')
}

function idOf(tag: unknown): string {
  return Buffer.from(tag as Uint8Array).toString('hex')
}

function invitation(row: Row): Invitation {
  const jid = row.account === null ? undefined : bareJid(String(row.host_localpart), String(row.host_domain))
  return {
    tag: row.tag as Uint8Array,
    host: jid === undefined ? undefined : { account: Number(row.account), jid },
    domain: String(row.domain),
    localpart: row.localpart === null ? undefined : String(row.localpart),
    befriends: row.befriends === 1,
    admits: row.admits === 1,
    last: String(row.last),
  }
}
