import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { form } from '../../protocol/data-forms.ts'
import { parseJid } from '../../protocol/jid.ts'
import { asProblem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { Command } from '../../routing/command.ts'
import type { Feature, Question } from '../../routing/feature.ts'
import { adHoc } from './ad-hoc.ts'

const ns = 'http://jabber.org/protocol/commands'
const jid = (text: string) => parseJid(text)!

const asking = (name: string): Element => form({ type: 'form', means: 'urn:test', fields: [{ name }] })

/** Asks for a name, then for a colour; refuses green. */
const dyeing: Command = {
  node: 'dye',
  name: 'Dye something',
  allows: ({ from }) => from !== undefined && !from.startsWith('tybalt'),
  begin: () => ({
    form: asking('name'),
    last: false,
    submit: named => ({
      form: asking('colour'),
      last: true,
      notes: [{ type: 'info', text: 'Not green.' }],
      submit(coloured) {
        if (coloured.value('colour') === 'green') throw new Error('green')
        const text = `${named.value('name')} is ${coloured.value('colour')}`
        return { done: true, notes: [{ type: 'info', text }] }
      },
    }),
  }),
}

function rig() {
  let now = 0
  let ids = 0
  const feature = adHoc({
    features: (): readonly Feature[] => [{ name: 'dyeing', implements: [], commands: [dyeing] }],
    randomId: () => String(++ids),
    now: () => now,
  })
  const ask = async (attributes: Record<string, string>, fields: Record<string, string> | undefined, from: string) => {
    const filled = Object.entries(fields ?? {}).map(([name, value]) =>
      xml('field', { var: name }, xml('value', null, value)),
    )
    const x = fields === undefined ? undefined : xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, filled)
    const payload = xml('command', { xmlns: ns, ...attributes }, x)
    const question = { iq: payload, payload, from: jid(from), domain: 'capulet.lit' } as unknown as Question
    return (await feature.answers![0]!.reply(question)) as Element
  }
  return {
    feature,
    ask: (attributes: Record<string, string>, fields?: Record<string, string>, from = 'juliet@capulet.lit/balcony') =>
      ask(attributes, fields, from),
    later: (ms: number) => {
      now += ms
    },
  }
}

const refusedWith = (condition: string, extra?: string) => (thrown: unknown) => {
  const { condition: is, extra: more } = asProblem(thrown)
  assert.deepEqual([is, more?.name], [condition, extra])
  return true
}

describe('XEP-0050', () => {
  test('#execute-multiple: forward, back, and to the end', async () => {
    const { ask } = rig()
    const first = await ask({ node: 'dye' })
    assert.deepEqual([first.attr('status'), first.attr('node')], ['executing', 'dye'])
    assert.equal(first.child('actions')?.attr('execute'), 'next')
    assert.deepEqual(
      first
        .child('actions')
        ?.elements()
        .map(({ name }) => name),
      ['next'],
    )
    const sessionid = first.attr('sessionid')!
    const second = await ask({ node: 'dye', sessionid, action: 'next' }, { name: 'wool' })
    assert.equal(second.attr('sessionid'), sessionid)
    assert.deepEqual(
      second
        .child('actions')
        ?.elements()
        .map(({ name }) => name),
      ['prev', 'complete'],
    )
    assert.equal(second.childText('note'), 'Not green.')
    const back = await ask({ node: 'dye', sessionid, action: 'prev' })
    assert.deepEqual(
      back
        .child('actions')
        ?.elements()
        .map(({ name }) => name),
      ['next'],
    )
    await ask({ node: 'dye', sessionid }, { name: 'silk' })
    const end = await ask({ node: 'dye', sessionid, action: 'complete' }, { colour: 'red' })
    assert.equal(end.attr('status'), 'completed')
    assert.equal(end.childText('note'), 'silk is red')
    await assert.rejects(
      ask({ node: 'dye', sessionid }, { colour: 'red' }),
      refusedWith('not-allowed', 'session-expired'),
    )
  })

  test('#cancel', async () => {
    const { ask } = rig()
    const sessionid = (await ask({ node: 'dye' })).attr('sessionid')!
    const gone = await ask({ node: 'dye', sessionid, action: 'cancel' })
    assert.equal(gone.attr('status'), 'canceled')
    await assert.rejects(ask({ node: 'dye', sessionid }), refusedWith('not-allowed', 'session-expired'))
  })

  test('a form that was refused can be sent again', async () => {
    const { ask } = rig()
    const sessionid = (await ask({ node: 'dye' })).attr('sessionid')!
    await ask({ node: 'dye', sessionid }, { name: 'wool' })
    await assert.rejects(ask({ node: 'dye', sessionid }, { colour: 'green' }))
    assert.equal((await ask({ node: 'dye', sessionid }, { colour: 'blue' })).attr('status'), 'completed')
  })

  test('#desc-errors', async () => {
    const { ask } = rig()
    await assert.rejects(ask({ node: 'paint' }), refusedWith('item-not-found'))
    await assert.rejects(ask({ node: 'dye' }, undefined, 'tybalt@capulet.lit/street'), refusedWith('forbidden'))
    await assert.rejects(ask({ node: 'dye', action: 'dance' }), refusedWith('bad-request', 'malformed-action'))
    await assert.rejects(ask({ node: 'dye', action: 'next' }), refusedWith('bad-request', 'bad-action'))
    const sessionid = (await ask({ node: 'dye' })).attr('sessionid')!
    await assert.rejects(ask({ node: 'dye', sessionid, action: 'prev' }), refusedWith('bad-request', 'bad-action'))
    await assert.rejects(ask({ node: 'dye', sessionid, action: 'complete' }), refusedWith('bad-request', 'bad-action'))
    await assert.rejects(ask({ node: 'dye', sessionid: 'other' }), refusedWith('not-allowed', 'session-expired'))
    await assert.rejects(
      ask({ node: 'dye', sessionid }, { name: 'x' }, 'juliet@capulet.lit/garden'),
      refusedWith('not-allowed', 'session-expired'),
    )
  })

  test('#impl-i18n: a refusal names the command and the execution that it is about, and nothing that was filled in', async () => {
    const { ask } = rig()
    const sessionid = (await ask({ node: 'dye' })).attr('sessionid')!
    await assert.rejects(ask({ node: 'dye', sessionid, action: 'prev' }, { name: 'secret' }), thrown => {
      const { shown } = asProblem(thrown)
      assert.deepEqual([shown?.name, shown?.attr('node'), shown?.attr('sessionid')], ['command', 'dye', sessionid])
      assert.deepEqual(shown?.children, [])
      return true
    })
  })

  test('#impl-session: few at a time, the oldest gives way, and not for ever', async () => {
    const { ask, later } = rig()
    const open: string[] = []
    for (let i = 0; i < 6; i++) open.push((await ask({ node: 'dye' })).attr('sessionid')!)
    await assert.rejects(ask({ node: 'dye', sessionid: open[0]! }), refusedWith('not-allowed', 'session-expired'))
    // Going on takes the place that it has already.
    assert.equal((await ask({ node: 'dye', sessionid: open[1]! }, { name: 'wool' })).attr('status'), 'executing')
    for (const sessionid of open.slice(1)) await ask({ node: 'dye', sessionid, action: 'cancel' })
    assert.ok(await ask({ node: 'dye' }, undefined, 'romeo@montague.lit/orchard'))
    later(16 * 60 * 1000)
    const sessionid = (await ask({ node: 'dye' })).attr('sessionid')!
    later(16 * 60 * 1000)
    await assert.rejects(ask({ node: 'dye', sessionid }), refusedWith('not-allowed', 'session-expired'))
  })

  test('#impl-session: of all together there is an end, and it takes nothing from others', async () => {
    const { ask } = rig()
    const first = (await ask({ node: 'dye' })).attr('sessionid')!
    for (let i = 1; i < 5_000; i++) await ask({ node: 'dye' }, undefined, `stranger-${i}@montague.lit/x`)
    await assert.rejects(ask({ node: 'dye' }, undefined, 'late@montague.lit/x'), refusedWith('resource-constraint'))
    assert.equal((await ask({ node: 'dye', sessionid: first }, { name: 'wool' })).attr('status'), 'executing')
  })

  test('#retrieve: everybody sees what they may do, and nothing else', () => {
    const { feature } = rig()
    const told = (node: string, from: string) =>
      feature.serverNode!(node, { from: jid(from), domain: 'capulet.lit' } as unknown as Question)
    const juliet = told(ns, 'juliet@capulet.lit/balcony')
    assert.deepEqual(juliet?.items, [{ jid: 'capulet.lit', node: 'dye', name: 'Dye something' }])
    assert.deepEqual(told(ns, 'tybalt@capulet.lit/street')?.items, [])
    const about = told('dye', 'juliet@capulet.lit/balcony')?.info[0]
    assert.deepEqual(
      [about?.attr('category'), about?.attr('type'), about?.attr('name')],
      ['automation', 'command-node', 'Dye something'],
    )
    assert.equal(told('dye', 'tybalt@capulet.lit/street'), undefined)
    assert.equal(told('other', 'juliet@capulet.lit/balcony'), undefined)
  })
})

test('two commands of one name are a mistake', async () => {
  const twice: Feature = { name: 'twice', implements: [], commands: [dyeing, dyeing] }
  const feature = adHoc({ features: () => [twice], randomId: () => '1', now: () => 0 })
  assert.throws(() => feature.serverNode!(ns, {} as Question), /same node/)
})
