/** A room with people on profanity and on Converse: they enter, talk, moderate, take back, leave, and find the past again. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { type ServerProcess, startProcess } from '../kit/server.ts'
import { Converse } from './converse.ts'
import type { PersonWithAccount } from './play.ts'
import { Profanity } from './profanity.ts'

const room = 'garden@conference.localhost'

async function onProfanity(t: TestContext, server: ServerProcess, { jid, password }: PersonWithAccount) {
  const device = new Profanity(jid)
  t.after(() => device.ends())
  await device.connects({ jid: `${jid}/laptop`, password, host: server.host, port: server.ports.c2s, direct: false })
  return device
}

/** As profanity shows what is said in a room. */
const said = (nick: string, body: string) => new RegExp(`- ${nick}: ${body}`)

test('a room for two clients that others wrote: enter, talk, moderate, retract, leave, return to the history', {
  timeout: 240_000,
}, async t => {
  const server = await startProcess()
  t.after(() => server.stop())
  const account = async (username: string) => {
    const password = randomBytes(9).toString('base64url')
    await server.createAccount(username, password)
    return { jid: `${username}@${server.domain}`, password }
  }
  const [romeo, juliet, nurse] = [await account('romeo'), await account('juliet'), await account('nurse')]

  const his = await onProfanity(t, server, romeo)
  his.types(`/join ${room} nick romeo`)
  await his.shows(/Room locked, requires configuration/)
  his.types('/room accept')
  await his.shows(/Room unlocked/)
  // Rooms are for members here, unless somebody says otherwise.
  his.types(`/affiliation set admin ${juliet.jid}`)
  his.types(`/affiliation set member ${nurse.jid}`)
  his.types('Soft! what light')
  await his.shows(said('romeo', 'Soft! what light'))

  const hers = await Converse.enters(t, juliet, { server })
  await hers.enters(room, 'juliet')
  await hers.seesOccupant(room, 'romeo')
  assert.equal(await hers.sees(room, 'Soft! what light'), `${room}/romeo`)
  await hers.says(room, 'Ay me.')
  await hers.says(room, 'O Romeo, Romeo!')
  await his.shows(said('juliet', 'Ay me\\.'))
  await his.shows(said('juliet', 'O Romeo, Romeo!'))
  his.types('I take thee at thy word')
  assert.equal(await hers.sees(room, 'I take thee at thy word'), `${room}/romeo`)

  await hers.retracts(room, 'Soft! what light')
  await hers.seesRetraction(room, 'juliet has removed a message')
  await hers.retracts(room, 'Ay me.')
  await hers.seesRetraction(room, 'You have removed a message')
  await his.shows(/\*juliet retracted a message/)

  his.types('/close')
  await hers.seesOccupant(room, 'romeo', false)
  await hers.says(room, 'He jests at scars')
  his.types(`/join ${room} nick romeo`)
  await hers.seesOccupant(room, 'romeo')
  await his.shows(said('juliet', 'He jests at scars'))
  await his.shows(said('juliet', 'O Romeo, Romeo!'))
  // What a moderator took out is not said to those who return. (Converse 14 names a message of its own by its own id, not by
  // the room's as XEP-0424 wants it, so for what it takes back itself the room has no stone; clients apply it.)
  assert.doesNotMatch(await his.screen(), /- romeo: Soft!/)

  // Somebody who was not there reads what remains, and finds stones where something was taken away.
  const late = await Converse.enters(t, nurse, { server, over: 'bosh' })
  await late.enters(room, 'nurse')
  for (const body of ['O Romeo, Romeo!', 'I take thee at thy word', 'He jests at scars']) await late.sees(room, body)
  await late.seesRetraction(room, 'removed a message')
  for (const body of ['Soft! what light', 'Ay me.']) assert.equal(await late.hearings(room, body), 0, body)
  await hers.seesOccupant(room, 'nurse')
  await late.isPainted('converse-room')

  await hers.leavesRoom(room)
  await late.seesOccupant(room, 'juliet', false)
  await hers.enters(room, 'juliet')
  await late.seesOccupant(room, 'juliet')
  await hers.sees(room, 'He jests at scars')
  assert.deepEqual([...hers.foreign, ...late.foreign], [])
})
