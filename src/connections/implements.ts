import { type Implements, rfc, xep } from '../routing/feature.ts'

/** What connections themselves implement; goes into docs/specs.md and docs/doap.xml like that of the features. */
export const connectionsImplement: readonly Implements[] = [
  rfc(6120, 'partial', 'streams of clients: TLS, SASL, binding, errors'),
  rfc(5929, 'partial', '`tls-server-end-point`'),
  rfc(9266, 'complete'),
  rfc(6455, 'complete', 'as a server; no extensions'),
  rfc(7395, 'complete'),
  xep(124, '1.11.2', 'partial', 'without script syntax, multiple streams and HTTP/1.0 polling of old clients'),
  xep(156, '1.4.0', 'complete'),
  xep(170, '1.0', 'complete'),
  xep(206, '1.4', 'complete'),
  xep(368, '1.1.0', 'partial', 'direct TLS for clients, on a port of its own or shared with HTTPS'),
  xep(386, '1.1.0', 'complete'),
  xep(487, '0.1.0', 'partial', 'tells, where `listen.public_addresses` are set; does not ask'),
  xep(388, '1.0.4', 'complete'),
  xep(440, '1.0.0', 'complete'),
  xep(478, '0.2.0', 'complete'),
]
