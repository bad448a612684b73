/**
 * What it costs to bring a message from one server to another: `node tests/bench/federation.ts [seconds] [pairs]`, with
 * two instances each of Sotto, Prosody and ejabberd, one make after the other in the same run. Needs what the tests of
 * federation need. Prints a line of JSON for each make: microseconds of CPU of both servers together for each message
 * that arrived, all included (two client connections, the one between the servers, TLS, archives on both sides).
 */

import { readFileSync } from 'node:fs'
import type { Client } from '../kit/client.ts'
import { meet } from '../kit/federation/across.ts'
import type { Peer } from '../kit/federation/peer.ts'
import { World } from '../kit/federation/world.ts'
import { Stage } from '../kit/stage.ts'

const [seconds = 10, pairs = 10] = process.argv.slice(2).map(Number)
/** Messages of one sender that are on their way at one time. */
const onTheirWay = 10
const body = 'But soft! what light through yonder window breaks? '.repeat(4).slice(0, 200)
const warmingMs = 2_000
const ticksPerSecond = 100
const makes = ['sotto', 'prosody', 'ejabberd'] as const

/** Seconds of CPU that a process has used, with all its threads. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Seconds of CPU that the whole machine has used. */
function cpuOfAll(): number {
  const [user = 0, nice = 0, system = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system) / ticksPerSecond
}

interface Pair {
  readonly speaker: Client
  readonly listener: Client
  sent: number
  heard: number
}

function says({ speaker, listener }: Pair): void {
  speaker.send(`<message to='${listener.jid}' type='chat' id='${speaker.newId()}'><body>${body}</body></message>`)
}

/** Keeps messages of all pairs on their way for so long. @returns how many arrived, when all that were sent had */
async function talk(all: readonly Pair[], ms: number): Promise<number> {
  const before = all.reduce((sum, pair) => sum + pair.heard, 0)
  const until = performance.now() + ms
  let arrived: () => void = () => {}
  for (const pair of all) {
    pair.listener.wire.tap = tree => {
      if (tree.name !== 'message') return pair.listener.sm.sees(tree)
      pair.listener.sm.sees(tree)
      pair.heard++
      if (performance.now() < until) {
        pair.sent++
        says(pair)
      } else if (all.every(each => each.heard === each.sent)) arrived()
      return true
    }
  }
  const done = new Promise<void>(resolve => {
    arrived = resolve
  })
  for (const pair of all)
    for (let i = 0; i < onTheirWay; i++) {
      pair.sent++
      says(pair)
    }
  await done
  return all.reduce((sum, pair) => sum + pair.heard, 0) - before
}

async function measure(make: (typeof makes)[number]): Promise<object> {
  const world = await World.start()
  try {
    const starts = (domain: string): Promise<Peer> =>
      make === 'sotto' ? world.sotto({ domain, process: true }) : world[make]({ domain, talkative: false })
    const [here, there] = [await starts('verona.lit'), await starts('mantua.lit')]
    const stages = [new Stage(here), new Stage(there)] as const
    const all: Pair[] = []
    for (let i = 0; i < pairs; i++) {
      const [romeo, juliet] = [await stages[0].actor(`romeo${i}`), await stages[1].actor(`juliet${i}`)]
      for (const actor of [romeo, juliet]) {
        await actor.connects()
        await actor.sm.enable({ resume: true })
      }
      if (i === 0) await meet(romeo, juliet)
      all.push({ speaker: romeo.client, listener: juliet.client, sent: 0, heard: 0 })
    }
    await talk(all, warmingMs)
    const own = () => cpuOf(here.pid) + cpuOf(there.pid)
    const [own0, all0, self0, time0] = [own(), cpuOfAll(), process.cpuUsage(), performance.now()]
    const messages = await talk(all, seconds * 1000)
    const passed = (performance.now() - time0) / 1000
    // Work that was put off counts as well.
    await new Promise(resolve => setTimeout(resolve, 1000))
    const used = own() - own0
    const { user, system } = process.cpuUsage(self0)
    const others = cpuOfAll() - all0 - used - (user + system) / 1e6
    for (const stage of stages) stage.ends()
    return {
      make,
      messages,
      usPerMessage: Math.round((used / messages) * 1e6),
      messagesPerSecond: Math.round(messages / passed),
      othersPercent: Math.round((others / (passed + 1)) * 100),
    }
  } finally {
    await world.stop()
  }
}

for (const make of makes) process.stdout.write(`${JSON.stringify(await measure(make))}\n`)
