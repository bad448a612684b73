/** XEP-0054: vcard-temp. A visiting card that everybody may see, and that nobody here looks into. */
import type { Documents } from '../accounts/documents.ts'
import { collection } from '../privacy/catalogue.ts'
import { problem } from '../protocol/problems.ts'
import type { Element } from '../protocol/xml/element.ts'
import { parseElement } from '../protocol/xml/parser.ts'
import { write } from '../protocol/xml/write.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../routing/feature.ts'

export const vcardCollection = collection('vcard', {
  why: 'the visiting card that the owner shows to everybody: a name, a picture, whatever they put into it',
  keep: 'until the owner replaces or empties it',
  reader: 'public',
  exported: cards => cards.map(({ value }) => parseElement(value)),
})

const ns = 'vcard-temp'

/** The only document of the collection. */
const key = ''

/** @param largest bytes of a card, pictures included */
export const vcard = (documents: Documents, largest: number): Feature => {
  async function get({ account }: Question): Promise<Element | undefined> {
    const stored = account && (await documents.get(account.id, vcardCollection, key))
    return stored === undefined ? undefined : parseElement(stored)
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
      iqSet(`{${ns}}vCard`, ['self'], async ({ account, payload }) => {
        if (account === undefined) throw problem('service-unavailable')
        const text = payload.children.length === 0 ? undefined : write(payload)
        if (text !== undefined && Buffer.byteLength(text) > largest) {
          throw problem('policy-violation', `A visiting card can have up to ${largest} bytes. Try a smaller picture.`)
        }
        await documents.change(account.id, [{ collection: vcardCollection, key, value: text }])
      }),
    ],
  }
}
