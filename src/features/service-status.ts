/** XEP-0455: Service Outage Status. Where apps find out what is the matter when this server does not answer. */
import { form } from '../protocol/data-forms.ts'
import { type Feature, xep } from '../routing/feature.ts'

/** @param addresses of files in the format of that specification, on other machines than this one */
export const serviceStatus = (addresses: readonly string[]): Feature => {
  const where = form({
    type: 'result',
    means: 'urn:xmpp:sos:0',
    fields: [{ name: 'external-status-addresses', type: 'list-multi', values: addresses }],
  })
  return {
    name: 'service status',
    implements: [xep(455, '0.4.0', 'partial', 'tells where the status is; the file itself is for another machine')],
    serverForms: () => (addresses.length > 0 ? [where] : []),
  }
}
