/** `sotto account import`: what an account had elsewhere, from a file (XEP-0227), also from one that is split into several. */

import { resolve } from 'node:path'
import type { ImportReport, Tally } from '../accounts/import-report.ts'
import { accountsIn, NoSuchPart, oneAccount } from '../features/portability/files.ts'
import { NotReadable } from '../features/portability/reader.ts'
import { type ControlClient, openControl, Refused } from '../operations/control.ts'
import { type BareJid, domainOf, parseBareJid } from '../protocol/jid.ts'
import { jidOf } from './accounts.ts'
import { type Call, type Command, configOption, jsonOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

export const accountImport: Command = {
  name: 'account import',
  takes: ['JID', 'FILE'],
  summary:
    'Take contacts, history and settings of an account elsewhere into one that is here (XEP-0227), while the service runs.',
  options: {
    from: { type: 'string', value: 'JID', help: 'Which account in the file, if it has several and none of this name.' },
    'tell-contacts': {
      type: 'boolean',
      help: 'Tell contacts who are asked which address they knew (XEP-0283). The old account has to say so, too.',
    },
    'keep-subscriptions': {
      type: 'boolean',
      help: 'Believe the file about who may see whom: for an account that had this same address at the server before.',
    },
    ...jsonOption,
    ...configOption,
  },
  run: async call => {
    const { settings } = settingsFor(call)
    const jid = parseBareJid(jidOf(call, settings))!
    const file = resolve(call.terminal.directory, call.words[1]!)
    const from = await readably(file, () => chosen(call, file, jid))
    if (call.flag('keep-subscriptions') && from !== jid)
      throw new WrongUse(`Subscriptions hold for one address only: the file has ${from}, and this is ${jid}.`)
    const client = await openControl(settings.service.data)
    if (client === undefined)
      throw new Refused('The service has to run for this, since contacts are asked: start it with "sotto serve".')
    try {
      const report = await readably(file, () => sent(client, file, { jid, from, call }))
      if (call.flag('json')) call.terminal.out(JSON.stringify(report))
      else for (const line of told(report, jid)) call.terminal.out(line)
      return report.broken === undefined ? 0 : 1
    } finally {
      client.close()
    }
  },
}

/** Which account of the file is meant. */
async function chosen(call: Call, file: string, jid: BareJid): Promise<BareJid> {
  const said = call.text('from')
  const all = await accountsIn(file, domainOf(parseBareJid(said ?? '') ?? jid))
  const from = said === undefined ? (all.has(jid) ? jid : all.size === 1 ? [...all][0] : undefined) : parseBareJid(said)
  if (all.size === 0) throw new Refused(`There is no account in ${file}.`)
  if (from === undefined)
    throw new WrongUse(
      said === undefined ? `${file} has ${all.size} accounts. Say which with --from.` : `"${said}" is not an address.`,
    )
  if (!all.has(from)) throw new Refused(`There is no account ${from} in ${file}.`)
  return from
}

/** Bytes that fit into one request, written as text. */
const pieceBytes = 36_000

interface Sending {
  readonly jid: BareJid
  readonly from: BareJid
  readonly call: Call
}

async function sent(client: ControlClient, file: string, { jid, from, call }: Sending): Promise<ImportReport> {
  const { id } = (await client.ask('account import', {
    jid,
    from,
    tells: call.flag('tell-contacts'),
    trusts: call.flag('keep-subscriptions'),
  })) as { id: number }
  let held = Buffer.alloc(0)
  let more = true
  const flush = async (least: number): Promise<void> => {
    while (more && held.length > 0 && held.length >= least) {
      const base64 = held.subarray(0, pieceBytes).toString('base64')
      held = held.subarray(pieceBytes)
      ;({ more } = (await client.ask('account import piece', { id, base64 })) as { more: boolean })
    }
  }
  try {
    for await (const text of oneAccount(file, from)) {
      held = Buffer.concat([held, Buffer.from(text)])
      await flush(pieceBytes)
      if (!more) break
    }
    await flush(0)
  } catch (thrown) {
    await client.ask('account import end', { id })
    throw thrown
  }
  return (await client.ask('account import end', { id })) as ImportReport
}

const why: Readonly<Record<NotReadable['because'], string>> = {
  'not xml': 'is no XML, or is damaged',
  'not this format': 'is not of the format XEP-0227',
  'too large': 'has something in it that is larger than anything can be here',
  'cut off': 'breaks off in the middle',
}

async function readably<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof NotReadable) throw new Refused(`${file} ${why[thrown.because]}.`)
    if (thrown instanceof NoSuchPart) {
      throw new Refused(
        thrown.href === file
          ? `${file} cannot be read.`
          : `${file} names ${thrown.href}, which is not there, or not below its directory.`,
      )
    }
    throw thrown
  }
}

/** Everything in the file, on one side or the other. */
function told(report: ImportReport, jid: BareJid): string[] {
  const { contacts, history, broken } = report
  const line = (what: string, { taken, there, left }: Tally, ...more: (string | false)[]): string[] => {
    const besides = [there > 0 && `${there} there already`, left > 0 && `${left} left out`, ...more].filter(Boolean)
    if (taken === 0 && besides.length === 0) return []
    return [`${what}: ${taken} taken${besides.length === 0 ? '' : `; ${besides.join('; ')}`}`]
  }
  return [
    `From ${report.from} into ${jid}:`,
    ...line(
      'Contacts',
      contacts,
      contacts.asked > 0 && `${contacts.asked} asked`,
      contacts.unasked > 0 && `${contacts.unasked} not asked, since so many cannot be asked in an hour`,
    ),
    ...line(
      'Messages',
      history,
      history.old > 0 && `${history.old} older than messages are kept`,
      history.overlapping > 0 && `${history.overlapping} not older than the history that is there`,
      history.unwanted > 0 && `${history.unwanted} of kinds, or with people, of whom nothing is kept`,
      history.shut > 0 &&
        `${history.shut} left out, since nothing can be put before the history that is there until that has expired or its owner has emptied it`,
    ),
    ...line('Waiting messages', report.waiting),
    ...line('Visiting card', report.card),
    ...line('Settings of apps', report.settings),
    ...line('Published items', report.published, report.bound > 0 && `${report.bound} good at the old place only`),
    ...line('Blocked addresses', report.blocked),
    ...(report.requests > 0
      ? [`${report.requests} requests of others to the old address: they have to ask again.`]
      : []),
    ...(report.unknown > 0 ? [`${report.unknown} things that mean nothing here.`] : []),
    ...(broken === 'ended' ? ['The account is being deleted: nothing more was taken, and nobody was asked.'] : []),
    ...(broken === undefined || broken === 'ended'
      ? []
      : [`The file could not be read to its end (${broken}): nobody was asked.`]),
  ]
}
