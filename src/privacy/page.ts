/** The privacy catalogue as a page to read: every table, every kind of document, every file. */
import type { Catalogue, TableDeclaration } from './catalogue.ts'
import { givenTo } from './readers.ts'

/** `docs/privacy.md`. */
export function privacyPage({ tables, documents, collections, files }: Catalogue): string {
  const personal = tables.filter(table => table.owner !== undefined)
  const ofRooms = tables.filter(table => table.room !== undefined)
  const others = tables.filter(table => table.owner === undefined && table.room === undefined)
  return `${[
    '# What the service keeps',
    '',
    '<!-- Generated from src/catalogue.ts by `npm run docs`; a test compares the two. -->',
    '',
    'Everything that is kept, table by table, for those who run the service or check it. For the people who use it the same is',
    'told in plain words: [policy.en.md](policy.en.md), [policy.de.md](policy.de.md), and `sotto policy` for the settings in force.',
    '',
    'What is not on this page is not kept: the database is made from the same declarations, and `sotto audit` compares the two.',
    'The erasure of an account erases everything under "About accounts", and its documents. "Given to" says to whom the',
    'service gives a thing out. Who can read the data directory can read what in it is not sealed.',
    '',
    '## About accounts',
    ...personal.flatMap(table => section(table, ', at the latest with the account')),
    '',
    `## Documents: the table \`${documents.name}\``,
    '',
    'Private data of accounts, by kind. Each is erased with its account at the latest.',
    '',
    '| kind | why | kept | given to |',
    '|---|---|---|---|',
    ...collections.map(({ name, why, keep, reader }) => row(`\`${name}\``, why, keep, givenTo[reader])),
    '',
    ...(ofRooms.length === 0 ? [] : ['## About rooms', ...ofRooms.flatMap(table => section(table, '')), '']),
    '## About nobody',
    ...others.flatMap(table => section(table, '')),
    '',
    '## Files in the data directory',
    '',
    '| files | why | kept | given to | ended by |',
    '|---|---|---|---|---|',
    ...files.map(({ paths, why, keep, reader, endedBy }) =>
      row(paths.map(path => `\`${path}\``).join(' '), why, keep, givenTo[reader], endedBy),
    ),
  ].join('\n')}\n`
}

function section({ name, columns, facts }: TableDeclaration, end: string): string[] {
  return [
    '',
    `### \`${name}\``,
    '',
    `- kept: ${facts.keep}`,
    ...(facts.partition === undefined ? [] : [`- lies in: \`${facts.partition}/\`, a file for each day`]),
    `- given to: ${givenTo[facts.reader]}`,
    `- ended by: ${facts.endedBy ?? 'the end of the account'}${facts.endedBy === undefined ? '' : end}`,
    '',
    '| what | why |',
    '|---|---|',
    ...Object.entries(columns).map(([column, { why }]) => row(`\`${column}\``, why)),
  ]
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
