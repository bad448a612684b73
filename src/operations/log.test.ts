import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BareJid, parseBareJid } from '../protocol/jid.ts'
import { type LogLevel, openLog, reduced } from './log.ts'

function spy(level: LogLevel = 'debug') {
  const lines: string[] = []
  let time = 0
  const log = openLog({ level, write: line => lines.push(line), now: () => time })
  return { log, lines, pass: (ms: number) => (time += ms), said: () => lines.map(line => JSON.parse(line)) }
}

describe('a line', () => {
  test('is one JSON object with the event and its facts, and no time', () => {
    const { log, lines } = spy()
    const because = Math.random() < 2 ? 'too large' : 'too many'
    log.info('message not archived', { because, bytes: 312, again: false })
    assert.deepEqual(lines, [
      '{"level":"info","event":"message not archived","because":"too large","bytes":312,"again":false}\n',
    ])
  })

  test('below the level is not written', () => {
    const { log, said } = spy('warning')
    log.info('one')
    log.debug('two')
    log.warning('three')
    log.error('four')
    assert.deepEqual(
      said().map(line => line.event),
      ['three', 'four'],
    )
  })
})

test('what names people does not compile', () => {
  const { log } = spy()
  const jid: BareJid = parseBareJid('romeo@montague.example')!
  const text: string = 'Soft! what light?'
  const account = 12345 as number & { readonly brand: 'account' }
  const pattern: `from ${string}` = 'from romeo'
  // @ts-expect-error an address is personal
  log.info('message not archived', { to: jid })
  // @ts-expect-error a text may be anything
  log.info('message not archived', { body: text })
  // @ts-expect-error a branded number stands for somebody
  log.info('message not archived', { account })
  // @ts-expect-error half a literal is no literal
  log.info('message not archived', { pattern })
  // @ts-expect-error an event is a literal
  log.info(text)
  // @ts-expect-error an event is a literal
  log.info(`signed in: ${text}`)
  // @ts-expect-error an address is no event
  log.info(jid)
  // @ts-expect-error objects may hold anything
  log.info('message not archived', { message: { to: jid } })
  const facts: Record<string, number> = { [text]: 1 }
  // @ts-expect-error names of facts are literals as well
  log.info('message not archived', facts)
})

describe('an error', () => {
  test('is told by class, code and place, never by its message', () => {
    const { log, lines } = spy()
    const secret = 'romeo@montague.example said hello from 192.0.2.7'
    const cause = Object.assign(new TypeError(secret), { code: 'ERR_INVALID_ARG' })
    log.warning('peer unreachable', { attempts: 3 }, new RangeError(secret, { cause }))
    const line = lines[0]!
    assert.doesNotMatch(line, /romeo|192|hello/)
    const said = JSON.parse(line)
    assert.equal(said.error, 'RangeError')
    assert.match(said.at[0], /^operations\/log\.test\.ts:\d+$/)
    assert.equal(said.because.error, 'TypeError')
    assert.equal(said.because.code, 'ERR_INVALID_ARG')
  })

  test('whose message, name or code imitates something else gives nothing away', () => {
    const frame = (new Error('x').stack ?? '').split('\n')[1]!
    const forged = new Error(`a\n${frame.replace('log.test.ts', 'romeo-was-here.ts')}`)
    forged.name = 'romeo@montague.example'
    Object.assign(forged, { code: 'romeo@montague.example' })
    assert.doesNotMatch(JSON.stringify(reduced(forged)), /romeo/)
    forged.message = 'something else by now'
    assert.doesNotMatch(JSON.stringify(reduced(forged)), /romeo/)
  })

  test('that is not an Error is told by its type', () => {
    assert.deepEqual(reduced('romeo'), { error: 'string' })
    assert.equal(reduced(undefined), undefined)
  })

  test('that causes itself ends', () => {
    const error = new Error('x')
    error.cause = error
    assert.ok(JSON.stringify(reduced(error)).length < 4000)
  })
})

test('a flood of one event is thinned out and counted, others are not touched', () => {
  const { log, lines, said, pass } = spy()
  for (let i = 0; i < 1000; i++) log.info('flood')
  log.info('other')
  assert.equal(lines.length, 21)
  pass(2000)
  log.info('flood')
  assert.deepEqual(said().at(-1), { level: 'info', event: 'flood', unsaid: 980 })
})

test('every bug is counted, written or not', () => {
  let bugs = 0
  const log = openLog({ level: 'info', write: () => undefined, onBug: () => bugs++ })
  for (let i = 0; i < 100; i++) log.bug('a stanza could not be routed', new Error('x'))
  assert.equal(bugs, 100)
})
