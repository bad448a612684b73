/** What there is at a path. */
export interface Found<T> {
  readonly at: T
  readonly params: Readonly<Record<string, string>>
}

interface Pattern<T> {
  readonly segments: readonly string[]
  readonly at: T
}

const none: Readonly<Record<string, string>> = {}

/** Paths and what is there: `/a/b`, `/a/:name`, and `/a/*` for everything below. */
export class Routes<T> {
  readonly #exact = new Map<string, T>()
  readonly #patterns: Pattern<T>[] = []

  /** What is at exactly this written path; `make` puts something there if nothing is yet. */
  at(path: string, make: () => T): T {
    if (!path.includes(':') && !path.endsWith('/*')) {
      const there = this.#exact.get(path) ?? make()
      this.#exact.set(path, there)
      return there
    }
    const known = this.#patterns.find(({ segments }) => segments.join('/') === path)
    if (known !== undefined) return known.at
    const made = { segments: path.split('/'), at: make() }
    this.#patterns.push(made)
    this.#patterns.sort((one, other) => unknowns(one.segments) - unknowns(other.segments))
    return made.at
  }

  /** @param path as it was sent, without the query */
  find(path: string): Found<T> | undefined {
    const at = this.#exact.get(path)
    if (at !== undefined) return { at, params: none }
    const segments = path.split('/')
    for (const pattern of this.#patterns) {
      const params = matched(pattern.segments, segments)
      if (params !== undefined) return { at: pattern.at, params }
    }
    return undefined
  }
}

/** Everything below is less known than any number of names. */
function unknowns(segments: readonly string[]): number {
  return segments.reduce((sum, segment) => sum + (segment === '*' ? 1000 : segment.startsWith(':') ? 1 : 0), 0)
}

function matched(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [i, wanted] of pattern.entries()) {
    const segment = path[i]
    if (segment === undefined) return undefined
    if (wanted === '*') {
      params.rest = path.slice(i).join('/')
      return params
    }
    if (wanted.startsWith(':')) {
      const value = decoded(segment)
      if (value === undefined || value === '') return undefined
      params[wanted.slice(1)] = value
    } else if (wanted !== segment) return undefined
  }
  return path.length === pattern.length ? params : undefined
}

/** A segment means one name: what decodes to a path of its own, or to what no name holds, is nowhere. */
function decoded(segment: string): string | undefined {
  try {
    const value = decodeURIComponent(segment)
    const ownPath = value === '.' || value === '..' || /[/\\]/.test(value)
    return ownPath || /[\u0000-\u001f\u007f]/.test(value) ? undefined : value
  } catch {
    return undefined
  }
}
