/** RFC 3921 §3, which RFC 6121 §1.4 turned into a formality: some clients still ask for a session after binding. */
import { NS } from '../protocol/namespaces.ts'
import { xml } from '../protocol/xml/element.ts'
import { type Feature, iqSet, rfc } from '../routing/feature.ts'

// COMPAT(libraries older than RFC 6121, since 2011): “optional” tells all others to leave it out.
export const sessionRequest: Feature = {
  name: 'session-request',
  implements: [rfc(3921, 'partial', 'the request for a session is answered')],
  offers: [xml('session', { xmlns: NS.session }, xml('optional'))],
  answers: [iqSet(`{${NS.session}}session`, ['server', 'self'], () => undefined)],
}
