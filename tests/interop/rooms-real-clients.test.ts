/**
 * A room with people on profanity and on Converse, and with a guest from another server: they enter, talk, moderate, take back,
 * leave, and find the past again.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Actor } from '../kit/actor.ts'
import { query } from '../kit/archive-plays.ts'
import { among, type World, type WorldWishes } from '../kit/federation/two-servers.ts'
import { administers, codesOf, conditionOf, enters, itemOf, knocks, mucUser } from '../kit/rooms.ts'
import type { TestServer } from '../kit/server.ts'
import { Converse } from './converse.ts'
import type { PersonWithAccount } from './play.ts'
import { Profanity } from './profanity.ts'

const room = 'garden@conference.verona.lit'
const retraction = 'urn:xmpp:message-retract:1'
const moderation = 'urn:xmpp:message-moderate:1'

async function onProfanity(t: TestContext, server: TestServer, { jid, password }: PersonWithAccount) {
  const device = new Profanity(jid)
  t.after(() => device.ends())
  await device.connects({ jid: `${jid}/laptop`, password, host: server.host, port: server.ports.c2s, direct: false })
  return device
}

async function account(server: TestServer, username: string): Promise<PersonWithAccount> {
  const password = randomBytes(9).toString('base64url')
  await server.createAccount(username, password)
  return { jid: `${username}@${server.domain}`, password }
}

/** As profanity shows what is said in a room. */
const said = (nick: string, body: string) => new RegExp(`- ${nick}: ${body}`)

const speaks = (actor: Actor, id: string, inside: string) =>
  actor.sends(`<message type="groupchat" to="${room}" id="${id}">${inside}</message>`)

async function visit(t: TestContext, { verona, mantua, at }: World): Promise<void> {
  const [romeo, juliet, nurse] = [
    await account(verona, 'romeo'),
    await account(verona, 'juliet'),
    await account(verona, 'nurse'),
  ]
  const guest = await at(mantua, 'mercutio')

  // Entering: Romeo makes the room. Rooms are for members here, unless somebody says otherwise.
  const his = await onProfanity(t, verona, romeo)
  his.types(`/join ${room} nick romeo`)
  await his.shows(/Room locked, requires configuration/)
  his.types('/room accept')
  await his.shows(/Room unlocked/)
  his.types(`/affiliation set admin ${juliet.jid}`)
  his.types(`/affiliation set member ${nurse.jid}`)
  his.types('Soft! what light')
  await his.shows(said('romeo', 'Soft! what light'))
  knocks(guest, room, 'mercutio')
  assert.equal(conditionOf(await guest.receives`<presence type="error"/>`), 'registration-required')
  his.types(`/affiliation set member ${guest.jid}`)
  await guest.eventually`<message from="${room}"><x xmlns="${mucUser}"><invite/></x></message>`
  const came = await enters(guest, room, 'mercutio')
  assert.ok(came.some(each => each.child('body')?.text() === 'Soft! what light'))
  assert.equal(itemOf(came.find(each => codesOf(each).includes(110))!)?.attr('affiliation'), 'member')
  const hers = await Converse.enters(t, juliet, { server: verona })
  await hers.enters(room, 'juliet')
  for (const nick of ['romeo', 'mercutio']) await hers.seesOccupant(room, nick)
  assert.equal(await hers.sees(room, 'Soft! what light'), `${room}/romeo`)

  // Talking, all to all.
  await hers.says(room, 'Ay me.')
  await hers.says(room, 'O Romeo, Romeo!')
  for (const body of ['Ay me.', 'O Romeo, Romeo!']) {
    await guest.eventually(`<message type="groupchat" from="${room}/juliet"><body>${body}</body></message>`)
  }
  await his.shows(said('juliet', 'Ay me\\.'))
  await his.shows(said('juliet', 'O Romeo, Romeo!'))
  his.types('I take thee at thy word')
  assert.equal(await hers.sees(room, 'I take thee at thy word'), `${room}/romeo`)
  await guest.eventually`<message from="${room}/romeo"><body>I take thee at thy word</body></message>`
  speaks(guest, 'jest', '<body>A plague on both your houses!</body>')
  speaks(guest, 'pun', '<body>Ask for me tomorrow</body>')
  assert.equal(await hers.sees(room, 'A plague on both your houses!'), `${room}/mercutio`)
  await hers.sees(room, 'Ask for me tomorrow')
  await his.shows(said('mercutio', 'Ask for me tomorrow'))

  // Moderating, and taking back.
  for (const body of ['Soft! what light', 'A plague on both your houses!']) await hers.retracts(room, body)
  await hers.seesRetraction(room, 'juliet has removed a message')
  for (let i = 0; i < 2; i++) {
    await guest.eventually`<message type="groupchat" from="${room}"><retract xmlns="${retraction}"><moderated xmlns="${moderation}" by="${room}/juliet"/></retract></message>`
  }
  await hers.retracts(room, 'Ay me.')
  await hers.seesRetraction(room, 'You have removed a message')
  await his.shows(/\*juliet retracted a message/)
  speaks(guest, 'again', '<body>Nay, gentle Romeo</body>')
  const own = await guest.eventually`<message from="${room}/mercutio" id="again"/>`
  await hers.sees(room, 'Nay, gentle Romeo')
  const id = own.need('stanza-id', 'urn:xmpp:sid:0').attr('id')
  speaks(guest, 'back', `<retract xmlns="${retraction}" id="${id}"/><body>took it back</body>`)
  // Converse 14 looks for no message by the room's id where its author takes it back (XEP-0424#business-id): it finds the stone later.
  await guest.eventually`<message from="${room}/mercutio" id="back"/>`

  // Leaving, and coming back to what was said.
  his.types('/close')
  await hers.seesOccupant(room, 'romeo', false)
  await guest.eventually`<presence type="unavailable" from="${room}/romeo"/>`
  await hers.says(room, 'He jests at scars')
  his.types(`/join ${room} nick romeo`)
  await hers.seesOccupant(room, 'romeo')
  await his.shows(said('juliet', 'He jests at scars'))
  await his.shows(said('juliet', 'O Romeo, Romeo!'))
  // What was taken out or back is not said to those who return.
  assert.doesNotMatch(await his.screen(), /- romeo: Soft!|A plague|Nay, gentle/)
  guest.sends(`<presence to="${room}/mercutio" type="unavailable"/>`)
  await hers.seesOccupant(room, 'mercutio', false)
  await guest.forgets()
  const again = (await enters(guest, room, 'mercutio')).map(each => each.child('body')?.text())
  assert.ok(again.includes('He jests at scars'))
  const gone = ['Soft! what light', 'Ay me.', 'A plague on both your houses!', 'Nay, gentle Romeo']
  for (const body of gone) assert.ok(!again.includes(body), body)
  await hers.seesOccupant(room, 'mercutio')

  // Somebody who was not there reads what remains, and finds stones where something was taken away.
  const late = await Converse.enters(t, nurse, { server: verona, over: 'bosh' })
  await late.enters(room, 'nurse')
  for (const body of ['O Romeo, Romeo!', 'I take thee at thy word', 'Ask for me tomorrow', 'He jests at scars'])
    await late.sees(room, body)
  await late.seesRetraction(room, 'removed a message')
  for (const body of gone) assert.equal(await late.hearings(room, body), 0, body)
  await hers.seesOccupant(room, 'nurse')
  await late.isPainted('converse-room')
  // So does the guest, in the archive itself: also what Converse took back, which names its messages by ids of its own.
  await guest.forgets()
  const { results, bodies } = await query(guest, '', '', room)
  for (const body of gone) assert.ok(!bodies.includes(body), body)
  assert.equal(
    results.filter(({ message }) => message.child('retracted', retraction) !== undefined).length,
    gone.length,
  )

  // A moderator on Converse makes the guest go; profanity sees it.
  await hers.says(room, '/kick mercutio Enough!')
  const kicked = await guest.eventually`<presence type="unavailable" from="${room}/mercutio"/>`
  assert.deepEqual(codesOf(kicked).toSorted(), [110, 307])
  await his.shows(/mercutio has been kicked from the room/)
  const refused = await administers(guest, room, '<item nick="juliet" role="none"/>')
  assert.equal(conditionOf(refused), 'forbidden')

  await hers.leavesRoom(room)
  await late.seesOccupant(room, 'juliet', false)
  await hers.enters(room, 'juliet')
  await late.seesOccupant(room, 'juliet')
  await hers.sees(room, 'He jests at scars')
  assert.deepEqual([...hers.foreign, ...late.foreign], [])
}

const rooms = 'conference.verona.lit'
const wishes: WorldWishes = {
  verona: { credential: authority => authority.issues({ names: ['verona.lit', rooms] }) },
}

test(
  'a room for two clients that others wrote, and for a guest from another server: enter, talk, moderate, retract, leave, return to the history',
  { timeout: 240_000 },
  t =>
    among(wishes, async world => {
      world.dns.knows(rooms, { s2s: world.verona.ports.s2s!, s2sTls: 0 })
      await visit(t, world)
    })(),
)
