/** What is kept of the keys that only a sign-in opens, declared for the privacy catalogue. */

import { declareFiles, personalTable, roomTable, serviceTable } from '../privacy/catalogue.ts'

export const archiveKeysTable = personalTable(
  'archive_keys',
  'account',
  {
    account: { kind: 'id', why: 'whose messages are sealed to this key' },
    generation: {
      kind: 'number',
      why: 'tells the keys of one account apart: a password that is reset brings a new one',
    },
    public_key: { kind: 'random', why: 'seals messages; opens nothing' },
  },
  {
    key: ['account', 'generation'],
    keep: 'as long as the account exists',
    reader: 'server',
    endedBy: 'a password that is reset without the recovery code',
    since: 2,
  },
)

export const archiveWrapsTable = personalTable(
  'archive_wraps',
  'account',
  {
    account: { kind: 'id', why: 'whose key this is' },
    generation: { kind: 'number', why: 'which of the keys of the account it is' },
    kind: { kind: 'text', why: 'what opens it: the password by one of the hashes of SCRAM, or the recovery code' },
    salt: { kind: 'random', why: 'makes what opens it different each time' },
    wrapped: { kind: 'sealed', why: 'the key that opens messages, sealed with what only the owner knows' },
  },
  {
    key: ['account', 'generation', 'kind'],
    keep: 'until the password or the recovery code changes',
    reader: 'owner',
    endedBy: 'a new password or recovery code',
    since: 2,
  },
)

/** Every table of this room in the database. */
export const sealTables = [archiveKeysTable, archiveWrapsTable] as const

export const dataKeysTable = personalTable(
  'keys',
  'account',
  {
    account: { kind: 'id', why: 'whose key this is' },
    wrapping: {
      kind: 'number',
      why: 'which daily key it is sealed with',
    },
    sealed: { kind: 'sealed', why: 'the key that everything kept about the account is sealed with' },
  },
  { key: ['account'], keep: 'as long as the account exists', reader: 'server' },
)

export const roomKeysTable = roomTable(
  'room_keys',
  'room',
  {
    room: { kind: 'id', why: 'which room the key is of' },
    wrapping: { kind: 'number', why: 'which daily key it is sealed with' },
    sealed: { kind: 'sealed', why: 'the key that everything kept of the room is sealed with' },
  },
  { key: ['room'], keep: 'as long as the room exists', reader: 'server', endedBy: 'the end of the room', since: 2 },
)

export const vaultTable = serviceTable(
  'vault',
  {
    id: { kind: 'number', why: 'there is one row' },
    check_value: { kind: 'random', why: 'tells whether the master secret is the right one' },
    wrapping: { kind: 'number', why: 'the daily key in force' },
    rotated: { kind: 'day', why: 'the day it was made' },
  },
  { key: ['id'], keep: 'for good', reader: 'server', endedBy: 'nothing: it is about nobody' },
)

/** Every table of the key vault, which is a database of its own. */
export const vaultTables = [dataKeysTable, roomKeysTable, vaultTable] as const

/** The key vault: a small store of its own, so that copies of the database are nothing without it. */
export const vaultFiles = declareFiles('vault', {
  paths: ['vault/vault.db', 'vault/vault.db-wal', 'vault/vault.db-shm', 'vault/wrapping-*.key'],
  why:
    'one random key for each account and each room, which seals what is kept about it; each sealed with a key that ' +
    'changes daily, and that with the master secret, which is elsewhere',
  keep: 'the key of an account or room as long as that; a daily key for a day',
  reader: 'server',
  endedBy: 'the account or room; the next day',
})
