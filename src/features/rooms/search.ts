/** XEP-0433: Extended Channel Search, in the rooms of this service whose owners want them to be found. */

import { setImmediate as otherWork } from 'node:timers/promises'
import { pageRequest, rsm } from '../../archive/result-set.ts'
import { form, parseForm, type ReceivedForm } from '../../protocol/data-forms.ts'
import type { BareJid, DomainJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { problem, type StanzaCondition } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { Hall } from './hall.ts'
import type { ListedRoom } from './store.ts'

const base = 'urn:xmpp:channel-search:0'
export const channelSearch = `${base}:search`
const parameters = `${base}:search-params`
const errors = `${base}:error`
const byUsers = `{${base}:order}nusers`
const byAddress = `{${base}:order}address`

const usualPage = 50
const largestPage = 200
/** Words of a search, and letters of a word at least. */
const mostWords = 8
const shortest = 2
/** Rooms that are opened in one go. */
const portion = 200

/** The form to be filled in. */
function searchForm(): Element {
  const where = (name: string, label: string) => ({ name, type: 'boolean' as const, label, values: ['true'] })
  return form({
    type: 'form',
    means: parameters,
    title: 'Search for rooms',
    fields: [
      { name: 'q', type: 'text-single', label: 'Search for' },
      { name: 'all', type: 'boolean', label: 'All rooms' },
      where('sinname', 'Search in the name'),
      where('sindescription', 'Search in the description'),
      where('sinaddress', 'Search in the address'),
      {
        name: 'types',
        type: 'list-multi',
        label: 'Types of service',
        values: ['xep-0045'],
        options: [{ value: 'xep-0045', label: 'Rooms' }],
      },
      {
        name: 'key',
        type: 'list-single',
        label: 'In the order of',
        values: [byUsers],
        options: [
          { value: byUsers, label: 'Number of people in it' },
          { value: byAddress, label: 'Address' },
        ],
      },
    ],
  })
}

/** What somebody looks for. */
interface Wish {
  /** None for all rooms. */
  readonly words: readonly string[]
  readonly key: string
  matches(room: ListedRoom): boolean
}

/** Answers at the service's own address. @param domain the service that is asked */
export async function searchRooms(hall: Hall, payload: Element, domain: DomainJid, person: BareJid): Promise<Element> {
  const x = payload.child('x', NS.dataForms)
  if (x === undefined) return xml('search', { xmlns: channelSearch }, searchForm())
  const submitted = parseForm(x)
  if (submitted?.type !== 'submit' || submitted.means !== parameters) {
    throw problem('bad-request', `The form has to be a filled in one of the type ${parameters}.`)
  }
  const wish = wishIn(submitted)
  if (!hall.pace.allows('search', person)) {
    const extra = xml('rate-limit', { xmlns: errors, 'retry-after': '10' })
    throw problem('resource-constraint', 'You have searched a lot. Wait a little.', { extra })
  }
  const found = await findAll(hall, domain, wish)
  return page(payload, found)
}

interface Hit extends ListedRoom {
  readonly users: number
}

async function findAll(hall: Hall, domain: DomainJid, { matches, key }: Wish): Promise<Hit[]> {
  const found: Hit[] = []
  for (let after = 0; ; ) {
    const rooms = await hall.store.listed(domain, after, portion)
    for (const room of rooms) {
      if (matches(room)) found.push({ ...room, users: hall.rooms.present(room.jid)?.size ?? 0 })
      after = room.id
    }
    if (rooms.length < portion) break
    await otherWork()
  }
  const address = (one: Hit, other: Hit) => (one.jid < other.jid ? -1 : 1)
  return found.sort(key === byUsers ? (one, other) => other.users - one.users || address(one, other) : address)
}

function page(payload: Element, found: readonly Hit[]): Element {
  const { max, after, before, backwards } = pageRequest(payload)
  const size = Math.min(max ?? usualPage, largestPage)
  const place = (jid: string): number => {
    const at = found.findIndex(room => room.jid === jid)
    if (at < 0) throw problem('item-not-found', 'There is no such room among those found.')
    return at
  }
  const end = before === undefined ? found.length : place(before)
  const start = backwards ? Math.max(0, end - size) : after === undefined ? 0 : place(after) + 1
  const shown = found.slice(start, backwards ? end : start + size)
  const [first] = shown
  return xml(
    'result',
    { xmlns: channelSearch },
    shown.map(item),
    xml(
      'set',
      { xmlns: rsm },
      first === undefined ? undefined : xml('first', { index: start }, first.jid),
      first === undefined ? undefined : xml('last', null, shown.at(-1)!.jid),
      xml('count', null, String(found.length)),
    ),
  )
}

function item({ jid, configuration, users }: Hit): Element {
  const { name, description, language, membersOnly, password, whois } = configuration
  const text = (tag: string, value: string) => (value === '' ? undefined : xml(tag, null, value))
  return xml(
    'item',
    { address: jid },
    text('name', name),
    text('description', description),
    text('language', language),
    xml('nusers', null, String(users)),
    xml('service-type', null, 'xep-0045'),
    xml('is-open', null, membersOnly || password !== '' ? 'false' : 'true'),
    xml('anonymity-mode', null, whois === 'anyone' ? `{${base}:anonymity}none` : 'muc_semianonymous'),
  )
}

function wishIn(submitted: ReceivedForm): Wish {
  const text = submitted.value('q')?.trim()
  const all = submitted.flag('all') === true
  const key = submitted.value('key') ?? byUsers
  if (key !== byUsers && key !== byAddress) {
    throw refusal(
      'feature-not-implemented',
      'invalid-sort-key',
      'Rooms are sorted by address or by the people in them.',
    )
  }
  if (all && text) {
    throw refusal('bad-request', 'conflicting-fields', 'Either all rooms, or those with certain words.')
  }
  if (!all && !text) throw refusal('bad-request', 'no-search-conditions', 'It is not said what to search for.')
  const types = submitted.values('types')
  const rooms = types.length === 0 || types.includes('xep-0045')
  const words = (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter(word => [...word].length >= shortest)
  if (!all && (words.length === 0 || words.length > mostWords)) {
    throw refusal(
      'bad-request',
      'invalid-search-terms',
      `Up to ${mostWords} words can be searched for, of at least ${shortest} letters.`,
    )
  }
  const places: readonly [string, (room: ListedRoom) => string][] = [
    ['sinname', ({ configuration }) => configuration.name],
    ['sindescription', ({ configuration }) => configuration.description],
    ['sinaddress', ({ jid }) => jid],
  ]
  const looked = places.filter(([name]) => submitted.flag(name) !== false)
  const matches = (room: ListedRoom): boolean => {
    if (!rooms) return false
    const texts = looked.map(([, of]) => of(room).toLowerCase())
    return words.every(word => texts.some(one => one.includes(word)))
  }
  return { words, key, matches }
}

/** XEP-0433#usecases-search-request: all of them may be tried again with another form. */
function refusal(condition: StanzaCondition, name: string, tell: string) {
  return problem(condition, tell, { type: 'modify', extra: xml(name, { xmlns: errors }) })
}
