import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from '../../tests/kit/cast.ts'
import { softwareVersion } from '../version.ts'

test(
  'XEP-0092: name and version, and not a word about the machine',
  dialogue(async ({ juliet, server }) => {
    const answer = await juliet.asks`<iq type="get" to="${server.domain}"><query xmlns="jabber:iq:version"/></iq>`
    assert.deepEqual(
      answer
        .need('query')
        .elements()
        .map(child => [child.name, child.text()]),
      [
        ['name', 'Sotto'],
        ['version', softwareVersion],
      ],
    )
  }),
)
