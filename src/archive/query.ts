/** XEP-0313#query: what a client wants of an archive, read from the request. */
import { parseForm, type ReceivedForm } from '../protocol/data-forms.ts'
import { parseJid } from '../protocol/jid.ts'
import { NS } from '../protocol/namespaces.ts'
import { problem } from '../protocol/problems.ts'
import { parseDateTime } from '../protocol/stanza.ts'
import { type Element, xml } from '../protocol/xml/element.ts'
import type { HistoryQuery } from './history.ts'
import { type PageRequest, pageRequest } from './result-set.ts'

export const mam = 'urn:xmpp:mam:2'

/** What tells which message an id is of. */
export interface KnownIds {
  /** Undefined for ids that this service never gave out. */
  seqOf(id: string): number | undefined
}

/** Messages in one page: what a client gets that does not say, and the most it gets. */
const usualPage = 50
const largestPage = 250
/** Messages that can be asked for by their ids at once. */
const mostIds = largestPage
/** Characters in one page, apart from its last message: so much may have to wait for a slow client. */
const pageCharacters = 1_000_000

const fields = ['with', 'start', 'end', 'before-id', 'after-id', 'ids', 'include-groupchat'] as const
type Field = (typeof fields)[number]

export interface ArchiveQuery {
  readonly queryId: string | undefined
  /** Newest first: changes the order of sending and nothing else (XEP-0313#query-paging-flip). */
  readonly flipped: boolean
  /** The client asks from where the result begins, or to where it ends: then its page can be all there is. */
  readonly whole: boolean
  readonly history: HistoryQuery
}

/** @throws Problem where the request cannot be understood, or names a message that this service never had */
export function readQuery(payload: Element, ids: KnownIds): ArchiveQuery {
  // XEP-0442: archives of nodes.
  if (payload.attr('node') !== undefined)
    throw problem('feature-not-implemented', 'There are no archives of nodes here.')
  const form = formIn(payload)
  const page = pageRequest(payload)
  const seqs = (names: readonly (string | undefined)[]): number[] =>
    names.filter(name => name !== undefined).map(name => seqOf(ids, name))
  const afters = seqs([page.after, given(form, 'after-id')])
  const befores = seqs([page.before, given(form, 'before-id')])
  const contact = contactIn(form)
  const start = momentIn(form, 'start')
  const end = momentIn(form, 'end')
  return {
    queryId: payload.attr('queryid'),
    flipped: payload.child('flip-page') !== undefined,
    whole: page.after === undefined && page.before === undefined,
    history: {
      ...(contact === undefined ? {} : { with: contact }),
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      ...(afters.length === 0 ? {} : { after: Math.max(...afters) }),
      ...(befores.length === 0 ? {} : { before: Math.min(...befores) }),
      ...(form?.has('ids') ? { only: idsIn(form, ids) } : {}),
      exist: [...afters, ...befores],
      limit: limitOf(page),
      characters: pageCharacters,
      backwards: page.backwards,
    },
  }
}

/** The form of the fields that can be asked for (XEP-0313#query-form), whose `ids` are open to any value (XEP-0122). */
export function queryForm(): Element {
  const types: Readonly<Record<Field, string>> = {
    with: 'jid-single',
    start: 'text-single',
    end: 'text-single',
    'before-id': 'text-single',
    'after-id': 'text-single',
    ids: 'list-multi',
    'include-groupchat': 'boolean',
  }
  const open = xml(
    'validate',
    { xmlns: 'http://jabber.org/protocol/xdata-validate', datatype: 'xs:string' },
    xml('open'),
  )
  return xml(
    'query',
    { xmlns: mam },
    xml(
      'x',
      { xmlns: NS.dataForms, type: 'form' },
      xml('field', { type: 'hidden', var: 'FORM_TYPE' }, xml('value', null, mam)),
      fields.map(name => xml('field', { type: types[name], var: name }, name === 'ids' ? open : undefined)),
    ),
  )
}

function formIn(payload: Element): ReceivedForm | undefined {
  const x = payload.child('x', NS.dataForms)
  if (x === undefined) return undefined
  const form = parseForm(x)
  if (form === undefined || form.type !== 'submit' || form.means !== mam) {
    throw problem('bad-request', `The form has to be a filled in one of the type ${mam}.`)
  }
  for (const name of form.names()) {
    // XEP-0313#query-form: asking for something that is not done must not look as if it were.
    if (!fields.includes(name as Field))
      throw problem('feature-not-implemented', 'The form has a field that is not known.')
  }
  // Nothing of rooms is kept here, whatever the answer (XEP-0313#query-include-groupchat).
  if (given(form, 'include-groupchat') !== undefined && form.flag('include-groupchat') === undefined) {
    throw problem('bad-request', 'include-groupchat is either true or false.')
  }
  return form
}

/** A field without a value is one that is left out. */
function given(form: ReceivedForm | undefined, name: Field): string | undefined {
  return form?.value(name) || undefined
}

function seqOf(ids: KnownIds, id: string): number {
  const seq = ids.seqOf(id)
  if (seq === undefined) throw noSuchMessage()
  return seq
}

/** XEP-0313#query-limit-id. The same for messages of others: nobody learns what is in an archive of somebody else. */
export const noSuchMessage = () => problem('item-not-found', 'There is no such message in this archive.')

function contactIn(form: ReceivedForm | undefined): string | undefined {
  const text = given(form, 'with')
  if (text === undefined) return undefined
  const jid = parseJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
  return jid
}

function momentIn(form: ReceivedForm | undefined, name: 'start' | 'end'): number | undefined {
  const text = given(form, name)
  if (text === undefined) return undefined
  const ms = parseDateTime(text)
  if (ms === undefined) throw problem('bad-request', `The ${name} is not a moment like 2010-06-07T00:00:00Z.`)
  return ms
}

function idsIn(form: ReceivedForm, ids: KnownIds): number[] {
  const wanted = form.values('ids')
  if (wanted.length > mostIds) throw problem('policy-violation', `At most ${mostIds} messages can be asked for by id.`)
  return wanted.map(id => seqOf(ids, id))
}

function limitOf({ max }: PageRequest): number {
  return Math.min(max ?? usualPage, largestPage)
}
