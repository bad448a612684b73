import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { publishing, pubsubEvent, reading } from '../../../tests/kit/nodes.ts'
import { granted, refused } from '../../../tests/kit/refusals.ts'
import type { Tree } from '../../../tests/kit/tree.ts'

const dataNode = 'urn:xmpp:avatar:data'
const metadataNode = 'urn:xmpp:avatar:metadata'

function image(bytes = 6_000) {
  const content = randomBytes(bytes)
  return { base64: content.toString('base64'), id: createHash('sha1').update(content).digest('hex'), bytes }
}
type Image = ReturnType<typeof image>

const metadata = ({ id, bytes }: Image, type = 'image/png') =>
  `<metadata xmlns="${metadataNode}"><info id="${id}" bytes="${bytes}" type="${type}"/></metadata>`

async function uploads(actor: Actor, picture: Image, model = 'open'): Promise<void> {
  const options = { access_model: model }
  granted(
    await actor.asks(publishing(dataNode, picture.id, `<data xmlns="${dataNode}">${picture.base64}</data>`, options)),
  )
  granted(await actor.asks(publishing(metadataNode, picture.id, metadata(picture), options)))
}

const card = (asker: Actor, to: string) => asker.asks`<iq type="get" to="${to}"><vCard xmlns="vcard-temp"/></iq>`
const setsCard = (actor: Actor, inside: string) =>
  actor.asks(`<iq type="set"><vCard xmlns="vcard-temp">${inside}</vCard></iq>`)
const photo = (picture: Image, type = 'image/png') =>
  `<PHOTO><TYPE>${type}</TYPE><BINVAL>${picture.base64.replace(/.{76}/g, '$&\n')}</BINVAL></PHOTO>`
const shows = (tree: Tree) => tree.child('x', 'vcard-temp:x:update')?.child('photo')?.text()

describe('XEP-0398', () => {
  test(
    '#pep2vcard: a picture of XEP-0084 is in the card, byte for byte, and its hash in presence',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      const picture = image()
      granted(await setsCard(juliet, '<FN>Juliet</FN>'))
      await romeo.forgets()
      await uploads(juliet, picture)
      const presence = await romeo.receives`<presence from="${juliet.fullJid}"/>`
      assert.equal(shows(presence), picture.id)
      await romeo.receivesNothing()
      const seen = granted(await card(paris, juliet.jid))
      assert.equal(seen.at('vCard', 'FN').text(), 'Juliet')
      assert.equal(seen.at('vCard', 'PHOTO', 'TYPE').text(), 'image/png')
      assert.equal(seen.at('vCard', 'PHOTO', 'BINVAL').text(), picture.base64)
      juliet.sends`<presence to="${paris.jid}"/>`
      assert.equal(shows(await paris.receives`<presence from="${juliet.fullJid}"/>`), picture.id)
    }),
  )

  test(
    '#vcard2pep: a picture in a card is published, once, and who wants to know is told',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      const picture = image(3_000)
      await appearsWith(romeo, [`${metadataNode}+notify`])
      await romeo.forgets()
      for (let times = 0; times < 2; times++)
        granted(await setsCard(juliet, `<FN>Juliet</FN>${photo(picture, 'image/jpeg')}`))
      await romeo.receivesInAnyOrder(
        `<message from="${juliet.jid}" type="headline"><event xmlns="${pubsubEvent}"><items node="${metadataNode}">
          <item id="${picture.id}">${metadata(picture, 'image/jpeg')}</item></items></event></message>`,
        `<presence from="${juliet.fullJid}"><x xmlns="vcard-temp:x:update"><photo>${picture.id}</photo></x></presence>`,
      )
      await romeo.receivesNothing()
      const data = granted(await paris.asks(reading(dataNode, juliet.jid)))
      assert.equal(data.at('pubsub', 'items', 'item').attr('id'), picture.id)
      assert.equal(data.at('pubsub', 'items', 'item', 'data').text(), picture.base64)
    }),
  )

  test(
    'a card without a picture takes it away everywhere',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      await uploads(juliet, image())
      await romeo.forgets()
      granted(await setsCard(juliet, '<FN>Juliet</FN>'))
      assert.equal(shows(await romeo.receives`<presence from="${juliet.fullJid}"/>`), '')
      assert.equal(
        granted(await card(paris, juliet.jid))
          .need('vCard')
          .child('PHOTO'),
        undefined,
      )
      const info = granted(await paris.asks(reading(metadataNode, juliet.jid)))
      assert.equal(info.at('pubsub', 'items', 'item', 'metadata').elements().length, 0)
      assert.equal(
        granted(await paris.asks(reading(dataNode, juliet.jid)))
          .at('pubsub', 'items')
          .elements().length,
        0,
      )
    }),
  )

  test(
    '#security: a picture for contacts is in nobody else’s card',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo, paris }) => {
      const picture = image()
      await uploads(juliet, picture, 'presence')
      assert.equal(
        granted(await card(romeo, juliet.jid))
          .at('vCard', 'PHOTO', 'BINVAL')
          .text(),
        picture.base64,
      )
      refused(await card(paris, juliet.jid), 'service-unavailable')
      juliet.sends`<presence to="${paris.jid}"/>`
      assert.equal(shows(await paris.receives`<presence from="${juliet.fullJid}"/>`), undefined)
    }),
  )

  test(
    '#presence: the hash comes with a first presence; “not ready” is overwritten; who shows nothing shows nothing',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      const picture = image()
      await uploads(juliet, picture)
      await juliet.disconnects()
      await romeo.forgets()
      await juliet.connects()
      assert.equal(shows(await romeo.receives`<presence from="${juliet.fullJid}"/>`), picture.id)
      const says = async (inside: string) => {
        juliet.sends(`<presence><x xmlns="vcard-temp:x:update">${inside}</x></presence>`)
        return shows(await romeo.receives`<presence from="${juliet.fullJid}"/>`)
      }
      assert.equal(await says(''), picture.id)
      assert.equal(await says('<photo>0000</photo>'), picture.id)
      assert.equal(await says('<photo/>'), '')
      await uploads(juliet, image())
      await romeo.receivesNothing()
    }),
  )

  test(
    'a picture whose id is not its hash, or that is elsewhere, is no picture',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ juliet, romeo }) => {
      const picture = { ...image(), id: 'f'.repeat(40) }
      await uploads(juliet, picture)
      refused(await card(romeo, juliet.jid), 'service-unavailable')
      const elsewhere = `<metadata xmlns="${metadataNode}"><info id="${picture.id}" bytes="1" type="image/png" url="https://a.example/"/></metadata>`
      granted(await juliet.asks(publishing(metadataNode, picture.id, elsewhere)))
      refused(await card(romeo, juliet.jid), 'service-unavailable')
    }),
  )

  test(
    'XEP-0054: a photo that is a link stays in the card, whatever the picture',
    dialogue(async ({ juliet, paris }) => {
      const picture = image()
      await uploads(juliet, picture)
      const link = '<PHOTO><EXTVAL>https://verona.example/juliet.png</EXTVAL></PHOTO>'
      granted(await setsCard(juliet, link))
      assert.equal(
        String(granted(await card(paris, juliet.jid)).need('vCard')),
        `<vCard xmlns="vcard-temp">${link}</vCard>`,
      )
      assert.equal(
        granted(await paris.asks(reading(dataNode, juliet.jid)))
          .at('pubsub', 'items')
          .elements().length,
        1,
      )
    }),
  )
})
