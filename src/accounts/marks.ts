import { personalTable } from '../privacy/catalogue.ts'
import { type BareJid, bareJid } from '../protocol/jid.ts'
import type { Database } from '../storage/database.ts'
import type { Account, Accounts } from './accounts.ts'

export const marksTable = personalTable(
  'marks',
  'account',
  {
    account: { kind: 'id', why: 'whose mark this is' },
    mark: { kind: 'text', why: 'admin: may look after accounts from within an app; disabled: may not sign in' },
  },
  {
    key: ['account', 'mark'],
    keep: 'until the operator takes it away',
    reader: 'server',
    endedBy: 'the operator',
    since: 3,
    toldAs: 'mark',
  },
)

/** What sets an account apart from the others. */
export type Mark = 'admin' | 'disabled'

export type MarkWatcher = (account: Account, mark: Mark, on: boolean) => void | Promise<void>

/** The few accounts that are set apart, all in memory: every sign-in asks. */
export class Marks {
  readonly #db: Database
  readonly #marked: Readonly<Record<Mark, Set<number>>> = { admin: new Set(), disabled: new Set() }
  readonly #watchers: MarkWatcher[] = []

  constructor(db: Database, rows: readonly { readonly account: number; readonly mark: Mark }[]) {
    this.#db = db
    for (const { account, mark } of rows) this.#marked[mark].add(account)
  }

  has(account: number, mark: Mark): boolean {
    return this.#marked[mark].has(account)
  }

  /** The accounts of a domain that have it. */
  async bearers(mark: Mark, domain: string): Promise<readonly BareJid[]> {
    const rows = await this.#db.all(
      'SELECT a.localpart FROM marks m JOIN accounts a ON a.id = m.account WHERE m.mark = ? AND a.domain = ?',
      [mark, domain],
    )
    return rows.flatMap(({ localpart }) => bareJid(String(localpart), domain) ?? [])
  }

  count(mark: Mark): number {
    return this.#marked[mark].size
  }

  /** Calls back after each change. */
  watch(watcher: MarkWatcher): void {
    this.#watchers.push(watcher)
  }

  /** In force once it is on disk. Nothing is left of an account that is gone. */
  async set(account: Account, mark: Mark, on: boolean): Promise<void> {
    const { id } = account
    if (this.has(id, mark) === on) return
    await this.#db.run(
      on
        ? 'INSERT INTO marks (mark, account) SELECT ?, id FROM accounts WHERE id = ? ON CONFLICT DO NOTHING'
        : 'DELETE FROM marks WHERE mark = ? AND account = ?',
      [mark, id],
    )
    if (on) this.#marked[mark].add(id)
    else this.#marked[mark].delete(id)
    for (const watcher of this.#watchers) await watcher(account, mark, on)
  }

  forget(account: number): void {
    for (const marked of Object.values(this.#marked)) marked.delete(account)
  }
}

export async function openMarks(db: Database, accounts: Accounts): Promise<Marks> {
  const rows = await db.all('SELECT account, mark FROM marks')
  const marks = new Marks(
    db,
    rows.map(({ account, mark }) => ({ account: Number(account), mark: mark as Mark })),
  )
  accounts.on('removed', ({ id }) => marks.forget(id))
  return marks
}
