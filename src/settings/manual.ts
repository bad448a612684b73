/** What is printed from the schema: the manual, the sample file, and the settings in force. */

import { stringify } from 'smol-toml'
import type { AnySetting, Schema } from './kit.ts'
import { domainSettings, optionName, perDomain } from './per-domain.ts'
import { fileName, type Settings, schema, variableName } from './schema.ts'

const width = 100

/** `docs/settings.md`. */
export function manual(): string {
  const parts = [
    '# Settings',
    '',
    '<!-- Generated from src/settings/schema.ts by `npm run docs`; a test compares the two. -->',
    '',
    ...paragraph(
      'Settings come from one [TOML](https://toml.io) file: the one named by `--config` or by `SOTTO_CONFIG`, else ' +
        '`sotto.toml` in the working directory, else none at all, for every setting has a default. Environment ' +
        'variables go over the file. A name that does not exist is refused, so nothing is misspelt in silence.',
    ),
    '',
    ...paragraph(
      'Relative paths in the file are relative to its directory; in environment variables, and where there is no ' +
        'file, to the working directory. `sotto config check` validates, `sotto config print` shows what is in force.',
    ),
    '',
    'A file with all defaults is in [sotto.sample.toml](../sotto.sample.toml).',
  ]
  for (const [sectionName, { title, help, keys }] of Object.entries(schema as Schema)) {
    parts.push('', `## ${title}: \`[${sectionName}]\``, '', ...paragraph(help))
    for (const [key, setting] of Object.entries(keys)) {
      parts.push('', `### \`${sectionName}.${fileName(key)}\``, '', ...paragraph(setting.help), '')
      parts.push(`- allowed: ${setting.allowed}`)
      parts.push(`- default: ${setting.shownDefault ?? `\`${literal(setting.default)}\``}`)
      parts.push(`- variable: \`${variableName(sectionName, key)}\``)
    }
  }
  parts.push(...ofDomains())
  return `${parts.join('\n')}\n`
}

/** What hosted domains may have otherwise. */
function ofDomains(): string[] {
  const parts = [
    '',
    '## More domains',
    '',
    ...paragraph(
      'Further domains are not in this file: `sotto domain add NAME` serves one more from then on, `sotto domain remove` ends ' +
        'it. They have what the file says, unless `sotto domain set NAME` with one of these options says otherwise; ' +
        '`--usual OPTION` takes that back.',
    ),
    '',
    '| option | what it is | allowed |',
    '|---|---|---|',
  ]
  for (const key of domainSettings) {
    const { help, allowed } = perDomain[key].setting
    parts.push(`| \`--${optionName(key)}\` | ${help} | ${allowed} |`)
  }
  return parts
}

/** `sotto.sample.toml`: every setting at its default, commented out, with its help above it. */
export function sample(): string {
  const parts = [
    '# All settings of Sotto at their defaults. Copy this file to sotto.toml and uncomment what you change.',
    '# Generated from src/settings/schema.ts by `npm run docs`; a test compares the two.',
  ]
  for (const [sectionName, { help, keys }] of Object.entries(schema as Schema)) {
    parts.push('', ...paragraph(help).map(line => `# ${line}`), `[${sectionName}]`)
    for (const [key, setting] of Object.entries(keys)) {
      parts.push('', ...paragraph(setting.help).map(line => `# ${line}`), `# ${sampleLine(key, setting)}`)
    }
  }
  return `${parts.join('\n')}\n`
}

function sampleLine(key: string, setting: AnySetting): string {
  if (setting.shownDefault === undefined) return `${fileName(key)} = ${literal(setting.default)}`
  return `${fileName(key)} = "…"    (default: ${setting.shownDefault.replaceAll('`', '')})`
}

/** The settings in force, as a file that would lead to them again; secrets are left out. */
export function effective(settings: Settings): string {
  const file: Record<string, Record<string, unknown>> = {}
  for (const [sectionName, keys] of Object.entries(settings)) {
    const declared: Readonly<Record<string, AnySetting>> = schema[sectionName as keyof typeof schema].keys
    file[sectionName] = Object.fromEntries(
      Object.entries(keys).flatMap(([key, value]) =>
        declared[key]?.secret === true ? [] : [[fileName(key), value] as const],
      ),
    )
  }
  return stringify(file)
}

function literal(value: unknown): string {
  return stringify({ value })
    .trim()
    .replace(/^value = /, '')
}

function paragraph(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}
