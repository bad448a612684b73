/** How what is not in XEP-0045 takes part in a room: archive queries, moderation, slow mode, pictures. */

import type { Field } from '../../protocol/data-forms.ts'
import type { BareJid, Jid } from '../../protocol/jid.ts'
import type { Problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import type { Implements, Reply } from '../../routing/feature.ts'
import type { OccupantView, RoomView } from './history.ts'

/** A request to a room's bare address. */
export interface RoomQuestion {
  readonly iq: Element
  /** The one child of the request. */
  readonly payload: Element
  readonly room: RoomView
  /** Who asks, by the real address; may be outside. */
  readonly from: Jid
  readonly person: BareJid
  /** Who asks, if that device is in the room. */
  readonly occupant: OccupantView | undefined
}

export interface RoomAnswer {
  readonly type: 'get' | 'set'
  /** `{namespace}name` of the payload. */
  readonly payload: string
  /** What is put into the result. Throw a `Problem` to refuse. */
  reply(question: RoomQuestion): Reply | Promise<Reply>
}

/** A field of the configuration form, kept in `Configuration.more` under its name. */
export interface RoomSetting {
  /** With its label and type; `values` is the default. */
  readonly field: Field
  /** @returns what is wrong with values that somebody wants: a sentence */
  refused?(values: readonly string[]): string | undefined
}

export interface RoomExtension {
  readonly implements?: readonly Implements[]
  readonly answers?: readonly RoomAnswer[]
  /** Further features in the disco#info of a room. */
  features?(room: RoomView): readonly string[]
  /** Further features of the service that rooms are at. */
  readonly serviceFeatures?: readonly string[]
  /** Further fields in the `muc#roominfo` form. */
  info?(room: RoomView): readonly Field[] | Promise<readonly Field[]>
  readonly settings?: readonly RoomSetting[]
  /** May refuse a message that is for everybody, before it gets its id. */
  screen?(room: RoomView, message: Element, speaker: OccupantView): Problem | undefined
  /** A message is being shown to everybody. */
  shown?(room: RoomView, message: Element, speaker: OccupantView, id: string): void
  /** The room goes: its rows are still there. */
  destroyed?(room: RoomView): Promise<void>
}
