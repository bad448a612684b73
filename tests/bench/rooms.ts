/**
 * What rooms cost those who are not in them: `node tests/bench/rooms.ts [idle rooms] [occupants] [messages a second] [seconds]`.
 *
 * First the memory of idle rooms: of a server with one, of one that has all of them, and after somebody has asked as often what
 * they are: the one, or each. Then two people chat by the clock, ten messages a second, while nobody else talks and while one
 * person talks to a room full of people; it tells how long their messages take. The crowd is in a thread of its own, and only the
 * one who talks looks at what comes. The memory is that of `VmRSS`, on Linux; how busy the machine is with others shows in the
 * first figures.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { privateRoom, publicRoom } from '../../src/features/rooms/configuration.ts'
import { openHouse } from '../../src/house.ts'
import { bareJid } from '../../src/protocol/jid.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { Client } from '../kit/client.ts'
import { ServerProcess } from '../kit/server.ts'
import { cpuOf, line, makeAccounts, type Place, residentMiB, signsIn } from './people.ts'

const domain = 'rooms.example'
const hall = `hall@conference.${domain}`
const muc = 'http://jabber.org/protocol/muc'
const info = 'http://jabber.org/protocol/disco#info'
/** Requests on their way at one time, and rooms that are being made. */
const underway = 50
/** People who enter at one time. */
const atOnce = 10
/** Of the pair. */
const messagesASecond = 10

interface Crowd {
  readonly place: Place
  readonly people: number
  readonly rate: number
}

if (isMainThread) await bench(process.argv.slice(2).map(Number))
else await crowd(workerData as Crowd)

async function bench([idle = 10_000, people = 500, rate = 10, seconds = 20]: number[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-rooms-'))
  const server = new ServerProcess({ service: { domain }, rooms: { occupants: Math.max(people, 10) } }, { directory })
  try {
    // The first start makes certificate, vault and tables; the second finds its code compiled.
    for (let start = 0; start < 2; start++) {
      await server.start()
      await server.stop()
    }
    await makePeople(server, people + 3)
    await measureIdle(server, idle, `u${people}`)
    await measurePair(server, people, rate, seconds)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

function placeOf({ host, ports }: ServerProcess): Place {
  return { host, ports }
}

/** While the service is stopped. */
async function inHouse(server: ServerProcess, act: (house: Awaited<ReturnType<typeof openHouse>>) => Promise<void>) {
  const { settings } = loadSettings({ file: server.config, env: {} })
  const house = await openHouse(settings)
  await act(house)
  await house.close()
}

function makePeople(server: ServerProcess, people: number): Promise<void> {
  const names = Array.from({ length: people }, (_, n) => ({ localpart: `u${n}`, domain }))
  return inHouse(server, house => makeAccounts(house, names))
}

/** Rooms from one number up to another, half of them private and half of them public, all of one owner. */
function makeRooms(server: ServerProcess, from: number, to: number, owner: string): Promise<void> {
  return inHouse(server, async house => {
    const make = async (n: number): Promise<void> => {
      const configuration = n % 2 === 0 ? privateRoom : publicRoom
      const jid = bareJid(`room${n}`, `conference.${domain}`)!
      const room = await house.rooms.create(jid, bareJid(owner, domain)!, configuration)
      room.locked = false
      await house.rooms.save(room)
    }
    for (let n = from; n < to; n += underway) {
      await Promise.all(Array.from({ length: Math.min(underway, to - n) }, (_, k) => make(n + k)))
    }
  })
}

async function measureIdle(server: ServerProcess, rooms: number, owner: string): Promise<void> {
  const times = Math.max(rooms, 1)
  await makeRooms(server, 0, 1, owner)
  const one = await asked(server, owner, times, 1)
  line('memory at the start, one room', one.start, 'MiB', 1)
  line(`after it was asked ${times} times what it is`, one.after, 'MiB', 1)
  const begun = performance.now()
  await makeRooms(server, 1, rooms, owner)
  line(`(making ${rooms} rooms`, (performance.now() - begun) / 1000, 's)', 1)
  const all = await asked(server, owner, times, rooms)
  line(`memory at the start, ${rooms} rooms`, all.start, 'MiB', 1)
  line('after each was asked what it is', all.after, 'MiB', 1)
}

/** Starts the server, asks some rooms in turn what they are, and stops it. */
async function asked(
  server: ServerProcess,
  who: string,
  times: number,
  rooms: number,
): Promise<{ start: number; after: number }> {
  await server.start()
  const start = residentMiB(server.pid)
  const client = await signsIn(placeOf(server), who, domain)
  const ask = (n: number) =>
    client.send(`<iq type='get' id='q${n}' to='room${n % rooms}@conference.${domain}'><query xmlns='${info}'/></iq>`)
  for (let n = 0; n < Math.min(underway, times); n++) ask(n)
  for (let n = 0; n < times; n++) {
    const answer = await client.take(tree => tree.name === 'iq', 'an answer')
    if (answer.attr('type') !== 'result') throw new Error(`A room does not answer: ${answer}`)
    if (n + underway < times) ask(n + underway)
  }
  client.drop()
  const after = residentMiB(server.pid)
  await server.stop()
  return { start, after }
}

async function measurePair(server: ServerProcess, people: number, rate: number, seconds: number): Promise<void> {
  await server.start()
  const place = placeOf(server)
  const pair = [await signsIn(place, `u${people + 1}`, domain), await signsIn(place, `u${people + 2}`, domain)] as const
  const to = `u${people + 2}@${domain}`
  // Code is compiled while it runs for the first time.
  await chats(pair, to, 5)
  tell('nobody else talks', await chats(pair, to, seconds))
  const worker = new Worker(new URL(import.meta.url), { workerData: { place, people, rate } satisfies Crowd })
  const said = (what: string) =>
    new Promise<number>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', ([word, figure]: [string, number]) =>
        word === what ? resolve(figure) : reject(new Error(`The crowd said “${word}”.`)),
      )
    })
  await said('all are in')
  tell(`${people} are in a room and say nothing`, await chats(pair, to, seconds))
  worker.postMessage('talk')
  const cpu = cpuOf(server.pid)
  const talking = await chats(pair, to, seconds)
  const spent = cpuOf(server.pid) - cpu
  const over = said('heard')
  worker.postMessage('hush')
  tell(`${people} hear ${rate} messages a second in a room`, talking)
  line('deliveries in the room', (await over) / seconds, 'a second')
  line('CPU of the server', (spent / seconds) * 100, '% of a core')
  await worker.terminate()
  for (const client of pair) client.drop()
}

function tell(when: string, times: readonly number[]): void {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
  line(`a message of the pair, p50, while ${when}`, at(0.5), 'ms', 2)
  line('                       p99', at(0.99), 'ms', 2)
}

/** @returns milliseconds from sending to having, of each message */
async function chats(pair: readonly [Client, Client], to: string, seconds: number): Promise<number[]> {
  const [sender, reader] = pair
  const times: number[] = []
  const total = seconds * messagesASecond
  const begun = performance.now()
  for (let n = 0; n < total; n++) {
    const due = begun + (n * 1000) / messagesASecond - performance.now()
    if (due > 0) await new Promise(resolve => setTimeout(resolve, due))
    const sent = performance.now()
    sender.send(`<message to='${to}' type='chat' id='m${n}'><body>${'x'.repeat(200)}</body></message>`)
    await reader.take(tree => tree.attr('id') === `m${n}`, 'a message')
    times.push(performance.now() - sent)
  }
  return times
}

/** The people in the room, in a thread of their own: the first of them talks when it is told to. */
async function crowd({ place, people, rate }: Crowd): Promise<void> {
  const enter = async (n: number): Promise<Client> => {
    const client = await signsIn(place, `u${n}`, domain)
    client.send(`<presence to='${hall}/u${n}'><x xmlns='${muc}'><history maxstanzas='0'/></x></presence>`)
    const came = await client.take(
      tree => tree.child('subject') !== undefined || tree.attr('type') === 'error',
      'the subject of the room',
    )
    if (came.attr('type') === 'error') throw new Error(`u${n} may not enter: ${came}`)
    return client
  }
  const speaker = await enter(0)
  const form = ['membersonly', 'enablearchiving'].map(
    name => `<field var='muc#roomconfig_${name}'><value>${name === 'membersonly' ? 0 : 1}</value></field>`,
  )
  speaker.send(
    `<iq type='set' id='c' to='${hall}'><query xmlns='${muc}#owner'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#roomconfig</value></field>${form.join('')}</x></query></iq>`,
  )
  const configured = await speaker.take(tree => tree.attr('id') === 'c', 'the configuration')
  if (configured.attr('type') !== 'result') throw new Error(`The room could not be configured: ${configured}`)
  for (let n = 1; n < people; n += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, people - n) }, (_, k) => enter(n + k))
    for (const client of await Promise.all(some)) {
      // Nobody looks at what they get: on a small machine that would cost more than it costs the server to send it.
      client.wire.socket.removeAllListeners('data').resume()
    }
  }
  let heard = 0
  speaker.wire.inbox.length = 0
  speaker.wire.tap = tree => {
    if (tree.name === 'message') heard += people
    return true
  }
  let talking: NodeJS.Timeout | undefined
  parentPort!.on('message', word => {
    clearInterval(talking)
    if (word === 'hush') return parentPort!.postMessage(['heard', heard])
    heard = 0
    talking = setInterval(() => {
      speaker.send(`<message to='${hall}' type='groupchat'><body>${'y'.repeat(200)}</body></message>`)
    }, 1000 / rate)
  })
  parentPort!.postMessage(['all are in', people])
}
