/** The settings of how accounts come to be, are entered and end. */

import { section, toggle, whole } from './kit.ts'

export const registration = section('Registration', 'How accounts come to be.', {
  open: toggle({
    default: false,
    help:
      'Whether anybody may create an account without an invitation. Open services attract spam senders, and other ' +
      'services then block the whole domain.',
  }),
  usersMayInvite: toggle({
    default: false,
    help:
      'Whether everybody with an account may invite others to make one. Friends who have an account elsewhere can ' +
      'always be invited as contacts.',
  }),
  invitationDays: whole({
    default: 7,
    min: 1,
    max: 365,
    help: 'On how many days an invitation is good, the first included. Longer is kinder to guests, and to whoever finds the link.',
  }),
  openInvitations: whole({
    default: 20,
    min: 1,
    max: 10_000,
    help: 'Invitations of one account that may be open at one time. One more is refused.',
  }),
})

export const accounts = section('Accounts', 'How accounts end.', {
  graceDays: whole({
    default: 0,
    min: 0,
    max: 90,
    help:
      'Days between the wish to delete an account and its erasure. Meanwhile nobody can sign in to it, and ' +
      '`sotto account restore` brings it back. 0 erases at once. Nothing brings back what is erased, nor is its name given out again.',
  }),
})

export const passwords = section(
  'Passwords',
  'How password verifiers are made. Passwords themselves are never stored.',
  {
    iterations: whole({
      default: 10_000,
      min: 4096,
      max: 1_000_000,
      help:
        'The SCRAM iteration count of new verifiers (RFC 5802). More makes guessing from a stolen database slower, and ' +
        'each login on phones as well. Existing accounts keep theirs until the next change of password.',
    }),
  },
)
