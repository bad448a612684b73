/** The settings of what directories of services ask, and only those who run one know. */

import { oneOf, type Setting, section, toggle, whole } from './kit.ts'

function ofPattern(
  said: Pick<Setting<string>, 'default' | 'help' | 'allowed'>,
  pattern: RegExp,
  example: string,
): Setting<string> {
  return {
    ...said,
    read: value =>
      typeof value === 'string' && (value === '' || pattern.test(value))
        ? value
        : { refused: `has to be ${said.allowed}, such as "${example}"` },
    fromText: text => text,
  }
}

export const provider = section(
  'Provider file',
  'What the directory of XMPP Providers asks for (`/.well-known/xmpp-provider-v2.json`), besides what follows from other settings.',
  {
    organization: oneOf({
      default: '',
      words: ['', 'company', 'commercial person', 'private person', 'governmental', 'non-governmental'],
      help: 'Who runs the service; empty if you would rather not say.',
    }),
    busFactor: whole({
      default: -1,
      min: -1,
      max: 1000,
      help: 'How many people are able to run it; -1 if you would rather not say.',
    }),
    since: ofPattern(
      { default: '', allowed: 'a day', help: 'The day since which the service exists.' },
      /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$/,
      '2026-11-22',
    ),
    serverLocations: ofPattern(
      {
        default: '',
        allowed: 'the two letters of a country, or of several with commas between',
        help: 'The countries in which servers and backups stand.',
      },
      /^[a-z]{2}( *, *[a-z]{2})*$/,
      'de, fi',
    ),
    professionalHosting: toggle({
      default: false,
      help: 'Whether the machines stand with somebody who does that for a living.',
    }),
    freeOfCharge: toggle({ default: true, help: 'Whether the service costs nothing.' }),
    serverTesting: toggle({ default: false, help: 'Whether others may test the service from outside.' }),
  },
)
