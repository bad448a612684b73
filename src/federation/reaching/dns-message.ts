/** The little of DNS messages (RFC 1035 §4) that it takes to ask a resolver whether it has validated what it says. */

export const recordTypes = { A: 1, AAAA: 28, SRV: 33, TLSA: 52 } as const

export type RecordType = keyof typeof recordTypes

export interface Answer {
  /** What the records of the wanted type hold. */
  readonly data: readonly Buffer[]
  /** RFC 6840 §5.8: everything in it was validated. */
  readonly authentic: boolean
  /** It was too long for a datagram, and has to be asked for over TCP. */
  readonly truncated: boolean
}

/** The resolver could not tell: RFC 4035 §5.5 has it say so, too, where signatures are wrong. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const typeOfOptions = 41
const internet = 1
const datagramBytes = 1232
const isAnswer = 0x8000
const isTruncated = 0x0200
const recursionDesired = 0x0100
/** In a question it asks for the same bit in the answer (RFC 6840 §5.7). */
const authenticData = 0x0020
const noError = 0
const noSuchName = 3
const longestName = 255
const mostRecords = 200

/** @param name ASCII, with or without a dot at the end. Throws NoAnswer if DNS can have no such name. */
export function question(id: number, name: string, type: RecordType): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(recursionDesired | authenticData, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(1, 10)
  // EDNS (RFC 6891 §6.1.2): the root as name, how long a datagram may be, and nothing else.
  const options = Buffer.alloc(11)
  options.writeUInt16BE(typeOfOptions, 1)
  options.writeUInt16BE(datagramBytes, 3)
  return Buffer.concat([header, asked(name, type), options])
}

function asked(name: string, type: RecordType): Buffer {
  const labels = name.replace(/\.$/, '').split('.')
  const parts = labels.map(label => {
    const bytes = Buffer.from(label, 'latin1')
    if (bytes.length === 0 || bytes.length > 63) throw new NoAnswer('That is no name in DNS.')
    return Buffer.concat([Buffer.from([bytes.length]), bytes])
  })
  const tail = Buffer.alloc(5)
  tail.writeUInt16BE(recordTypes[type], 1)
  tail.writeUInt16BE(internet, 3)
  const whole = Buffer.concat([...parts, tail])
  if (whole.length - 4 > longestName) throw new NoAnswer('That is no name in DNS.')
  return whole
}

/** Whether these bytes claim to answer that question: who sends just anything to our port is not listened to. */
export function isAnswerTo(message: Buffer, asking: Buffer): boolean {
  const end = asking.length - 11
  return (
    message.length >= end &&
    message.readUInt16BE(0) === asking.readUInt16BE(0) &&
    (message.readUInt16BE(2) & isAnswer) !== 0 &&
    message.toString('latin1', 12, end).toLowerCase() === asking.toString('latin1', 12, end).toLowerCase()
  )
}

/**
 * @param message one for which `isAnswerTo` holds
 * @throws NoAnswer if it tells of a failure or cannot be read
 */
export function answer(message: Buffer, asking: Buffer, type: RecordType): Answer {
  const flags = message.readUInt16BE(2)
  const code = flags & 0x0f
  if (code !== noError && code !== noSuchName) throw new NoAnswer(`The resolver answered with the code ${code}.`)
  const truncated = (flags & isTruncated) !== 0
  try {
    const data = truncated ? [] : records(message, asking.length - 11, recordTypes[type])
    return { data, authentic: (flags & authenticData) !== 0, truncated }
  } catch (cause) {
    throw new NoAnswer('The answer of the resolver cannot be read.', { cause })
  }
}

/** Those of the answer section; what an alias leads to is among them (RFC 1034 §4.3.2). */
function records(message: Buffer, from: number, type: number): Buffer[] {
  const count = message.readUInt16BE(6)
  if (count > mostRecords) throw new RangeError('Too many records.')
  const found: Buffer[] = []
  let at = from
  for (let i = 0; i < count; i++) {
    at = name(message, at).next
    const start = at + 10
    const size = message.readUInt16BE(at + 8)
    if (start + size > message.length) throw new RangeError('A record goes beyond the end.')
    const fits = message.readUInt16BE(at) === type && message.readUInt16BE(at + 2) === internet
    if (fits)
      found.push(type === recordTypes.SRV ? uncompressed(message, start) : message.subarray(start, start + size))
    at = start + size
  }
  return found
}

/** RFC 2782 forbids pointers in the target; some write them all the same. */
function uncompressed(message: Buffer, at: number): Buffer {
  const target = name(message, at + 6).text
  return Buffer.concat([message.subarray(at, at + 6), Buffer.from(target, 'latin1')])
}

function name(message: Buffer, from: number): { readonly text: string; readonly next: number } {
  const labels: string[] = []
  let at = from
  let next: number | undefined
  let length = 0
  for (;;) {
    const size = message.readUInt8(at)
    if (size === 0) return { text: labels.join('.'), next: next ?? at + 1 }
    if (size >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff
      // Pointers lead backwards, so they come to an end.
      if (target >= at) throw new RangeError('A pointer leads forwards.')
      next ??= at + 2
      at = target
      continue
    }
    length += size + 1
    if (size > 63 || length > longestName || at + 1 + size > message.length) throw new RangeError('A name is too long.')
    labels.push(message.toString('latin1', at + 1, at + 1 + size))
    at += size + 1
  }
}
