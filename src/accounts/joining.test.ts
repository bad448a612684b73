import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invitation } from './invitations.ts'
import { Joining, type JoiningParts } from './joining.ts'

const invitation = (domain: string): Invitation => ({
  tag: new Uint8Array(32),
  host: undefined,
  domain,
  localpart: undefined,
  befriends: false,
  admits: true,
  last: '2026-11-22',
})

test('whom a domain lets in: everybody, those whom it has invited, or nobody', () => {
  const admits = (how: 'open' | 'invitation' | 'closed', shown?: Invitation) =>
    new Joining({ domains: { setting: () => how } } as unknown as JoiningParts).admits('capulet.lit', shown)
  const [own, other] = [invitation('capulet.lit'), invitation('montague.lit')]
  assert.deepEqual([admits('open'), admits('open', own), admits('open', other)], [true, true, true])
  assert.deepEqual([admits('invitation'), admits('invitation', own), admits('invitation', other)], [false, true, false])
  assert.deepEqual([admits('closed'), admits('closed', own), admits('closed', other)], [false, false, false])
})
