/** XEP-0045: Multi-User Chat. Rooms have addresses at a domain of their own; who is in one has an address in the room. */

import type { Limiter } from '../../operations/limits.ts'
import type { Log } from '../../operations/log.ts'
import { parseForm } from '../../protocol/data-forms.ts'
import { accountOf, type BareJid, domainOf, isDomain, isFull, type Jid, parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { asProblem, errorReply, Problem, problem } from '../../protocol/problems.ts'
import { messageType, presenceType } from '../../protocol/stanza.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { type Feature, iqGet, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import { serviceJid } from '../../routing/services.ts'
import type { Settings } from '../../settings/schema.ts'
import { changeAffiliations } from './affiliations.ts'
import { formCame } from './approvals.ts'
import { type Configuration, privateRoom, publicRoom } from './configuration.ts'
import { type CreatorsParts, mayCreate } from './creators.ts'
import { RoomDirectory } from './directory.ts'
import { listRooms, serviceFeatures } from './discovery.ts'
import { enter, presenceCame, refusePresence } from './entering.ts'
import { requestToOccupant } from './errands.ts'
import type { RoomExtension } from './extension.ts'
import type { Hall } from './hall.ts'
import type { RoomHistory } from './history.ts'
import { decline, invitationsIn, invite } from './invitations.ts'
import { closeRoom, serverLost } from './leaving.ts'
import { muc } from './namespaces.ts'
import { withoutPerson } from './orphans.ts'
import { destroy } from './owner.ts'
import { Pace } from './pace.ts'
import { requestToRoom, roomAnswers } from './questions.ts'
import type { Room } from './room.ts'
import { channelSearch, searchRooms } from './search.ts'
import type { RoomStore } from './store.ts'
import { messageCame } from './talking.ts'

export interface RoomsParts extends CreatorsParts {
  readonly domain: string
  readonly post: Post
  readonly log: Log
  readonly limiter: Limiter
  readonly store: RoomStore
  readonly history: RoomHistory
  readonly extensions: readonly RoomExtension[]
  readonly settings: Settings['rooms']
  /** Milliseconds since 1970. */
  now(): number
  randomId(): string
}

export const rooms = (parts: RoomsParts): Feature => {
  const { perAccount, occupants, affiliations, nickLength } = parts.settings
  const usual: Configuration = parts.settings.usual === 'public' ? publicRoom : privateRoom
  const service = serviceJid('conference', parts.domain)
  const hall: Hall = {
    ...parts,
    limits: { roomsPerAccount: perAccount, occupants, affiliations, nickLength },
    mayCreate: (room, owner) => mayCreate(parts, room, owner),
    usual: { ...usual, maxOccupants: occupants },
    pace: new Pace(parts.limiter),
    get rooms() {
      return directory
    },
  }
  const directory = new RoomDirectory(hall)
  const answers = roomAnswers(hall)

  function presence(stanza: Element, from: Jid, to: Jid, jid: BareJid): void | Promise<void> {
    const refused = (thrown: unknown): void => {
      if (!(thrown instanceof Problem)) parts.log.bug('presence in a room could not be dealt with', thrown)
      refusePresence(hall, stanza, asProblem(thrown), from, to)
    }
    const came = (room: Room | undefined): void | Promise<void> => {
      if (room !== undefined) return presenceCame(hall, room, stanza, from, to)
      if (presenceType(stanza) !== 'available' || stanza.child('x', muc) === undefined) return
      return create(stanza, from, to, jid)
    }
    // Only who wants to come in makes us look for a room that nobody is in.
    if (directory.present(jid) === undefined && presenceType(stanza) !== 'available') return
    try {
      const done = directory.with(jid, came)
      return done instanceof Promise ? done.catch(refused) : done
    } catch (thrown) {
      refused(thrown)
    }
  }

  /** XEP-0045#createroom */
  async function create(stanza: Element, from: Jid, to: Jid, jid: BareJid): Promise<void> {
    const owner = accountOf(from)
    if (owner === undefined) throw problem('not-allowed', 'You may not make rooms here.')
    if (!isFull(to)) throw problem('jid-malformed', 'Say under which nick you want to enter.')
    const { room, created } = await directory.create(jid, owner)
    if (created) enter(hall, room, stanza, from, to.slice(to.indexOf('/') + 1), true)
    else presenceCame(hall, room, stanza, from, to)
  }

  function message(stanza: Element, from: Jid, to: Jid, jid: BareJid): void | Promise<void> {
    return directory.with(jid, (room): void => {
      const type = messageType(stanza)
      if (room === undefined || (room.locked && room.device(from) === undefined)) {
        if (type === 'error') return
        throw problem('item-not-found', 'There is no such room.')
      }
      if (isFull(to) || type === 'groupchat' || type === 'error') messageCame(hall, room, stanza, from, to)
      else toRoomItself(room, stanza, from)
    })
  }

  function toRoomItself(room: Room, stanza: Element, from: Jid): void {
    const x = invitationsIn(stanza)
    const data = stanza.child('x', NS.dataForms)
    const submitted = data && parseForm(data)
    if (x?.child('decline') !== undefined) decline(hall, room, stanza, x, from)
    else if (x !== undefined) invite(hall, room, stanza, x, room.device(from))
    else if (submitted !== undefined) formCame(hall, room, submitted, room.device(from))
    else throw problem('bad-request', 'What is said to a room is of the type groupchat.')
  }

  async function partWith(room: Room, gone: BareJid): Promise<void> {
    const changes = withoutPerson(room, gone, parts.settings.orphans)
    if (changes === 'destroy') return destroy(hall, room, undefined)
    const saved = changeAffiliations(hall, room, changes)
    room.forgetAuthor(gone)
    await saved
  }

  function request(iq: Element, from: Jid, to: Jid, jid: BareJid): void | Promise<void> {
    const type = iq.attr('type')
    if (type !== 'get' && type !== 'set') return
    const done = directory.with(jid, async room => {
      try {
        if (room === undefined) throw problem('item-not-found', 'There is no such room.')
        if (isFull(to)) await requestToOccupant(hall, room, iq, from, to)
        else hall.post.route(await requestToRoom(answers, room, iq, from), to, from)
      } catch (thrown) {
        if (!(thrown instanceof Problem)) parts.log.bug('a request to a room could not be answered', thrown)
        const reply = errorReply(iq, asProblem(thrown))
        if (reply !== undefined) hall.post.route(reply, to, from)
      }
    })
    // Another occupant may take a minute to answer, or never do: nobody's stream waits for that.
    if (!isFull(to)) return done
    Promise.resolve(done).catch((bug: unknown) => parts.log.bug('a request to an occupant came to nothing', bug))
  }

  return {
    name: 'rooms',
    implements: [
      xep(45, '1.35.5', 'complete'),
      xep(249, '1.2', 'complete', 'the room adds it to the invitations that it passes on'),
      xep(410, '1.1.0', 'complete'),
      xep(421, '1.0.1', 'complete'),
      xep(488, '0.1.0', 'complete'),
      xep(433, '0.1.0', 'complete', 'in the rooms of this service'),
      ...parts.extensions.flatMap(extension => extension.implements ?? []),
    ],
    service: {
      jid: service,
      identity: { category: 'conference', type: 'text', name: 'Rooms' },
      advertises: [...serviceFeatures, ...parts.extensions.flatMap(extension => extension.serviceFeatures ?? [])],
      ownable: true,
      answers: [
        iqGet(`{${NS.discoItems}}query`, ['service'], ({ payload, iq }) => {
          const domain = parseJid(iq.attr('to') ?? '')
          return listRooms(hall, payload, domain !== undefined && isDomain(domain) ? domain : service)
        }),
        iqGet(`{${channelSearch}}search`, ['service'], ({ payload, iq, from }) => {
          const domain = parseJid(iq.attr('to') ?? '')
          const person = from && accountOf(from)
          if (person === undefined) throw problem('forbidden')
          return searchRooms(hall, payload, domain !== undefined && isDomain(domain) ? domain : service, person)
        }),
      ],
      takes(stanza, from, to) {
        const jid = accountOf(to)
        if (jid === undefined) {
          if (stanza.name !== 'message' || messageType(stanza) === 'error') return
          throw problem('service-unavailable')
        }
        switch (stanza.name) {
          case 'presence':
            return presence(stanza, from, to, jid)
          case 'message':
            return message(stanza, from, to, jid)
          default:
            return request(stanza, from, to, jid)
        }
      },
    },
    async opening() {
      // Looked at and left again, such a room goes.
      for (const jid of await parts.store.leftOver()) await directory.with(jid, () => {})
      await directory.settled()
    },
    async leaving({ jid }) {
      // Also where they have never belonged: there nothing of it is on disk.
      for (const room of directory.all()) if (room.belonging(jid) === undefined) room.forgetAuthor(jid)
      for (const address of await parts.store.roomsOf(jid)) {
        await directory.with(address, room => (room === undefined ? undefined : partWith(room, jid)))
      }
    },
    async domainLeaving(domain) {
      for (const address of await parts.store.at(serviceJid('conference', domain))) {
        await directory.with(address, room => (room === undefined ? undefined : destroy(hall, room, undefined)))
      }
    },
    peers: {
      // XEP-0045#impl-service-ghosts: whoever cannot be reached is not there any more.
      lost(our, their) {
        for (const room of [...directory.all()]) {
          if (domainOf(room.jid) === our) serverLost(hall, room, their)
        }
      },
    },
    async closing() {
      for (const room of [...directory.all()]) closeRoom(hall, room)
      await directory.settled()
    },
  }
}
