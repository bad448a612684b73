/** What is kept of the archive, declared for the privacy catalogue. */

import { declareFiles, personalTable } from '../privacy/catalogue.ts'

/** The family of partitions: one file for each UTC day. */
export const archiveFamily = 'archive'

const forTheRetentionTime = 'until its day is over for the retention time'

export const archiveDaysTable = personalTable(
  'archive_days',
  'account',
  {
    account: { kind: 'id', why: 'whose messages they are' },
    day: {
      kind: 'day',
      why: 'a day of which the account has messages, so that no other file is opened to look for them',
    },
  },
  {
    key: ['account', 'day'],
    indexes: [['day']],
    keep: forTheRetentionTime,
    expires: 'day',
    reader: 'owner',
    endedBy: 'expiry',
    since: 4,
  },
)

export const archiveEpochsTable = personalTable(
  'epochs',
  'account',
  {
    account: { kind: 'id', why: 'whose messages are sealed with the key' },
    epoch: { kind: 'id', why: 'names the key; random, so it tells nothing about the order of epochs' },
    generation: { kind: 'number', why: 'which key of the account opens it' },
    sealed: { kind: 'sealed', why: 'the key of some messages, sealed to the public key of the account' },
  },
  {
    key: ['account', 'epoch'],
    keep: forTheRetentionTime,
    reader: 'owner',
    endedBy: 'expiry',
    clustered: true,
    partition: archiveFamily,
  },
)

export const archiveEntriesTable = personalTable(
  'entries',
  'account',
  {
    account: { kind: 'id', why: 'whose message it is' },
    place: {
      kind: 'serial',
      why: 'the order of the messages of one account; counted for each account, so that it matches nothing of another',
    },
    epoch: { kind: 'id', why: 'the key that the message is sealed with' },
    tag: { kind: 'random', why: 'finds the messages with one contact; cannot be told from chance without the key' },
    archived: { kind: 'number', why: 'whether it stays once it is delivered (1) or goes then (0)' },
    body: { kind: 'sealed', why: 'the message, its time and its contact, sealed for the owner' },
  },
  {
    // One index for everything: a second one, by contact, would cost half as much again for each message, and this one tells
    // the contact too, so that what is not wanted is passed over without being read.
    key: ['account', 'place', 'tag'],
    keep: forTheRetentionTime,
    reader: 'owner',
    endedBy: 'expiry, or the preferences of its owner',
    partition: archiveFamily,
  },
)

export const archiveWaitingTable = personalTable(
  'waiting',
  'account',
  {
    account: { kind: 'id', why: 'whom the message is for' },
    place: { kind: 'serial', why: 'which message it is' },
    bytes: { kind: 'number', why: 'its size, for the bound of what may wait' },
  },
  {
    key: ['account', 'place'],
    keep: 'until a device of the account has the message',
    reader: 'owner',
    endedBy: 'delivery, or expiry',
    clustered: true,
    partition: archiveFamily,
  },
)

/** Every table of this room. */
export const archiveTables = [archiveDaysTable, archiveEpochsTable, archiveEntriesTable, archiveWaitingTable] as const

/** The files of the archive. */
export const archiveFiles = declareFiles('archive', {
  paths: ['archive/*.db', 'archive/*.db-wal', 'archive/*.db-shm'],
  why: 'the messages of one UTC day, sealed for those whose messages they are',
  keep: forTheRetentionTime,
  reader: 'owner',
  endedBy: 'expiry: the file is removed as a whole',
  dayTimes: true,
})
