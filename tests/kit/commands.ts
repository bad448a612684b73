/** Ad-hoc commands (XEP-0050) from a client's side, as plays use them. */

import type { Actor } from './actor.ts'
import { escaped, type Tree } from './tree.ts'

export const commandsNs = 'http://jabber.org/protocol/commands'

/** The node of a command of XEP-0133. */
export const adminNode = (name: string): string => `http://jabber.org/protocol/admin#${name}`

/** What is filled in; several values for one field as a list. */
export type Filled = Readonly<Record<string, string | readonly string[]>>

export function filledForm(fields: Filled, type = 'submit'): string {
  const inside = Object.entries(fields).map(([name, said]) => {
    const values = typeof said === 'string' ? [said] : said
    return `<field var="${name}">${values.map(value => `<value>${escaped(value)}</value>`).join('')}</field>`
  })
  return `<x xmlns="jabber:x:data" type="${type}">${inside.join('')}</x>`
}

/** One request of a command: its attributes, and what is inside. */
export function commands(
  actor: Actor,
  node: string,
  attributes: Readonly<Record<string, string>> = {},
  inside = '',
  to = 'localhost',
): Promise<Tree> {
  const more = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  return actor.asks(
    `<iq type="set" to="${to}"><command xmlns="${commandsNs}" node="${escaped(node)}"${more.join('')}>${inside}</command></iq>`,
  )
}

/** Begins a command, and tells the id of its execution. */
export async function begins(actor: Actor, node: string): Promise<string> {
  return (await commands(actor, node, { action: 'execute' })).need('command').attr('sessionid')!
}

/** Begins a command of one form and sends the form. */
export async function runs(actor: Actor, node: string, fields: Filled): Promise<Tree> {
  const sessionid = await begins(actor, node)
  return commands(actor, node, { sessionid }, filledForm(fields))
}

/** The condition of an error; undefined for a result. */
export const conditionOf = (answer: Tree): string | undefined => answer.child('error')?.elements()[0]?.name

/** What a form that came says. */
export const fieldsOf = (form: Tree): Record<string, string> =>
  Object.fromEntries(
    form
      .elements()
      .filter(field => field.name === 'field')
      .map(field => [field.attr('var') ?? '', field.child('value')?.text() ?? '']),
  )
