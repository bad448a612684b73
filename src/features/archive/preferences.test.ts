import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mam, prefers, query, refused, says, sid } from '../../../tests/kit/archive-plays.ts'
import { dialogue } from '../../../tests/kit/cast.ts'

describe('XEP-0441: preferences', () => {
  test(
    'as set, obeyed from the next stanza, and still there after the next login',
    dialogue(async ({ romeo, juliet, nurse }) => {
      const shown = (await juliet.client.ask('get', `<prefs xmlns='${mam}'/>`)).need('prefs', mam)
      assert.equal(shown.attr('default'), 'always')
      await says(romeo, juliet, 'kept')
      // In one write: the message comes right behind the preferences.
      const prefs = `<prefs xmlns='${mam}' default='never'><always><jid>${nurse.jid}</jid></always></prefs>`
      juliet.client.send(
        `<iq type='set' id='p'>${prefs}</iq><message type='chat' to='${romeo.jid}'><body>not kept</body></message>`,
      )
      const answer = (await juliet.client.answerTo('p')).need('prefs', mam)
      assert.equal(answer.attr('default'), 'never')
      assert.equal(answer.need('always').need('jid').text(), nurse.jid)
      assert.deepEqual(answer.need('never').elements(), [])
      await says(nurse, juliet, 'from the nurse')
      const unkept = await romeo.eventually`<message><body>not kept</body></message>`
      assert.ok(unkept.child('stanza-id', sid))
      assert.deepEqual((await query(juliet)).bodies, ['kept', 'from the nurse'])
      assert.deepEqual((await query(romeo)).bodies, ['kept', 'not kept'])
      await juliet.disconnects()
      await juliet.connects()
      await says(romeo, juliet, 'not kept either')
      const last = await juliet.eventually`<message><body>not kept either</body></message>`
      assert.equal(last.child('stanza-id', sid), undefined)
      assert.deepEqual((await query(juliet)).bodies, ['kept', 'from the nurse'])
    }),
  )

  test(
    'roster: contacts only, but for those on the lists',
    dialogue({ friends: [['romeo', 'juliet']] }, async ({ romeo, juliet, nurse, paris, tybalt }) => {
      await prefers(juliet, 'roster', [paris.jid], [tybalt.jid])
      for (const actor of [romeo, nurse, paris, tybalt]) await says(actor, juliet, actor.role)
      assert.deepEqual((await query(juliet)).bodies, ['romeo', 'paris'])
      await prefers(juliet, 'always', [], [`${romeo.jid}`, nurse.fullJid])
      for (const actor of [romeo, nurse, tybalt]) await says(actor, juliet, `${actor.role} again`)
      assert.deepEqual((await query(juliet)).bodies, ['romeo', 'paris', 'tybalt again'])
    }),
  )

  test(
    'what is no preference is refused, and changes nothing',
    dialogue({ settings: { limits: { document_bytes: 20_000 } } }, async ({ romeo }) => {
      await refused(romeo, 'bad-request', `<prefs xmlns='${mam}' default='sometimes'/>`)
      await refused(romeo, 'bad-request', `<prefs xmlns='${mam}'/>`)
      await refused(
        romeo,
        'jid-malformed',
        `<prefs xmlns='${mam}' default='never'><never><jid>@@</jid></never></prefs>`,
      )
      const jids = Array.from({ length: 500 }, (_, i) => `<jid>somebody-with-a-long-name-indeed-${i}@example.org</jid>`)
      await refused(
        romeo,
        'policy-violation',
        `<prefs xmlns='${mam}' default='never'><never>${jids.join('')}</never></prefs>`,
      )
      const shown = (await romeo.client.ask('get', `<prefs xmlns='${mam}'/>`)).need('prefs', mam)
      assert.equal(shown.attr('default'), 'always')
    }),
  )
})
