import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { type Answer, field, form, page, query, rsm } from '../kit/archive-plays.ts'
import { dialogue } from '../kit/cast.ts'

const many = Number(process.env.SOTTO_TEST_HISTORY ?? 10_000)
const pageSize = 200

/** Follows the pages to the end, and gives back what was in them, in order. */
async function everything(actor: Actor, fields: readonly string[], backwards = false): Promise<Answer['results']> {
  const pages: Answer['results'][] = []
  let edge: string | undefined
  for (;;) {
    const where = backwards ? `<before>${edge ?? ''}</before>` : edge === undefined ? '' : `<after>${edge}</after>`
    const answer = await query(
      actor,
      (fields.length > 0 ? form(...fields) : '') + page(`<max>${pageSize}</max>${where}`),
    )
    pages.push(answer.results)
    if (answer.complete) return (backwards ? pages.reverse() : pages).flat()
    edge = answer.fin
      .need('set', rsm)
      .need(backwards ? 'first' : 'last')
      .text()
  }
}

const bodies = (results: Answer['results']) => results.map(({ body }) => body)
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i))

/** So much of what is expected is there, once and in order; what came meanwhile follows without a gap. */
function isWhole(found: readonly (string | undefined)[], expected: readonly string[], what: string): void {
  assert.deepEqual(found.slice(0, expected.length), expected, what)
  const late = found.slice(expected.length)
  const first = Number(late[0]?.slice(1) ?? 0)
  assert.deepEqual(
    late,
    late.map((_, i) => `+${first + i}`),
    `${what}: what came meanwhile`,
  )
}

test(
  `a new device reads ${many} messages forwards, backwards, by contact and by time, while new ones come`,
  { timeout: 600_000 },
  dialogue(
    { settings: { limits: { offline_messages: 100_000 } } },
    async ({ romeo, nurse, paris, juliet, julietsPhone }) => {
      const writers = [romeo, nurse, paris]
      await juliet.sm.enable()
      for (const actor of [...writers, julietsPhone]) await actor.forgets()
      for (let i = 0; i < many; i++) {
        const writer = writers[i % 3]!
        writer.client.send(`<message type='chat' to='${juliet.jid}' id='m${i}'><body>${i}</body></message>`)
        if (i % 300 === 299) for (const each of [...writers, juliet]) await each.forgets()
      }
      for (const actor of [...writers, juliet]) await actor.forgets()
      await juliet.disconnects()
      await julietsPhone.disconnects()
      // They came in three streams, so that the order is the archive's to say.
      await julietsPhone.connects({ presence: false })

      let late = 0
      let writing = true
      const more = (async () => {
        while (writing) {
          nurse.client.send(
            `<message type='chat' to='${juliet.jid}' id='late${late}'><body>+${late++}</body></message>`,
          )
          await nurse.forgets()
        }
      })()
      const forwards = await everything(julietsPhone, [])
      const order = bodies(forwards).slice(0, many) as string[]
      assert.deepEqual(
        order.toSorted((one, other) => Number(one) - Number(other)),
        numbers(many),
      )
      for (const k of [0, 1, 2]) {
        const own = order.filter(body => Number(body) % 3 === k).map(Number)
        assert.deepEqual(
          own,
          own.toSorted((one, other) => one - other),
          'each writer is heard in order',
        )
      }
      isWhole(bodies(forwards), order, 'forwards')
      isWhole(bodies(await everything(julietsPhone, [], true)), order, 'backwards')
      const hers = order.filter(body => Number(body) % 3 === 1)
      isWhole(bodies(await everything(julietsPhone, [field('with', nurse.jid)])), hers, 'by contact')
      isWhole(bodies(await everything(julietsPhone, [field('with', nurse.jid)], true)), hers, 'by contact, backwards')
      const [from, to] = [forwards[Math.floor(many * 0.3)]!, forwards[Math.floor(many * 0.6)]!]
      const between = forwards.filter(({ stamp }) => stamp >= from.stamp && stamp <= to.stamp)
      const fields = [field('start', from.stamp), field('end', to.stamp)]
      assert.deepEqual(bodies(await everything(julietsPhone, fields)), bodies(between))
      assert.deepEqual(bodies(await everything(julietsPhone, fields, true)), bodies(between))
      writing = false
      await more
      assert.equal(new Set(forwards.map(({ id }) => id)).size, forwards.length)
      assert.ok(late > 5, 'hardly anything came meanwhile')
    },
  ),
)
