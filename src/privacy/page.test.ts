import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, collection, declareFiles, personalTable, serviceTable } from './catalogue.ts'
import { privacyPage } from './page.ts'

test('the page tells of everything in the catalogue: purpose, retention, reader, end', () => {
  const accounts = personalTable(
    'accounts',
    'id',
    { id: { kind: 'id', why: 'tells accounts apart' }, name: { kind: 'text', why: 'one | name' } },
    { key: ['id'], keep: 'as long as it lives', reader: 'server' },
  )
  const documents = personalTable(
    'documents',
    'account',
    { account: { kind: 'id', why: 'whose it is' }, value: { kind: 'contents', why: 'what it says' } },
    { key: ['account'], keep: 'until it is removed', reader: 'owner', endedBy: 'its owner' },
  )
  const keys = serviceTable(
    'keys',
    { value: { kind: 'random', why: 'a secret' } },
    { key: ['value'], keep: 'for good', reader: 'server', endedBy: 'nothing' },
  )
  const page = privacyPage(
    catalogue({
      accounts,
      documents,
      tables: [accounts, documents, keys],
      collections: [
        collection('card', { why: 'shown to all', keep: 'until replaced', reader: 'public', exported: () => [] }),
      ],
      files: [
        declareFiles('store', {
          paths: ['a.db', 'a.lock'],
          why: 'all',
          keep: 'always',
          reader: 'server',
          endedBy: 'you',
        }),
      ],
    }),
  )
  for (const line of [
    '### `accounts`',
    '- kept: as long as it lives',
    '- given to: nobody; the service uses it',
    '- ended by: the end of the account',
    '| `name` | one \\| name |',
    '- given to: the devices of the account itself',
    '- ended by: its owner, at the latest with the account',
    '| `card` | shown to all | until replaced | anybody who asks |',
    '- ended by: nothing',
    '| `a.db` `a.lock` | all | always | nobody; the service uses it | you |',
  ]) {
    assert.ok(page.split('\n').includes(line), line)
  }
  assert.ok(page.indexOf('### `keys`') > page.indexOf('## About nobody'))
  assert.ok(page.indexOf('### `documents`') < page.indexOf('## About nobody'))
})
