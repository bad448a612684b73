/**
 * The process is killed (SIGKILL) again and again while people talk in a room under stream management. What the server
 * acknowledged is in the archive of the room, in the order in which each of them said it.
 */

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { Client } from '../kit/client.ts'
import { register, type ServerProcess, startProcess } from '../kit/server.ts'
import type { Tree } from '../kit/tree.ts'
import { WireEnded } from '../kit/wire.ts'

const kills = Number(process.env.SOTTO_TEST_ROOM_KILLS ?? 12)
const speakers = 4
const longestLifeMs = 300
const muc = 'http://jabber.org/protocol/muc'
const mam = 'urn:xmpp:mam:2'
const rsm = 'http://jabber.org/protocol/rsm'
/** Of what one person said and is not acknowledged yet. */
const window = 8

interface Speaker {
  readonly username: string
  readonly password: string
  /** By number: whether the server has told that it has it. */
  readonly acknowledged: boolean[]
}

async function enter(client: Client, room: string, nick: string): Promise<void> {
  client.send(`<presence to='${room}/${nick}'><x xmlns='${muc}'><history maxstanzas='0'/></x></presence>`)
  await client.wire.until(
    () => client.wire.inbox.find(tree => tree.name === 'message' && tree.child('subject') !== undefined),
    'the subject',
  )
  client.wire.inbox.splice(0)
}

async function signedIn(server: ServerProcess, who: Speaker): Promise<Client> {
  const client = await Client.connect(server)
  await client.signIn(who)
  await client.bind('desk')
  return client
}

/** Talks as fast as the server acknowledges, until the connection ends. */
async function talks(server: ServerProcess, room: string, speaker: Speaker, begun: () => void): Promise<void> {
  try {
    const client = await signedIn(server, speaker)
    await enter(client, room, speaker.username)
    await client.sm.enable()
    const flying: number[] = []
    const fill = () => {
      let more = false
      while (flying.length < window) {
        const number = speaker.acknowledged.push(false) - 1
        flying.push(number)
        more = true
        client.send(`<message to='${room}' type='groupchat'><body>${speaker.username} ${number}</body></message>`)
      }
      if (more) client.sm.request()
    }
    client.sm.onAck = h => {
      for (const number of flying.splice(0, h - (client.sm.sent - flying.length))) speaker.acknowledged[number] = true
      fill()
    }
    client.wire.tap = tree => {
      if (tree.attr('type') === 'error') throw new Error(`Something was refused: ${tree}`)
      return client.sm.sees(tree) || tree.name === 'message' || tree.name === 'presence'
    }
    fill()
    begun()
    await client.wire.until(() => (client.wire.ended ? true : undefined), 'end of the connection', 600_000)
  } catch (error) {
    if (!(error instanceof WireEnded) && !/^(ECONN|EPIPE)/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw error
  } finally {
    begun()
  }
}

test(`a room has what was acknowledged, in ${kills} kills`, { timeout: 300_000 }, async t => {
  const server = await startProcess({ registration: { open: true } })
  try {
    const people: Speaker[] = Array.from({ length: speakers }, (_, i) => ({
      username: `speaker${i}`,
      password: `password of ${i}`,
      acknowledged: [],
    }))
    for (const { username, password } of people) await register(server, username, password)
    const room = `balcony@conference.${server.domain}`
    await makeRoom(server, room, people[0]!)
    for (let i = 0; i < kills; i++) {
      if (i > 0) await server.start()
      const starts = people.map(() => Promise.withResolvers<void>())
      const talking = Promise.all(people.map((each, n) => talks(server, room, each, () => starts[n]!.resolve())))
      let life: NodeJS.Timeout | undefined
      const all = Promise.all(starts.map(({ promise }) => promise)).then(() => {
        life = setTimeout(() => server.signal('SIGKILL'), 20 + randomInt(longestLifeMs))
      })
      await Promise.all([talking, all, server.exited()])
      clearTimeout(life)
    }
    await server.start()
    const found = await readAll(server, room, people[0]!)
    let acknowledged = 0
    for (const { username, acknowledged: theirs } of people) {
      const said = found.filter(body => body.startsWith(`${username} `)).map(body => Number(body.split(' ')[1]))
      assert.deepEqual(
        said,
        said.toSorted((one, other) => one - other),
        'the archive is not in order',
      )
      assert.equal(new Set(said).size, said.length, 'something is there twice')
      const there = new Set(said)
      for (const [number, known] of theirs.entries())
        if (known) assert.ok(there.has(number), `${username} ${number} was acknowledged, and is not in the archive`)
      acknowledged += theirs.filter(known => known).length
    }
    t.diagnostic(JSON.stringify({ kills, acknowledged, archived: found.length }))
    assert.ok(acknowledged > kills, 'hardly anything was acknowledged, so nothing was tested')
  } finally {
    await server.stop()
  }
})

async function makeRoom(server: ServerProcess, room: string, owner: Speaker): Promise<void> {
  const client = await signedIn(server, owner)
  await enter(client, room, owner.username)
  const fields = "<field var='muc#roomconfig_membersonly'><value>0</value></field>"
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#roomconfig</value></field>${fields}</x>`
  assert.equal((await client.ask('set', `<query xmlns='${muc}#owner'>${form}</query>`, room)).attr('type'), 'result')
  await client.close()
}

/** Everything that was said, page by page. */
async function readAll(server: ServerProcess, room: string, reader: Speaker): Promise<string[]> {
  const client = await signedIn(server, reader)
  const found: string[] = []
  for (let after = ''; ; ) {
    const set = `<set xmlns='${rsm}'><max>250</max>${after}</set>`
    const answer = await client.ask('set', `<query xmlns='${mam}'>${set}</query>`, room)
    for (const each of client.wire.inbox.splice(0)) found.push(...bodyIn(each))
    const fin = answer.need('fin', mam)
    if (fin.attr('complete') === 'true') break
    after = `<after>${fin.need('set', rsm).need('last').text()}</after>`
  }
  client.drop()
  return found
}

function bodyIn(tree: Tree): string[] {
  const forwarded = tree.child('result', mam)?.child('forwarded', 'urn:xmpp:forward:0')
  const body = forwarded?.child('message', 'jabber:client')?.child('body')
  return body === undefined ? [] : [body.text()]
}
