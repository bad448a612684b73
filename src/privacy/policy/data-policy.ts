/** The privacy policy as data, for programs: the form of XEP-0504, and what is known for the file of XMPP Providers. */

import { type Field, form } from '../../protocol/data-forms.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { english } from './english.ts'
import type { PolicyFacts } from './facts.ts'
import { promisesKept } from './promises.ts'

/** `<x xmlns='jabber:x:data'/>` (XEP-0504#data_policy) */
export function policyForm(facts: PolicyFacts): Element {
  return form({ type: 'result', means: 'urn:xmpp:data-policy:0', fields: fields(facts) })
}

/**
 * XEP-0504#summary. Fields about what the program cannot know are left out: terms of service, and backups that are made
 * of its files. `data_transmission` is for gateways.
 */
function fields(facts: PolicyFacts): Field[] {
  return [
    // XEP-0504#auth_mechanism: apps that use SCRAM hide the password, but PLAIN is taken too, and whoever makes an account
    // or changes the password in an app sends it.
    { name: 'auth_data', type: 'list-single', values: ['plain'] },
    { name: 'data_retention', type: 'text-single', values: [String(facts.days * 24)] },
    flag('data_deletion', true),
    // XEP-0504#data_export: those who run the service make the file, with the password of whom it is about.
    flag('data_export', true),
    flag('encryption_at_rest', facts.sealed),
    // Whoever runs the program knows which accounts there are, whatever is sealed.
    { name: 'access_policy', type: 'list-multi', values: ['admins'] },
    flag('full_erasure', true),
    { name: 'extra_info', type: 'text-multi', values: promisesKept(facts).map(id => english.promises[id](facts)) },
  ]
}

function flag(name: string, value: boolean): Field {
  return { name, type: 'boolean', values: [String(value)] }
}

/** `xmpp-provider-v2.json` of XMPP Providers, as far as the program knows. Times are in days, sizes in millions of bytes. */
export function providerFile({ days, historyFor, fileBytes }: PolicyFacts): Readonly<Record<string, number>> {
  return {
    ...(historyFor === undefined ? {} : { maximumMessageArchiveManagementStorageTime: days }),
    ...(fileBytes === undefined
      ? {}
      : {
          maximumHttpFileUploadStorageTime: days,
          // Less than a million is written so.
          maximumHttpFileUploadTotalSize: Math.floor(fileBytes / 1e6) || -1,
        }),
  }
}
