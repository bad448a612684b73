import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { parseElement } from '../../protocol/xml/parser.ts'
import { write } from '../../protocol/xml/write.ts'
import { type Bookmark, oldStorage, readOldStorage, roomNamed, saysTheSame } from './bookmark-conversion.ts'
import { known } from './names.ts'

const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter(text => /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text))
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const foreign = fc
  .record({ name: fc.constantFrom('state', 'notify', 'nick', 'conference'), value: words, inside: maybe(words) })
  .map(({ name, value, inside }) => xml(name, { xmlns: 'urn:example:client', value }, inside))

const bookmarks = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,8}$/), { maxLength: 6 }).chain(rooms =>
  fc.tuple(
    ...rooms.map(room =>
      fc
        .record({
          name: maybe(words),
          autojoin: maybe(fc.constantFrom('true', 'false', '1', '0')),
          nick: maybe(words),
          password: maybe(words),
          extensions: maybe(fc.array(foreign, { maxLength: 3 })),
          more: fc.array(foreign, { maxLength: 2 }),
        })
        .map(({ name, autojoin, nick, password, extensions, more }): Bookmark => {
          const conference = xml(
            'conference',
            { xmlns: known.bookmarks, name, autojoin },
            nick === undefined ? undefined : xml('nick', null, nick),
            password === undefined ? undefined : xml('password', null, password),
            extensions && xml('extensions', null, extensions),
            more,
          )
          return { room: roomNamed(`${room}@rooms.example`)!, conference }
        }),
    ),
  ),
)

/** As it comes back from a client: written, sent and parsed. */
const sent = (element: Element): Element => parseElement(write(element))
const nothing = () => undefined
const texts = (all: readonly Bookmark[]) => all.map(({ room, conference }) => `${room} ${write(conference)}`)

describe('bookmarks of XEP-0402 and of XEP-0048', () => {
  test('what is converted and converted back is what it was', () => {
    fc.assert(
      fc.property(bookmarks, fc.array(foreign, { maxLength: 2 }), (before, rest) => {
        const { bookmarks: after, rest: left } = readOldStorage(sent(oldStorage(before, rest)), nothing)
        assert.deepEqual(texts(after), texts(before))
        assert.deepEqual(
          left.map(child => write(child as Element)),
          rest.map(child => write(child)),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('what is converted and read twice changes nothing, so that nobody is told of anything', () => {
    fc.assert(
      fc.property(bookmarks, before => {
        const { bookmarks: once } = readOldStorage(sent(oldStorage(before)), nothing)
        for (const [at, { conference }] of once.entries()) assert.ok(saysTheSame(conference, before[at]!.conference))
      }),
      { numRuns: 200 },
    )
  })

  test('extensions outlive a client that does not know them, and no other one brings them back', () => {
    fc.assert(
      fc.property(bookmarks, before => {
        const stripped = before.map(({ room, conference }) => ({
          room,
          conference: conference.with(
            {},
            conference.children.filter(child => typeof child === 'string' || child.name !== 'extensions'),
          ),
        }))
        const kept = new Map(before.map(({ room, conference }) => [room, conference]))
        const { bookmarks: after } = readOldStorage(sent(oldStorage(stripped)), room => kept.get(room))
        for (const [at, { conference }] of after.entries()) {
          const was = before[at]!.conference.child('extensions')
          assert.equal(conference.child('extensions') && write(conference.child('extensions')!), was && write(was))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('only what can be an address of a room is one', () => {
    assert.equal(String(roomNamed('Coven@Chat.Example')), 'coven@chat.example')
    for (const text of [undefined, '', 'chat.example', 'coven@chat.example/nick', 'a b@c']) {
      assert.equal(roomNamed(text), undefined, String(text))
    }
  })
})
