/** Every specification that is implemented, by whom: features say it themselves, the rooms below them here. */
import { connectionsImplement } from './connections/implements.ts'
import { federationImplements } from './federation/implements.ts'
import { type Feature, type Implements, rfc, xep } from './routing/feature.ts'

/** One specification, put together from all who implement some of it. */
export interface Implemented extends Implements {
  readonly by: readonly string[]
}

const rooms: readonly Pick<Feature, 'name' | 'implements'>[] = [
  {
    name: 'protocol',
    implements: [
      rfc(7622, 'complete'),
      rfc(8264, 'complete'),
      rfc(8265, 'partial', '`UsernameCaseMapped` and `OpaqueString`'),
      rfc(5892, 'complete'),
      rfc(5893, 'complete'),
      rfc(3492, 'complete'),
      xep(4, '2.13.2', 'partial', 'without tables of results'),
      xep(68, '1.3.0', 'complete'),
      xep(122, '1.0.2', 'partial', 'in forms of ours, where a value is a number'),
      xep(82, '1.1.1', 'complete'),
    ],
  },
  {
    name: 'accounts',
    implements: [
      rfc(4616, 'complete'),
      rfc(5802, 'complete'),
      rfc(7677, 'complete'),
      xep(474, '0.5.0', 'complete'),
      xep(484, '0.2.0', 'complete'),
    ],
  },
  {
    name: 'routing',
    implements: [rfc(6121, 'partial', 'exchanging messages (§5) and IQs (§6); who gets what (§8)')],
  },
  { name: 'connections', implements: connectionsImplement },
  { name: 'federation', implements: federationImplements },
]

/**
 * RFCs, then XEPs, each in the order of their numbers.
 * @throws Error where two claim different versions of one specification
 */
export function everythingImplemented(features: readonly Feature[]): readonly Implemented[] {
  const bySpec = new Map<string, Implemented>()
  for (const { name, implements: claims } of [...rooms, ...features]) {
    for (const claim of claims) bySpec.set(claim.spec, joined(bySpec.get(claim.spec), claim, name))
  }
  return [...bySpec.values()].sort((one, other) => (key(one) < key(other) ? -1 : 1))
}

function joined(before: Implemented | undefined, claim: Implements, by: string): Implemented {
  if (before === undefined) return { ...claim, by: [by] }
  if (before.version !== claim.version) {
    throw new Error(`${claim.spec}: ${before.by.join(', ')} and ${by} implement different versions.`)
  }
  const notes = [before.note, claim.note].filter(note => note !== undefined)
  return {
    ...before,
    status: before.status === 'complete' && claim.status === 'complete' ? 'complete' : 'partial',
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    by: [...before.by, by],
  }
}

/** `RFC 6121` → `RFC 06121`, so that text sorts like numbers. */
function key({ spec }: Implemented): string {
  return spec.replace(/\d+/, digits => digits.padStart(5, '0'))
}
