/** What clients write to publish and to read nodes (XEP-0060). */

import { type Markup, xml } from './markup.ts'

export const pubsub = 'http://jabber.org/protocol/pubsub'
export const pubsubOwner = `${pubsub}#owner`
export const pubsubEvent = `${pubsub}#event`

export type Options = Readonly<Record<string, string | readonly string[]>>

/** A filled-in form; names without `#` are those of pubsub. */
export function formOf(means: string, options: Options): Markup {
  const fields = Object.entries(options).map(([name, values]) => {
    const all = [values].flat().map(value => xml`<value>${value}</value>`)
    return xml`<field var="${name.includes('#') ? name : `pubsub#${name}`}">${all}</field>`
  })
  const hidden = xml`<field var="FORM_TYPE" type="hidden"><value>${means}</value></field>`
  return xml`<x xmlns="jabber:x:data" type="submit">${hidden}${fields}</x>`
}

/** `<iq/>` that publishes one item. */
export function publishing(node: string, id: string | undefined, payload: string | Markup, options?: Options): Markup {
  const inside = typeof payload === 'string' ? xml(payload) : payload
  const item = id === undefined ? xml`<item>${inside}</item>` : xml`<item id="${id}">${inside}</item>`
  const asked =
    options === undefined
      ? undefined
      : xml`<publish-options>${formOf(`${pubsub}#publish-options`, options)}</publish-options>`
  return xml`<iq type="set"><pubsub xmlns="${pubsub}"><publish node="${node}">${item}</publish>${asked}</pubsub></iq>`
}

/** `<iq/>` that asks for items. */
export function reading(node: string, to?: string, inside?: Markup): Markup {
  const asked = xml`<pubsub xmlns="${pubsub}"><items node="${node}">${inside}</items></pubsub>`
  return to === undefined ? xml`<iq type="get">${asked}</iq>` : xml`<iq type="get" to="${to}">${asked}</iq>`
}

export function making(node: string, options: Options = {}): Markup {
  const form = formOf(`${pubsub}#node_config`, options)
  return xml`<iq type="set"><pubsub xmlns="${pubsub}"><create node="${node}"/><configure>${form}</configure></pubsub></iq>`
}

export function configuring(node: string, options: Options): Markup {
  const form = formOf(`${pubsub}#node_config`, options)
  return xml`<iq type="set"><pubsub xmlns="${pubsubOwner}"><configure node="${node}">${form}</configure></pubsub></iq>`
}

export function subscribing(node: string, jid: string, to: string): Markup {
  return xml`<iq type="set" to="${to}"><pubsub xmlns="${pubsub}"><subscribe node="${node}" jid="${jid}"/></pubsub></iq>`
}
