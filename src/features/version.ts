/** XEP-0092: Software Version. Name and version; what machine it runs on is nobody's business. */
import { xml } from '../protocol/xml/element.ts'
import { type Feature, iqGet, xep } from '../routing/feature.ts'

const ns = 'jabber:iq:version'

export const version = (number: string): Feature => ({
  name: 'version',
  implements: [xep(92, '1.1', 'complete')],
  advertises: { server: [ns] },
  answers: [
    iqGet(`{${ns}}query`, ['server'], () =>
      xml('query', { xmlns: ns }, xml('name', null, 'Sotto'), xml('version', null, number)),
    ),
  ],
})
