/** RFC 9110 §14: parts of a file. */

/** First and last byte. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * Reads the header `Range`. Several ranges at once, other units and what is no range at all are answered with the whole
 * file, as RFC 9110 §14.2 allows.
 * @returns undefined for the whole file
 */
export function parseRange(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '')
  if (found === null) return undefined
  const [, first = '', last = ''] = found
  if (first === '') {
    if (last === '') return undefined
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size - 1 }
  }
  const from = Number(first)
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < from) return undefined
  return from >= size ? 'unsatisfiable' : { from, to }
}
