/** XEP-0202: Entity Time. The server's clock, in UTC: where it stands is nobody's business. */
import { xml } from '../protocol/xml/element.ts'
import { type Feature, iqGet, xep } from '../routing/feature.ts'

const ns = 'urn:xmpp:time'

/** @param now milliseconds since 1970 */
export const time = (now: () => number): Feature => ({
  name: 'time',
  implements: [xep(202, '2.0', 'complete')],
  advertises: { server: [ns] },
  answers: [
    iqGet(`{${ns}}time`, ['server'], () =>
      xml('time', { xmlns: ns }, xml('tzo', null, '+00:00'), xml('utc', null, utc(now()))),
    ),
  ],
})

/** XEP-0082: to the second. */
function utc(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}
