import { randomBytes, timingSafeEqual } from 'node:crypto'
import { digest, type HashName, hashLength, mac } from '../credentials.ts'
import type { Candidate, Candidates } from './candidates.ts'
import { type ClientFirst, parseClientFinal, parseClientFirst, ScramSyntaxError } from './scram-messages.ts'
import {
  type Admit,
  type Exchange,
  fail,
  longestMessageBytes,
  notAuthorized,
  type Offer,
  type SignInContext,
  type Step,
} from './types.ts'

export interface ScramParts {
  readonly candidates: Candidates
  readonly admit: Admit
  /** For tests of published examples only. */
  readonly nonce?: () => string
}

type Stage =
  | { readonly at: 'first' }
  | {
      readonly at: 'final'
      readonly candidate: Candidate
      readonly first: ClientFirst
      readonly serverFirst: string
      readonly nonce: string
      readonly binding: Uint8Array
    }
  | { readonly at: 'over' }

/** SCRAM-SHA-1, SCRAM-SHA-256 and their -PLUS forms, the server's side (RFC 5802, RFC 7677). */
export class ScramExchange implements Exchange {
  readonly mechanism: string
  readonly #hash: HashName
  readonly #plus: boolean
  readonly #context: SignInContext
  readonly #parts: ScramParts
  #stage: Stage = { at: 'first' }

  constructor(mechanism: string, hash: HashName, context: SignInContext, parts: ScramParts) {
    this.mechanism = mechanism
    this.#hash = hash
    this.#plus = mechanism.endsWith('-PLUS')
    this.#context = context
    this.#parts = parts
  }

  async step(data: Uint8Array): Promise<Step> {
    const stage = this.#stage
    this.#stage = { at: 'over' }
    if (data.length > longestMessageBytes) return fail('malformed-request', 'The message is too long.')
    try {
      if (stage.at === 'first') return await this.#first(data)
      if (stage.at === 'final') return await this.#final(data, stage)
      return fail('malformed-request', 'This sign-in is over.')
    } catch (error) {
      if (error instanceof ScramSyntaxError) return fail('malformed-request', error.message)
      throw error
    }
  }

  async #first(data: Uint8Array): Promise<Step> {
    const first = parseClientFirst(data)
    const binding = this.#bindingFor(first)
    if ('kind' in binding) return binding
    const name = this.#parts.candidates.name(first.username, first.authzid, this.#context)
    if (typeof name !== 'string') return name
    const refused = this.#parts.admit(name)
    if (refused !== undefined) return refused
    const candidate = await this.#parts.candidates.find(name, this.#context.domain, [this.#hash])
    const nonce = first.nonce + (this.#parts.nonce ?? freshNonce)()
    const { salt, iterations } = candidate.verifier
    const downgrade = downgradeHash(this.#hash, this.#context.offer)
    const serverFirst = `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}${downgrade}`
    this.#stage = { at: 'final', candidate, first, serverFirst, nonce, binding: binding.data }
    return { kind: 'challenge', data: Buffer.from(serverFirst) }
  }

  async #final(data: Uint8Array, stage: Stage & { at: 'final' }): Promise<Step> {
    const final = parseClientFinal(data)
    const length = hashLength(this.#hash)
    if (final.proof.length !== length) return fail('malformed-request', 'The proof has the wrong length.')
    const { verifier } = stage.candidate
    const authMessage = `${stage.first.bare},${stage.serverFirst},${final.withoutProof}`
    const clientKey = mac(this.#hash, verifier.storedKey, authMessage)
    for (let i = 0; i < length; i++) clientKey[i]! ^= final.proof[i]!
    const right = timingSafeEqual(digest(this.#hash, clientKey), verifier.storedKey)
    const signature = mac(this.#hash, verifier.serverKey, authMessage)
    if (final.nonce !== stage.nonce) return fail('malformed-request', 'The nonce is not the one of this sign-in.')
    const expected = Buffer.concat([Buffer.from(stage.first.gs2Header), stage.binding])
    if (!final.channelBinding.equals(expected))
      return fail(
        'not-authorized',
        'The connection is not the one that the app signed in to: somebody may be in between.',
      )
    const account = right ? await this.#parts.candidates.confirm(stage.candidate) : undefined
    if (account === undefined) return notAuthorized
    return {
      kind: 'success',
      signedIn: {
        account,
        mechanism: this.mechanism,
        clientKey: { hash: this.#hash, key: clientKey },
        additionalData: Buffer.from(`v=${signature.toString('base64')}`),
      },
    }
  }

  /** RFC 5802 §6: which channel binding data the final message has to repeat. */
  #bindingFor(first: ClientFirst): { readonly data: Uint8Array } | Step {
    const { flag } = first
    if (flag.kind === 'p') {
      if (!this.#plus) return fail('malformed-request', 'Channel binding needs a mechanism whose name ends in -PLUS.')
      const type = this.#context.offer.channelBindingTypes.find(name => name === flag.type)
      const data = type && this.#context.channelBindings?.[type]
      if (data !== undefined) return { data: data() }
      return fail('malformed-request', 'This type of channel binding is not supported here.')
    }
    if (this.#plus) return fail('malformed-request', 'This mechanism needs channel binding.')
    if (flag.kind === 'y' && this.#context.offer.mechanisms.some(name => name.endsWith('-PLUS')))
      return fail(
        'malformed-request',
        'The app did not see that channel binding is offered: somebody may be in between.',
      )
    return { data: new Uint8Array() }
  }
}

/** XEP-0474#hash: the attribute that lets the client see whether the list of mechanisms was altered on the way. */
export function downgradeHash(hash: HashName, offer: Offer): string {
  const list = (names: readonly string[]) => [...names].sort(byOctets).join('\x1e')
  const types = offer.channelBindingTypes.length === 0 ? '' : `\x1f${list(offer.channelBindingTypes)}`
  return `,h=${digest(hash, list(offer.mechanisms) + types).toString('base64')}`
}

function byOctets(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function freshNonce(): string {
  return randomBytes(18).toString('base64')
}
