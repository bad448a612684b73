/**
 * XEP-0054: vcard-temp. A visiting card that everybody may see, and that nobody here looks into, apart from the picture:
 * that is kept elsewhere, and shown in its place to those who may see it.
 */
import type { Documents } from '../accounts/documents.ts'
import { collection } from '../privacy/catalogue.ts'
import { problem } from '../protocol/problems.ts'
import { type Child, type Element, xml } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { write } from '../protocol/xml/write.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../routing/feature.ts'
import type { Picture, PictureView } from '../routing/views.ts'

export const vcardCollection = collection('vcard', {
  why: 'the visiting card that the owner shows to everybody: a name, a picture, whatever they put into it',
  keep: 'until the owner replaces or empties it',
  reader: 'public',
  exported: cards => cards.map(({ value }) => parseElement(value)),
})

const ns = 'vcard-temp'

/** The only document of the collection. */
const key = ''

/**
 * @param largest bytes of a card, pictures included
 * @param picture where the picture is kept
 */
export const vcard = (documents: Documents, largest: number, picture: PictureView): Feature => {
  async function get({ account, from }: Question): Promise<Element | undefined> {
    if (account === undefined || from === undefined) return undefined
    const stored = await documents.get(account.id, vcardCollection, key)
    const shown = await picture.read(account, from)
    const card = stored === undefined ? undefined : parseElement(stored)
    if (shown === undefined) return card && withPhoto(card, undefined)
    return withPhoto(card ?? xml('vCard', { xmlns: ns }), shown)
  }

  async function set({ account, payload }: Question): Promise<void> {
    if (account === undefined) throw problem('service-unavailable')
    if (Buffer.byteLength(write(payload)) > largest) {
      throw problem('policy-violation', `A visiting card can have up to ${largest} bytes. Try a smaller picture.`)
    }
    const { card, photo, keeps } = withoutPhoto(payload)
    if (!keeps) await picture.write(account, photo)
    const value = card.children.length === 0 ? undefined : write(card)
    await documents.change(account.id, [{ collection: vcardCollection, key, value }])
  }

  return {
    name: 'vcard',
    implements: [xep(54, '1.3.0', 'complete')],
    advertises: { server: [ns], account: [ns] },
    answers: [
      iqGet(`{${ns}}vCard`, ['self'], async question => {
        const card = await get(question)
        if (card === undefined) throw problem('item-not-found', 'You have no visiting card yet.')
        return card
      }),
      // No card and no account are told alike. So is a `set` for somebody else's, which nobody answers.
      iqGet(`{${ns}}vCard`, ['account'], async question => {
        const card = await get(question)
        if (card === undefined) throw problem('service-unavailable')
        return card
      }),
      iqSet(`{${ns}}vCard`, ['self'], set),
    ],
  }
}

/** Marks the place of the picture in a card that is kept. */
const place = xml('PHOTO', { xmlns: ns })

/**
 * The card as it is kept, and the picture in it. A photo that is none, such as a link to one, stays in the card (`keeps`)
 * and has nothing to do with the picture.
 */
function withoutPhoto(card: Element): { card: Element; photo: Picture | undefined; keeps: boolean } {
  const element = card.child('PHOTO')
  const photo = element && pictureIn(element)
  if (photo === undefined) return { card, photo, keeps: element !== undefined && !isPlace(element) }
  const children = card.children.map(child => (child === element ? place : child))
  return { card: card.with({}, children), photo, keeps: false }
}

function pictureIn(photo: Element): Picture | undefined {
  const base64 = photo.childText('BINVAL')?.replace(/\s+/g, '') ?? ''
  if (base64 === '' || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  return { base64, type: photo.childText('TYPE')?.trim() ?? '' }
}

/** The card with the picture in its place, or at the end. */
function withPhoto(card: Element, picture: Picture | undefined): Element {
  const photo =
    picture && xml('PHOTO', { xmlns: ns }, xml('TYPE', null, picture.type), xml('BINVAL', null, picture.base64))
  const marked = card.children.findIndex(child => isPlace(child))
  if (marked < 0) return photo === undefined || card.child('PHOTO') ? card : card.with({}, [...card.children, photo])
  const children: Child[] = card.children.filter(child => !isPlace(child))
  if (photo !== undefined) children.splice(marked, 0, photo)
  return card.with({}, children)
}

function isPlace(child: Child): boolean {
  return typeof child !== 'string' && child.is('PHOTO', ns) && child.children.length === 0
}
