/** A reader for what certificates hold and Node does not tell (X.690). Throws a RangeError for what is not DER. */

export interface DerValue {
  readonly tag: number
  /** The octets inside. */
  readonly value: Buffer
}

/** What a constructed value consists of. */
export function* partsOf(der: Buffer): IterableIterator<DerValue> {
  for (let at = 0; at < der.length; ) {
    const tag = der.readUInt8(at)
    const first = der.readUInt8(at + 1)
    const octets = first < 0x80 ? 0 : first & 0x7f
    if (octets > 3 || first === 0x80) throw new RangeError('That is not DER.')
    const from = at + 2 + octets
    const length = octets === 0 ? first : der.readUIntBE(at + 2, octets)
    if (from + length > der.length) throw new RangeError('That is not DER.')
    yield { tag, value: der.subarray(from, from + length) }
    at = from + length
  }
}

/** The one value that is there. */
export function only(der: Buffer): DerValue {
  const [value, more] = [...partsOf(der)]
  if (value === undefined || more !== undefined) throw new RangeError('That is not DER.')
  return value
}

/** Extension of a certificate (RFC 5280 §4.1): by its identifier in hexadecimal. */
export interface Extension {
  readonly critical: boolean
  readonly value: Buffer
}

const explicitExtensions = 0xa3

/** @param certificate DER */
export function extensionsOf(certificate: Buffer): ReadonlyMap<string, Extension> {
  const [signed] = [...partsOf(only(certificate).value)]
  const found = new Map<string, Extension>()
  for (const { tag, value } of partsOf(signed?.value ?? Buffer.alloc(0))) {
    if (tag !== explicitExtensions) continue
    for (const extension of partsOf(only(value).value)) {
      const [id, ...rest] = [...partsOf(extension.value)]
      const content = rest.at(-1)
      if (id === undefined || content === undefined || found.has(id.value.toString('hex'))) {
        throw new RangeError('That is not a certificate.')
      }
      found.set(id.value.toString('hex'), {
        critical: rest.length > 1 && rest[0]?.value[0] !== 0,
        value: content.value,
      })
    }
  }
  return found
}

/** The identifier of the algorithm that a certificate is signed with, in hexadecimal. */
export function signatureAlgorithm(certificate: Buffer): string {
  const [, algorithm] = [...partsOf(only(certificate).value)]
  const [id] = [...partsOf(algorithm?.value ?? Buffer.alloc(0))]
  return id?.value.toString('hex') ?? ''
}
