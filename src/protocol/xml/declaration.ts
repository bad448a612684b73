/** The XML declaration, `<?xml version='1.0' encoding='utf-8'?>`, checked character by character (XML 1.0 §2.8). */
import { isSpace, nameKindBeyondAscii, nameKinds, noName } from './characters.ts'
import { malformed, restricted, XmlError } from './errors.ts'

const words = ['version', 'encoding', 'standalone'] as const

/** Takes what follows `<?`, one character after the other, and throws an XmlError at the first wrong one. */
export class XmlDeclaration {
  #phase: 'target' | 'gap' | 'word' | 'equals' | 'quote' | 'value' | 'after' | 'end' = 'target'
  #part = -1
  #matched = ''
  #quote = 0

  /** Whether the declaration is complete with this character. */
  take(c: number): boolean {
    switch (this.#phase) {
      case 'target':
        this.#target(c)
        return false
      case 'gap':
      case 'after':
        this.#gap(c)
        return false
      case 'word':
        this.#word(c)
        return false
      case 'equals':
        if (c === 0x3d) this.#phase = 'quote'
        else if (!isSpace(c)) throw wrong()
        return false
      case 'quote':
        if (c === 0x27 || c === 0x22) {
          this.#quote = c
          this.#matched = ''
          this.#phase = 'value'
        } else if (!isSpace(c)) {
          throw wrong()
        }
        return false
      case 'value':
        this.#value(c)
        return false
      case 'end':
        if (c !== 0x3e) throw wrong()
        return true
    }
  }

  #target(c: number): void {
    if (this.#matched === 'xml' && isSpace(c)) {
      this.#phase = 'gap'
    } else if (this.#matched.length < 3 && c === 'xml'.charCodeAt(this.#matched.length)) {
      this.#matched += String.fromCharCode(c)
    } else if (isNameCharacter(c) || (c === 0x3f && this.#matched !== 'xml')) {
      throw restricted('processing instructions')
    } else {
      throw wrong()
    }
  }

  #gap(c: number): void {
    if (isSpace(c)) {
      this.#phase = 'gap'
    } else if (c === 0x3f && this.#part >= 0) {
      this.#phase = 'end'
    } else if (this.#phase === 'after') {
      throw wrong()
    } else {
      // Only the first may be `version`, and it must be; the others come in order.
      const part = this.#part < 0 ? 0 : words.findIndex((word, at) => at > this.#part && word.charCodeAt(0) === c)
      if (part < 0 || words[part]?.charCodeAt(0) !== c) throw wrong()
      this.#part = part
      this.#matched = String.fromCharCode(c)
      this.#phase = 'word'
    }
  }

  #word(c: number): void {
    const word = words[this.#part] as string
    if (this.#matched.length === word.length) {
      if (c === 0x3d) this.#phase = 'quote'
      else if (isSpace(c)) this.#phase = 'equals'
      else throw wrong()
    } else {
      if (c !== word.charCodeAt(this.#matched.length)) throw wrong()
      this.#matched += String.fromCharCode(c)
    }
  }

  #value(c: number): void {
    const allowed = this.#part === 0 ? ['1.0'] : this.#part === 1 ? ['utf-8'] : ['yes', 'no']
    if (c === this.#quote && allowed.includes(this.#matched)) {
      this.#phase = 'after'
      return
    }
    const matched = this.#matched + String.fromCharCode(c).toLowerCase()
    const exact = this.#part === 1 || c < 0x41 || c > 0x5a
    if (exact && allowed.some(value => value.startsWith(matched))) {
      this.#matched = matched
    } else if (this.#part === 1 && (c === this.#quote ? this.#matched !== '' : isEncodingCharacter(c))) {
      throw new XmlError('unsupported-encoding', 'XMPP streams are in UTF-8 only (RFC 6120 §11.6).')
    } else {
      throw wrong()
    }
  }
}

function wrong(): XmlError {
  return malformed('The XML declaration is not one of XML 1.0.')
}

function isNameCharacter(c: number): boolean {
  return (c < 0x80 ? nameKinds[c] : nameKindBeyondAscii(c)) !== noName
}

/** XML 1.0 §4.3.3. */
function isEncodingCharacter(c: number): boolean {
  return c < 0x80 && /[A-Za-z0-9._-]/.test(String.fromCharCode(c))
}
