/** XEP-0486: MUC Avatars. A visiting card (XEP-0054) that the owners of a room give it, with a picture in it. */

import { createHash } from 'node:crypto'
import { NS } from '../../protocol/namespaces.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import { xep } from '../../routing/feature.ts'
import type { RoomCards } from './card-store.ts'
import type { RoomExtension, RoomQuestion } from './extension.ts'
import { mucUser, status } from './namespaces.ts'

const ns = 'vcard-temp'
/** Pictures of one room: the same in several formats (XEP-0486#multiple). */
const mostPictures = 8

/** @param largest bytes of a card, pictures included */
export function roomCards(cards: RoomCards, largest: number): RoomExtension {
  async function get({ room, person }: RoomQuestion): Promise<Element> {
    if (!room.configuration.listed && !room.mayRead(person)) {
      throw problem('forbidden', 'This room shows itself to those who may enter it.')
    }
    const card = await cards.card(room.id)
    if (card === undefined) throw problem('item-not-found', 'This room has no picture.')
    return parseElement(card)
  }

  async function set({ room, payload, person }: RoomQuestion): Promise<void> {
    if (room.affiliationOf(person) !== 'owner') throw problem('forbidden', 'The picture of a room is up to its owners.')
    const text = write(payload)
    if (Buffer.byteLength(text) > largest) {
      throw problem('policy-violation', `A visiting card can have up to ${largest} bytes. Try a smaller picture.`)
    }
    const pictures = payload.elements().filter(child => child.is('PHOTO', ns))
    if (pictures.length > mostPictures) throw problem('policy-violation', `At most ${mostPictures} pictures, please.`)
    if (payload.elements().length === 0) await cards.remove(room.id)
    else await cards.put(room.id, text, pictures.flatMap(hashOf))
    const x = xml('x', { xmlns: mucUser }, xml('status', { code: status.configurationChanged }))
    room.broadcast(xml('message', { xmlns: NS.client, type: 'groupchat', from: room.jid }, x))
  }

  return {
    implements: [xep(486, '0.1.0', 'complete'), xep(54, '1.3.0', 'complete', 'of rooms: by their owners')],
    answers: [
      { type: 'get', payload: `{${ns}}vCard`, reply: get },
      { type: 'set', payload: `{${ns}}vCard`, reply: set },
    ],
    features: () => [ns],
    serviceFeatures: [ns],
    async info(room) {
      const hashes = await cards.hashes(room.id)
      if (hashes.length === 0) return []
      return [{ name: 'muc#roominfo_avatarhash', type: 'text-multi', label: 'Avatar hash', values: hashes }]
    },
    destroyed: room => cards.remove(room.id),
  }
}

/** XEP-0153: SHA-1 of the picture itself. None of what is no picture, such as a link to one. */
function hashOf(photo: Element): string[] {
  const base64 = photo.childText('BINVAL')?.replace(/\s+/g, '') ?? ''
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return []
  return [createHash('sha1').update(Buffer.from(base64, 'base64')).digest('hex')]
}
