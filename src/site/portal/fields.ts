/** The parts that forms are made of. */

import { type Address, attribute, flag, type Html, html, nothing } from '../frame/html.ts'

export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password' | 'email' | 'number'
  readonly hint?: string | undefined
  /** What is wrong with what was filled in. */
  readonly wrong?: string | undefined
  readonly value?: string | undefined
  readonly autocomplete?: string
  readonly inputmode?: 'numeric'
  readonly most?: number
  readonly optional?: boolean
}

export function field({
  name,
  label,
  type = 'text',
  hint,
  wrong,
  value,
  autocomplete,
  inputmode,
  most,
  optional,
}: Field): Html {
  const described = [hint && `${name}-hint`, wrong && `${name}-wrong`].filter(id => id !== undefined && id !== '')
  const described1 = attribute('aria-describedby', described.length === 0 ? undefined : described.join(' '))
  return html`<div class="field"><label for="${name}">${label}</label>${
    hint !== undefined && html`<span class="hint" id="${name}-hint">${hint}</span>`
  }<input id="${name}" name="${name}" type="${type}"${attribute('value', value)}${attribute('autocomplete', autocomplete ?? 'off')}${attribute('inputmode', inputmode)}${attribute('maxlength', String(most ?? 1000))}${quiet(type)}${described1}${attribute('aria-invalid', wrong === undefined ? undefined : 'true')}${flag('required', optional !== true)}>${
    wrong !== undefined && html`<span class="wrong" id="${name}-wrong">${wrong}</span>`
  }</div>`
}

/** Names and codes are no words of any language. */
function quiet(type: string): Html {
  return type === 'password' ? nothing : html` autocapitalize="none" spellcheck="false"`
}

export interface Choice {
  readonly name: string
  readonly label: string
  readonly value?: string
  readonly type?: 'checkbox' | 'radio'
  readonly checked?: boolean
  readonly required?: boolean
}

export function choice({
  name,
  label,
  value = '1',
  type = 'checkbox',
  checked = false,
  required = false,
}: Choice): Html {
  const id = type === 'radio' || value !== '1' ? `${name}-${value}` : name
  return html`<div class="choice"><input id="${id}" name="${name}" type="${type}" value="${value}"${flag('checked', checked)}${flag('required', required)}><label for="${id}">${label}</label></div>`
}

/** @param what `file` where one can be chosen in it */
export function form(to: Address, token: Html, inside: Html, what?: 'file'): Html {
  return html`<form method="post" action="${to}"${attribute('enctype', what && 'multipart/form-data')}>${token}${inside}</form>`
}

export function submit(label: string, kind: '' | 'quiet' | 'danger' = ''): Html {
  return html`<p class="actions"><button class="${kind === '' ? 'button' : `button ${kind}`}">${label}</button></p>`
}

/** Said above a form: what was done, or why not. */
export function notice(text: string | undefined, kind: 'done' | 'bad' | 'lamp'): Html {
  if (text === undefined) return nothing
  return html`<div class="${kind === 'done' ? 'notice' : `notice ${kind}`}" role="${kind === 'bad' ? 'alert' : 'status'}"><p>${text}</p></div>`
}
