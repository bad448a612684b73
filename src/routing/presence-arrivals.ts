import type { Log } from '../operations/log.ts'
import { accountOf, type BareJid, bareOf, type Jid } from '../protocol/jid.ts'
import { type PresenceType, presenceType } from '../protocol/stanza.ts'
import type { Element } from '../protocol/xml/element.ts'
import type { LocalAccount } from './account.ts'
import type { Directory } from './directory.ts'
import type { Endings } from './endings.ts'
import type { PresenceRole } from './feature.ts'
import type { Post } from './post.ts'
import { presenceOf } from './presence.ts'
import type { PresenceRoad } from './presence-stages.ts'

/** What the arrival of presence needs from the rest of routing. */
export interface ArrivalParts {
  readonly directory: Directory
  readonly roles: ReadonlyMap<string, PresenceRole>
  readonly road: () => PresenceRoad
  readonly endings: Endings
  readonly post: Pick<Post, 'route'>
  readonly log: Log
}

/** Presence that concerns nobody but devices that are there now. */
const forDevices: ReadonlySet<PresenceType> = new Set(['available', 'unavailable', 'error'])

/** Presence for an account of ours, from another one or from elsewhere. @returns when it is dealt with; never rejects */
export function presenceArrives(parts: ArrivalParts, presence: Element, from: Jid, to: Jid): void | Promise<void> {
  const { directory, log } = parts
  const type = presenceType(presence)
  const bare = accountOf(to)
  if (type === undefined || bare === undefined) return
  // Nobody who is away is told of presence: it does not make us load an account, unless a feature has something to do with it.
  const here = forDevices.has(type) ? directory.online(bare) : undefined
  if (forDevices.has(type) && here === undefined)
    return to === bare ? arrivesAway(parts, presence, from, bare) : undefined
  const found = here ?? directory.find(bare)
  const arrive = async (account: LocalAccount | undefined): Promise<void> => {
    try {
      // An address without an account answers like an account that does not know the asker (RFC 6121 §4.3.2).
      if (account === undefined && type === 'probe') {
        parts.post.route(presenceOf(bare, 'unsubscribed').with({ to: bareOf(from) }), bare, bareOf(from))
      }
      // XEP-0191#blocked: presence from somebody blocked is dropped without a word.
      if (account === undefined || account.blocklist.blocks(from)) return
      await parts.roles.get(type)?.inbound(account, presence, from, to)
      parts.road().heard(account, presence, from)
    } catch (bug) {
      log.bug('presence could not be dealt with', bug)
    }
  }
  const done =
    found instanceof Promise
      ? found.then(arrive, (bug: unknown) => log.bug('an account could not be loaded', bug))
      : arrive(found)
  parts.endings.note(type, done)
  return done
}

async function arrivesAway(
  { directory, road, log }: ArrivalParts,
  presence: Element,
  from: Jid,
  away: BareJid,
): Promise<void> {
  const wish = road().heardAway(away, presence, from)
  if (wish === undefined) return
  try {
    const account = await directory.find(away)
    if (account !== undefined && !account.blocklist.blocks(from)) wish(account)
  } catch (bug) {
    log.bug('presence for somebody who is away could not be dealt with', bug)
  }
}
