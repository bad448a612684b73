/** XEP-0504: Data Policy. What is done with people's data, told to their apps in service discovery. */
import { policyForm } from '../privacy/policy/data-policy.ts'
import type { PolicyFacts } from '../privacy/policy/facts.ts'
import { type Feature, xep } from '../routing/feature.ts'

export const dataPolicy = (factsOf: (domain: string) => PolicyFacts): Feature => ({
  name: 'data policy',
  implements: [xep(504, '0.1.0', 'partial', 'in English; terms of service, location and backups are not known here')],
  serverForms: domain => [policyForm(factsOf(domain))],
})
