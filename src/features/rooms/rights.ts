/**
 * XEP-0045 §5: roles and affiliations. Who may do what, as pure functions over the tables of that section.
 * A role lasts as long as a visit; an affiliation belongs to a bare address until it is changed.
 */

export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast'
export type Role = 'moderator' | 'participant' | 'visitor' | 'none'

const affiliationRank: Readonly<Record<Affiliation, number>> = { outcast: 0, none: 1, member: 2, admin: 3, owner: 4 }

export function isAffiliation(word: string | undefined): word is Affiliation {
  return word !== undefined && Object.hasOwn(affiliationRank, word)
}

const roles: ReadonlySet<string> = new Set(['moderator', 'participant', 'visitor', 'none'])

export function isRole(word: string | undefined): word is Role {
  return word !== undefined && roles.has(word)
}

/** Is the first at least the second? */
export function atLeast(affiliation: Affiliation, least: Affiliation): boolean {
  return affiliationRank[affiliation] >= affiliationRank[least]
}

/** XEP-0045#roles-default: the role that somebody enters with, by affiliation and by whether the room is moderated. */
export function defaultRole(affiliation: Affiliation, moderated: boolean): Role {
  if (affiliation === 'outcast') return 'none'
  if (atLeast(affiliation, 'admin')) return 'moderator'
  return affiliation === 'none' && moderated ? 'visitor' : 'participant'
}

/** XEP-0045#roles-priv: what occupants may say and see. */
export function maySpeak(role: Role): boolean {
  return role === 'moderator' || role === 'participant'
}

/**
 * XEP-0045#affil-change, the table of who changes whose affiliation to what: admins deal with members, those without
 * affiliation and outcasts; owners with everybody.
 */
export function mayChangeAffiliation(actor: Affiliation, target: Affiliation, to: Affiliation): boolean {
  if (actor === 'owner') return true
  return actor === 'admin' && !atLeast(target, 'admin') && !atLeast(to, 'admin')
}

interface Standing {
  readonly affiliation: Affiliation
  readonly role: Role
}

/**
 * XEP-0045#roles-change, with the notes on whom nobody may touch: moderators give and take voice and kick, admins make
 * and unmake moderators; nobody kicks somebody of a higher affiliation (#kick), nobody takes the voice or the
 * moderation of an admin or owner (#revokevoice, #revokemod).
 */
export function mayChangeRole(actor: Standing, target: Standing, to: Role): boolean {
  if (actor.role !== 'moderator' && !atLeast(actor.affiliation, 'admin')) return false
  if (to === target.role) return true
  if (affiliationRank[target.affiliation] > affiliationRank[actor.affiliation]) return false
  if (to === 'none') return true
  if (atLeast(target.affiliation, 'admin')) return to === 'moderator'
  const moderation = to === 'moderator' || target.role === 'moderator'
  return !moderation || atLeast(actor.affiliation, 'admin')
}
