import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** The client's side of every mechanism, written apart from the server's so that the two check each other. */
export interface SaslClient {
  readonly mechanism: string
  /** The initial response. */
  first(): Uint8Array
  /** The answer to a challenge; throws if the server cannot be trusted. */
  respond(challenge: Uint8Array): Uint8Array
  /** Checks what came with the success; throws if the server did not prove itself. */
  finish(additionalData: Uint8Array | undefined): void
}

export interface ScramClientOptions {
  readonly mechanism: string
  readonly username: string
  readonly password: string
  readonly authzid?: string
  /** Default: `p=tls-exporter` for -PLUS, else `n`. */
  readonly flag?: string
  /** The data of the channel binding that `flag` names. */
  readonly bindingData?: Uint8Array
  readonly nonce?: string
  /** What the server advertised: checks XEP-0474 if given. */
  readonly advertised?: { readonly mechanisms: readonly string[]; readonly channelBindingTypes: readonly string[] }
  /** Goes between the nonce and the end of the first message, with a comma before it. */
  readonly firstExtension?: string
  /** Changes the final message before it is sent. */
  readonly tamper?: (final: string) => string
}

const saslName = (name: string) => name.replaceAll('=', '=3D').replaceAll(',', '=2C')

/** Salted passwords already computed: a client may keep them (RFC 5802 §5.1), and tests sign in often. */
const salted = new Map<string, Buffer>()

/** SCRAM-SHA-1, SCRAM-SHA-256 and -PLUS (RFC 5802 §3). */
export class ScramClient implements SaslClient {
  readonly mechanism: string
  readonly #options: ScramClientOptions
  readonly #algorithm: 'sha1' | 'sha256'
  readonly #gs2: string
  readonly #bare: string
  readonly #nonce: string
  #serverSignature = ''

  constructor(options: ScramClientOptions) {
    this.mechanism = options.mechanism
    this.#options = options
    this.#algorithm = options.mechanism.includes('SHA-256') ? 'sha256' : 'sha1'
    const flag = options.flag ?? (options.mechanism.endsWith('-PLUS') ? 'p=tls-exporter' : 'n')
    this.#gs2 = `${flag},${options.authzid === undefined ? '' : `a=${saslName(options.authzid)}`},`
    this.#nonce = options.nonce ?? randomBytes(18).toString('base64')
    this.#bare = `n=${saslName(options.username)},r=${this.#nonce}${options.firstExtension ?? ''}`
  }

  first(): Buffer {
    return Buffer.from(this.#gs2 + this.#bare)
  }

  respond(challenge: Uint8Array): Buffer {
    const serverFirst = Buffer.from(challenge).toString()
    const part = (letter: string) => {
      const found = serverFirst.split(',').find(text => text.startsWith(`${letter}=`))
      return found?.slice(2)
    }
    const nonce = part('r')
    const salt = part('s')
    const rounds = Number(part('i'))
    if (!nonce?.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new Error('The server did not add to the nonce.')
    if (salt === undefined || !(rounds >= 4096)) throw new Error('The server sent no salt or too few rounds.')
    this.#checkDowngrade(part('h'))
    const binding = Buffer.concat([Buffer.from(this.#gs2), this.#options.bindingData ?? Buffer.alloc(0)])
    const withoutProof = `c=${binding.toString('base64')},r=${nonce}`
    const saltedPassword = this.#stretch(Buffer.from(salt, 'base64'), rounds)
    const clientKey = this.#mac(saltedPassword, 'Client Key')
    const storedKey = createHash(this.#algorithm).update(clientKey).digest()
    const authMessage = `${this.#bare},${serverFirst},${withoutProof}`
    const proof = this.#mac(storedKey, authMessage)
    for (let i = 0; i < proof.length; i++) proof[i]! ^= clientKey[i]!
    this.#serverSignature = this.#mac(this.#mac(saltedPassword, 'Server Key'), authMessage).toString('base64')
    const final = `${withoutProof},p=${proof.toString('base64')}`
    return Buffer.from(this.#options.tamper?.(final) ?? final)
  }

  finish(additionalData: Uint8Array | undefined): void {
    if (Buffer.from(additionalData ?? []).toString() !== `v=${this.#serverSignature}`)
      throw new Error('The server did not prove that it knows the account.')
  }

  /** XEP-0474#verification. */
  #checkDowngrade(sent: string | undefined): void {
    const { advertised } = this.#options
    if (advertised === undefined) return
    const sorted = (names: readonly string[]) => [...names].sort().join('\x1e')
    const types = advertised.channelBindingTypes.length > 0 ? `\x1f${sorted(advertised.channelBindingTypes)}` : ''
    const own = createHash(this.#algorithm).update(sorted(advertised.mechanisms) + types)
    if (own.digest('base64') !== sent) throw new Error('The list of mechanisms was altered on the way.')
  }

  #stretch(salt: Buffer, rounds: number): Buffer {
    const key = [this.#algorithm, this.#options.password, salt.toString('hex'), rounds].join(' ')
    const known = salted.get(key)
    if (known !== undefined) return known
    const length = this.#algorithm === 'sha1' ? 20 : 32
    const made = pbkdf2Sync(this.#options.password.normalize('NFKC'), salt, rounds, length, this.#algorithm)
    salted.set(key, made)
    return made
  }

  #mac(key: Uint8Array, data: string): Buffer {
    return createHmac(this.#algorithm, key).update(data).digest()
  }
}

/** PLAIN (RFC 4616). */
export class PlainClient implements SaslClient {
  readonly mechanism = 'PLAIN'
  readonly #message: string

  constructor(options: { readonly username: string; readonly password: string; readonly authzid?: string }) {
    this.#message = `${options.authzid ?? ''}\0${options.username}\0${options.password}`
  }

  first(): Buffer {
    return Buffer.from(this.#message)
  }

  respond(): never {
    throw new Error('PLAIN knows no challenges.')
  }

  finish(): void {}
}

export type HashedTokenMechanism = 'HT-SHA-256-NONE' | 'HT-SHA-256-EXPR' | 'HT-SHA-256-ENDP'

/** The mechanisms of FAST (XEP-0484; draft-schmaus-kitten-sasl-ht-09). */
export class HashedTokenClient implements SaslClient {
  readonly mechanism: HashedTokenMechanism
  readonly #options: HashedTokenClientOptions

  constructor(options: HashedTokenClientOptions) {
    this.mechanism = options.mechanism
    this.#options = options
  }

  first(): Buffer {
    return Buffer.concat([Buffer.from(`${this.#options.username}\0`), this.#hash('Initiator')])
  }

  respond(): never {
    throw new Error('A hashed token knows no challenges.')
  }

  finish(additionalData: Uint8Array | undefined): void {
    if (!this.#hash('Responder').equals(additionalData ?? Buffer.alloc(0)))
      throw new Error('The server did not prove that it knows the token.')
  }

  #hash(side: 'Initiator' | 'Responder'): Buffer {
    return createHmac('sha256', this.#options.token)
      .update(side)
      .update(this.#options.bindingData ?? Buffer.alloc(0))
      .digest()
  }
}

export interface HashedTokenClientOptions {
  readonly mechanism: HashedTokenMechanism
  readonly username: string
  /** As it stood in the `token` attribute. */
  readonly token: string
  /** For -EXPR the exporter's data, for -ENDP the hash of the certificate. */
  readonly bindingData?: Uint8Array
}
