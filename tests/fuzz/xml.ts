/**
 * Fuzzes the XML stream parser: `node tests/fuzz/xml.ts --inputs 1000000 --seed 1`.
 * Streams as clients send them are damaged at random, and each must fare the same in one piece and in many; what is
 * accepted must be well-formed to another parser too and survive being written and read again; what is refused must
 * be refused no later than another parser does, and with an XmlError.
 */
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { SaxesParser } from 'saxes'
import { Element } from '../../src/protocol/xml/element.ts'
import { parseElement, StreamParser, XmlError, type XmlLimits } from '../../src/protocol/xml/parser.ts'
import { write } from '../../src/protocol/xml/write.ts'
import { streams, tokens } from './xml-corpus.ts'

/** What a run has seen. */
export interface FuzzReport {
  inputs: number
  bytes: number
  /** Inputs without a fault, and the stanzas in all of them. */
  accepted: number
  stanzas: number
  /** Refusals by stream error condition. */
  refused: Map<string, number>
}

interface Outcome {
  events: string[]
  elements: Element[]
  condition: string
  /** Bytes given when it was refused, or all of them. */
  at: number
}

const limitsToTry: readonly XmlLimits[] = [
  { stanzaBytes: 262_144, depth: 64, attributes: 64, nameLength: 256 },
  { stanzaBytes: 300, depth: 4, attributes: 5, nameLength: 16 },
]

/** Damages and reads that many streams. Throws an Error that says how to see the failure again. */
export function fuzzXml(inputs: number, seed: number): FuzzReport {
  const report: FuzzReport = { inputs, bytes: 0, accepted: 0, stanzas: 0, refused: new Map() }
  for (let number = 0; number < inputs; number++) {
    const random = randomFrom(seed + number)
    const input = damaged(random)
    try {
      const { condition, elements } = check(input, random)
      if (condition === '') report.accepted++
      else report.refused.set(condition, (report.refused.get(condition) ?? 0) + 1)
      report.stanzas += elements.length
      report.bytes += input.length
    } catch (error) {
      throw new Error(`--inputs 1 --seed ${seed + number} fails for ${JSON.stringify(input.toString('latin1'))}`, {
        cause: error,
      })
    }
  }
  return report
}

function check(input: Buffer, random: (below: number) => number): Outcome {
  const limits = limitsToTry[random(5) === 0 ? 1 : 0] as XmlLimits
  const whole = read(input, limits, () => input.length)
  const most = 1 + random(60)
  same(
    whole,
    read(input, limits, () => 1 + random(most)),
  )
  if (random(16) === 0) {
    const slowly = read(input, limits, () => 1)
    same(whole, slowly)
    const before = slowly.condition === '' ? input : input.subarray(0, slowly.at - 1)
    assert.ok(isWellFormedSoFar(completeText(before)), 'another parser refuses this earlier')
  } else if (whole.condition === '') {
    assert.ok(isWellFormedSoFar(completeText(input)), 'another parser refuses this')
  }
  for (const el of whole.elements) {
    const built = rebuilt(el)
    const canonical = write(built)
    assert.equal(JSON.stringify(rebuilt(parseElement(canonical))), JSON.stringify(built))
    assert.equal(write(rebuilt(parseElement(write(el)))), canonical)
    assert.equal(write(rebuilt(parseElement(write(el.with({ from: 'x' }))))), write(built.with({ from: 'x' })))
  }
  return whole
}

function same(one: Outcome, other: Outcome): void {
  assert.equal(other.condition, one.condition, 'another condition in other pieces')
  assert.deepEqual(other.events, one.events, 'other events in other pieces')
}

function read(input: Buffer, limits: XmlLimits, size: () => number): Outcome {
  const outcome: Outcome = { events: [], elements: [], condition: '', at: input.length }
  const parser = new StreamParser(
    {
      open(header, { prefix, defaultNamespace }) {
        outcome.events.push(`open ${prefix} ${defaultNamespace} ${write(rebuilt(header))}`)
      },
      element(el) {
        outcome.elements.push(el)
        outcome.events.push(write(rebuilt(el)))
      },
      close: () => void outcome.events.push('close'),
    },
    limits,
  )
  for (let at = 0; at < input.length; ) {
    const to = Math.min(input.length, at + size())
    try {
      parser.push(input.subarray(at, to))
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      outcome.condition = error.condition
      outcome.at = to
      break
    }
    at = to
  }
  return outcome
}

/** The same element without the source text that could be forwarded. */
function rebuilt(el: Element): Element {
  const children = el.children.map(child => (typeof child === 'string' ? child : rebuilt(child)))
  return new Element(el.name, el.ns, [...el.attrs], children)
}

/** Without a character that has only begun, and without a byte order mark, which the other parser may not know. */
function completeText(bytes: Buffer): string {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 3 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--
  const lead = bytes[end - 1] ?? 0
  const needed = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  const complete = bytes.length - (end - 1) >= needed ? bytes.length : end - 1
  return bytes.toString('utf8', 0, complete).replace(/^\ufeff/, '')
}

/** Whether another parser has no complaint up to here, or until the stream is closed. */
function isWellFormedSoFar(text: string): boolean {
  let good = true
  let depth = 0
  let closed = false
  const saxes = new SaxesParser({ xmlns: true })
  saxes.on('opentag', () => {
    depth++
  })
  saxes.on('closetag', () => {
    if (--depth === 0) closed = true
  })
  saxes.on('error', () => {
    if (!closed) good = false
  })
  saxes.write(text)
  return good
}

function damaged(random: (below: number) => number): Buffer {
  const bytes = Buffer.from(streams[random(streams.length)] as string)
  const times = random(8) === 0 ? 0 : 1 + random(4)
  let out: Buffer = bytes
  for (let i = 0; i < times; i++) out = damage(out, random)
  return out
}

function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length + 1)
  const before = bytes.subarray(0, at)
  const length = random(4) === 0 ? random(40) : random(3)
  switch (random(7)) {
    case 0: {
      const copy = Buffer.from(bytes)
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random(8))
      return copy
    }
    case 1:
      return Buffer.concat([before, bytes.subarray(at + length)])
    case 2:
      return Buffer.concat([before, Buffer.from([random(256)]), bytes.subarray(at)])
    case 3:
      return Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)])
    case 4: {
      const other = Buffer.from(streams[random(streams.length)] as string)
      const from = random(other.length)
      return Buffer.concat([before, other.subarray(from, from + random(80)), bytes.subarray(at)])
    }
    default: {
      const token = Buffer.from(tokens[random(tokens.length)] as string, 'latin1')
      return Buffer.concat([before, token, bytes.subarray(at + (random(2) === 0 ? 0 : length))])
    }
  }
}

/** A small generator of numbers below a bound, the same for the same seed (Mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 0
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const started = performance.now()
  const report = fuzzXml(Number(values.inputs), Number(values.seed))
  const seconds = (performance.now() - started) / 1000
  const refusals = [...report.refused]
    .sort(([, a], [, b]) => b - a)
    .map(([condition, times]) => `${condition} ${times}`)
  console.log(
    `${report.inputs} inputs (${(report.bytes / 1e6).toFixed(0)} MB) in ${seconds.toFixed(1)} s, ` +
      `${Math.round(report.inputs / seconds)} a second: ${report.accepted} accepted, ${refusals.join(', ')}; ` +
      `${report.stanzas} stanzas written and read again`,
  )
}
