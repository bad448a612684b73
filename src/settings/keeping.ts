/** The settings of what is kept and for how long. */

import { oneOf, path, section, whole } from './kit.ts'

export const files = section(
  'Files',
  'What people may upload for others to fetch (XEP-0363). Apps are told these limits beforehand.',
  {
    maxBytes: whole({
      default: 104_857_600,
      min: 65_536,
      max: 1_099_511_627_776,
      help: 'The size of one file. A larger one is refused, and the app is told how much is allowed.',
    }),
    dailyBytes: whole({
      default: 1_073_741_824,
      min: 65_536,
      max: 1_099_511_627_776,
      help:
        'What one account may upload in a day (UTC), whether or not it is deleted again. Beyond it uploads are refused ' +
        'until the next day.',
    }),
    accountBytes: whole({
      default: 4_294_967_296,
      min: 65_536,
      max: 1_099_511_627_776,
      help:
        'What the files of one account may take up together. Beyond it uploads are refused until its owner deletes some ' +
        'or the oldest are over. Times the number of accounts, this is the disk you may need.',
    }),
    slotSeconds: whole({
      default: 300,
      min: 10,
      max: 3600,
      help:
        'How long an upload that was permitted may wait to begin. Afterwards the app asks again, as it does after a ' +
        'restart: permissions are in memory only.',
    }),
  },
)

export const seal = section('Seals', 'The key that everything kept about accounts is sealed with.', {
  master: path({
    default: '',
    shownDefault: 'the systemd credential `sotto-master`, else `secret/master.key` beside the data directory',
    help:
      'The master secret: 32 random bytes, made at the first start, readable by the service only and never in the data ' +
      'directory. Data without it is noise, so keep a copy of it where no copy of the data is. Once there is data the ' +
      'service does not start without it. To take it from systemd: `LoadCredential=sotto-master:/etc/sotto/master.key`.',
  }),
})

export const archive = section('Archive', 'The history of messages.', {
  usual: oneOf({
    default: 'always',
    words: ['always', 'roster', 'never'],
    help:
      'What is kept of accounts that have not said anything about it themselves (XEP-0441). "always": all their messages; ' +
      '"roster": those with their contacts; "never": nothing but what still has to be delivered.',
  }),
  seal: oneOf({
    default: 'owner',
    words: ['owner', 'server'],
    help:
      'Who can open what is kept of messages. "owner": only a sign-in of the account, so neither the operator nor a thief ' +
      'can read them; whoever forgets the password and has no recovery code loses the history. "server": the service ' +
      'itself, the ordinary way. What was kept before a change stays as it was sealed.',
  }),
})

export const retention = section('Retention', 'How long messages and files live.', {
  days: whole({
    default: 90,
    min: 1,
    max: 90,
    help:
      'Days until messages and files are erased, counted in UTC days with the first and the last: nothing lives ' +
      'longer. Shorter is more private; a device that was away for longer misses what was said. Shortening it erases ' +
      'at the next start what is older. Making it longer breaks what people were promised: tell them first, then run ' +
      '`sotto config announce`, or the service does not start.',
  }),
})
