/** `sotto domain`: which domains are served, and what they have otherwise than the settings file says. */

import { resolve } from 'node:path'
import { domainSettings, optionName, perDomain } from '../settings/per-domain.ts'
import { withAccounts } from './accounts.ts'
import { type Call, type Command, configOption, jsonOption, type Option, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'
import type { DomainDetails, DomainSummary } from './domain-handlers.ts'

const files: ReadonlySet<string> = new Set(['certificate', 'key'])

/** One for each setting that a domain may have. */
const settingOptions: Readonly<Record<string, Option>> = Object.fromEntries(
  domainSettings.map(key => {
    const { help, allowed } = perDomain[key].setting
    const value = files.has(key) ? 'FILE' : 'VALUE'
    return [optionName(key), { type: 'string', value, help: `${help} ${files.has(key) ? '' : `(${allowed})`}`.trim() }]
  }),
)

function ownIn(call: Call): Readonly<Record<string, string>> {
  const given = domainSettings.flatMap(key => {
    const written = call.text(optionName(key))
    if (written === undefined) return []
    return [[key, files.has(key) ? resolve(call.terminal.directory, written) : written] as const]
  })
  return Object.fromEntries(given)
}

interface Done {
  readonly name: string
  readonly notes: readonly string[]
}

const add: Command = {
  name: 'domain add',
  takes: ['NAME'],
  summary: 'Serve one more domain, from now on.',
  options: { ...settingOptions, ...configOption },
  run: async call => {
    const request = { name: call.words[0], own: ownIn(call) }
    const { name, notes } = (await withAccounts(settingsFor(call).settings, ask => ask('domain add', request))) as Done
    for (const note of notes) call.terminal.err(`Note: ${note}`)
    call.terminal.out(`${name} is served. Its people reach it once DNS leads here ("sotto doctor ${name}").`)
    return 0
  },
}

const set: Command = {
  name: 'domain set',
  takes: ['NAME'],
  summary: 'Change what a domain has otherwise than the settings file says.',
  options: {
    ...settingOptions,
    usual: { type: 'string', value: 'SETTING,…', help: 'What is to be as the settings file says again.' },
    ...configOption,
  },
  run: async call => {
    const own = ownIn(call)
    const usual = call.text('usual')?.split(',') ?? []
    if (Object.keys(own).length === 0 && usual.length === 0) {
      throw new WrongUse('Nothing is to be changed. "sotto domain set --help" shows what can be.')
    }
    const request = { name: call.words[0], own, usual }
    const { name, notes } = (await withAccounts(settingsFor(call).settings, ask => ask('domain set', request))) as Done
    for (const note of notes) call.terminal.err(`Note: ${note}`)
    call.terminal.out(`${name} has it like that now.`)
    return 0
  },
}

async function isSure({ terminal }: Call, name: string): Promise<boolean> {
  if (!terminal.interactive)
    throw new WrongUse(`${name} would not be served any more. Add --yes if that is what you want.`)
  return (await terminal.ask(`Remove ${name}, with everything about its accounts? Type its name: `, false)) === name
}

const remove: Command = {
  name: 'domain remove',
  takes: ['NAME'],
  summary: 'Serve a domain no longer. With accounts in it this is refused, unless they are to be erased.',
  options: {
    erase: { type: 'boolean', help: 'Erase its accounts and everything that is kept about them, for good.' },
    yes: { type: 'boolean', help: 'Do it without asking.' },
    ...configOption,
  },
  run: async call => {
    const name = call.words[0]!
    if (!call.flag('yes') && !(await isSure(call, name))) {
      call.terminal.err('Nothing was removed.')
      return 1
    }
    let gone = 0
    await withAccounts(settingsFor(call).settings, ask =>
      ask('domain remove', { name, erase: call.flag('erase') }, async piece => {
        gone = Number(piece)
      }),
    )
    const erased = gone === 1 ? ' Its account is erased.' : gone > 1 ? ` Its ${gone} accounts are erased.` : ''
    call.terminal.out(`${name} is not served any more.${erased}`)
    return 0
  },
}

const list: Command = {
  name: 'domain list',
  takes: [],
  summary: 'List the domains that are served.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const all = (await withAccounts(settingsFor(call).settings, ask => ask('domain list'))) as DomainSummary[]
    if (call.flag('json')) call.terminal.out(JSON.stringify(all))
    else for (const each of all) call.terminal.out(inShort(each))
    return 0
  },
}

const show: Command = {
  name: 'domain show',
  takes: ['NAME'],
  summary: 'Tell what a domain has, and what it has otherwise than the settings file says.',
  options: { ...jsonOption, ...configOption },
  run: async call => {
    const request = { name: call.words[0] }
    const details = (await withAccounts(settingsFor(call).settings, ask =>
      ask('domain show', request),
    )) as DomainDetails
    if (call.flag('json')) call.terminal.out(JSON.stringify(details))
    else for (const line of inFull(details)) call.terminal.out(line)
    return 0
  },
}

function inShort({ name, first, accounts, leaving }: DomainSummary): string {
  const facts = [
    ...(first ? ['the first'] : []),
    accounts === 1 ? '1 account' : `${accounts} accounts`,
    ...(leaving ? ['is being removed'] : []),
  ]
  return `${name} (${facts.join(', ')})`
}

function inFull(details: DomainDetails): string[] {
  const { created, settings, certificate } = details
  return [
    inShort(details),
    ...(created === undefined ? [] : [`Added on ${created}.`]),
    `Certificate: ${certificate}.`,
    ...settings
      .filter(({ value }) => value !== '')
      .map(({ setting, value, own }) => `${optionName(setting)}: ${value}${own ? '' : ' (as the settings say)'}`),
  ]
}

export const domainCommands: readonly Command[] = [add, set, remove, list, show]
