/** Names and types of files, as they come from people's machines and as they may go into links and headers. */

/** Bytes of a name, as UTF-8: what file systems take. */
const maxNameBytes = 200

/** Types that browsers show by themselves and that can run nothing. SVG can. */
const shown: ReadonlySet<string> = new Set([
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/jpeg',
  'image/jxl',
  'image/png',
  'image/webp',
])

/** RFC 9110 §8.3.1: a type without its parameters. */
const typePattern = /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/

export const unknownType = 'application/octet-stream'

/**
 * The name under which a file is known from now on: the last part of a path, without what is no character or turns the
 * direction of writing, its ending kept. Empty if nothing is left.
 */
export function safeName(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1)!
  const plain = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}]/gu, '').trim()
  if (/^\.*$/.test(plain)) return ''
  const ending = /\.[^.]{1,16}$/u.exec(plain)?.[0] ?? ''
  return cut(plain.slice(0, plain.length - ending.length), maxNameBytes - Buffer.byteLength(ending)) + ending
}

function cut(text: string, bytes: number): string {
  let room = bytes
  let end = 0
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    end += character.length
  }
  return text.slice(0, end)
}

/** The type alone, in small letters; undefined where that is none. */
export function plainType(type: string): string | undefined {
  const essence = type.split(';')[0]!.trim().toLowerCase()
  return typePattern.test(essence) ? essence : undefined
}

/** Whether a browser may show it where it came from, rather than offer to store it. */
export function isShown(type: string): boolean {
  return shown.has(type) || /^(audio|video)\//.test(type)
}

/** RFC 3986 §2: a name as the last part of a link. */
export function inLink(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, escaped)
}

/** RFC 6266, with the name for all (RFC 8187) and in ASCII for those who know no other. */
export function disposition(name: string, type: string): string {
  const how = isShown(type) ? 'inline' : 'attachment'
  if (name === '') return how
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  return `${how}; filename="${ascii}"; filename*=UTF-8''${inLink(name)}`
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
