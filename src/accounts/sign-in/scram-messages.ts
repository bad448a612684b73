import { isUtf8 } from 'node:buffer'

/** RFC 5802 §7: `gs2-cbind-flag`. */
export type BindingFlag =
  | { readonly kind: 'n' }
  | { readonly kind: 'y' }
  | { readonly kind: 'p'; readonly type: string }

export interface ClientFirst {
  /** The header as sent, with both commas: it is repeated in the final message. */
  readonly gs2Header: string
  readonly flag: BindingFlag
  /** Decoded; empty if none was given. */
  readonly authzid: string
  /** Everything after the header, as sent: part of what is signed. */
  readonly bare: string
  readonly username: string
  readonly nonce: string
}

export interface ClientFinal {
  /** What `c=` carries: the header and the channel binding data. */
  readonly channelBinding: Buffer
  readonly nonce: string
  readonly proof: Buffer
  /** The message up to the comma before `p=`: part of what is signed. */
  readonly withoutProof: string
}

/** Why a message was refused; never says more than the grammar. */
export class ScramSyntaxError extends Error {}

const longestNonce = 512

/** The text of a message. RFC 5802 §5.1: UTF-8 without NUL. */
export function messageText(data: Uint8Array): string {
  if (!isUtf8(data)) throw new ScramSyntaxError('The message is not UTF-8.')
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('utf8')
  if (text.includes('\0')) throw new ScramSyntaxError('The message contains a NUL.')
  return text
}

/** RFC 5802 §5.1: `=2C` stands for a comma and `=3D` for an equals sign; no other use of `=` is allowed. */
export function decodeSaslName(text: string): string {
  if (!text.includes('=')) return text
  return text.replace(/=(2C|3D)?/g, (_, code: string | undefined) => {
    if (code === undefined) throw new ScramSyntaxError('A name contains an invalid escape.')
    return code === '2C' ? ',' : '='
  })
}

/** RFC 4648 §4 to the letter: padding where it belongs, no white space, no spare bits. */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new ScramSyntaxError('A value is not base64.')
  return bytes
}

const firstForm = /^(n|y|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,]+))?,(.+)$/s
const attributeForm = /^([A-Za-z])=(.+)$/s

/** RFC 5802 §7 `client-first-message`; throws `ScramSyntaxError`. */
export function parseClientFirst(data: Uint8Array): ClientFirst {
  const text = messageText(data)
  const [, flag, type, authzid, bare] = firstForm.exec(text) ?? []
  if (flag === undefined || bare === undefined) throw new ScramSyntaxError('The first message has no GS2 header.')
  const [name, nonce, ...extensions] = attributes(bare)
  if (name?.[0] === 'm') throw new ScramSyntaxError('A mandatory extension is not supported.')
  if (name?.[0] !== 'n' || nonce?.[0] !== 'r') throw new ScramSyntaxError('The first message has no name or no nonce.')
  if (extensions.some(([letter]) => letter === 'm'))
    throw new ScramSyntaxError('A mandatory extension is out of place.')
  return {
    gs2Header: text.slice(0, text.length - bare.length),
    flag: type === undefined ? { kind: flag as 'n' | 'y' } : { kind: 'p', type },
    authzid: decodeSaslName(authzid ?? ''),
    bare,
    username: decodeSaslName(name[1]),
    nonce: checkedNonce(nonce[1]),
  }
}

/** RFC 5802 §7 `client-final-message`; throws `ScramSyntaxError`. Optional extensions are signed, and otherwise ignored. */
export function parseClientFinal(data: Uint8Array): ClientFinal {
  const text = messageText(data)
  const [binding, nonce, ...rest] = attributes(text)
  if (binding?.[0] === 'm') throw new ScramSyntaxError('A mandatory extension is not supported.')
  const proof = rest.pop()
  if (binding?.[0] !== 'c' || nonce?.[0] !== 'r' || proof?.[0] !== 'p')
    throw new ScramSyntaxError('The final message lacks a part.')
  if (rest.some(([letter]) => letter === 'm' || letter === 'p'))
    throw new ScramSyntaxError('An attribute of the final message is out of place.')
  return {
    channelBinding: strictBase64(binding[1]),
    nonce: nonce[1],
    proof: strictBase64(proof[1]),
    withoutProof: text.slice(0, text.lastIndexOf(',p=')),
  }
}

function attributes(text: string): (readonly [letter: string, value: string])[] {
  return text.split(',').map(part => {
    const [, letter, value] = attributeForm.exec(part) ?? []
    if (letter === undefined || value === undefined) throw new ScramSyntaxError('A part of the message has no value.')
    return [letter, value] as const
  })
}

function checkedNonce(nonce: string): string {
  if (nonce.length > longestNonce || !/^[!-+\--~]+$/.test(nonce)) throw new ScramSyntaxError('The nonce is malformed.')
  return nonce
}
