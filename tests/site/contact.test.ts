import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client } from '../kit/client.ts'
import { answerTo } from './answers.ts'
import { asks, fillsIn, findings, furnished, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const limit = { timeout: 120_000 }
const tokenIn = (body: string) => /name="token" value="([^"]+)"/.exec(body)![1]!
const questionIn = (body: string) => />One question: ([^<]+)</.exec(body)![1]!

describe('the contact form', async () => {
  const house = await openHouse({ ...furnished, limits: { enabled: true } })
  const { server } = house
  await server.createAccount('nurse', 'calliope')

  const form = async () => {
    const { body } = await asks(house, '/en/contact')
    house.passes(5000)
    return { token: tokenIn(body), answer: answerTo(questionIn(body)) }
  }
  /** The nurse, who looks after the domain. */
  const nurse = async () => {
    const client = await Client.connect(server)
    await client.signIn({ username: 'nurse', password: 'calliope' })
    await client.bind('globe')
    client.send('<presence/>')
    return client
  }
  const bodyOf = async (client: Client) => {
    const message = await client.take(({ name }) => name === 'message', 'what was written')
    assert.equal(message.attr('from'), server.domain)
    return message.need('body').text()
  }

  test('is there only if somebody would get what is written', async () => {
    assert.doesNotMatch((await asks(house, '/contact')).body, /<form/)
    const sent = await fillsIn(house, '/contact', { text: 'wherefore', token: 'x' })
    assert.doesNotMatch(sent.body, /<form|Sent/)
    await server.makeAdmin!('nurse')
    assert.match((await asks(house, '/contact')).body, /<form/)
  })

  for (const [way, how] of Object.entries(ways)) {
    test(`${way}: from the page to the app of who looks after the domain`, limit, async t => {
      const seen = await visitor(t, house, how)
      const client = await nurse()
      await seen.page.goto(`${house.origin}/contact`)
      await isSound(seen)
      assert.deepEqual(await findings(seen), [])
      await picture(seen, `contact-form-${way.replaceAll(' ', '-')}`)
      await seen.page.fill('#text', 'Soft!\n<b>what</b> light &amp; \u202eso\u0007 on')
      await seen.page.fill('#reply', `romeo-${way.length}@elsewhere.example`)
      await seen.page.fill('#answer', answerTo(await seen.page.innerText('label[for=answer]')))
      house.passes(5000)
      if (way === 'phone by day') {
        house.passes(3 * 3_600_000)
        await seen.page.click('button')
        assert.match(await seen.page.innerText('[role=alert]'), /open for too long/)
        await isSound(seen)
        assert.deepEqual(await findings(seen), [])
        assert.match(await seen.page.inputValue('#text'), /^Soft!\n<b>what/)
        await seen.page.fill('#answer', answerTo(await seen.page.innerText('label[for=answer]')))
        house.passes(5000)
      }
      await seen.page.click('button')
      assert.equal(await seen.page.innerText('h1'), 'Sent')
      assert.deepEqual(await findings(seen), [])
      const text = await bodyOf(client)
      assert.match(
        text,
        /^From the contact form of localhost:\n\nSoft!\n<b>what<\/b> light &amp; so on\n\nAnswer to: romeo-\d+@elsewhere\.example$/,
      )
      client.drop()
    })
  }

  test('takes no nonsense, and only so much from one network', async () => {
    for (const [fields, status, tells] of [
      [{ text: ' \n\u0000 ' }, 422, /There is no message yet/],
      [{ text: 'x'.repeat(4001) }, 422, /That is too long/],
      [{ text: 'x', reply: 'y'.repeat(201) }, 422, /That is too long/],
      [{ text: 'x', answer: '77' }, 422, /not the answer/],
      [{ text: 'x', token: 'y' }, 422, /open for too long/],
    ] as const) {
      const answer = await fillsIn(house, '/en/contact', { ...(await form()), ...fields })
      assert.equal(answer.status, status)
      assert.match(answer.body, tells)
    }
    const statuses: number[] = []
    for (let i = 0; i < 2; i++)
      statuses.push((await fillsIn(house, '/en/contact', { ...(await form()), text: 'x' })).status)
    // Four have been sent above.
    assert.deepEqual(statuses, [200, 429])
  })
})
