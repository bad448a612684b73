import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../../tests/kit/actor.ts'
import { appearsWith } from '../../../tests/kit/capabilities.ts'
import { dialogue } from '../../../tests/kit/cast.ts'
import { type Options, publishing, pubsubEvent, reading, subscribing } from '../../../tests/kit/nodes.ts'
import { granted } from '../../../tests/kit/refusals.ts'

const old = 'eu.siacs.conversations.axolotl'
const ns = 'urn:xmpp:omemo:2'

const key = 'BQ'.repeat(700)
const bundle = (namespace: string) =>
  `<bundle xmlns="${namespace}"><spk id="0">${key}</spk><prekeys>${Array.from({ length: 25 }, (_, i) => `<pk id="${i}">${key.slice(0, 44)}</pk>`).join('')}</prekeys></bundle>`

/** How each of the two lays out its nodes (XEP-0384#devices, and 0.3.0 of it). */
const ways = {
  [old]: {
    list: `${old}.devicelist`,
    devices: (ids: number[]) => `<list xmlns="${old}">${ids.map(id => `<device id="${id}"/>`).join('')}</list>`,
    bundle: (id: number) => ({ node: `${old}.bundles:${id}`, item: 'current' }),
  },
  [ns]: {
    list: `${ns}:devices`,
    devices: (ids: number[]) => `<devices xmlns="${ns}">${ids.map(id => `<device id="${id}"/>`).join('')}</devices>`,
    bundle: (id: number) => ({ node: `${ns}:bundles`, item: String(id) }),
  },
}

describe('XEP-0384: strangers find each other’s devices and keys', () => {
  for (const [namespace, way] of Object.entries(ways)) {
    for (const options of [{ access_model: 'open', max_items: namespace === ns ? 'max' : '1' }, undefined]) {
      test(
        `${namespace}, ${options === undefined ? 'by clients that leave the access model to the server' : 'as it is to be done'}`,
        dialogue(async ({ juliet, julietsPhone, romeo, romeosPhone }) => {
          const announce = async (device: Actor, id: number, all: number[]) => {
            const { node, item } = way.bundle(id)
            granted(await device.asks(publishing(node, item, bundle(namespace), options as Options | undefined)))
            const list = options === undefined ? undefined : { access_model: 'open' }
            granted(await device.asks(publishing(way.list, 'current', way.devices(all), list)))
          }
          await appearsWith(julietsPhone, [`${way.list}+notify`])
          await julietsPhone.forgets()
          await announce(juliet, 11, [11])
          await julietsPhone.eventually`<message from="${juliet.jid}" type="headline">
            <event xmlns="${pubsubEvent}"><items node="${way.list}"><item id="current"/></items></event></message>`
          await announce(julietsPhone, 12, [11, 12])
          await announce(romeo, 21, [21])
          await announce(romeosPhone, 22, [21, 22])
          for (const [asker, asked, ids] of [
            [romeo, juliet, [11, 12]],
            [juliet, romeo, [21, 22]],
          ] as const) {
            const list = granted(await asker.asks(reading(way.list, asked.jid))).at('pubsub', 'items', 'item')
            assert.equal(String(list.elements()[0]), way.devices([...ids]))
            for (const id of ids) {
              const { node, item } = way.bundle(id)
              const found = granted(await asker.asks(reading(node, asked.jid)))
                .at('pubsub', 'items')
                .elements()
              const keys = found.find(each => each.attr('id') === item)
              assert.equal(String(keys?.elements()[0]), bundle(namespace))
            }
          }
          // Who writes to a stranger for longer asks to be told of their new devices.
          granted(await romeo.asks(subscribing(way.list, romeo.jid, juliet.jid)))
          await romeo.forgets()
          await announce(juliet, 13, [11, 12, 13])
          await romeo.receives`<message from="${juliet.jid}"><event xmlns="${pubsubEvent}"><items node="${way.list}"/></event></message>`
        }),
      )
    }
  }

  test(
    'an encrypted message between strangers arrives at every device, as it was',
    dialogue(async ({ juliet, julietsPhone, romeo }) => {
      const encrypted =
        `<encrypted xmlns="${ns}"><header sid="21"><keys jid="${juliet.jid}"><key rid="11">QQ==</key><key rid="12">Qg==</key>` +
        '</keys></header><payload>Qw==</payload></encrypted>'
      romeo.sends(`<message to="${juliet.jid}" type="chat">${encrypted}<store xmlns="urn:xmpp:hints"/></message>`)
      for (const device of [juliet, julietsPhone]) {
        const came =
          await device.receives`<message from="${romeo.fullJid}"><encrypted xmlns="${ns}">…</encrypted></message>`
        assert.equal(String(came.need('encrypted')), encrypted)
      }
    }),
  )
})
