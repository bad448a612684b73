// A terse report: failures in full, everything else as a count. Skipped tests and tests without a body to run count as
// failures: a test that does not run says nothing.

export default async function* report(events) {
  let passed = 0
  const broken = []
  for await (const { type, data } of events) {
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
