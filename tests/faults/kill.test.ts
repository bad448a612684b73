/**
 * The process is killed (SIGKILL) again and again while people write to one another under stream management. What the
 * server acknowledged must arrive, and only once unless there is a good reason.
 */

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { Client } from '../kit/client.ts'
import { register, type ServerProcess, startProcess } from '../kit/server.ts'
import { type Arrival, Correspondent, type Letter } from './correspondent.ts'

const kills = Number(process.env.SOTTO_TEST_KILLS ?? 50)
const pairs = 4
const longestLifeMs = 300

test(`nothing acknowledged is lost in ${kills} kills`, { timeout: 600_000 }, async t => {
  const server = await startProcess({ registration: { open: true } })
  try {
    const people = await correspondents(server)
    for (let i = 0; i < kills; i++) {
      if (i > 0) await server.start()
      await lifetime(server, people)
    }
    await server.start()
    await finish(server, people)
    for (const [i, person] of people.entries()) await remembers(server, person, people[i ^ 1]!)
    const figures = account(people)
    t.diagnostic(JSON.stringify({ kills, ...figures }))
    assert.ok(figures.acknowledged > kills, 'hardly anything was acknowledged, so nothing was tested')
    assert.equal(figures.lost, 0, 'letters that were acknowledged never arrived')
    assert.equal(figures.unexplained, 0, 'letters came twice although nobody re-sent them and the server knew better')
  } finally {
    await server.stop()
  }
})

async function correspondents(server: ServerProcess): Promise<Correspondent[]> {
  const people: Correspondent[] = []
  for (let i = 0; i < pairs * 2; i++) {
    const person = new Correspondent(`writer${i}`, `password of ${i}`, () => `writer${i ^ 1}@${server.domain}`)
    await register(server, person.username, person.password)
    people.push(person)
  }
  return people
}

/**
 * Everybody connects and writes, until the process is killed at a random moment: mostly while everybody is writing,
 * sometimes while some are still signing in.
 */
async function lifetime(server: ServerProcess, people: readonly Correspondent[]): Promise<void> {
  const connections = Promise.all(people.map(each => each.corresponds(server)))
  let life: NodeJS.Timeout | undefined
  const die = () => {
    life ??= setTimeout(() => server.signal('SIGKILL'), randomInt(longestLifeMs))
  }
  if (randomInt(5) === 0) die()
  const begun = Promise.all(people.map(each => each.begun())).then(die)
  try {
    await Promise.all([connections, begun, server.exited()])
  } finally {
    clearTimeout(life)
  }
}

async function finish(server: ServerProcess, people: readonly Correspondent[]): Promise<void> {
  for (const person of people) person.writing = false
  const connections = Promise.all(people.map(each => each.corresponds(server)))
  const early = connections.then(() => assert.fail('everybody was cut off before everything was acknowledged'))
  await Promise.race([Promise.all(people.map(each => each.finished())), early])
  for (const person of people) person.leaves()
  await connections
}

/** Both archives have every letter that was acknowledged, in order and no more often than it was sent (XEP-0313). */
async function remembers(server: ServerProcess, person: Correspondent, friend: Correspondent): Promise<void> {
  const client = await Client.connect(server)
  await client.signIn(person)
  await client.bind('reader')
  const found: string[] = []
  const ids = new Set<string>()
  for (let after = ''; ; ) {
    const set = `<set xmlns='http://jabber.org/protocol/rsm'><max>250</max>${after}</set>`
    const answer = await client.ask('set', `<query xmlns='${mam}'>${set}</query>`)
    for (const each of client.wire.inbox.splice(0)) {
      const result = each.child('result', mam)
      const message = result?.child('forwarded', 'urn:xmpp:forward:0')?.child('message', 'jabber:client')
      if (result !== undefined) ids.add(result.attr('id') ?? '')
      if (message !== undefined) found.push(message.attr('id') ?? '')
    }
    const fin = answer.need('fin', mam)
    if (fin.attr('complete') === 'true') break
    after = `<after>${fin.need('set', 'http://jabber.org/protocol/rsm').need('last').text()}</after>`
  }
  client.drop()
  assert.equal(ids.size, found.length, 'two entries have one id')
  const counts = Map.groupBy(found, id => id)
  for (const letter of [...person.letters, ...friend.letters]) {
    const times = counts.get(letter.id)?.length ?? 0
    assert.ok(
      times <= letter.sendings,
      `${letter.id} was sent ${letter.sendings} times and is in an archive ${times} times`,
    )
    if (letter.acknowledged)
      assert.ok(times > 0, `${letter.id} was acknowledged, and is not in the archive of ${person.username}`)
  }
  for (const { letters } of [person, friend]) {
    const first = letters.map(({ id }) => found.indexOf(id)).filter(place => place >= 0)
    assert.deepEqual(
      first,
      first.toSorted((one, other) => one - other),
      'the archive is not in order',
    )
  }
}

const mam = 'urn:xmpp:mam:2'

function account(people: readonly Correspondent[]) {
  const figures = { letters: 0, acknowledged: 0, lost: 0, resent: 0, notYetSettled: 0, unexplained: 0 }
  const surprises: string[] = []
  for (const [i, sender] of people.entries()) {
    const { arrivals } = people[i ^ 1]!
    for (const letter of sender.letters) {
      figures.letters += 1
      if (letter.acknowledged) figures.acknowledged += 1
      const came = arrivals.get(letter.id) ?? []
      if (came.length === 0 && letter.acknowledged) {
        figures.lost += 1
        surprises.push(`lost: ${JSON.stringify(letter)}`)
      }
      if (came.length < 2) continue
      const reason = reasonForTwice(letter, came)
      figures[reason] += 1
      if (reason === 'unexplained') surprises.push(`${JSON.stringify(letter)} came as ${JSON.stringify(came)}`)
    }
  }
  for (const line of surprises.slice(0, 20)) console.error(line)
  return figures
}

/**
 * A letter may come twice if it was sent twice, or if the process died before it had kept that it arrived. In the second
 * case the recipient can tell by the stanza-id (XEP-0359), and it comes on the next connection.
 */
function reasonForTwice(letter: Letter, came: readonly Arrival[]): 'resent' | 'notYetSettled' | 'unexplained' {
  const byStanza = Map.groupBy(came, each => each.stanzaId)
  if (byStanza.size > letter.sendings) return 'unexplained'
  for (const copies of byStanza.values())
    for (const [i, copy] of copies.entries()) {
      const next = copies[i + 1]
      if (next === undefined) continue
      if (copy.settled || copy.stanzaId === undefined || next.connection === copy.connection) return 'unexplained'
    }
  return byStanza.size > 1 ? 'resent' : 'notYetSettled'
}
