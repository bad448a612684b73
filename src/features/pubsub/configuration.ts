/** XEP-0060#owner-configure: what can be said about a node, as values, as a form and as conditions for publishing. */
import { type Field, type FieldType, form, parseForm, type ReceivedForm } from '../../protocol/data-forms.ts'
import { NS } from '../../protocol/namespaces.ts'
import { type Problem, problem } from '../../protocol/problems.ts'
import type { Element } from '../../protocol/xml/element.ts'
import { known, pubsub } from './names.ts'
import { refusal } from './refusals.ts'

export type AccessModel = 'open' | 'presence' | 'roster' | 'whitelist' | 'authorize'

export interface NodeConfiguration {
  readonly title: string
  readonly description: string
  /** The namespace of payloads, for those who look around; not checked. */
  readonly type: string
  readonly accessModel: AccessModel
  readonly rosterGroups: readonly string[]
  readonly persistItems: boolean
  /** `max`: as many as this server keeps. */
  readonly maxItems: number | 'max'
  readonly sendLast: 'never' | 'on_sub' | 'on_sub_and_presence'
  readonly deliverNotifications: boolean
  readonly deliverPayloads: boolean
  readonly notifyRetract: boolean
  readonly notifyDelete: boolean
  readonly notifyConfig: boolean
}

/** XEP-0163#defaults */
export const usual: NodeConfiguration = {
  title: '',
  description: '',
  type: '',
  accessModel: 'presence',
  rosterGroups: [],
  persistItems: true,
  maxItems: 1,
  sendLast: 'on_sub_and_presence',
  deliverNotifications: true,
  deliverPayloads: true,
  notifyRetract: true,
  notifyDelete: true,
  notifyConfig: false,
}

const privateList: NodeConfiguration = { ...usual, accessModel: 'whitelist', maxItems: 'max', sendLast: 'never' }

/** XEP-0402#security, XEP-0411#security, XEP-0490#security, XEP-0510#nodes: nodes that are their owner's alone, whoever makes them. */
const ownersAlone = new Set<string>([
  known.bookmarks,
  known.oldBookmarks,
  known.displayed,
  known.contacts,
  known.contactGroups,
])

function isOwnersAlone(node: string): boolean {
  return ownersAlone.has(node)
}

/**
 * What a node begins with if nobody says otherwise. A few nodes are known to be useless or dangerous with the usual
 * values: keys of OMEMO that strangers cannot fetch (XEP-0384#devices), bookmarks that contacts can.
 */
export function initialConfiguration(node: string): NodeConfiguration {
  if (node === known.oldBookmarks) return { ...privateList, maxItems: 1, sendLast: 'on_sub_and_presence' }
  if (isOwnersAlone(node)) return privateList
  if (node === 'urn:xmpp:omemo:2:bundles') return { ...usual, accessModel: 'open', maxItems: 'max' }
  if (node === 'urn:xmpp:omemo:2:devices' || node.startsWith('eu.siacs.conversations.axolotl.')) {
    return { ...usual, accessModel: 'open' }
  }
  return usual
}

interface Option {
  readonly type: FieldType
  readonly label: string
  readonly words?: readonly string[]
  readonly datatype?: NonNullable<Field['datatype']>
  /** The change that these values mean; undefined if they mean nothing. */
  read(values: readonly string[], most: number): Partial<NodeConfiguration> | undefined
  write(configuration: NodeConfiguration): readonly string[]
}

type KeysOf<T> = { [K in keyof NodeConfiguration]: NodeConfiguration[K] extends T ? K : never }[keyof NodeConfiguration]

function flag(key: KeysOf<boolean>, label: string): Option {
  return {
    type: 'boolean',
    label,
    read: ([value]) => {
      if (value === '1' || value === 'true') return { [key]: true }
      return value === '0' || value === 'false' ? { [key]: false } : undefined
    },
    write: configuration => [configuration[key] ? '1' : '0'],
  }
}

const longestText = 1_024

function text(key: 'title' | 'description' | 'type', label: string): Option {
  return {
    type: 'text-single',
    label,
    read: ([value = '']) => (value.length > longestText ? undefined : { [key]: value }),
    write: configuration => (configuration[key] === '' ? [] : [configuration[key]]),
  }
}

function choice(key: 'accessModel' | 'sendLast', label: string, words: readonly string[]): Option {
  return {
    type: 'list-single',
    label,
    words,
    read: ([value = '']) => (words.includes(value) ? { [key]: value } : undefined),
    write: configuration => [configuration[key]],
  }
}

/** Something that has one value here; saying it is allowed, saying otherwise is not. */
function fixed(value: string, label: string): Option {
  return {
    type: 'list-single',
    label,
    words: [value],
    read: ([said]) => (said === value ? {} : undefined),
    write: () => [value],
  }
}

const mostGroups = 100

const options: Readonly<Record<string, Option>> = {
  'pubsub#title': text('title', 'A name for the node'),
  'pubsub#description': text('description', 'What the node is for'),
  'pubsub#type': text('type', 'The namespace of the payloads'),
  'pubsub#access_model': choice('accessModel', 'Who may read', [
    'open',
    'presence',
    'roster',
    'whitelist',
    'authorize',
  ]),
  'pubsub#roster_groups_allowed': {
    type: 'list-multi',
    label: 'Groups of contacts that may read',
    read: values =>
      values.length > mostGroups || values.some(value => value.length > longestText)
        ? undefined
        : { rosterGroups: [...new Set(values)] },
    write: ({ rosterGroups }) => rosterGroups,
  },
  'pubsub#publish_model': fixed('publishers', 'Who may publish: the owner'),
  'pubsub#persist_items': flag('persistItems', 'Whether items are kept'),
  'pubsub#max_items': {
    type: 'text-single',
    label: 'How many items are kept; “max” for as many as possible',
    // XEP-0060#usecase.xdata
    datatype: 'pubsub:integer-or-max',
    read: ([value = ''], most) => {
      if (value === 'max') return { maxItems: 'max' }
      return /^\d{1,9}$/.test(value) && Number(value) <= most ? { maxItems: Number(value) } : undefined
    },
    write: ({ maxItems }) => [String(maxItems)],
  },
  'pubsub#send_last_published_item': choice('sendLast', 'When the last item is sent', [
    'never',
    'on_sub',
    'on_sub_and_presence',
  ]),
  'pubsub#deliver_notifications': flag('deliverNotifications', 'Whether anybody is told of changes'),
  'pubsub#deliver_payloads': flag('deliverPayloads', 'Whether they are told what was published'),
  'pubsub#notify_retract': flag('notifyRetract', 'Whether they are told of items that are removed'),
  'pubsub#notify_delete': flag('notifyDelete', 'Whether they are told when the node is deleted'),
  'pubsub#notify_config': flag('notifyConfig', 'Whether they are told of another configuration'),
  'pubsub#notification_type': fixed('headline', 'The type of the messages'),
}

/** `<x/>` with the configuration, to be filled in or to be read. */
export function configurationForm(configuration: NodeConfiguration, type: 'form' | 'result' = 'form'): Element {
  return form({ type, means: `${pubsub}#node_config`, fields: fieldsOf(configuration) })
}

/** XEP-0060#entity-metadata: what others are told about a node. */
export function metadataForm(configuration: NodeConfiguration, items: number): Element {
  const told = ['pubsub#title', 'pubsub#description', 'pubsub#type', 'pubsub#access_model', 'pubsub#max_items']
  const fields = fieldsOf(configuration).filter(({ name, values = [] }) => told.includes(name) && values.length > 0)
  const count: Field = { name: 'pubsub#num_items', type: 'text-single', values: [String(items)] }
  return form({ type: 'result', means: `${pubsub}#meta-data`, fields: [...fields, count] })
}

function fieldsOf(configuration: NodeConfiguration): Field[] {
  return Object.entries(options).map(([name, { type, label, words = [], datatype, write }]) => ({
    name,
    type,
    label,
    ...(datatype && { datatype }),
    values: write(configuration),
    options: words.map(value => ({ value })),
  }))
}

/**
 * XEP-0060#owner-configure-process: the configuration with what a form says. Fields that are not known are left alone,
 * as XEP-0004 has it.
 * @param most items that this server keeps in one node
 * @throws Problem for a value that cannot be
 */
export function configured(
  node: string,
  before: NodeConfiguration,
  submitted: ReceivedForm,
  most: number,
): NodeConfiguration {
  if (submitted.means !== undefined && submitted.means !== `${pubsub}#node_config`) {
    throw problem('bad-request', 'That is not the form for the configuration of a node.')
  }
  return applied(node, before, submitted, most, notAcceptable)
}

/**
 * XEP-0060#publisher-publish-options: what a publisher takes for granted, as the configuration of a node that is made for it.
 * @throws Problem for fields that are not known: what they ask for would not be done
 */
export function configuredByOptions(node: string, asked: ReceivedForm, most: number): NodeConfiguration {
  insistOnOptions(asked)
  return applied(node, initialConfiguration(node), asked, most, name =>
    refusal('conflict', 'precondition-not-met', `This server cannot do ${name} in that way.`),
  )
}

/** @throws Problem where a node that exists is not what the publisher takes for granted */
export function insistOnPreconditions(configuration: NodeConfiguration, asked: ReceivedForm, most: number): void {
  insistOnOptions(asked)
  for (const name of asked.names()) {
    const change = options[name]?.read(asked.values(name), most)
    if (change === undefined || !holds(configuration, change)) {
      throw refusal('conflict', 'precondition-not-met', `The node is configured differently: ${name}.`)
    }
  }
}

function insistOnOptions(asked: ReceivedForm): void {
  if (asked.means !== `${pubsub}#publish-options`) {
    throw refusal('bad-request', 'invalid-options', 'The options of publishing have a form of their own.')
  }
  for (const name of asked.names()) {
    if (options[name] === undefined) {
      throw refusal('conflict', 'precondition-not-met', 'One of the options is not known here.')
    }
  }
}

function applied(
  node: string,
  before: NodeConfiguration,
  submitted: ReceivedForm,
  most: number,
  refused: (name: string) => Problem,
): NodeConfiguration {
  let after = before
  for (const name of submitted.names()) {
    const option = options[name]
    if (option === undefined) continue
    const change = option.read(submitted.values(name), most)
    if (change === undefined) throw refused(name)
    after = { ...after, ...change }
  }
  if (isOwnersAlone(node) && after.accessModel !== 'whitelist') throw refused('pubsub#access_model')
  return after
}

function notAcceptable(name: string): Problem {
  const tell = `${name} cannot have this value here.`
  if (name === 'pubsub#access_model') return refusal('not-acceptable', 'unsupported-access-model', tell)
  return problem('not-acceptable', tell)
}

function holds(configuration: NodeConfiguration, change: Partial<NodeConfiguration>): boolean {
  return Object.entries(change).every(([key, wanted]) => {
    const real = configuration[key as keyof NodeConfiguration]
    return Array.isArray(wanted) ? sameWords(wanted, real as readonly string[]) : real === wanted
  })
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every(word => other.includes(word))
}

/** The form inside an element. @throws Problem where there is none that can be read */
export function submittedForm(holder: Element, what: string): ReceivedForm {
  const x = holder.child('x', NS.dataForms)
  const form = x && parseForm(x)
  if (form === undefined || form.type !== 'submit') {
    throw refusal('bad-request', 'invalid-options', `${what} come in a form that has been filled in.`)
  }
  return form
}
