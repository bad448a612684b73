/** XEP-0199: XMPP Ping. “Are you there?” An empty result means yes. */
import { type Feature, iqGet, xep } from '../routing/feature.ts'

export const ping: Feature = {
  name: 'ping',
  implements: [xep(199, '2.0.1', 'complete')],
  advertises: { server: ['urn:xmpp:ping'], account: ['urn:xmpp:ping'] },
  answers: [iqGet('{urn:xmpp:ping}ping', ['server', 'self', 'account'], () => undefined)],
}
