import { type Implements, rfc, xep } from '../routing/feature.ts'

/** What streams between servers implement; goes into docs/specs.md and docs/doap.xml like that of the features. */
export const federationImplements: readonly Implements[] = [
  rfc(6120, 'partial', 'streams between servers: SRV, TLS, EXTERNAL, errors'),
  rfc(2782, 'complete'),
  rfc(5280, 'partial', 'paths of certificates (§6), without names that are limited, and without revocation'),
  rfc(7673, 'complete', 'with `federation.validating_resolver`'),
  rfc(7711, 'partial', 'what others say; redirections of HTTP are not followed'),
  rfc(8305, 'partial', 'addresses by turns, the next after 250 ms'),
  rfc(9525, 'complete'),
  xep(178, '1.2', 'partial', 'between servers'),
  xep(185, '1.0', 'complete'),
  xep(198, '1.6.3', 'partial', 'between servers: acknowledgements, without resumption'),
  xep(220, '1.1.1', 'complete', 'over TLS only, and only where the settings allow it'),
  xep(288, '1.0.1', 'complete'),
  xep(344, '0.4', 'partial', 'a right certificate needs no call back'),
  xep(368, '1.1.0', 'partial', 'between servers, both ways'),
]
