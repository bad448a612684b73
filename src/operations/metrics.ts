/**
 * Figures about the service in the OpenMetrics text format. A label is declared with all the values it can take, so none
 * can hold a name, an address or anything else that somebody sent.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks'

type Labels = Readonly<Record<string, readonly string[]>>

/** One value for each label. */
export type LabelValues<L extends Labels> = { readonly [K in keyof L]: L[K][number] }

export interface Count {
  add(amount?: number): void
}

export interface Level {
  set(value: number): void
  add(amount: number): void
}

export interface Distribution {
  observe(value: number): void
}

interface Family {
  text(): string
}

/** Everything that is measured. One for each running service, handed to whoever measures. */
export class Metrics {
  readonly #families = new Map<string, Family>()

  /** Something that only grows. Take the handles once, not in the hot path: `of` looks a combination up. */
  counter<const L extends Labels>(name: string, help: string, labels: L): { of(values: LabelValues<L>): Count }
  counter(name: string, help: string): Count
  counter(name: string, help: string, labels: Labels = {}): Count | { of(values: LabelValues<Labels>): Count } {
    const family = this.#family(name, 'counter', help, labels, '_total')
    const of = (values: LabelValues<Labels>): Count => {
      const cell = family.cell(values)
      return {
        add: (amount = 1) => {
          cell.value += amount
        },
      }
    }
    return Object.keys(labels).length === 0 ? of({}) : { of }
  }

  /** Something that goes up and down, told as it changes. */
  gauge<const L extends Labels>(name: string, help: string, labels: L): { of(values: LabelValues<L>): Level }
  gauge(name: string, help: string): Level
  gauge(name: string, help: string, labels: Labels = {}): Level | { of(values: LabelValues<Labels>): Level } {
    const family = this.#family(name, 'gauge', help, labels, '')
    const of = (values: LabelValues<Labels>): Level => {
      const cell = family.cell(values)
      return {
        set: value => {
          cell.value = value
        },
        add: amount => {
          cell.value += amount
        },
      }
    }
    return Object.keys(labels).length === 0 ? of({}) : { of }
  }

  /** Something that is looked up when somebody asks. `kind` is `counter` for what only grows. */
  observed(name: string, kind: 'gauge' | 'counter', help: string, read: () => number): void {
    const suffix = kind === 'counter' ? '_total' : ''
    this.#add(name, { text: () => `${header(name, kind, help)}${name}${suffix} ${read()}\n` })
  }

  /** How values spread over buckets; `bounds` are their upper ends, rising. */
  histogram(name: string, help: string, bounds: readonly number[]): Distribution {
    const counts = bounds.map(() => 0)
    let all = 0
    let sum = 0
    this.#add(name, {
      text: () => {
        let below = 0
        const buckets = bounds.map((bound, index) => {
          below += counts[index]!
          return `${name}_bucket{le="${bound}"} ${below}\n`
        })
        const rest = `${name}_bucket{le="+Inf"} ${all}\n${name}_sum ${sum}\n${name}_count ${all}\n`
        return header(name, 'histogram', help) + buckets.join('') + rest
      },
    })
    return {
      observe: value => {
        all++
        sum += value
        const index = bounds.findIndex(bound => value <= bound)
        if (index >= 0) counts[index]!++
      },
    }
  }

  /** The whole page, as `GET /metrics` answers it. */
  text(): string {
    return `${[...this.#families.values()].map(family => family.text()).join('')}# EOF\n`
  }

  #add(name: string, family: Family): void {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`A metric cannot be called ${name}.`)
    if (this.#families.has(name)) throw new Error(`There are two metrics called ${name}.`)
    this.#families.set(name, family)
  }

  #family(name: string, kind: string, help: string, labels: Labels, suffix: string) {
    const cells = new Map<string, { value: number }>()
    for (const labelling of combinations(labels)) cells.set(labelling, { value: 0 })
    this.#add(name, {
      text: () =>
        header(name, kind, help) +
        [...cells].map(([labelling, { value }]) => `${name}${suffix}${labelling} ${value}\n`).join(''),
    })
    return {
      cell: (values: LabelValues<Labels>) => {
        const cell = cells.get(labelled(Object.keys(labels).map(label => [label, values[label]!])))
        if (cell === undefined) throw new Error(`The metric ${name} has no such labels.`)
        return cell
      },
    }
  }
}

function header(name: string, kind: string, help: string): string {
  return `# TYPE ${name} ${kind}\n# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`
}

function labelled(pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0 ? '' : `{${pairs.map(([label, value]) => `${label}="${value}"`).join(',')}}`
}

/** All label combinations there can ever be: each is shown from the start, so a dashboard knows them at zero. */
function combinations(labels: Labels): string[] {
  let pairs: [string, string][][] = [[]]
  for (const [label, values] of Object.entries(labels)) {
    pairs = pairs.flatMap(before => values.map((value): [string, string][] => [...before, [label, value]]))
  }
  return pairs.map(labelled)
}

/** What every process can tell about itself. Returns how to stop watching. */
export function measureProcess(metrics: Metrics): () => void {
  metrics.observed('sotto_cpu_seconds', 'counter', 'Processor time of the process, user and system.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.observed('sotto_memory_bytes', 'gauge', 'Resident memory of the process.', () => process.memoryUsage.rss())
  metrics.observed('sotto_heap_bytes', 'gauge', 'JavaScript objects in memory.', () => process.memoryUsage().heapUsed)
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  metrics.observed(
    'sotto_event_loop_delay_seconds',
    'gauge',
    'How late timers ran in one of a hundred cases since this was last asked.',
    () => {
      const late = delay.percentile(99) / 1e9
      delay.reset()
      return Number.isFinite(late) ? late : 0
    },
  )
  return () => void delay.disable()
}
