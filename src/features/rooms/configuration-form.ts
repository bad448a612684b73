/** XEP-0045#registrar-formtype-owner: the configuration of a room as a form, and what a form that was filled in means. */

import { type Field, form, type ReceivedForm } from '../../protocol/data-forms.ts'
import { parseBareJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { type Configuration, type PresentRole, presentRoles } from './configuration.ts'
import type { RoomSetting } from './extension.ts'
import { roomConfig } from './namespaces.ts'
import type { Room } from './room.ts'

const prefix = 'muc#roomconfig_'
/** The standard has no field for it; other services have this one, which bears the mark of such fields (XEP-0068#approach). */
const nicksLocked = 'x-muc#roomconfig_reservednick'
const longestName = 200
const longestDescription = 2_000
const mostHistory = 100

const flag = (name: string, label: string, value: boolean): Field => ({
  name: prefix + name,
  type: 'boolean',
  label,
  values: [value ? '1' : '0'],
})
const text = (name: string, label: string, value: string): Field => ({
  name: prefix + name,
  type: 'text-single',
  label,
  values: value === '' ? [] : [value],
})
const list = (
  name: string,
  label: string,
  values: readonly string[],
  options: Readonly<Record<string, string>>,
  type: 'list-single' | 'list-multi' = 'list-single',
): Field => ({
  name: prefix + name,
  type,
  label,
  values,
  options: Object.entries(options).map(([value, said]) => ({ value, label: said })),
})

const roleOptions = { moderator: 'Moderators', participant: 'Participants', visitor: 'Visitors' }

/** The form that owners fill in. */
export function configurationForm(room: Room, mostOccupants: number, settings: readonly RoomSetting[]): Element {
  const { configuration: c } = room
  const seats = [...new Set([10, 20, 50, 100, 200, mostOccupants, c.maxOccupants])]
    .filter(seat => seat <= mostOccupants)
    .sort((a, b) => a - b)
  const people = (affiliation: string): string[] =>
    [...room.affiliations()].filter(one => one.affiliation === affiliation).map(({ person }) => person)
  return form({
    type: 'form',
    means: roomConfig,
    title: 'Configuration of the room',
    fields: [
      text('roomname', 'Name', c.name),
      text('roomdesc', 'Description', c.description),
      text('lang', 'Language of the discussion', c.language),
      flag('publicroom', 'Anybody can find it in the list of rooms', c.listed),
      flag('persistentroom', 'It stays when nobody is in it', c.persistent),
      flag('membersonly', 'Only members can enter', c.membersOnly),
      flag('allowinvites', 'Members may invite others', c.membersInvite),
      flag('moderatedroom', 'Newcomers may not speak until a moderator lets them', c.moderated),
      flag('passwordprotectedroom', 'A password is needed to enter', c.password !== ''),
      {
        name: `${prefix}roomsecret`,
        type: 'text-private',
        label: 'The password',
        values: c.password ? [c.password] : [],
      },
      list('whois', 'Who sees real addresses (encryption needs “Anyone”)', [c.whois], {
        moderators: 'Moderators',
        anyone: 'Anyone',
      }),
      flag('changesubject', 'Everybody who may speak may change the subject', c.occupantsSetSubject),
      { ...flag('', 'Who has registered a nick goes by it', c.nicksLocked), name: nicksLocked },
      list('allowpm', 'Who may send private messages', [c.privateMessages], {
        anyone: 'Anyone',
        participants: 'Who may speak',
        moderators: 'Moderators, and everybody to them',
        none: 'Nobody',
      }),
      flag('allowvoicerequests', 'Who may not speak may ask for it', c.voiceRequests),
      list(
        'maxusers',
        'Occupants at most',
        [String(c.maxOccupants)],
        Object.fromEntries(seats.map(seat => [String(seat), String(seat)])),
      ),
      list('presencebroadcast', 'Whose presence everybody sees', c.shown, roleOptions, 'list-multi'),
      list('getmemberlist', 'Who may see the list of members', c.listsMembers, roleOptions, 'list-multi'),
      flag('enablearchiving', 'What is said is kept for those who may enter', c.archived),
      {
        name: 'muc#maxhistoryfetch',
        type: 'text-single',
        label: 'Messages shown to newcomers',
        values: [String(c.historyShown)],
      },
      { name: `${prefix}roomadmins`, type: 'jid-multi', label: 'Admins', values: people('admin') },
      { name: `${prefix}roomowners`, type: 'jid-multi', label: 'Owners', values: people('owner') },
      ...settings.map(({ field }) => ({ ...field, values: c.more[field.name] ?? field.values ?? [] })),
    ],
  })
}

/**
 * The configuration that a form asks for; what it does not mention stays.
 * @throws Problem for what cannot be
 */
export function configured(
  before: Configuration,
  submitted: ReceivedForm,
  mostOccupants: number,
  settings: readonly RoomSetting[],
): Configuration {
  const read = new Reading(submitted)
  const wantsPassword = read.flag('passwordprotectedroom') ?? before.password !== ''
  const password = wantsPassword ? read.text('roomsecret', 200) || before.password : ''
  if (wantsPassword && password === '') throw problem('not-acceptable', 'A room with a password needs one.')
  const max = read.text('maxusers', 10)
  const maxOccupants = max === undefined ? before.maxOccupants : max === 'none' ? mostOccupants : Number(max)
  if (!Number.isInteger(maxOccupants) || maxOccupants < 1 || maxOccupants > mostOccupants) {
    throw problem('not-acceptable', `A room has room for 1 to ${mostOccupants} people.`)
  }
  const shownText = submitted.value('muc#maxhistoryfetch')
  const historyShown = shownText === undefined ? before.historyShown : Number(shownText)
  if (!Number.isInteger(historyShown) || historyShown < 0) throw read.bad('muc#maxhistoryfetch')
  return {
    name: read.text('roomname', longestName) ?? before.name,
    description: read.text('roomdesc', longestDescription) ?? before.description,
    language: read.text('lang', 35) ?? before.language,
    listed: read.flag('publicroom') ?? before.listed,
    persistent: read.flag('persistentroom') ?? before.persistent,
    membersOnly: read.flag('membersonly') ?? before.membersOnly,
    moderated: read.flag('moderatedroom') ?? before.moderated,
    password,
    whois: read.word('whois', ['moderators', 'anyone']) ?? before.whois,
    occupantsSetSubject: read.flag('changesubject') ?? before.occupantsSetSubject,
    membersInvite: read.flag('allowinvites') ?? before.membersInvite,
    nicksLocked: read.flagOf(nicksLocked) ?? before.nicksLocked,
    privateMessages: read.word('allowpm', ['anyone', 'participants', 'moderators', 'none']) ?? before.privateMessages,
    voiceRequests: read.flag('allowvoicerequests') ?? before.voiceRequests,
    maxOccupants,
    historyShown: Math.min(historyShown, mostHistory),
    archived: read.flag('enablearchiving') ?? before.archived,
    shown: read.roles('presencebroadcast') ?? before.shown,
    listsMembers: read.roles('getmemberlist') ?? before.listsMembers,
    more: { ...before.more, ...more(submitted, settings) },
  }
}

/** Who is to be owner or admin from now on; undefined where the form does not say. @throws Problem for what is no address */
export function peopleIn(submitted: ReceivedForm, which: 'roomowners' | 'roomadmins') {
  if (!submitted.has(prefix + which)) return undefined
  return submitted
    .values(prefix + which)
    .filter(value => value !== '')
    .map(value => {
      const jid = parseBareJid(value)
      if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
      return jid
    })
}

class Reading {
  readonly #form: ReceivedForm

  constructor(submitted: ReceivedForm) {
    this.#form = submitted
  }

  bad(name: string) {
    return problem('not-acceptable', `The field ${name} has a value that it cannot have.`)
  }

  flag(name: string): boolean | undefined {
    return this.flagOf(prefix + name)
  }

  flagOf(field: string): boolean | undefined {
    if (!this.#form.has(field)) return undefined
    const value = this.#form.flag(field)
    if (value === undefined) throw this.bad(field)
    return value
  }

  /** An empty field empties. */
  text(name: string, longest: number): string | undefined {
    if (!this.#form.has(prefix + name)) return undefined
    const value = this.#form
      .values(prefix + name)
      .join('\n')
      .trim()
    if (value.length > longest)
      throw problem('not-acceptable', `The field ${prefix}${name} has at most ${longest} characters.`)
    return value
  }

  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.#form.value(prefix + name)
    if (value === undefined) return undefined
    const word = words.find(one => one === value)
    if (word === undefined) throw this.bad(prefix + name)
    return word
  }

  roles(name: string): PresentRole[] | undefined {
    if (!this.#form.has(prefix + name)) return undefined
    const values = this.#form.values(prefix + name)
    const roles = presentRoles.filter(role => values.includes(role))
    if (values.some(value => value !== '' && !presentRoles.some(role => role === value))) throw this.bad(prefix + name)
    return roles
  }
}

function more(submitted: ReceivedForm, settings: readonly RoomSetting[]): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {}
  for (const { field, refused } of settings) {
    if (!submitted.has(field.name)) continue
    const values = submitted.values(field.name)
    const reason = refused?.(values)
    if (reason !== undefined) throw problem('not-acceptable', reason)
    found[field.name] = values
  }
  return found
}
