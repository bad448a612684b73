/** The model of a room, without anybody to send anything to. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { bareJid, fullJid, parseJid } from '../../protocol/jid.ts'
import { xml } from '../../protocol/xml/element.ts'
import { privateRoom } from './configuration.ts'
import type { Person } from './history.ts'
import { nickKey, nickRefused } from './nicks.ts'
import { Device, Occupant } from './occupant.ts'
import { withoutPerson } from './orphans.ts'
import { glimpse } from './past.ts'
import { Requests } from './requests.ts'
import type { Affiliation } from './rights.ts'
import { type Belonging, Room } from './room.ts'
import { Sequence } from './sequence.ts'

const jid = bareJid('cave', 'rooms.verona.lit')!
const person = (name: string) => bareJid(name, 'verona.lit')!

function room(people: Readonly<Record<string, Exclude<Affiliation, 'none'>>> = {}): Room {
  const all = new Map<Person, Belonging>()
  for (const [name, affiliation] of Object.entries(people)) {
    const whose = parseJid(name.includes('.') ? name : `${name}@verona.lit`) as Person
    all.set(whose, { affiliation, order: all.size })
  }
  return new Room({
    id: 1,
    jid,
    configuration: privateRoom,
    subject: undefined,
    people: all,
    locked: false,
    occupantId: of => `id of ${of}`,
  })
}

function enters(cave: Room, name: string, nick: string, resource = 'pda'): Device {
  const affiliation = cave.affiliationOf(person(name))
  const occupant =
    cave.occupantNamed(nick) ??
    new Occupant(nick, cave.addressOf(nick)!, person(name), 'x', affiliation, cave.roleOf(affiliation))
  const device = new Device(fullJid(person(name), resource)!, occupant, xml('presence'), undefined)
  cave.enter(occupant, device)
  return device
}

describe('who belongs', () => {
  test('the address first, then the domain (XEP-0045#modifyban)', () => {
    const cave = room({ romeo: 'member', 'verona.lit': 'outcast' })
    assert.equal(cave.affiliationOf(person('romeo')), 'member')
    assert.equal(cave.affiliationOf(person('tybalt')), 'outcast')
    assert.equal(cave.affiliationOf(bareJid('tybalt', 'capulet.lit')!), 'none')
  })

  test('a reserved nick is its owner’s however it is written', () => {
    const cave = room()
    cave.belongs(person('romeo'), { affiliation: 'member', order: 0, nick: 'Romeo  Montague' })
    assert.equal(cave.reservedFor('ｒｏｍｅｏ montague'), person('romeo'))
    cave.belongs(person('romeo'), undefined)
    assert.equal(cave.reservedFor('Romeo Montague'), undefined)
  })

  test('who may read what was said is who may enter', () => {
    const cave = room({ juliet: 'owner', romeo: 'member', tybalt: 'outcast' })
    assert.deepEqual(
      ['juliet', 'romeo', 'tybalt', 'nurse'].map(name => cave.mayRead(person(name))),
      [true, true, false, false],
    )
    cave.configuration = { ...privateRoom, membersOnly: false }
    assert.equal(cave.mayRead(person('nurse')), true)
    assert.equal(cave.mayRead(person('tybalt')), false)
    cave.configuration = { ...privateRoom, membersOnly: false, password: 'x' }
    assert.equal(cave.mayRead(person('nurse')), false)
    enters(cave, 'nurse', 'Nurse')
    assert.equal(cave.mayRead(person('nurse')), true)
    cave.locked = true
    assert.equal(cave.mayRead(person('juliet')), false)
  })
})

describe('who is in', () => {
  test('devices that share a nick are one occupant, shown as the last that came', () => {
    const cave = room()
    const pda = enters(cave, 'romeo', 'Romeo')
    const phone = enters(cave, 'romeo', 'Romeo', 'phone')
    assert.equal(cave.size, 1)
    assert.equal(cave.everybody.length, 2)
    assert.equal(pda.occupant.shown, phone)
    assert.equal(cave.leave(phone), false)
    assert.equal(pda.occupant.shown, pda)
    assert.equal(cave.leave(pda), true)
    assert.equal(cave.size, 0)
    assert.equal(cave.everybody.length, 0)
  })

  test('another nick, another place; the list of everybody that somebody holds does not change', () => {
    const cave = room()
    const { occupant } = enters(cave, 'romeo', 'Romeo')
    const before = cave.everybody
    cave.rename(occupant, 'Montague', cave.addressOf('Montague')!)
    assert.equal(cave.occupantNamed('Romeo'), undefined)
    assert.equal(cave.occupantNamed('MONTAGUE'), occupant)
    enters(cave, 'juliet', 'Juliet')
    assert.equal(before.length, 1)
    assert.equal(cave.everybody.length, 2)
    assert.deepEqual(
      cave.devicesOf('verona.lit').map(device => device.jid),
      cave.everybody.map(device => device.jid),
    )
  })
})

describe('an account ends', () => {
  const becomes = (people: Parameters<typeof room>[0], gone: string, orphans: 'hand-on' | 'destroy' = 'hand-on') =>
    withoutPerson(room(people), person(gone), orphans)
  const gone = { person: person('juliet'), affiliation: 'none' }

  test('members, admins and one of several owners just go', () => {
    assert.deepEqual(becomes({ romeo: 'owner', juliet: 'member' }, 'juliet'), [gone])
    assert.deepEqual(becomes({ romeo: 'owner', juliet: 'owner' }, 'juliet', 'destroy'), [gone])
  })

  test('the room of the last owner passes to the oldest admin, else the oldest member, else it goes', () => {
    const heir = (name: string) => [{ person: person(name), affiliation: 'owner' }, gone]
    assert.deepEqual(
      becomes({ juliet: 'owner', nurse: 'member', romeo: 'admin', paris: 'admin' }, 'juliet'),
      heir('romeo'),
    )
    assert.deepEqual(becomes({ juliet: 'owner', tybalt: 'outcast', nurse: 'member' }, 'juliet'), heir('nurse'))
    assert.equal(becomes({ juliet: 'owner', tybalt: 'outcast' }, 'juliet'), 'destroy')
    assert.equal(becomes({ juliet: 'owner', romeo: 'admin' }, 'juliet', 'destroy'), 'destroy')
  })
})

describe('nicks', () => {
  test('what looks the same is the same', () => {
    for (const [one, other] of [
      ['Romeo', 'romeo'],
      ['Ｒｏｍｅｏ', 'romeo'],
      ['Romeo  Montague', 'Romeo Montague'],
      ['ﬁ', 'fi'],
    ] as const) {
      assert.equal(nickKey(one), nickKey(other))
    }
    assert.notEqual(nickKey('Romeo'), nickKey('Juliet'))
  })

  test('what cannot be read is refused; everything else is not', () => {
    for (const nick of ['', ' ', ' Romeo', 'Romeo ', 'Ro\u200bmeo', '\u202eoemoR', 'Ro\nmeo', 'x'.repeat(65)]) {
      assert.notEqual(nickRefused(nick, 64), undefined, JSON.stringify(nick))
    }
    for (const nick of ['Romeo', 'ロミオ', 'רומיאו', 'The ♚', 'x'.repeat(64)])
      assert.equal(nickRefused(nick, 64), undefined)
  })

  test('any text is either refused or has a key that stays', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 70 }), nick => {
        if (nickRefused(nick, 64) !== undefined) return
        assert.notEqual(nickKey(nick), '')
        assert.equal(nickKey(nickKey(nick)), nickKey(nick))
      }),
    )
  })
})

describe('XEP-0045#enter-managehistory', () => {
  const wish = (attrs: Readonly<Record<string, string>>) => glimpse(xml('history', attrs), 20, 1_000_000)

  test('the smallest of what is wished for', () => {
    assert.deepEqual(glimpse(undefined, 20, 0), { stanzas: 20, characters: Number.POSITIVE_INFINITY, since: undefined })
    assert.equal(wish({ maxstanzas: '5' }).stanzas, 5)
    assert.equal(wish({ maxstanzas: '100000' }).stanzas, 100)
    assert.equal(wish({ maxchars: '0' }).characters, 0)
    assert.equal(wish({ seconds: '60' }).since, 940_000)
    assert.equal(wish({ seconds: '60', since: '1970-01-01T00:00:00Z' }).since, 940_000)
    assert.equal(wish({ since: '1970-01-01T00:16:00Z', seconds: '600' }).since, 960_000)
  })

  test('what is no number is no wish', () => {
    for (const value of ['', '-1', '1e3', 'all', '0x10']) assert.equal(wish({ maxstanzas: value }).stanzas, 20)
    assert.equal(wish({ since: 'yesterday' }).since, undefined)
  })
})

describe('the order of what is sent', () => {
  const recorder = () => {
    const sent: string[] = []
    const say = (text: string, portions = 1) => {
      let left = portions
      return {
        send() {
          sent.push(text)
          return --left === 0
        },
      }
    }
    return { sent, say }
  }

  test('what waits for the disk holds back what comes after it, and nothing else', () => {
    const sequence = new Sequence()
    const { sent, say } = recorder()
    sequence.add(say('a'))
    const b = sequence.reserve()
    const c = sequence.reserve()
    sequence.add(say('d'))
    assert.deepEqual(sent, ['a'])
    c(say('c'))
    assert.deepEqual(sent, ['a'])
    b()
    assert.deepEqual(sent, ['a', 'c', 'd'])
  })

  test('portions leave room for others, and keep the order', async () => {
    const sequence = new Sequence()
    const { sent, say } = recorder()
    sequence.add(say('a', 3))
    sequence.add(say('b'))
    assert.deepEqual(sent, ['a'])
    await new Promise<void>(done => sequence.inTurn(done))
    assert.deepEqual(sent, ['a', 'a', 'a', 'b'])
  })

  test('at the end all that is ready goes out at once', () => {
    const sequence = new Sequence()
    const { sent, say } = recorder()
    sequence.add(say('a', 2))
    sequence.reserve()
    sequence.add(say('b', 2))
    sequence.finish()
    assert.deepEqual(sent, ['a', 'a', 'b', 'b'])
  })
})

test('requests for membership: the newest fifty', () => {
  const requests = new Requests<string>()
  for (let n = 0; n < 60; n++) requests.add(person(`guest${n}`), `Guest ${n}`)
  assert.equal(requests.take(person('guest9')), undefined)
  assert.deepEqual(requests.take(person('guest10')), { person: person('guest10'), about: 'Guest 10' })
  assert.equal(requests.take(person('guest10')), undefined)
})
