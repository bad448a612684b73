import { createHmac, randomBytes } from 'node:crypto'

export interface Credentials {
  readonly username: string
  readonly password: string
  /** XEP-0082, UTC. */
  readonly expires: string
}

const randomPartBytes = 12

/**
 * A name and a password for a TURN server, by the convention of `use-auth-secret` (draft-uberti-behave-turn-rest): the name
 * says until when it is good, the password proves that we made it. The rest of the name is chance, new each time: the
 * server there cannot tell who calls, nor that two calls are of the same person.
 * @param now milliseconds since 1970
 */
export function credentials(secret: string, lifetimeSeconds: number, now: number): Credentials {
  const until = Math.floor(now / 1000) + lifetimeSeconds
  const username = `${until}:${randomBytes(randomPartBytes).toString('base64url')}`
  return {
    username,
    password: createHmac('sha1', secret).update(username).digest('base64'),
    expires: `${new Date(until * 1000).toISOString().slice(0, 19)}Z`,
  }
}
