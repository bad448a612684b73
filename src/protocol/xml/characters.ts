/** Character classes of XML 1.0 (fifth edition), by UTF-16 code unit of well-formed text. */

/** Kinds of ASCII characters in names: not in names, may start one, may follow, the colon. */
export const noName = 0
export const nameStart = 1
export const nameFollow = 2
export const colon = 3

/** ASCII by its place in names (XML 1.0 §2.3). */
export const nameKinds = new Uint8Array(128)
for (let c = 0x41; c <= 0x5a; c++) nameKinds[c] = nameKinds[c + 32] = nameStart
for (let c = 0x30; c <= 0x39; c++) nameKinds[c] = nameFollow
nameKinds[0x5f] = nameStart
nameKinds[0x2d] = nameKinds[0x2e] = nameFollow
nameKinds[0x3a] = colon

/**
 * Where a code unit beyond ASCII may stand in a name. In well-formed UTF-16 the second half of a pair only follows a
 * first half, so halves are judged by themselves: U+10000–U+EFFFF have first halves up to 0xDB7F.
 */
export function nameKindBeyondAscii(c: number): number {
  if (
    (c >= 0xc0 && c <= 0x2ff && c !== 0xd7 && c !== 0xf7) ||
    (c >= 0x370 && c <= 0x1fff && c !== 0x37e) ||
    c === 0x200c ||
    c === 0x200d ||
    (c >= 0x2070 && c <= 0x218f) ||
    (c >= 0x2c00 && c <= 0x2fef) ||
    (c >= 0x3001 && c <= 0xdb7f) ||
    (c >= 0xdc00 && c <= 0xdfff) ||
    (c >= 0xf900 && c <= 0xfdcf) ||
    (c >= 0xfdf0 && c <= 0xfffd)
  ) {
    return nameStart
  }
  return c === 0xb7 || (c >= 0x300 && c <= 0x36f) || c === 0x203f || c === 0x2040 ? nameFollow : noName
}

/** Whether a code point is a Char (XML 1.0 §2.2), so that a character reference may name it. */
export function isXmlChar(c: number): boolean {
  if (c < 0x20) return c === 0x09 || c === 0x0a || c === 0x0d
  return c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff)
}

/** Space, tab, line feed or carriage return (XML 1.0 §2.3). */
export function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d
}
