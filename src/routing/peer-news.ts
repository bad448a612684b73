import type { Log } from '../operations/log.ts'
import type { Feature, PeerWatcher } from './feature.ts'

/** What can become of another server. */
export type PeerNews = keyof PeerWatcher

/** Tells every feature that wants to know. */
export function tellOfPeer(features: readonly Feature[], log: Log, became: PeerNews, our: string, their: string): void {
  const failed = (bug: unknown): void => log.bug('a watcher of other servers failed', bug)
  for (const { peers } of features) {
    try {
      void peers?.[became]?.(our, their)?.catch(failed)
    } catch (bug) {
      failed(bug)
    }
  }
}
