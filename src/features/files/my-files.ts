/** The command by which people see and delete the files they uploaded. What a file is called, the server does not know. */

import { form, type ReceivedForm } from '../../protocol/data-forms.ts'
import { problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { type Command, type Outcome, ownPeople, type Stage } from '../../routing/command.ts'
import type { Question } from '../../routing/feature.ts'
import { type FileLimits, inWords } from './quota.ts'
import { blobNameOf, isSecret } from './sealed-file.ts'
import type { StoredFile, StoredFiles } from './stored-files.ts'

export interface MyFilesParts {
  readonly files: StoredFiles
  readonly limits: FileLimits
  readonly retentionDays: number
}

/** docs/extensions/files.md */
const node = 'urn:sotto:files:0#mine'

/** Files in one form: it has to fit into a stanza, and on a screen. */
const listedAtOnce = 200
/** Digits of a blob's name that tell it from the owner's others. */
const shortDigits = 8

export const myFiles = ({ files, limits, retentionDays }: MyFilesParts): Command => {
  async function begin(question: Question): Promise<Outcome> {
    const { id } = question.session!.account
    const all = await files.list(id)
    const kib = all.reduce((sum, file) => sum + file.kib, 0)
    const share = `${all.length} files, ${inWords(kib * 1024)} of ${inWords(limits.accountBytes)}.`
    if (all.length === 0) return { done: true, notes: [{ type: 'info', text: 'You have no files here.' }] }
    return { form: listForm(all.slice(0, listedAtOnce), all.length, share), last: false, submit: chosen }
  }

  function listForm(shown: readonly StoredFile[], count: number, share: string): Element {
    const part = count > shown.length ? ` The oldest ${shown.length} are listed.` : ''
    return form({
      type: 'form',
      means: node,
      title: 'My files',
      instructions: `${share}${part} Each goes by itself after ${retentionDays} days. What is in them and what they are called is sealed: this server does not know it.`,
      fields: [
        {
          name: 'files',
          type: 'list-multi',
          label: 'Delete these',
          options: shown.map(file => ({ value: shortOf(file), label: labelOf(file) })),
        },
        {
          name: 'links',
          type: 'text-multi',
          label: 'Delete the files with these links',
          explains: 'For a file that you know by its link, from a message that you sent.',
        },
      ],
    })
  }

  async function chosen(filled: ReceivedForm, question: Question): Promise<Outcome> {
    const { id } = question.session!.account
    const short = new Set(filled.values('files'))
    const linked = new Set(filled.values('links').flatMap(blobsIn))
    const doomed = (await files.list(id)).filter(file => short.has(shortOf(file)) || linked.has(file.blob))
    if (doomed.length === 0) throw problem('not-acceptable', 'None of your files was chosen.')
    return confirmation(doomed)
  }

  function confirmation(doomed: readonly StoredFile[]): Stage {
    return {
      last: true,
      form: form({
        type: 'form',
        means: node,
        title: 'Delete for good?',
        instructions: `${doomed.map(labelOf).join('\n')}\n\nWhoever has not fetched them yet cannot do so any more.`,
        fields: [{ name: 'sure', type: 'boolean', label: 'Delete them', required: true, values: ['1'] }],
      }),
      async submit(filled, question) {
        if (filled.flag('sure') !== true) return { done: true, notes: [{ type: 'info', text: 'Nothing was deleted.' }] }
        const gone = await files.remove(
          question.session!.account.id,
          doomed.map(({ blob }) => blob),
        )
        return {
          done: true,
          notes: [{ type: 'info', text: gone === 1 ? 'One file was deleted.' : `${gone} files were deleted.` }],
        }
      },
    }
  }

  return { node, name: 'My files', allows: ownPeople, begin }
}

function shortOf({ blob }: StoredFile): string {
  return blob.slice(0, shortDigits)
}

function labelOf(file: StoredFile): string {
  return `${file.day} · ${inWords(file.kib * 1024)} · ${shortOf(file)}`
}

/** Links as people paste them: `https://…/files/SECRET/name.jpg`, also with another scheme and a key behind a # (XEP-0454). */
function blobsIn(line: string): string[] {
  const secret = /\/files\/([\w-]+)(?:[/?#]|$)/.exec(line.trim())?.[1] ?? ''
  return isSecret(secret) ? [blobNameOf(secret)] : []
}
