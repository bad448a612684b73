import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metrics, measureProcess } from './metrics.ts'

test('the page is OpenMetrics text, with every label combination from the start', () => {
  const metrics = new Metrics()
  const refused = metrics.counter('sotto_refused', 'What was refused.', { at: ['screen', 'record'] })
  const bugs = metrics.counter('sotto_bugs', 'Mistakes of ours.')
  const sessions = metrics.gauge('sotto_sessions', 'Open sessions.')
  const batch = metrics.histogram('sotto_batch', 'Rows in a commit.', [1, 10])
  metrics.observed('sotto_queue', 'gauge', 'Waiting.', () => 7)
  refused.of({ at: 'record' }).add()
  refused.of({ at: 'record' }).add(2)
  bugs.add()
  sessions.set(5)
  sessions.add(-1)
  for (const value of [1, 2, 10, 11]) batch.observe(value)
  assert.equal(
    metrics.text(),
    `# TYPE sotto_refused counter
# HELP sotto_refused What was refused.
sotto_refused_total{at="screen"} 0
sotto_refused_total{at="record"} 3
# TYPE sotto_bugs counter
# HELP sotto_bugs Mistakes of ours.
sotto_bugs_total 1
# TYPE sotto_sessions gauge
# HELP sotto_sessions Open sessions.
sotto_sessions 4
# TYPE sotto_batch histogram
# HELP sotto_batch Rows in a commit.
sotto_batch_bucket{le="1"} 1
sotto_batch_bucket{le="10"} 3
sotto_batch_bucket{le="+Inf"} 4
sotto_batch_sum 24
sotto_batch_count 4
# TYPE sotto_queue gauge
# HELP sotto_queue Waiting.
sotto_queue 7
# EOF
`,
  )
})

test('a label takes declared values only, at compile time and at run time', () => {
  const refused = new Metrics().counter('sotto_refused', 'What was refused.', { at: ['screen', 'record'] })
  // @ts-expect-error nobody declared a person
  assert.throws(() => refused.of({ at: 'romeo@montague.example' }), /no such labels/)
})

test('two metrics of one name, and names that are none, are mistakes', () => {
  const metrics = new Metrics()
  metrics.counter('sotto_x', 'X.')
  assert.throws(() => metrics.gauge('sotto_x', 'X.'), /two metrics/)
  assert.throws(() => metrics.gauge('sotto x', 'X.'), /cannot be called/)
})

test('the process tells its own figures', () => {
  const metrics = new Metrics()
  const stop = measureProcess(metrics)
  const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics.text())?.[1])
  assert.ok(value('sotto_cpu_seconds_total') > 0)
  assert.ok(value('sotto_memory_bytes') > 1e6)
  assert.ok(value('sotto_heap_bytes') > 1e5)
  assert.ok(value('sotto_event_loop_delay_seconds') >= 0)
  stop()
})
