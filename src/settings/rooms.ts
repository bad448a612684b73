/** The settings of group chat rooms. */

import { oneOf, section, whole } from './kit.ts'

export const rooms = section(
  'Rooms',
  'Group chats (XEP-0045), at the domain `conference.` before the domain of the service.',
  {
    create: oneOf({
      default: 'local',
      words: ['local', 'admins', 'everyone'],
      help:
        'Who may make rooms. "local": everybody with an account here; "admins": accounts with the mark `admin`; "everyone": ' +
        'people of other services, too, and then rooms of strangers count as yours in the eyes of others.',
    }),
    usual: oneOf({
      default: 'private',
      words: ['private', 'public'],
      help:
        'How a room is that nobody has configured. "private": for members, who see each other’s addresses, so that ' +
        'encryption works, and in no list; "public": anybody finds it and can enter, and only moderators see addresses.',
    }),
    perAccount: whole({
      default: 50,
      min: 1,
      max: 10_000,
      help:
        'Rooms that one account may have made and still own. One more is refused. What others make it an owner of does not ' +
        'count.',
    }),
    occupants: whole({
      default: 500,
      min: 2,
      max: 10_000,
      help:
        'People in one room at most; its owners can say fewer. Everything that is said goes to each of them, so large rooms ' +
        'cost the square of their size.',
    }),
    affiliations: whole({
      default: 2000,
      min: 10,
      max: 100_000,
      help: 'People who can belong to one room, those banned from it included. One more is refused.',
    }),
    nickLength: whole({
      default: 64,
      min: 8,
      max: 500,
      help: 'Characters of a nick. A longer one is refused.',
    }),
    orphans: oneOf({
      default: 'hand-on',
      words: ['hand-on', 'destroy'],
      help:
        'What becomes of a room whose last owner’s account is erased. "hand-on": it passes to whoever has been its admin for ' +
        'the longest time, else to its oldest member; a room with neither is destroyed. "destroy": it is destroyed in any case.',
    }),
  },
)
