import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  field,
  form,
  forward,
  mam,
  page,
  query,
  range,
  refused,
  rsm,
  says,
  sid,
} from '../../../tests/kit/archive-plays.ts'
import { dialogue } from '../../../tests/kit/cast.ts'

describe('XEP-0313#archives: what is kept', () => {
  test(
    'both sides have it under one id: in the archive, in the message and in the carbon',
    dialogue(async ({ romeo, romeosPhone, juliet }) => {
      await romeosPhone.client.ask('set', "<enable xmlns='urn:xmpp:carbons:2'/>")
      romeo.sends`<message type="chat" to="${juliet.jid}" id="1"><body>Soft!</body></message>`
      const message = await juliet.receives`<message id="1"><body>Soft!</body></message>`
      const carbon = await romeosPhone.receives`<message><sent xmlns="urn:xmpp:carbons:2"/></message>`
      const copy = carbon.need('sent', 'urn:xmpp:carbons:2').need('forwarded', forward).need('message', 'jabber:client')
      const [hers, his] = [await query(juliet), await query(romeo)]
      for (const { results } of [hers, his]) {
        assert.equal(results.length, 1)
        assert.equal(results[0]!.message.attr('from'), romeo.fullJid)
        assert.equal(results[0]!.message.attr('to'), juliet.jid)
      }
      const id = hers.ids[0]
      assert.deepEqual([his.ids[0], message.need('stanza-id', sid).attr('id')], [id, id])
      assert.deepEqual(
        [message.need('stanza-id', sid).attr('by'), copy.need('stanza-id', sid).attr('by')],
        [juliet.jid, romeo.jid],
      )
      assert.equal(copy.need('stanza-id', sid).attr('id'), id)
      // XEP-0313#archives_id: nobody is told of an archive that is not theirs.
      assert.equal(message.elements().filter(child => child.is('stanza-id', sid)).length, 1)
    }),
  )

  test(
    'neither typing nor what asks not to be kept nor what was refused',
    dialogue(async ({ romeo, juliet, server }) => {
      const to = juliet.jid
      romeo.sends(
        `<message type='chat' to='${to}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      )
      romeo.sends(`<message type='chat' to='${to}'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>`)
      romeo.sends(
        `<message type='chat' to='${to}'><body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>`,
      )
      romeo.sends(`<message type='headline' to='${to}'><body>x</body></message>`)
      romeo.sends(`<message type='chat' to='nobody@${server.domain}'><body>x</body></message>`)
      await juliet.client.ask('set', `<block xmlns='urn:xmpp:blocking'><item jid='${romeo.jid}'/></block>`)
      romeo.sends(`<message type='chat' to='${to}'><body>blocked</body></message>`)
      await romeo.settles()
      for (const actor of [romeo, juliet]) {
        const { bodies, complete, fin } = await query(actor)
        assert.deepEqual([bodies, complete], [[], true])
        assert.equal(fin.need('set', rsm).child('first'), undefined)
      }
    }),
  )

  test(
    'a message to oneself is there once',
    dialogue(async ({ romeo, juliet }) => {
      await says(romeo, romeo, 'note')
      await says(romeo, juliet, 'letter')
      assert.deepEqual((await query(romeo)).bodies, ['note', 'letter'])
      assert.deepEqual((await query(romeo, form(field('with', romeo.jid)))).bodies, ['note'])
    }),
  )
})

describe('XEP-0313#query', () => {
  test(
    'results in order, then the end; with the id of the query',
    dialogue(async ({ romeo, juliet }) => {
      await says(romeo, juliet, ...range(1, 5))
      const { results, bodies, complete, fin, ids } = await query(juliet, '', "queryid='f27'")
      assert.deepEqual(bodies, range(1, 5))
      assert.ok(results.every(({ queryId }) => queryId === 'f27'))
      assert.ok(complete)
      const set = fin.need('set', rsm)
      assert.deepEqual(
        [set.need('first').text(), set.need('first').attr('index'), set.need('last').text(), set.need('count').text()],
        [ids[0], '0', ids[4], '5'],
      )
      assert.equal((await query(juliet)).results[0]!.queryId, undefined)
    }),
  )

  test(
    '#filter-jid, #filter-time and #query-limit-id, alone and together',
    dialogue(async ({ romeo, juliet, nurse }) => {
      for (const n of range(1, 6)) await says(Number(n) % 2 === 0 ? nurse : romeo, juliet, n)
      await says(juliet, nurse, '7')
      const { ids, results } = await query(juliet)
      const bodies = async (...fields: readonly string[]) => (await query(juliet, form(...fields))).bodies
      assert.deepEqual(await bodies(field('with', nurse.jid)), ['2', '4', '6', '7'])
      assert.deepEqual(await bodies(field('with', nurse.fullJid)), ['2', '4', '6'])
      assert.deepEqual(await bodies(field('with', `${nurse.jid}/elsewhere`)), [])
      assert.deepEqual(await bodies(field('start', results[2]!.stamp), field('end', results[4]!.stamp)), [
        '3',
        '4',
        '5',
      ])
      assert.deepEqual(await bodies(field('end', '2010-07-07T13:23:54Z')), [])
      assert.deepEqual(await bodies(field('start', '2010-07-07T15:23:54+02:00')), range(1, 7))
      assert.deepEqual(await bodies(field('after-id', ids[1]!), field('before-id', ids[5]!)), ['3', '4', '5'])
      assert.deepEqual(await bodies(field('ids', ids[6]!, ids[0]!)), ['1', '7'])
      assert.deepEqual(await bodies(field('with', nurse.jid), field('after-id', ids[1]!)), ['4', '6', '7'])
      assert.deepEqual(await bodies(field('include-groupchat', 'true')), range(1, 7))
    }),
  )

  test(
    '#query-paging: forwards, backwards, the last page, flipped',
    dialogue(async ({ romeo, juliet }) => {
      await says(romeo, juliet, ...range(1, 10))
      const first = await query(juliet, page('<max>4</max>'))
      assert.deepEqual([first.bodies, first.complete], [range(1, 4), false])
      assert.equal(first.fin.need('set', rsm).child('count'), undefined)
      const second = await query(juliet, page(`<max>4</max><after>${first.ids[3]}</after>`))
      assert.deepEqual([second.bodies, second.complete], [range(5, 8), false])
      const third = await query(juliet, page(`<max>4</max><after>${second.ids[3]}</after>`))
      assert.deepEqual([third.bodies, third.complete], [['9', '10'], true])
      const last = await query(juliet, page('<max>4</max><before/>'))
      assert.deepEqual([last.bodies, last.complete], [range(7, 10), false])
      const before = await query(juliet, page(`<max>6</max><before>${last.ids[0]}</before>`))
      assert.deepEqual([before.bodies, before.complete], [range(1, 6), true])
      const flipped = await query(juliet, `${page('<max>3</max><before/>')}<flip-page/>`)
      assert.deepEqual(flipped.bodies, ['10', '9', '8'])
      assert.equal(flipped.fin.need('set', rsm).need('first').text(), last.ids[1])
      const none = await query(juliet, page('<max>0</max>'))
      assert.deepEqual([none.bodies, none.complete], [[], false])
      const exact = await query(juliet, page('<max>10</max>'))
      assert.deepEqual([exact.bodies, exact.complete], [range(1, 10), true])
    }),
  )

  test(
    '#query-form: the fields that can be asked for',
    dialogue(async ({ romeo }) => {
      const answer = await romeo.client.ask('get', `<query xmlns='${mam}'/>`)
      const x = answer.need('query', mam).need('x', 'jabber:x:data')
      assert.deepEqual(
        x.elements().map(each => each.attr('var')),
        ['FORM_TYPE', 'with', 'start', 'end', 'before-id', 'after-id', 'ids', 'include-groupchat'],
      )
      const ids = x.elements().find(each => each.attr('var') === 'ids')
      assert.ok(ids?.child('validate', 'http://jabber.org/protocol/xdata-validate'))
    }),
  )

  test(
    '#archive-metadata: nothing, then the first and the last',
    dialogue(async ({ romeo, juliet }) => {
      const ask = async () => (await juliet.client.ask('get', `<metadata xmlns='${mam}'/>`)).need('metadata', mam)
      assert.deepEqual((await ask()).elements(), [])
      await says(romeo, juliet, ...range(1, 3))
      const { ids, results } = await query(juliet)
      const metadata = await ask()
      assert.deepEqual(
        ['start', 'end'].map(edge => [metadata.need(edge).attr('id'), metadata.need(edge).attr('timestamp')]),
        [
          [ids[0], results[0]!.stamp],
          [ids[2], results[2]!.stamp],
        ],
      )
    }),
  )

  test(
    'XEP-0386#bind-request: whoever binds in SASL2 is told of the archive at once',
    dialogue(async ({ romeo, juliet, julietsPhone }) => {
      const bind = { inline: "<bind xmlns='urn:xmpp:bind:0'/>", username: juliet.username, password: juliet.password }
      const bound = async () => {
        const client = await julietsPhone.reaches()
        return (await client.signIn2(bind)).need('bound', 'urn:xmpp:bind:0').need('metadata', mam)
      }
      assert.deepEqual((await bound()).elements(), [])
      await says(romeo, juliet, ...range(1, 3))
      const { ids } = await query(juliet)
      const metadata = await bound()
      assert.deepEqual([metadata.need('start').attr('id'), metadata.need('end').attr('id')], [ids[0], ids[2]])
    }),
  )

  test(
    'what cannot be understood or is not there',
    dialogue(async ({ romeo, juliet }) => {
      await says(romeo, romeo, 'his')
      await says(juliet, juliet, 'hers')
      const theirs = (await query(juliet)).ids[0]!
      const asked = (inside: string, attributes = '') => `<query xmlns='${mam}' ${attributes}>${inside}</query>`
      for (const id of [theirs, 'forged', '', 'AAAAAAAAAAAAAAAAAAAAAA', `${theirs}=`]) {
        if (id !== '') {
          await refused(romeo, 'item-not-found', asked(page(`<after>${id}</after>`)))
          await refused(romeo, 'item-not-found', asked(page(`<before>${id}</before>`)))
          for (const name of ['after-id', 'before-id', 'ids'])
            await refused(romeo, 'item-not-found', asked(form(field(name, id))))
        }
      }
      for (const max of ['-1', '1.5', 'many', '99999999999', '', '0x10']) {
        await refused(romeo, 'bad-request', asked(page(`<max>${max}</max>`)))
      }
      const [own] = (await query(romeo)).ids
      await refused(romeo, 'bad-request', asked(page(`<after>${own}</after><before>${own}</before>`)))
      await refused(romeo, 'feature-not-implemented', asked(page('<index>3</index>')))
      await refused(romeo, 'feature-not-implemented', asked(form(field('{urn:example}text', 'x'))))
      await refused(romeo, 'feature-not-implemented', asked('', "node='urn:example:node'"))
      await refused(romeo, 'jid-malformed', asked(form(field('with', '@@'))))
      for (const start of ['yesterday', '2010-13-07T00:00:00Z', '2010-07-07', '1278460800'])
        await refused(romeo, 'bad-request', asked(form(field('start', start))))
      await refused(romeo, 'bad-request', asked("<x xmlns='jabber:x:data' type='submit'/>"))
      await refused(romeo, 'bad-request', asked("<x xmlns='jabber:x:data' type='cancel'/>"))
      assert.equal((await query(romeo, page('<max>4294967295</max>'))).results.length, 1)
    }),
  )

  test(
    '#security-privacy: nobody reads somebody else’s archive, or learns whether there is one',
    dialogue(async ({ romeo, juliet, server }) => {
      await says(romeo, juliet, 'hers')
      for (const to of [juliet.jid, `nobody@${server.domain}`]) {
        for (const payload of [`<query xmlns='${mam}'/>`, `<prefs xmlns='${mam}' default='never'/>`])
          await refused(romeo, 'forbidden', payload, to)
        const answer = await romeo.client.ask('get', `<metadata xmlns='${mam}'/>`, to)
        assert.ok(answer.need('error').child('forbidden', 'urn:ietf:params:xml:ns:xmpp-stanzas'))
      }
    }),
  )

  test(
    '#support: told by the account and not by the server',
    dialogue(async ({ romeo, server }) => {
      const features = async (to: string) =>
        (await romeo.client.ask('get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", to))
          .need('query', 'http://jabber.org/protocol/disco#info')
          .elements()
          .flatMap(each => each.attr('var') ?? [])
      const own = await features(romeo.jid)
      for (const name of [mam, `${mam}#extended`, 'urn:xmpp:message-retract:1#tombstone']) assert.ok(own.includes(name))
      assert.equal((await features(server.domain)).includes(mam), false)
    }),
  )
})

describe('XEP-0160 and XEP-0313: one copy', () => {
  test(
    'what a device was given from the archive does not come again as an offline message',
    dialogue({ offline: ['juliet'] }, async ({ romeo, juliet }) => {
      await says(romeo, juliet, ...range(1, 5))
      await juliet.connects({ presence: false })
      const { ids, bodies } = await query(juliet, page('<max>3</max>'))
      assert.deepEqual(bodies, range(1, 3))
      await juliet.client.ping()
      juliet.client.send('<presence/>')
      const late = [
        await juliet.eventually`<message><body>4</body><delay xmlns="urn:xmpp:delay"/></message>`,
        await juliet.eventually`<message><body>5</body><delay xmlns="urn:xmpp:delay"/></message>`,
      ]
      await juliet.client.take(tree => tree.name === 'presence', 'own presence')
      await juliet.receivesNothing()
      const all = await query(juliet)
      assert.deepEqual(all.ids.slice(0, 3), ids)
      assert.deepEqual(
        late.map(message => message.need('stanza-id', sid).attr('id')),
        all.ids.slice(3),
      )
    }),
  )
})
