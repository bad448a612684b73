/** XEP-0045#roomconfig: what can be set about a room, as a value. How forms show it is in `configuration-form.ts`. */

/** Roles of those who are in a room. */
export const presentRoles = ['moderator', 'participant', 'visitor'] as const
export type PresentRole = (typeof presentRoles)[number]

/** Who may do something, by role. */
export type Whoever = 'anyone' | 'participants' | 'moderators' | 'none'

export interface Configuration {
  readonly name: string
  readonly description: string
  /** The language of the discussion (RFC 5646); '' where nobody has said. */
  readonly language: string
  /** Listed among the rooms of the service. */
  readonly listed: boolean
  readonly persistent: boolean
  readonly membersOnly: boolean
  /** Newcomers have no voice. */
  readonly moderated: boolean
  /** '' for none. */
  readonly password: string
  /** Who learns real addresses. */
  readonly whois: 'moderators' | 'anyone'
  /** Occupants who are no moderators may set the subject. */
  readonly occupantsSetSubject: boolean
  /** Everybody may invite; otherwise, in a room for members, only its admins. */
  readonly membersInvite: boolean
  /** Who has registered a nick goes by it (XEP-0045#register). */
  readonly nicksLocked: boolean
  readonly privateMessages: Whoever
  readonly voiceRequests: boolean
  readonly maxOccupants: number
  /** Messages that newcomers are shown, if they do not ask for fewer. */
  readonly historyShown: number
  /** What is said is kept for those who may enter (XEP-0313). */
  readonly archived: boolean
  /** Whose presence is shown to all (`muc#roomconfig_presencebroadcast`). */
  readonly shown: readonly PresentRole[]
  /** Who may see the lists of owners, admins and members, where real addresses show. Members may, wherever they are, with the participants. */
  readonly listsMembers: readonly PresentRole[]
  /** Settings of extensions, by the names of their fields; what is absent has its default. */
  readonly more: Readonly<Record<string, readonly string[]>>
}

/** A group of people who know each other: encryption needs real addresses and a room that stays (XEP-0384#group-chats). */
export const privateRoom: Configuration = {
  name: '',
  description: '',
  language: '',
  listed: false,
  persistent: true,
  membersOnly: true,
  moderated: false,
  password: '',
  whois: 'anyone',
  occupantsSetSubject: true,
  membersInvite: true,
  nicksLocked: false,
  privateMessages: 'anyone',
  voiceRequests: true,
  maxOccupants: 500,
  historyShown: 20,
  archived: true,
  shown: presentRoles,
  listsMembers: presentRoles,
  more: {},
}

/** A place where anybody may come by and talk. */
export const publicRoom: Configuration = {
  ...privateRoom,
  listed: true,
  membersOnly: false,
  whois: 'moderators',
  occupantsSetSubject: false,
}
