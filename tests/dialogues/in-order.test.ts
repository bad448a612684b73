import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../kit/cast.ts'
import { enters, makes } from '../kit/rooms.ts'

test(
  'RFC 6120 §10.1: what follows a message does not overtake it on its way to the disk',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    for (let i = 0; i < 20; i++) {
      // In one piece, as a client sends it that says something, asks something and goes.
      await romeo.sends`<message to="${juliet.fullJid}" type="chat" id="m${i}"><body>Good night</body></message><iq type="get" id="q${i}" to="${juliet.fullJid}"><ping xmlns="urn:xmpp:ping"/></iq><presence to="${juliet.fullJid}" id="p${i}"/>`
    }
    await juliet.client.take(tree => tree.attr('id') === 'p19', 'the last presence')
    const came = juliet.client.wire.inbox.flatMap(tree =>
      /^[mqp]\d+$/.test(tree.attr('id') ?? '') ? [tree.attr('id')!] : [],
    )
    const sent = Array.from({ length: 20 }, (_, i) => [`m${i}`, `q${i}`, `p${i}`]).flat()
    assert.deepEqual([...came, 'p19'], sent)
  }),
)

test(
  'RFC 6120 §10.1: nobody is gone before their last words have arrived, in rooms neither',
  dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet }) => {
    for (let i = 0; i < 5; i++) {
      const room = await makes(juliet, 'Juliet')
      await enters(romeo, room, 'Romeo')
      await juliet.forgets()
      const { fullJid } = romeo
      const words = (to: string, type: string) =>
        `<message to='${to}' type='${type}' id='${type}${i}'><body>Thus with a kiss I die</body></message>`
      romeo.client.sendRaw(`${words(juliet.fullJid, 'chat')}${words(room, 'groupchat')}</stream:stream>`)
      await romeo.client.wire.over()
      const { inbox } = juliet.client.wire
      const wordsAt = (type: string) => inbox.findIndex(tree => tree.attr('id') === `${type}${i}`)
      const goneAt = (from: string) =>
        inbox.findIndex(tree => tree.attr('type') === 'unavailable' && tree.attr('from') === from)
      const pairs = () => [
        [wordsAt('chat'), goneAt(fullJid)],
        [wordsAt('groupchat'), goneAt(`${room}/Romeo`)],
      ]
      await juliet.client.wire.until(
        () =>
          pairs()
            .flat()
            .every(at => at >= 0) || undefined,
        'his words and his end',
      )
      for (const [words, gone] of pairs()) assert.ok(words! < gone!, 'he was gone before he had spoken')
      await romeo.connects()
      await juliet.forgets()
    }
  }),
)
