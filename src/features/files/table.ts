/** What is kept of uploaded files, declared for the privacy catalogue. */

import { declareFiles, personalTable } from '../../privacy/catalogue.ts'

export const filesTable = personalTable(
  'files',
  'account',
  {
    blob: {
      kind: 'random',
      why: 'finds the sealed file: a hash of the secret in its link, from which the link cannot be learned',
    },
    account: { kind: 'id', why: 'whose file this is: it counts for their share, and ends with their account' },
    kib: { kind: 'number', why: 'the size in KiB, for the share of its owner' },
    day: { kind: 'day', why: 'ends the keeping after the time that was promised' },
    ends: { kind: 'day', nullable: true, why: 'the day after which it goes, where its owner’s app asked for less' },
  },
  {
    key: ['blob'],
    indexes: [['account', 'day', 'kib'], ['day'], ['ends']],
    keep: 'for the retention time',
    expires: 'day',
    reader: 'server',
    endedBy: 'its owner, or expiry',
    since: 3,
    toldAs: 'file',
  },
)

export const uploadedFiles = declareFiles('uploads', {
  paths: ['files/*/*'],
  why: 'files that people share. Contents, names and types are sealed with a secret that is in the link only',
  keep: 'for the retention time',
  reader: 'server',
  endedBy: 'its owner, expiry, or the end of the account',
  dayTimes: true,
  sealed: true,
})
