/** What is kept of accounts, declared for the privacy catalogue. */

import { declareFiles, personalTable, serviceTable } from '../privacy/catalogue.ts'
import { departuresTable, tombstonesTable } from './departures.ts'

const whileAccount = 'as long as the account exists'

export const accountsTable = personalTable(
  'accounts',
  'id',
  {
    id: { kind: 'id', why: 'stands for the account everywhere else; random, and never used again' },
    localpart: { kind: 'name', why: 'the user name' },
    domain: { kind: 'name', why: 'the domain of the address' },
    created: { kind: 'day', why: 'the day the account was made' },
  },
  { key: ['id'], unique: [['localpart', 'domain']], keep: whileAccount, reader: 'server' },
)

export const credentialsTable = personalTable(
  'credentials',
  'account',
  {
    account: { kind: 'id', why: 'whose password this checks' },
    hash: { kind: 'text', why: 'the hash function of the verifier' },
    salt: { kind: 'random', why: 'makes equal passwords look different (RFC 5802 §2.2)' },
    iterations: { kind: 'number', why: 'how expensive guessing is made (RFC 5802 §2.2)' },
    stored_key: {
      kind: 'sealed',
      why: 'checks the proof of a client without knowing the password (RFC 5802 §3); opens with the key of the account in the vault',
    },
    server_key: {
      kind: 'sealed',
      why: 'proves to the client that this server knows the account (RFC 5802 §3); opens with the key of the account in the vault',
    },
  },
  {
    key: ['account', 'hash'],
    keep: 'until the password changes',
    reader: 'server',
    endedBy: 'a new password',
  },
)

export const documentsTable = personalTable(
  'documents',
  'account',
  {
    account: { kind: 'id', why: 'whose document this is' },
    collection: { kind: 'text', why: 'what kind of document it is' },
    tag: { kind: 'random', why: 'finds one document in its collection; says nothing without the key of the account' },
    value: { kind: 'sealed', why: 'the document, which opens with the key of the account in the vault' },
  },
  {
    key: ['account', 'collection', 'tag'],
    keep: 'until the owner removes it',
    reader: 'owner',
    endedBy: 'its owner',
  },
)

export const countersTable = serviceTable(
  'counters',
  {
    name: { kind: 'text', why: 'what is counted' },
    value: { kind: 'serial', why: 'a bound above every number given out so far, so that none is given out twice' },
  },
  { key: ['name'], keep: 'for good', reader: 'server', endedBy: 'nothing: it is about nobody' },
)

export const serviceKeysTable = serviceTable(
  'service_keys',
  {
    name: { kind: 'text', why: 'what the key is for' },
    value: { kind: 'random', why: 'a secret of the service that has to be the same after a restart' },
  },
  { key: ['name'], keep: 'for good', reader: 'server', endedBy: 'nothing: it is about nobody' },
)

/** Every table of this room. */
export const accountTables = [
  accountsTable,
  credentialsTable,
  documentsTable,
  departuresTable,
  tombstonesTable,
  countersTable,
  serviceKeysTable,
] as const

/** The files of the embedded store. */
export const storeFiles = declareFiles('store', {
  paths: ['sotto.db', 'sotto.db-wal', 'sotto.db-shm', 'sotto.lock', 'sotto.lock-journal'],
  why: 'the database and its lock: everything that the tables of this catalogue say',
  keep: 'as the tables say',
  reader: 'server',
  endedBy: 'the operator',
})
