/** A page as data, and its two forms. */

export type Block =
  | { readonly heading: string; readonly level: 1 | 2 | 3 }
  | { readonly text: string }
  /** `id` becomes the anchor of an item. */
  | { readonly list: readonly { readonly id?: string; readonly text: string }[] }
  /** Each with its name in front. */
  | { readonly named: readonly (readonly [name: string, text: string])[] }
  /** Addresses (URIs) to follow, each with its name in front. */
  | { readonly links: readonly (readonly [name: string, uris: readonly string[]])[] }

export function markdown(blocks: readonly Block[]): string {
  return `${blocks.map(inMarkdown).join('\n\n')}\n`
}

/** Links to the parts of a page, in front of the first. */
export interface Contents {
  readonly title: string
  /** Parts that the page has besides. */
  readonly more: readonly { readonly id: string; readonly title: string }[]
}

/** A fragment: one `<article>` with nothing in it that needs a style or a script. */
export function html(blocks: readonly Block[], language: string, contents?: Contents): string {
  const parts = blocks.filter(block => 'heading' in block && block.level === 2)
  const lines = blocks.flatMap(block => {
    const part = parts.indexOf(block) + 1
    const line = part === 0 ? inHtml(block) : inHtml(block).replace('<h2>', `<h2 id="part-${part}">`)
    return part === 1 && contents !== undefined ? [linksTo(parts, contents), line] : [line]
  })
  return `<article lang="${language}">\n${lines.join('\n')}\n</article>\n`
}

function linksTo(parts: readonly Block[], { title, more }: Contents): string {
  const all = [
    ...parts.map((part, i) => ({ id: `part-${i + 1}`, title: 'heading' in part ? part.heading : '' })),
    ...more,
  ]
  const items = all.map(each => `<li><a href="#${escaped(each.id)}">${escaped(each.title)}</a></li>`)
  return `<nav class="contents" aria-label="${escaped(title)}"><ul>${items.join('')}</ul></nav>`
}

function inMarkdown(block: Block): string {
  if ('heading' in block) return `${'#'.repeat(block.level)} ${plain(block.heading)}`
  if ('text' in block) return wrapped(plain(block.text), '')
  if ('list' in block) return block.list.map(({ text }) => wrapped(`- ${plain(text)}`, '  ')).join('\n')
  if ('named' in block) {
    return block.named.map(([name, text]) => wrapped(`- **${plain(name)}:** ${plain(text)}`, '  ')).join('\n')
  }
  return block.links.map(([name, uris]) => `- ${plain(name)}: ${uris.map(linked).join(', ')}`).join('\n')
}

function inHtml(block: Block): string {
  if ('heading' in block) return `<h${block.level}>${escaped(block.heading)}</h${block.level}>`
  if ('text' in block) return `<p>${escaped(block.text)}</p>`
  if ('list' in block) {
    const items = block.list.map(({ id, text }) => {
      const anchor = id === undefined ? '' : ` id="${escaped(id)}"`
      return `<li${anchor}>${escaped(text)}</li>`
    })
    return `<ul>\n${items.join('\n')}\n</ul>`
  }
  if ('named' in block) {
    return `<dl>\n${block.named.map(([name, text]) => `<dt>${escaped(name)}</dt>\n<dd>${escaped(text)}</dd>`).join('\n')}\n</dl>`
  }
  const items = block.links.map(([name, uris]) => {
    const links = uris.map(uri => `<a href="${escaped(uri)}">${escaped(shown(uri))}</a>`)
    return `<li>${escaped(name)}: ${links.join(', ')}</li>`
  })
  return `<ul>\n${items.join('\n')}\n</ul>`
}

/** What Markdown would take for its own. */
function plain(text: string): string {
  return text.replace(/[\\`*_<>[\]|#]/g, '\\$&')
}

function linked(uri: string): string {
  return /[<>\s]/.test(uri) ? plain(uri) : `<${uri}>`
}

/** A mail address is read without the word in front. */
function shown(uri: string): string {
  return uri.replace(/^(mailto|xmpp):/, '')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => escapes[character]!)
}

const lineLength = 120

function wrapped(text: string, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (next.length > lineLength && line !== '') {
      lines.push(line)
      line = `${indent}${word}`
    } else line = next
  }
  return [...lines, line].join('\n')
}
