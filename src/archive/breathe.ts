import { setImmediate as otherWork } from 'node:timers/promises'

/** Reading holds up everybody else for at most about this long. */
const sliceMs = 8

/** Lets others have a turn once it has taken long enough. Returns when the present slice began. */
export async function breathe(begun: number): Promise<number> {
  if (performance.now() - begun < sliceMs) return begun
  await otherWork()
  return performance.now()
}
