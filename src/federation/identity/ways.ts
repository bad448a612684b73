import { serverIn } from '../../settings/kit.ts'
import type { Settings } from '../../settings/schema.ts'
import { documentFetcher } from '../reaching/fetch.ts'
import type { PeerResolver } from '../reaching/resolver.ts'
import { ValidatingResolver } from '../reaching/validating-resolver.ts'
import { byDane } from './dane.ts'
import { byPosh } from './posh.ts'
import { anyOf, byAuthorities, openAuthorities, type Verifier } from './verifier.ts'

export interface WaysParts {
  readonly settings: Settings['federation']
  readonly resolver: PeerResolver
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

const portOfDns = 53

/**
 * All the ways in which another server may prove who it is, as the settings want them. Throws an Error whose sentence says
 * what to do.
 */
export function openVerifier({ settings, resolver, now }: WaysParts): Verifier {
  const authorities = openAuthorities(settings.authorities)
  const usual = byAuthorities(authorities, Date.now)
  const addresses = (host: string) => resolver.addresses(host)
  const posh = () => byPosh({ fetch: documentFetcher({ authorities, addresses, now: Date.now }), now })
  const otherwise = settings.posh ? anyOf([usual, posh()]) : usual
  const validating = serverIn(settings.validatingResolver, portOfDns)
  if (validating === undefined) return otherwise
  return byDane({
    resolver: new ValidatingResolver(validating.address, validating.port),
    otherwise,
    now: Date.now,
  })
}
