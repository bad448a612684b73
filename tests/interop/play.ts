/** What every real client has to manage: two people with two devices each, who find one another, talk, go and return. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { Client } from '../kit/client.ts'
import { runningServer, startProcess, type TestServer } from '../kit/server.ts'
import type { Device, SignInAs } from './device.ts'

export type Way = 'starttls' | 'direct' | 'websocket' | 'bosh'

export interface ClientUnderTest {
  readonly name: string
  /** Each mechanism it speaks, by the name it says it used; undefined lets it choose. */
  readonly mechanisms: readonly (string | undefined)[]
  /** Over which ports it can connect. */
  readonly over: readonly Way[]
  /** Whether it was told to copy messages among devices (XEP-0280). */
  readonly carbons: boolean
  device(name: string): Device
}

let server: Promise<TestServer> | undefined
after(async () => (await server)?.stop())

export interface PersonWithAccount {
  readonly jid: string
  readonly password: string
}

export function playWith(client: ClientUnderTest): void {
  for (const over of client.over)
    for (const mechanism of client.mechanisms)
      test(`${client.name} signs in over ${over} with ${mechanism ?? 'what it chooses'}`, async () => {
        const romeo = await person('romeo')
        if (!(await offered(mechanism))) return
        const device = client.device('romeo')
        try {
          const online = await device.connects(await signIn(romeo, 'balcony', over, mechanism))
          if (mechanism !== undefined) assert.equal(online.mechanism, mechanism)
          await device.leaves()
        } finally {
          await device.ends()
        }
      })

  test(`${client.name}: two people, two devices each, find one another, talk, go and return`, () => meeting(client))
}

async function meeting(client: ClientUnderTest): Promise<void> {
  const devices: Device[] = []
  const over = (i: number) => client.over[i % client.over.length]!
  const device = async (owner: PersonWithAccount, name: string) => {
    const made = client.device(name)
    devices.push(made)
    await made.connects(await signIn(owner, name, over(devices.length)))
    return made
  }
  try {
    const [romeo, juliet] = [await person('romeo'), await person('juliet')]
    const romeos = [await device(romeo, 'laptop'), await device(romeo, 'phone')] as const
    const juliets = [await device(juliet, 'laptop'), await device(juliet, 'phone')] as const
    await find(romeos[0], romeo, juliets[0], juliet)
    await talk(client, romeos, romeo, juliets, juliet)
    for (const each of juliets) await each.leaves()
    await romeos[0].sees({ event: 'absent', jid: juliets[1].jid })
    for (const body of ['Art thou gone so?', 'Dry sorrow drinks our blood.']) romeos[0].says(juliet.jid, body)
    if (client.carbons) await romeos[1].sees({ event: 'message', way: 'sent', body: 'Dry sorrow drinks our blood.' })
    const back = await device(juliet, 'phone')
    const first = await back.sees({ event: 'message', way: 'offline' })
    const second = await back.sees({ event: 'message', way: 'offline' })
    assert.deepEqual([first.body, second.body], ['Art thou gone so?', 'Dry sorrow drinks our blood.'])
    await romeos[0].sees({ event: 'present', jid: back.jid })
    assert.equal(await back.hearings('Art thou gone so?'), 1)
    for (const each of [...romeos, back]) await each.leaves()
  } finally {
    for (const each of devices) await each.ends()
  }
}

/** RFC 6121 §3.1, both ways. */
async function find(one: Device, oneIs: PersonWithAccount, other: Device, otherIs: PersonWithAccount): Promise<void> {
  one.subscribes(otherIs.jid)
  await other.sees({ event: 'asked', jid: oneIs.jid })
  other.approves(oneIs.jid)
  await one.sees({ event: 'approved', jid: otherIs.jid })
  await one.sees({ event: 'present', jid: other.jid })
  other.subscribes(oneIs.jid)
  await one.sees({ event: 'asked', jid: otherIs.jid })
  one.approves(otherIs.jid)
  await other.sees({ event: 'present', jid: one.jid })
}

/** Each device knows the whole conversation, and hears nothing twice. */
async function talk(
  client: ClientUnderTest,
  romeos: readonly [Device, Device],
  romeo: PersonWithAccount,
  juliets: readonly [Device, Device],
  juliet: PersonWithAccount,
): Promise<void> {
  const said: string[] = []
  for (const [i, speaker] of romeos.entries()) {
    const body = `But soft! ${i} <"&'> ☾ 🌹`
    said.push(body)
    speaker.says(juliet.jid, body)
    if (client.carbons) {
      for (const each of juliets) await each.sees({ event: 'message', body, from: romeo.jid })
      await romeos[1 - i]!.sees({ event: 'message', way: 'sent', body })
    } else await Promise.any(juliets.map(each => each.sees({ event: 'message', body, from: romeo.jid })))
  }
  const toOne = 'O Romeo, Romeo!'
  juliets[1].says(romeos[0].jid, toOne)
  await romeos[0].sees({ event: 'message', way: 'direct', body: toOne, from: juliets[1].jid })
  if (!client.carbons) return
  await romeos[1].sees({ event: 'message', way: 'received', body: toOne })
  await juliets[0].sees({ event: 'message', way: 'sent', body: toOne })
  for (const each of [...romeos, ...juliets])
    for (const body of [...said, toOne]) assert.ok((await each.hearings(body)) <= 1, `"${body}" was heard twice`)
}

export function testServer(): Promise<TestServer> {
  const other = process.env.SOTTO_PLAY_AGAINST
  server ??= other === undefined ? startProcess() : Promise.resolve(runningServer(other))
  return server
}

export async function person(name: string): Promise<PersonWithAccount> {
  const there = await testServer()
  const username = `${name}-${randomBytes(4).toString('hex')}`
  const password = randomBytes(9).toString('base64url')
  await there.createAccount(username, password)
  return { jid: `${username}@${there.domain}`, password }
}

/** A server of another make need not offer every mechanism; ours must. */
async function offered(mechanism: string | undefined): Promise<boolean> {
  const there = await testServer()
  if (there.ours || mechanism === undefined) return true
  const client = await Client.connect(there)
  client.drop()
  return client.mechanisms().includes(mechanism)
}

export async function signIn(
  { jid, password }: PersonWithAccount,
  resource: string,
  over: Way,
  mechanism?: string,
): Promise<SignInAs> {
  const { host, ports } = await testServer()
  const direct = over === 'direct'
  const chosen = mechanism === undefined ? {} : { mechanism }
  if (over === 'websocket' || over === 'bosh') {
    const { https: port = 0 } = ports
    const url = over === 'bosh' ? `https://${host}:${port}/http-bind` : `wss://${host}:${port}/xmpp-websocket`
    return { jid: `${jid}/${resource}`, password, host, port, direct, url, ...chosen }
  }
  const port = direct ? ports.c2sTls : ports.c2s
  return { jid: `${jid}/${resource}`, password, host, port, direct, ...chosen }
}
