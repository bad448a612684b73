/** XEP-0004: Data Forms, with field names made unambiguous by XEP-0068's `FORM_TYPE`. */
import { NS } from './namespaces.ts'
import { type Element, xml } from './xml/element.ts'

/** XEP-0004#protocol-fieldtypes */
export type FieldType =
  | 'boolean'
  | 'fixed'
  | 'hidden'
  | 'jid-multi'
  | 'jid-single'
  | 'list-multi'
  | 'list-single'
  | 'text-multi'
  | 'text-private'
  | 'text-single'

/** One field of a form of ours. */
export interface Field {
  readonly name: string
  /** May be left out in results, where the reader knows it from the form's type. */
  readonly type?: FieldType
  readonly label?: string
  /** A sentence that explains it. */
  readonly explains?: string
  readonly required?: boolean
  /** Values, or the default ones of a form that is to be filled in. */
  readonly values?: readonly string[]
  /** What a list offers. */
  readonly options?: readonly { readonly label?: string; readonly value: string }[]
  /** XEP-0122: whole numbers only, from and to these. */
  readonly range?: { readonly min: number; readonly max: number }
  /** XEP-0122: what the value is, where it has no range. */
  readonly datatype?: 'pubsub:integer-or-max'
}

export interface FormShape {
  /** To be filled in, or to be read. */
  readonly type: 'form' | 'result'
  /** XEP-0068: what the names of the fields mean. */
  readonly means: string
  readonly title?: string
  readonly instructions?: string
  readonly fields: readonly Field[]
}

/** The name of the field that says what the others mean (XEP-0068). */
const meaning = 'FORM_TYPE'

/** `<x xmlns='jabber:x:data'/>` */
export function form({ type, means, title, instructions, fields }: FormShape): Element {
  const hidden: Field = { name: meaning, type: 'hidden', values: [means] }
  return xml(
    'x',
    { xmlns: NS.dataForms, type },
    title === undefined ? undefined : xml('title', null, title),
    instructions === undefined ? undefined : xml('instructions', null, instructions),
    [hidden, ...fields].map(fieldElement),
  )
}

const validation = 'http://jabber.org/protocol/xdata-validate'

function fieldElement(field: Field): Element {
  const { name, type, label, explains, required, values = [], options = [] } = field
  return xml(
    'field',
    { var: name, type, label },
    explains === undefined ? undefined : xml('desc', null, explains),
    required === true ? xml('required') : undefined,
    validated(field),
    values.map(value => xml('value', null, value)),
    options.map(option => xml('option', { label: option.label }, xml('value', null, option.value))),
  )
}

function validated({ range, datatype }: Field): Element | undefined {
  if (range !== undefined)
    return xml('validate', { xmlns: validation, datatype: 'xs:integer' }, xml('range', { ...range }))
  return datatype && xml('validate', { xmlns: validation, datatype }, xml('basic'))
}

/** A form that somebody sent: what its fields say, whatever their types are said to be. */
export class ReceivedForm {
  readonly type: 'form' | 'submit' | 'cancel' | 'result'
  /** XEP-0068; undefined where the form does not say. */
  readonly means: string | undefined
  readonly #fields: ReadonlyMap<string, readonly string[]>

  constructor(type: ReceivedForm['type'], fields: ReadonlyMap<string, readonly string[]>) {
    this.type = type
    this.means = fields.get(meaning)?.[0]
    this.#fields = fields
  }

  /** The names of the fields, without `FORM_TYPE`, in the order of the form. */
  names(): string[] {
    return [...this.#fields.keys()].filter(name => name !== meaning)
  }

  /** A field that is left out keeps its present value; one without a value is emptied (XEP-0004#empty-or-absent-values). */
  has(name: string): boolean {
    return this.#fields.has(name)
  }

  /** All values of a field; none if it is not there. */
  values(name: string): readonly string[] {
    return this.#fields.get(name) ?? []
  }

  /** The one value of a field. */
  value(name: string): string | undefined {
    return this.#fields.get(name)?.[0]
  }

  /** A boolean: `1` and `true`, `0` and `false`; undefined for anything else. */
  flag(name: string): boolean | undefined {
    const value = this.value(name)
    if (value === '1' || value === 'true') return true
    return value === '0' || value === 'false' ? false : undefined
  }
}

const types: ReadonlySet<string> = new Set(['form', 'submit', 'cancel', 'result'])

/**
 * Reads a form.
 * @returns undefined if the element is no data form, has a type that does not exist or two fields of one name
 */
export function parseForm(x: Element): ReceivedForm | undefined {
  const type = x.attr('type') ?? ''
  if (!x.is('x', NS.dataForms) || !types.has(type)) return undefined
  const fields = new Map<string, readonly string[]>()
  for (const field of x.elements()) {
    const name = field.attr('var')
    // A field of the type `fixed` is text between the others and needs no name.
    if (!field.is('field', NS.dataForms) || name === undefined) continue
    if (fields.has(name)) return undefined
    const values = field.elements().filter(value => value.is('value', NS.dataForms))
    fields.set(
      name,
      values.map(value => value.text()),
    )
  }
  return new ReceivedForm(type as ReceivedForm['type'], fields)
}
