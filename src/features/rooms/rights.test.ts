import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Affiliation, atLeast, defaultRole, mayChangeAffiliation, mayChangeRole, type Role } from './rights.ts'

const affiliations: readonly Affiliation[] = ['owner', 'admin', 'member', 'none', 'outcast']
const roles: readonly Role[] = ['moderator', 'participant', 'visitor', 'none']

describe('XEP-0045#roles-default', () => {
  const table: readonly (readonly [Affiliation, open: Role, moderated: Role])[] = [
    ['owner', 'moderator', 'moderator'],
    ['admin', 'moderator', 'moderator'],
    ['member', 'participant', 'participant'],
    ['none', 'participant', 'visitor'],
    ['outcast', 'none', 'none'],
  ]
  for (const [affiliation, open, moderated] of table) {
    test(`${affiliation}: ${open}, in a moderated room ${moderated}`, () => {
      assert.equal(defaultRole(affiliation, false), open)
      assert.equal(defaultRole(affiliation, true), moderated)
    })
  }
})

describe('XEP-0045#affil-change', () => {
  test('owners change everything', () => {
    for (const target of affiliations) {
      for (const to of affiliations) assert.equal(mayChangeAffiliation('owner', target, to), true)
    }
  })

  test('admins change what is below them, to what is below them', () => {
    const below: readonly Affiliation[] = ['member', 'none', 'outcast']
    for (const target of affiliations) {
      for (const to of affiliations) {
        assert.equal(mayChangeAffiliation('admin', target, to), below.includes(target) && below.includes(to))
      }
    }
  })

  test('nobody else changes anything', () => {
    for (const actor of ['member', 'none', 'outcast'] as const) {
      for (const target of affiliations) {
        for (const to of affiliations) assert.equal(mayChangeAffiliation(actor, target, to), false)
      }
    }
  })
})

describe('XEP-0045#roles-change', () => {
  test('who is neither moderator nor admin changes nothing', () => {
    for (const role of ['participant', 'visitor', 'none'] as const) {
      for (const affiliation of ['member', 'none', 'outcast'] as const) {
        for (const to of roles) {
          const target = { affiliation: 'none', role: 'participant' } as const
          assert.equal(mayChangeRole({ affiliation, role }, target, to), false)
        }
      }
    }
  })

  test('nobody touches somebody of a higher affiliation', () => {
    for (const actor of affiliations) {
      for (const target of affiliations) {
        if (atLeast(actor, target)) continue
        for (const to of ['participant', 'visitor', 'none'] as const) {
          const standing = { affiliation: actor, role: 'moderator' } as const
          assert.equal(mayChangeRole(standing, { affiliation: target, role: 'moderator' }, to), false)
        }
      }
    }
  })

  test('nobody takes the voice or the moderation of an admin or owner; their equals may kick them', () => {
    for (const affiliation of ['admin', 'owner'] as const) {
      const owner = { affiliation: 'owner', role: 'moderator' } as const
      for (const to of ['participant', 'visitor'] as const) {
        assert.equal(mayChangeRole(owner, { affiliation, role: 'moderator' }, to), false)
      }
      assert.equal(mayChangeRole(owner, { affiliation, role: 'moderator' }, 'none'), true)
    }
  })

  test('moderators give and take voice and kick; admins make and unmake moderators', () => {
    const moderator = { affiliation: 'none', role: 'moderator' } as const
    const admin = { affiliation: 'admin', role: 'moderator' } as const
    const guest = { affiliation: 'none', role: 'visitor' } as const
    for (const to of ['participant', 'none'] as const) assert.equal(mayChangeRole(moderator, guest, to), true)
    assert.equal(mayChangeRole(moderator, guest, 'moderator'), false)
    assert.equal(mayChangeRole(moderator, { ...guest, role: 'moderator' }, 'participant'), false)
    assert.equal(mayChangeRole(admin, guest, 'moderator'), true)
    assert.equal(mayChangeRole(admin, { ...guest, role: 'moderator' }, 'participant'), true)
  })
})
