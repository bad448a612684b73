// A terse report: failures in full, everything else as a count. Skipped tests and tests without a body to run count as
// failures: a test that does not run says nothing.

/** Tests that take longer are listed, so that nobody has to wonder where the time goes. */
const slowMs = 5_000

export default async function* report(events) {
  let passed = 0
  const broken = []
  const slow = []
  for await (const { type, data } of events) {
    if (data.details?.duration_ms > slowMs && data.details.type !== 'suite') slow.push(data)
    if (type === 'test:pass' && data.details?.type !== 'suite') {
      const reason = data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'left to do' : undefined
      if (reason === undefined) passed++
      else {
        broken.push(data)
        yield `\n✖ ${place(data)} ${data.name}: ${reason}\n`
      }
    } else if (type === 'test:fail') {
      // A suite fails because of a test in it, which has been told already, or because of a hook.
      if (data.details?.error?.failureType === 'subtestsFailed') continue
      broken.push(data)
      yield `\n✖ ${place(data)} ${data.name}\n${indented(describe(data.details?.error))}\n`
    } else if ((type === 'test:stdout' || type === 'test:stderr') && process.env.TEST_OUTPUT === 'all') {
      yield data.message
    }
  }
  for (const data of slow.sort((a, b) => b.details.duration_ms - a.details.duration_ms).slice(0, 10)) {
    yield `  ${(data.details.duration_ms / 1000).toFixed(1).padStart(6)} s  ${place(data)} ${data.name}\n`
  }
  yield `${passed} passed, ${broken.length} failed\n`
  for (const data of broken) yield `  ✖ ${place(data)} ${data.name}\n`
  if (broken.length > 0 || passed === 0) process.exitCode = 1
}

function place({ file, line }) {
  return `${String(file).replace(`${process.cwd()}/`, '')}:${line}`
}

function describe(error) {
  const cause = error?.cause ?? error
  if (!(cause instanceof Error)) return String(cause?.stack ?? cause?.message ?? cause)
  return cause.stack?.includes(cause.message) ? cause.stack : `${cause.message}\n${cause.stack}`
}

function indented(text) {
  return String(text).replace(/^/gm, '    ')
}
