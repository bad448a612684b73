import type { SignIn } from '../../accounts/sign-in/sign-in.ts'
import type { ChannelBindings, Offer } from '../../accounts/sign-in/types.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { write } from '../../protocol/xml/write.ts'
import type { Host } from '../../routing/host.ts'
import type { Settings } from '../../settings/schema.ts'
import type { Transport } from '../transport.ts'
import { fastNs } from './inline.ts'

/** What is offered to somebody who has not signed in. */
export interface StrangerOffer {
  /** Children of `<stream:features/>`, serialised. */
  readonly text: string
  /** Signing in is possible now, by these. */
  readonly signIn: Offer
  /** The same through SASL2, and with what comes along. */
  readonly sasl2: boolean
  readonly secure: boolean
}

/** RFC 6120 §4.3.2: the stream features of each stage, in the order of XEP-0170, serialised once for everybody. */
export class FeatureTexts {
  readonly #host: Host
  readonly #signIn: SignIn
  readonly #settings: Settings
  readonly #strangers = new Map<string, StrangerOffer>()
  /** What is alike for all domains, by what is left out. */
  readonly #later = new Map<string, string>()
  #laterLimits: string | undefined

  constructor(host: Host, signIn: SignIn, settings: Settings) {
    this.#host = host
    this.#signIn = signIn
    this.#settings = settings
  }

  /** Before signing in. What domains offer visitors has few forms, so the texts are few as well. */
  strangers(transport: Transport, domain: string): StrangerOffer {
    const plaintext = this.#settings.testing.plaintextOnLoopback && transport.loopback
    const { encrypted, bindingKind, upgradable } = transport
    // XEP-0388#security: not without TLS, whatever the operator allows.
    const visitors = texts(this.#host.extensions.offersVisitors(domain))
    const key = `${bindingKind} ${encrypted} ${plaintext} ${upgradable} ${visitors}`
    const known = this.#strangers.get(key)
    if (known !== undefined) return known
    const secure = encrypted || plaintext
    const bindings: ChannelBindings = encrypted ? transport.bindings : {}
    const signIn = this.#signIn.offer({ secure, channelBindings: bindings })
    const sasl2 = encrypted && signIn.mechanisms.length > 0
    const { limits, streams } = this.#settings
    const text = [
      texts([upgradable ? xml('starttls', { xmlns: NS.tls }, secure ? undefined : xml('required')) : undefined]),
      ...(secure ? [visitors, texts(this.#waysIn(signIn, sasl2))] : []),
      texts([this.#limits(limits.stanzaBytesBeforeLogin, streams.loginSeconds)]),
    ]
    const offer = { text: text.join(''), signIn, sasl2, secure }
    this.#strangers.set(key, offer)
    return offer
  }

  /** After signing in, until a resource is bound. */
  unbound(domain: string): string {
    return bindRequired + this.bound(domain, [])
  }

  /**
   * After signing in and binding in one step (XEP-0386), without what was switched on with it: a client takes an offer of
   * stream management for a sign that it has yet to ask.
   */
  bound(domain: string, switchedOn: readonly string[]): string {
    const { offers, offersOf } = this.#host.extensions
    const { limits, streams } = this.#settings
    const key = switchedOn.join(' ')
    let alike = this.#later.get(key)
    if (alike === undefined) {
      alike = texts(offers.filter(offer => !switchedOn.includes(offer.ns)))
      this.#later.set(key, alike)
    }
    this.#laterLimits ??= texts([this.#limits(limits.stanzaBytes, streams.silenceSeconds)])
    return alike + texts(offersOf(domain)) + this.#laterLimits
  }

  #waysIn({ mechanisms, fastMechanisms, channelBindingTypes }: Offer, sasl2: boolean): (Element | undefined)[] {
    const listed = mechanisms.map(name => xml('mechanism', null, name))
    const { bind, sasl2: inlines } = this.#host.extensions
    return [
      channelBindingTypes.length === 0
        ? undefined
        : xml(
            'sasl-channel-binding',
            { xmlns: 'urn:xmpp:sasl-cb:0' },
            channelBindingTypes.map(type => xml('channel-binding', { type })),
          ),
      xml('mechanisms', { xmlns: NS.sasl }, listed),
      sasl2
        ? xml(
            'authentication',
            { xmlns: NS.sasl2 },
            listed,
            xml(
              'inline',
              null,
              xml(
                'bind',
                { xmlns: NS.bind2 },
                xml(
                  'inline',
                  null,
                  [...new Set(bind.map(one => one.feature))].map(name => xml('feature', { var: name })),
                ),
              ),
              inlines.map(one => one.announce),
              fastMechanisms.length === 0
                ? undefined
                : xml(
                    'fast',
                    { xmlns: fastNs },
                    fastMechanisms.map(name => xml('mechanism', null, name)),
                  ),
            ),
          )
        : undefined,
    ]
  }

  /** XEP-0478#advertise */
  #limits(bytes: number, idleSeconds: number): Element {
    return xml(
      'limits',
      { xmlns: 'urn:xmpp:stream-limits:0' },
      xml('max-bytes', null, String(bytes)),
      xml('idle-seconds', null, String(idleSeconds)),
    )
  }
}

const bindRequired = write(xml('bind', { xmlns: NS.bind }, xml('required')))

function texts(children: readonly (Element | undefined)[]): string {
  return children.map(child => (child === undefined ? '' : write(child))).join('')
}
