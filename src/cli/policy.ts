/** `sotto policy`: the privacy policy that follows from the catalogue and the settings in force. */

import { catalogue } from '../catalogue.ts'
import { policyFacts } from '../privacy/policy/facts.ts'
import { type PolicyLanguage, policyHtml, policyLanguages, policyMarkdown } from '../privacy/policy/policy.ts'
import { webAddress } from '../settings/load.ts'
import { providerFile } from '../site/programs/provider-file.ts'
import { type Call, type Command, configOption, WrongUse } from './command.ts'
import { settingsFor } from './config.ts'

export const policy: Command = {
  name: 'policy',
  takes: [],
  summary: 'Print the privacy policy of this service, made from what it keeps and from its settings.',
  options: {
    lang: { type: 'string', value: 'LANGUAGE', help: `${policyLanguages.join(' or ')}; else en.` },
    html: { type: 'boolean', help: 'As a fragment of HTML to put into a page; else as Markdown.' },
    'provider-file': {
      type: 'boolean',
      help: 'The file of XMPP Providers instead, as it is at /.well-known/xmpp-provider-v2.json.',
    },
    ...configOption,
  },
  run: async call => {
    const { terminal } = call
    const { settings } = settingsFor(call)
    const facts = policyFacts(catalogue, settings)
    if (call.flag('provider-file')) {
      const web = webAddress(settings, settings.listen.https || 443)
      terminal.out(JSON.stringify(providerFile(settings, facts, web, undefined), undefined, 2))
      return 0
    }
    const write = call.flag('html') ? policyHtml : policyMarkdown
    terminal.out(write(facts, languageIn(call)).trimEnd())
    return 0
  },
}

function languageIn(call: Call): PolicyLanguage {
  const said = call.text('lang') ?? 'en'
  const language = policyLanguages.find(each => each === said)
  if (language === undefined)
    throw new WrongUse(`The policy is not written in "${said}". There is ${policyLanguages.join(' and ')}.`)
  return language
}
