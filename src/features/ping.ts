/** XEP-0199: XMPP Ping. “Are you there?” An empty result means yes. */
import { type Feature, iqGet, xep } from '../routing/feature.ts'

export const ping: Feature = {
  name: 'ping',
  implements: [xep(199, '2.0.1', 'complete')],
  advertises: { server: ['urn:xmpp:ping'], service: ['urn:xmpp:ping'] },
  // Not other people's accounts: an answer would tell strangers that there is such an account.
  answers: [iqGet('{urn:xmpp:ping}ping', ['server', 'service', 'self'], () => undefined)],
}
