/** What the command line can have done about reports. */

import type { Report, Reports } from '../accounts/reports.ts'
import { type Handler, Refused } from '../operations/control.ts'

/** A report as the command line tells it. */
export type ToldReport = Omit<Report, 'id'> & { readonly id: string }

const radix = 32

export function reportHandlers({ reports }: { readonly reports: Reports }): Readonly<Record<string, Handler>> {
  const told = (report: Report): ToldReport => ({ ...report, id: report.id.toString(radix) })
  const idIn = (id: unknown): number =>
    typeof id === 'string' && /^[0-9a-v]{1,8}$/.test(id) ? Number.parseInt(id, radix) : 0
  const unknown = () => new Refused('There is no such report. "sotto report list" shows all that are open.')
  return {
    'report list': async (): Promise<ToldReport[]> => (await reports.list()).map(told),
    'report show': async ({ id }): Promise<ToldReport> => {
      const report = await reports.find(idIn(id))
      if (report === undefined) throw unknown()
      return told(report)
    },
    'report done': async ({ id }) => {
      if (!(await reports.done(idIn(id)))) throw unknown()
    },
  }
}
