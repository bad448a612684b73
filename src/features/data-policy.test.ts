import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'
import { commands } from '../cli/commands.ts'
import { run } from '../cli/run.ts'

/** What `sotto policy` prints where the settings are these. */
async function policy(env: Readonly<Record<string, string>>, ...options: readonly string[]): Promise<string> {
  const out: string[] = []
  const code = await run(['policy', ...options], commands, {
    env,
    directory: import.meta.dirname,
    interactive: false,
    out: text => out.push(text),
    err: () => undefined,
    ask: async () => undefined,
    input: async () => '',
  })
  assert.equal(code, 0)
  return out.join('\n')
}

for (const days of [7, 90]) {
  test(
    `XEP-0504: what apps are told is what the printed policy says, for ${days} days`,
    dialogue({ settings: { retention: { days } } }, async ({ romeo }) => {
      const answer =
        await romeo.asks`<iq type="get" to="localhost"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`
      const forms = answer
        .at('query')
        .elements()
        .filter(({ name }) => name === 'x')
      const form = forms.find(x => x.elements()[0]!.at('value').text() === 'urn:xmpp:data-policy:0')!
      const values = (name: string) =>
        form
          .elements()
          .filter(field => field.attr('var') === name)
          .flatMap(field => field.elements().map(value => value.text()))
      assert.deepEqual(values('data_retention'), [String(days * 24)])

      const env = { SOTTO_RETENTION_DAYS: String(days) }
      const printed = (await policy(env)).replace(/\s+/g, ' ')
      for (const line of values('extra_info')) assert.ok(printed.includes(line), line)
      assert.match(printed, new RegExp(`erased after ${days} days at the latest`))
      assert.match(await policy(env, '--lang', 'de', '--html'), new RegExp(`^<article lang="de">[^]*${days} Tagen`))
      const file = JSON.parse(await policy(env, '--provider-file')) as Record<string, number>
      for (const [name, value] of Object.entries(file)) if (name.endsWith('Time')) assert.equal(value, days, name)
    }),
  )
}
