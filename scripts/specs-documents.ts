/** `docs/specs.md` and `docs/doap.xml`: which specifications are implemented. */
import { type FeatureParts, features } from '../src/features.ts'
import { escapeText } from '../src/protocol/xml/write.ts'
import type { Feature } from '../src/routing/feature.ts'
import { loadSettings } from '../src/settings/load.ts'
import { everythingImplemented, type Implemented } from '../src/specs.ts'

/** All features with default settings, to be asked what they are and nothing else: nothing is behind them. */
export function inertFeatures(): readonly Feature[] {
  const { settings } = loadSettings({ env: {}, directory: import.meta.dirname })
  return features(
    new Proxy({ settings } as FeatureParts, { get: (given, name) => Reflect.get(given, name) ?? nothing }),
  )
}

const nothing: unknown = new Proxy(() => undefined, {
  get(_, name) {
    throw new Error(`A feature used a part of the server (${String(name)}) while it was being made.`)
  },
})

/** `docs/specs.md` */
export function specsTable(specs: readonly Implemented[]): string {
  const lines = specs.map(
    ({ spec, version = '', status, by, note = '' }) =>
      `| [${spec}](${addressOf(spec)}) | ${version} | ${status} | ${by.join(', ')} | ${note} |`,
  )
  return `${[
    '# Specifications',
    '',
    '<!-- Generated from what features and rooms say of themselves by `npm run docs`; a test compares the two. -->',
    '',
    '| specification | version | how much | by | note |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')}\n`
}

const doapNs = 'http://usefulinc.com/ns/doap#'
const rdfNs = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const xmppNs = 'https://linkmauve.fr/ns/xmpp-doap#'

/** `docs/doap.xml` (XEP-0453). */
export function doap(specs: readonly Implemented[]): string {
  const project = [
    '<name>Sotto</name>',
    "<shortdesc xml:lang='en'>A private messaging service in one program</shortdesc>",
    '<programming-language>TypeScript</programming-language>',
    '<os>Linux</os>',
    "<license rdf:resource='https://www.gnu.org/licenses/agpl-3.0.html'/>",
    `<category rdf:resource='${xmppNs}category-server'/>`,
    ...specs.map(implementsElement),
  ]
  return `${[
    "<?xml version='1.0' encoding='UTF-8'?>",
    '<!-- Generated from what features and rooms say of themselves by `npm run docs`; a test compares the two. -->',
    `<rdf:RDF xmlns:rdf='${rdfNs}' xmlns='${doapNs}' xmlns:xmpp='${xmppNs}'>`,
    '  <Project>',
    ...project.map(line => line.replace(/^/gm, '    ')),
    '  </Project>',
    '</rdf:RDF>',
  ].join('\n')}\n`
}

function implementsElement({ spec, version, status, note }: Implemented): string {
  const address = addressOf(spec)
  if (spec.startsWith('RFC')) return `<implements rdf:resource='${address}'/>`
  const text = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`<xmpp:${name}>${escapeText(value)}</xmpp:${name}>`]
  return [
    '<implements>',
    '  <xmpp:SupportedXep>',
    `    <xmpp:xep rdf:resource='${address}'/>`,
    ...[...text('status', status), ...text('version', version), ...text('note', note)].map(line => `    ${line}`),
    '  </xmpp:SupportedXep>',
    '</implements>',
  ].join('\n')
}

function addressOf(spec: string): string {
  const [kind, number = ''] = spec.split(/[ -]/)
  return kind === 'RFC'
    ? `https://www.rfc-editor.org/rfc/rfc${number}`
    : `https://xmpp.org/extensions/xep-${number}.html`
}

/** Both documents. */
export function specsDocuments(): readonly (readonly [file: string, text: string])[] {
  const specs = everythingImplemented(inertFeatures())
  return [
    ['docs/specs.md', specsTable(specs)],
    ['docs/doap.xml', doap(specs)],
  ]
}
