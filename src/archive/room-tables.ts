/** What is kept of what is said in rooms, declared for the privacy catalogue. */

import { declareFiles, roomTable } from '../privacy/catalogue.ts'

/** The family of partitions: one file for each UTC day. */
export const roomFamily = 'rooms'

const forTheRetentionTime = 'until its day is over for the retention time'

export const roomDaysTable = roomTable(
  'room_days',
  'room',
  {
    room: { kind: 'id', why: 'which room' },
    day: { kind: 'day', why: 'a day on which something was said in the room, so that no other file is opened to look' },
  },
  {
    key: ['room', 'day'],
    indexes: [['day']],
    keep: forTheRetentionTime,
    expires: 'day',
    reader: 'room',
    endedBy: 'expiry, or the end of the room',
    since: 6,
  },
)

export const roomAuthorsTable = roomTable(
  'room_authors',
  'room',
  {
    room: { kind: 'id', why: 'in which room the key is used' },
    author: { kind: 'id', why: 'names the key; random, and another every day' },
    tag: {
      kind: 'random',
      why: 'finds the keys of somebody who is to be erased; cannot be told from chance without the key of the room, and is another every day',
    },
    sealed: {
      kind: 'sealed',
      why: 'the key of what one author said that day, which opens with the keys of the room and of the author’s account together',
    },
  },
  {
    key: ['room', 'author'],
    keep: forTheRetentionTime,
    reader: 'room',
    endedBy: 'expiry, the erasure of the author, or the end of the room',
    clustered: true,
    partition: roomFamily,
  },
)

export const roomEntriesTable = roomTable(
  'room_entries',
  'room',
  {
    room: { kind: 'id', why: 'where it was said' },
    place: { kind: 'serial', why: 'the order of what was said in one room' },
    author: {
      kind: 'random',
      why: 'which author’s key it is sealed with, encrypted so that no two entries show the same',
    },
    body: { kind: 'sealed', why: 'the message, its time and its author' },
  },
  {
    key: ['room', 'place'],
    keep: forTheRetentionTime,
    reader: 'room',
    endedBy: 'expiry, or the end of the room',
    partition: roomFamily,
  },
)

/** Every table of room archives. */
export const roomArchiveTables = [roomDaysTable, roomAuthorsTable, roomEntriesTable] as const

export const roomArchiveFiles = declareFiles('room archives', {
  paths: ['rooms/*.db', 'rooms/*.db-wal', 'rooms/*.db-shm'],
  why: 'what was said in the rooms of this service on one UTC day, sealed with the keys of its authors and rooms',
  keep: forTheRetentionTime,
  reader: 'room',
  endedBy: 'expiry: the file is removed as a whole',
  dayTimes: true,
})
