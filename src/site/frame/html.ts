/** Markup that cannot be broken into: what is put in is text, unless it was made here. */

import { escapeAttr } from '../../protocol/xml/write.ts'

/** Markup that was made by `html`. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

/** Where a link or a form may lead. Made by `place` and `link` only, so that no text becomes `javascript:`. */
export class Address {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What can be put in between tags. */
export type Part = Html | Address | string | number | false | undefined | readonly Part[]

/** What a hole in a template is, by the markup before it. */
type Hole = 'between' | 'tag' | 'attribute' | 'address'

const holesOf = new WeakMap<TemplateStringsArray, readonly Hole[]>()

const leading = new Set(['href', 'src', 'action', 'formaction'])

/**
 * Markup with holes: html`<a href="${place('/contact')}">${name}</a>`. Text is escaped; `false` and `undefined` are nothing; lists
 * are put in one after another. Attributes have to be quoted; those that lead somewhere take an `Address` and nothing else.
 * @throws Error for markup in which a hole could do harm, whatever is put into it
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let holes = holesOf.get(strings)
  if (holes === undefined) {
    holes = read(strings)
    holesOf.set(strings, holes)
  }
  let markup = strings[0]!
  for (let i = 0; i < parts.length; i++) markup += filled(holes[i]!, parts[i]) + strings[i + 1]!
  return new Html(markup)
}

/** Markup that is written in the program itself: a picture, say. Never anything that came from outside. */
export function ownMarkup(markup: string): Html {
  return new Html(markup)
}

export const nothing = new Html('')

/** An attribute without a value, if so: html`<input name="a"${flag('required', needed)}>`. */
export function flag(name: 'required' | 'checked' | 'selected' | 'disabled' | 'autofocus', is: boolean): Html {
  return is ? new Html(` ${name}`) : nothing
}

/** A whole attribute, if there is a value for it. Not for those that lead somewhere. */
export function attribute(name: string, value: string | undefined): Html {
  if (value === undefined) return nothing
  refuseName(name)
  if (leading.has(name)) throw new Error(`The attribute ${name} leads somewhere: write it out.`)
  return new Html(` ${name}="${escapeAttr(value)}"`)
}

/** A place of this site. @throws Error for a path that could lead to another site */
export function place(path: string, query: Readonly<Record<string, string | undefined>> = {}): Address {
  if (!/^\/(?![/\\])[^\s\\]*$/.test(path)) throw new Error('A place of this site begins with one slash.')
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ).toString()
  return new Address(search === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${search}`)
}

/** A place on the page itself. */
export function anchor(id: string): Address {
  return new Address(`#${encodeURIComponent(id)}`)
}

/** An address elsewhere: `https:`, `http:`, `mailto:` or `xmpp:`; undefined for all others. */
export function link(uri: string): Address | undefined {
  return /^(https?:\/\/|mailto:|xmpp:)[^\s\u0000-\u001f]+$/i.test(uri) ? new Address(uri) : undefined
}

/** A picture that is part of the page. @param text SVG of our own */
export function picture(text: string): Address {
  return new Address(`data:image/svg+xml;base64,${Buffer.from(text).toString('base64')}`)
}

function filled(hole: Hole, part: Part): string {
  if (hole === 'between') return written(part)
  if (hole === 'tag') {
    if (part === undefined || part === false) return ''
    if (part instanceof Html) return part.markup
    throw new Error('Between attributes there is nothing but attributes.')
  }
  if (hole === 'address') {
    if (!(part instanceof Address)) throw new Error('Only an Address can be followed.')
    return escapeAttr(part.text)
  }
  if (part instanceof Html) throw new Error('There is no markup in an attribute.')
  if (Array.isArray(part)) throw new Error('There is no list in an attribute.')
  return part === undefined || part === false ? '' : escapeAttr(part instanceof Address ? part.text : String(part))
}

function written(part: Part): string {
  if (typeof part === 'string') return escapeAttr(part)
  if (part instanceof Html) return part.markup
  if (part === undefined || part === false) return ''
  if (typeof part === 'number') return String(part)
  if (part instanceof Address) return escapeAttr(part.text)
  return part.map(written).join('')
}

function read(strings: TemplateStringsArray): Hole[] {
  let before = ''
  return strings.slice(0, -1).map(string => {
    before += string
    if (/<(script|style)\b/i.test(before)) throw new Error('There are no scripts and no styles in a page.')
    const tag = before.lastIndexOf('<') > before.lastIndexOf('>') ? before.slice(before.lastIndexOf('<')) : undefined
    if (tag === undefined) return 'between'
    const open = /\s([\w:-]+)="([^"]*)$/.exec(tag)
    // Between attributes: `flag` and `attribute` are markup.
    if (open === null) {
      if (!/^<[a-z][\w-]*(\s+[\w:-]+(="[^"]*")?)*$/i.test(tag)) throw new Error('An attribute has to be quoted.')
      return 'tag'
    }
    const [, name = '', begun = ''] = open
    refuseName(name)
    if (!leading.has(name)) {
      before += 'x'
      return 'attribute'
    }
    if (begun !== '') throw new Error(`The whole of ${name} has to be one Address.`)
    before += 'x'
    return 'address'
  })
}

/** Scripts and styles in attributes: our own policy forbids them, and browsers that know it ignore them. */
function refuseName(name: string): void {
  if (/^(on.*|style|srcdoc)$/i.test(name)) throw new Error(`There is no attribute ${name} in a page.`)
}
