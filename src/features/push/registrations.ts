import type { Documents } from '../../accounts/documents.ts'
import { collection } from '../../privacy/catalogue.ts'
import { type Jid, parseJid } from '../../protocol/jid.ts'
import { xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import type { LocalAccount } from '../../routing/account.ts'

/** One device's wish to be woken through an app server (XEP-0357#enabling). */
export interface Registration {
  readonly jid: Jid
  readonly node: string | undefined
  /** The resource of the device that asked. */
  readonly device: string
  /** The data form that goes along with each notification, as text. */
  readonly options?: string
  /** Grows with each registration of the account, so that the oldest can be told. */
  readonly order: number
}

type Kept = Omit<Registration, 'jid' | 'node'>

export const pushCollection = collection('push', {
  why: 'where the owner’s phones want to be woken: the app server, the name it gave the phone, and the device that asked',
  keep: 'until the app disables it, or its app server refuses',
  reader: 'server',
  exported: stored =>
    stored.length === 0
      ? []
      : [
          xml(
            'registrations',
            { xmlns: 'urn:sotto:push' },
            readAll(stored).map(({ jid, node, device, options }) =>
              xml('enable', { xmlns: 'urn:xmpp:push:0', jid, node, device }, options && parseElement(options)),
            ),
          ),
        ],
})

/** By app server and node: the same pair again replaces what was there (XEP-0357#enabling). */
export type RegistrationKey = string

export function keyOf({ jid, node }: Pick<Registration, 'jid' | 'node'>): RegistrationKey {
  return node === undefined ? jid : `${jid}\n${node}`
}

/** The registrations of accounts: in memory as long as the account is, and on disk. */
export class Registrations {
  readonly #documents: Documents
  readonly #most: number
  readonly #loaded = new WeakMap<LocalAccount, Promise<Map<RegistrationKey, Registration>>>()

  /** @param most registrations of one account */
  constructor(documents: Documents, most: number) {
    this.#documents = documents
    this.#most = most
  }

  async all(account: LocalAccount): Promise<readonly Registration[]> {
    return [...(await this.#of(account)).values()]
  }

  /** Adds or replaces one; of too many the oldest gives way, for a phone that is gone says no goodbye. */
  async put(account: LocalAccount, fresh: Omit<Registration, 'order'>): Promise<void> {
    const all = await this.#of(account)
    const order = 1 + Math.max(0, ...Array.from(all.values(), one => one.order))
    const key = keyOf(fresh)
    all.delete(key)
    const surplus = [...all.values()].sort((a, b) => a.order - b.order).slice(0, Math.max(0, all.size + 1 - this.#most))
    for (const old of surplus) all.delete(keyOf(old))
    all.set(key, { ...fresh, order })
    const { jid: _jid, node: _node, ...rest } = fresh
    const kept: Kept = { ...rest, order }
    await this.#documents.change(account.id, [
      ...surplus.map(old => ({ collection: pushCollection, key: keyOf(old), value: undefined })),
      { collection: pushCollection, key, value: JSON.stringify(kept) },
    ])
  }

  async remove(account: LocalAccount, which: (registration: Registration) => boolean): Promise<void> {
    const all = await this.#of(account)
    const gone = [...all.values()].filter(which).map(keyOf)
    if (gone.length === 0) return
    for (const key of gone) all.delete(key)
    await this.#documents.change(
      account.id,
      gone.map(key => ({ collection: pushCollection, key, value: undefined })),
    )
  }

  #of(account: LocalAccount): Promise<Map<RegistrationKey, Registration>> {
    const known = this.#loaded.get(account)
    if (known !== undefined) return known
    const loading = this.#documents
      .list(account.id, pushCollection)
      .then(stored => new Map(readAll(stored).map(one => [keyOf(one), one])))
    this.#loaded.set(account, loading)
    loading.catch(() => this.#loaded.delete(account))
    return loading
  }
}

function readAll(stored: readonly { readonly key: string; readonly value: string }[]): Registration[] {
  return stored.flatMap(({ key, value }) => {
    const end = key.indexOf('\n')
    const jid = parseJid(end < 0 ? key : key.slice(0, end))
    return jid === undefined
      ? []
      : [{ ...(JSON.parse(value) as Kept), jid, node: end < 0 ? undefined : key.slice(end + 1) }]
  })
}
