/** XEP-0363: who asks for a slot gets one, or hears why not and when again. */

import { dayOf } from '../../privacy/day.ts'
import { form } from '../../protocol/data-forms.ts'
import { domainOf } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { iqGet, type Question } from '../../routing/feature.ts'
import { type Service, serviceJid } from '../../routing/services.ts'
import { inLink, plainType, safeName, unknownType } from './file-names.ts'
import { type FileLimits, largestFile, later, refusal, uploadNs } from './quota.ts'
import { blobNameOf, type FileFacts, fitsHead, newSecret } from './sealed-file.ts'
import type { Slots } from './slots.ts'
import type { StoredFiles } from './stored-files.ts'

const purposeNs = 'urn:xmpp:http:upload:purpose:0'
/** docs/extensions/files.md */
const limitsNs = 'urn:sotto:files:0'

export interface UploadParts {
  /** The first domain. */
  readonly domain: string
  readonly files: StoredFiles
  readonly slots: Slots
  readonly limits: FileLimits
  readonly retentionDays: number
  /** `https://example.org:5443`: where the people of a domain reach the pages. */
  origin(domain: string): string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export const uploadService = (parts: UploadParts): Service => {
  const { files, slots, limits, retentionDays, now } = parts

  async function request({ payload, session }: Question): Promise<Element> {
    if (session === undefined) throw problem('forbidden', 'Only people who have an account here can upload files here.')
    const { id, gone, jid } = session.account
    if (gone) throw problem('forbidden', 'This account is being deleted.')
    const { facts, typed } = wanted(payload, now())
    const usage = await files.usage(id)
    const claims = slots.claimed(id)
    const today = dayOf(now())
    const refused = refusal({ size: facts.size, limits, usage, claims, today, retentionDays })
    if (refused !== undefined) throw refused
    const secret = newSecret()
    const slot = slots.open(id, blobNameOf(secret), facts, typed)
    if ('fullUntil' in slot) {
      throw later(
        'Too many uploads were asked for and not begun. Finish some, or wait a little.',
        stamp(slot.fullUntil),
      )
    }
    const url = `${parts.origin(domainOf(jid))}/files/${secret}${facts.name === '' ? '' : `/${inLink(facts.name)}`}`
    return xml(
      'slot',
      { xmlns: uploadNs },
      xml('put', { url }, xml('header', { name: 'Authorization' }, `Bearer ${slot.token}`)),
      xml('get', { url }),
    )
  }

  const purposes = ['message', 'ephemeral'].map(purpose => `${purposeNs}#${purpose}`)
  const forms = [
    form({
      type: 'result',
      means: uploadNs,
      fields: [{ name: 'max-file-size', values: [String(largestFile(limits))] }],
    }),
    form({
      type: 'result',
      means: limitsNs,
      fields: [
        { name: 'max-bytes-per-day', values: [String(limits.dailyBytes)] },
        { name: 'max-bytes-per-account', values: [String(limits.accountBytes)] },
        { name: 'days', values: [String(retentionDays)] },
      ],
    }),
  ]

  return {
    jid: serviceJid('upload', parts.domain),
    ownable: true,
    identity: { category: 'store', type: 'file', name: 'HTTP File Upload' },
    advertises: [uploadNs, ...purposes],
    forms: () => forms,
    answers: [iqGet(`{${uploadNs}}request`, ['service'], request)],
  }

  /** @throws Problem for what cannot be uploaded, whoever asks and however much room there is */
  function wanted(payload: Element, at: number): { facts: FileFacts; typed: boolean } {
    const filename = payload.attr('filename')
    const size = payload.attr('size') ?? ''
    if (filename === undefined) throw problem('bad-request', 'A file needs a name (filename).')
    if (!/^[1-9]\d{0,14}$/.test(size))
      throw problem('bad-request', 'A file has a size (size), in bytes, and is not empty.')
    const written = payload.attr('content-type') || undefined
    const type = written === undefined ? undefined : plainType(written)
    if (written !== undefined && type === undefined)
      throw problem('bad-request', 'The content-type is no type of media.')
    const facts: FileFacts = {
      name: safeName(filename),
      type: type ?? unknownType,
      size: Number(size),
      ...purposeOf(payload, at),
    }
    if (!fitsHead(facts)) throw problem('not-acceptable', 'The name of the file is too long.')
    return { facts, typed: type !== undefined }
  }

  function purposeOf(payload: Element, at: number): Pick<FileFacts, 'purpose' | 'ends'> {
    const [purpose, second] = payload.elements().filter(({ ns }) => ns === purposeNs)
    if (second !== undefined) throw problem('bad-request', 'A file has one purpose.')
    switch (purpose?.name) {
      case undefined:
      case 'message':
        return { purpose: 'message' }
      case 'ephemeral': {
        const ends = instant(purpose.attr('expire-before') ?? '')
        if (ends === undefined) throw problem('bad-request', 'An ephemeral file needs a time (expire-before).')
        if (ends <= at) throw problem('not-acceptable', 'The file would be gone before it is here.')
        return { purpose: 'ephemeral', ends }
      }
      default:
        throw problem('feature-not-implemented', `Files live ${retentionDays} days here, whatever they are for.`)
    }
  }
}

/** XEP-0082: in UTC or with an offset. */
function instant(text: string): number | undefined {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
  const time = shape.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function stamp(ms: number): string {
  return `${new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
}
