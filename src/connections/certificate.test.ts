import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { selfSigned } from '../operations/self-signed.ts'
import { endPointOf } from './certificate.ts'

/** The runtime's own reading of the algorithm, where it has one. */
function algorithmOf(certificate: X509Certificate): string | undefined {
  return (certificate as { signatureAlgorithm?: string }).signatureAlgorithm
}

test('RFC 5929 §4.1: the hash of our own certificates is SHA-256', () => {
  const certificate = new X509Certificate(selfSigned('capulet.example', new Date()).certificate)
  assert.deepEqual(endPointOf(certificate), createHash('sha256').update(certificate.raw).digest())
})

test('RFC 5929 §4.1: the hash is that of the signature, for every authority the runtime knows', () => {
  const seen = new Set<string>()
  for (const pem of rootCertificates) {
    const certificate = new X509Certificate(pem)
    const name = algorithmOf(certificate)?.toLowerCase()
    if (name === undefined) continue
    const hash = /sha(\d+)/.exec(name)?.[1] ?? ''
    const expected = createHash(hash === '1' ? 'sha256' : `sha${hash}`)
      .update(certificate.raw)
      .digest()
    assert.deepEqual(endPointOf(certificate), expected, name)
    seen.add(name)
  }
  if (algorithmOf(new X509Certificate(rootCertificates[0]!)) !== undefined) assert.ok(seen.size >= 4, [...seen].join())
})

// Made with OpenSSL for this test; the keys are gone.
const ed25519 = `-----BEGIN CERTIFICATE-----
MIIBLDCB36ADAgECAhQTDAXNluWvXTA23IIw9OZh8hZWpDAFBgMrZXAwDDEKMAgG
A1UEAwwBYTAeFw0yNjExMjIxMTMxNTRaFw0zNjExMTkxMTMxNTRaMAwxCjAIBgNV
BAMMAWEwKjAFBgMrZXADIQC3TtVqFelLdV4cr67J+es5zHRK7vk4CHyvVUioiqwm
5aNTMFEwHQYDVR0OBBYEFDdoxPJK8vD5h/y8ZWQJoftYQCbhMB8GA1UdIwQYMBaA
FDdoxPJK8vD5h/y8ZWQJoftYQCbhMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA
wFla7Qcki5bPDar/e5cDe0N0WHtiSYps+Ye+OhRN1EdWrA+SVwP9LyqEFAq5SeW6
y39L9tVQ44IM/5jfemNMBA==
-----END CERTIFICATE-----`
const pss = `-----BEGIN CERTIFICATE-----
MIIDYTCCAhWgAwIBAgIUCoHI6/5BloDrzUo20cKpcW0kc98wQQYJKoZIhvcNAQEK
MDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgIF
AKIDAgEwMAwxCjAIBgNVBAMMAWEwHhcNMjYxMTIyMTEzMTU1WhcNMzYxMTE5MTEz
MTU1WjAMMQowCAYDVQQDDAFhMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC
AQEA0mPDObSDIW7PwfWQXbMlnQIrZ9XAmqzeXiNSoQFA1ggeJD24PR2L/WfAane1
HoVCYI3URxKzgCFG1ogZBWRqIKJGJtqzdXskkxtl4Q+mwZjtPvtR62klF82ZjwV6
0Cp44r26gdZIVqghzBmdHXRvcYxkq100vlsIfWIz9RHGuG+a+Gq7zcf1GkdasAST
uNpu5mCFuL1k3g6AtN4wCsGkVVx58kKssB6ig6iFXPXkwG4CsrBcyuMDSTmPO8UA
RWuAa4yre8FdleXOhSZ/U4fTCa2QY6Ut1eZw146LM1iYbph1bYWIcFhY8ZhNBiS7
GorJgGBLE74ML8Id8RczGPtEmwIDAQABo1MwUTAdBgNVHQ4EFgQUwb3ZL5WlF8K3
FNm8H8oIbPFVEg8wHwYDVR0jBBgwFoAUwb3ZL5WlF8K3FNm8H8oIbPFVEg8wDwYD
VR0TAQH/BAUwAwEB/zBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAgUAoRww
GgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAgUAogMCATADggEBAEJkVmFwuFwrTYAe
B/eZ7iFfnzypxoESire0KwjE21YXAMXBb9cpJ350yG3JxvwAXN44TCu7PEOnGTQ7
vf6lHaucQU87qrL6orotkXbq+wdRJhFnMOiekYLnP4UlkVvCQFsLP/heZQnx7AhV
xoemEQ1pSX4qLiUMxAYGF6goOTD1I+Z7CkRsAmOKg+6RAIboPmhiBQHIwTfbiTHg
dEd/G4PMx4JgKmj7JQH1eboTXDtw9+8Y0l2gzZbleIhUyZ/uWXH6v+XJbiglTnGK
uoUfVTNgsqQIjMWx2491O0dNh2lYkbriwtkcq+e4jX+3DHXj+rk5HjN+hURL33r5
2NbD0fM=
-----END CERTIFICATE-----`

test('RFC 5929 §4.1: a signature without a hash of its own has no end point', () => {
  assert.equal(endPointOf(new X509Certificate(ed25519)), undefined)
})

test('RFC 4055 §3.1: RSASSA-PSS names its hash in its parameters', () => {
  const certificate = new X509Certificate(pss)
  assert.deepEqual(endPointOf(certificate), createHash('sha384').update(certificate.raw).digest())
})
