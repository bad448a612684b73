/** Whom a certificate is for: RFC 9525, and the identities of XMPP (RFC 6120 §13.7.1.2). */

import { asciiDomain, prepareDomain } from '../../protocol/jid.ts'
import { extensionsOf, only, partsOf } from './der.ts'

export interface CertificateNames {
  /** `dNSName`, in lower case; may begin with `*.` */
  readonly dns: readonly string[]
  /** `SRVName` (RFC 4985): `_xmpp-server.example.org` */
  readonly services: readonly string[]
  /** `id-on-xmppAddr`: an address of XMPP */
  readonly addresses: readonly string[]
}

const subjectAltName = '551d11'
/** Tags of RFC 5280 §4.2.1.6, GeneralName. */
const otherName = 0xa0
const dnsName = 0x82
const explicitValue = 0xa0
const utf8String = 0x0c
const ia5String = 0x16
const onXmppAddr = '2b06010505070805'
const onDnsSrv = '2b06010505070807'
/** More names than that are not looked at. */
const mostNames = 1_000

const nobody: CertificateNames = { dns: [], services: [], addresses: [] }

/** @param certificate DER. A certificate that cannot be read is for nobody. */
export function namesOf(certificate: Buffer): CertificateNames {
  const names = { dns: [] as string[], services: [] as string[], addresses: [] as string[] }
  try {
    const extension = extensionsOf(certificate).get(subjectAltName)
    if (extension === undefined) return nobody
    let looked = 0
    for (const { tag, value } of partsOf(only(extension.value).value)) {
      if (++looked > mostNames) break
      if (tag === dnsName) names.dns.push(value.toString('latin1').toLowerCase())
      else if (tag === otherName) takeOther(value, names)
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return nobody
  }
  return names
}

function takeOther(der: Buffer, names: { services: string[]; addresses: string[] }): void {
  const [id, wrapped] = [...partsOf(der)]
  if (id === undefined || wrapped?.tag !== explicitValue) return
  const { tag, value } = only(wrapped.value)
  const kind = id.value.toString('hex')
  if (kind === onXmppAddr && tag === utf8String) names.addresses.push(value.toString('utf8'))
  if (kind === onDnsSrv && tag === ia5String) names.services.push(value.toString('latin1').toLowerCase())
}

/** @param domain prepared, as in addresses */
export function isFor({ dns, services, addresses }: CertificateNames, domain: string): boolean {
  const ascii = asciiDomain(domain)
  if (services.includes(`_xmpp-server.${ascii}`)) return true
  // RFC 9525 §6.3: a wildcard is the whole first label and stands for exactly one; here, for none of a top level.
  const [, rest = ''] = /^[^.]+\.(.+)$/.exec(ascii) ?? []
  if (dns.some(name => name === ascii || (rest.includes('.') && name === `*.${rest}`))) return true
  return addresses.some(address => !/[@/]/.test(address) && prepareDomain(address) === domain)
}
