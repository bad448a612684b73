/**
 * The kit for declaring settings. A setting is declared once, with what is allowed, what it is when nobody says
 * anything, and what happens because of it; reading, refusing and the manual all follow from that declaration.
 */

import { isIP, isIPv4 } from 'node:net'
import { resolve } from 'node:path'
import { domainToASCII } from 'node:url'
import { prepareDomain } from '../protocol/jid.ts'

/** What a setting says to a value it does not take: the end of a sentence that began with the setting's name. */
export interface Refusal {
  readonly refused: string
}

/** One setting: its default, its bounds in words, its help, and how a value for it is read. */
export interface Setting<T> {
  readonly default: T
  /** The default as the manual shows it, where the value itself would be misleading. */
  readonly shownDefault?: string
  /** What is allowed, in words. */
  readonly allowed: string
  /** What happens because of this setting. */
  readonly help: string
  /** Not to be shown to anybody. */
  readonly secret?: true
  /** Reads a value as TOML delivers it. `base` is the directory that relative paths are relative to. */
  read(value: unknown, base: string): T | Refusal
  /** Turns the text of an environment variable into what TOML would have delivered. */
  fromText(text: string): unknown
}

export type AnySetting = Setting<unknown>

/** A group of settings under one TOML table. */
export interface Section<K extends Readonly<Record<string, AnySetting>>> {
  readonly title: string
  readonly help: string
  readonly keys: K
}

export type Schema = Readonly<Record<string, Section<Readonly<Record<string, AnySetting>>>>>

/** The values that a schema describes. */
export type ValuesOf<S extends Schema> = {
  readonly [N in keyof S]: {
    readonly [K in keyof S[N]['keys']]: S[N]['keys'][K] extends Setting<infer T> ? T : never
  }
}

/** Declares a section. */
export function section<const K extends Readonly<Record<string, AnySetting>>>(
  title: string,
  help: string,
  keys: K,
): Section<K> {
  return { title, help, keys }
}

interface Said<T> {
  readonly default: T
  readonly help: string
}

const asIs = (text: string): unknown => text

function fromWord(text: string): unknown {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === 'on' || word === 'yes') return true
  if (word === 'false' || word === 'off' || word === 'no') return false
  return text
}

function fromDigits(text: string): unknown {
  return /^-?\d+$/.test(text.trim()) ? Number(text) : fromWord(text)
}

/** A switch. */
export function toggle(said: Said<boolean>): Setting<boolean> {
  return {
    ...said,
    allowed: '`true` or `false`',
    read: value => (typeof value === 'boolean' ? value : { refused: 'has to be true or false (without quotes)' }),
    fromText: fromWord,
  }
}

/** A whole number within bounds; the unit belongs into the setting's name. */
export function whole(said: Said<number> & { readonly min: number; readonly max: number }): Setting<number> {
  const { min, max } = said
  return {
    ...said,
    allowed: `a whole number from ${min} to ${max}`,
    read: value =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? value
        : { refused: `has to be a whole number from ${min} to ${max}` },
    fromText: fromDigits,
  }
}

/** A TCP port to listen on: 0 takes any free one, false listens not at all. */
export function port(said: Said<number | false>): Setting<number | false> {
  return {
    ...said,
    allowed: 'a port from 1 to 65535, `0` for any free one (printed at start), or `false` for off',
    read: value =>
      value === false || (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535)
        ? (value as number | false)
        : { refused: 'has to be a port number from 1 to 65535, 0 for any free one, or false for off' },
    fromText: fromDigits,
  }
}

/** An IP address to listen on. Host names are not taken: what they mean can change between two starts. */
export function ipAddress(said: Said<string>): Setting<string> {
  return {
    ...said,
    allowed: 'an IPv4 or IPv6 address',
    read: value =>
      typeof value === 'string' && isIP(value) !== 0
        ? value
        : { refused: 'has to be an IP address, such as "127.0.0.1", "0.0.0.0" or "::"' },
    fromText: asIs,
  }
}

/** `10.0.0.0/8`, or one address. */
function isNetwork(text: unknown): boolean {
  if (typeof text !== 'string') return false
  const [address = '', bits, ...more] = text.split('/')
  if (isIP(address) === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128))
}

/** A list of IP addresses and networks. */
export function networkList(said: Said<readonly string[]>): Setting<readonly string[]> {
  return {
    ...said,
    allowed: 'a list of IP addresses and networks',
    read: value =>
      Array.isArray(value) && value.every(isNetwork)
        ? value
        : { refused: 'has to be a list of IP addresses or networks, such as ["127.0.0.1", "10.0.0.0/8"]' },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/** A list of IP addresses. */
export function addressList(said: Said<readonly string[]>): Setting<readonly string[]> {
  return {
    ...said,
    allowed: 'a list of IP addresses',
    read: value =>
      Array.isArray(value) && value.every(text => typeof text === 'string' && isIP(text) !== 0)
        ? value
        : { refused: 'has to be a list of IP addresses, such as ["192.0.2.1", "2001:db8::1"]' },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/** Reads `192.0.2.53` or `[2001:db8::53]:5353`. */
export function serverIn(text: unknown, usualPort: number): { address: string; port: number } | undefined {
  if (typeof text !== 'string') return undefined
  if (isIP(text) !== 0) return { address: text, port: usualPort }
  const [, six, four, digits] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? []
  const [address, port] = [six ?? four ?? '', Number(digits)]
  return isIP(address) !== 0 && port > 0 && port < 65_536 ? { address, port } : undefined
}

const isServer = (text: unknown): boolean => serverIn(text, 1) !== undefined

/** A server on this machine, by a loopback address; `''` for none. */
export function ownServerOrNone(said: Said<string>): Setting<string> {
  return {
    ...said,
    allowed: 'a loopback address, with or without a port, or `""` for none',
    read: value => {
      const address = serverIn(value, 1)?.address ?? ''
      if (value === '' || address === '::1' || address.startsWith('127.')) return String(value)
      return { refused: 'has to be a loopback address, such as "127.0.0.1" or "[::1]:5353", or ""' }
    },
    fromText: asIs,
  }
}

/** A list of servers by IP address, each with a port if it is not the usual one. */
export function serverList(said: Said<readonly string[]>): Setting<readonly string[]> {
  return {
    ...said,
    allowed: 'a list of IP addresses, with or without a port',
    read: value =>
      Array.isArray(value) && value.every(isServer)
        ? value
        : { refused: 'has to be a list of IP addresses, such as ["192.0.2.53", "127.0.0.1:5353", "[::1]:5353"]' },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/** The address of a web server: scheme, name and port, nothing behind them. Empty means: follows from other settings. */
export function webAddress(said: Said<string> & { readonly shownDefault: string }): Setting<string> {
  return {
    ...said,
    allowed: 'an `https:` address without a path',
    read: value => {
      const refusal = { refused: 'has to be an https: address without a path, such as "https://chat.example.org"' }
      if (value === '') return ''
      if (typeof value !== 'string' || !URL.canParse(value)) return refusal
      const { protocol, origin, href, username } = new URL(value)
      return protocol === 'https:' && username === '' && href === `${origin}/` ? origin : refusal
    },
    fromText: asIs,
  }
}

/** A domain name as addresses carry it (RFC 7622 §3.2) and as DNS could carry it; international names stay readable. */
export function domainName(said: Said<string>): Setting<string> {
  return {
    ...said,
    allowed: 'a domain name',
    read: value => {
      const refusal = { refused: 'has to be a domain name, such as "example.org" or "localhost"' }
      if (typeof value !== 'string' || isIP(value) !== 0) return refusal
      const name = prepareDomain(value)
      if (name === undefined) return refusal
      const labels = domainToASCII(name).split('.')
      return labels.every(label => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) ? name : refusal
    },
    fromText: asIs,
  }
}

/** Another machine, by name or IP address; '' for none. */
export function hostName(said: Said<string>): Setting<string> {
  return {
    ...said,
    allowed: 'a host name or an IP address',
    read: value => {
      const refusal = { refused: 'has to be a host name or an IP address, such as "turn.example.org"' }
      if (value === '' || (typeof value === 'string' && isIP(value) !== 0)) return value
      return typeof value === 'string' && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value) ? value : refusal
    },
    fromText: asIs,
  }
}

const shortestSecret = 16

/** Something that two machines know and nobody else; '' for none. It is never shown again. */
export function secret(said: Said<string>): Setting<string> {
  return {
    ...said,
    secret: true,
    allowed: `a text of at least ${shortestSecret} characters`,
    read: value =>
      typeof value === 'string' && (value === '' || value.length >= shortestSecret)
        ? value
        : { refused: `has to have at least ${shortestSecret} characters; "openssl rand -hex 32" makes a good one` },
    fromText: asIs,
  }
}

/** Secrets of other programs, each for a domain of its own. They are never shown again. */
export function secretsOfDomains(said: Said<readonly string[]>): Setting<readonly string[]> {
  const fits = (entry: unknown): boolean => {
    const [domain = '', key = '', ...more] = typeof entry === 'string' ? entry.split(' ') : []
    return more.length === 0 && prepareDomain(domain) === domain && key.length >= shortestSecret
  }
  return {
    ...said,
    secret: true,
    allowed: `a list of domains, each followed by a space and a secret of at least ${shortestSecret} characters`,
    read: value =>
      Array.isArray(value) && value.every(fits)
        ? value
        : {
            refused:
              'has to be a list of domains with their secrets, such as ["irc.example.org 6a0e…"]; "openssl rand -hex 32" makes a good secret',
          },
    fromText: text => text.split(',').map(entry => entry.trim()),
  }
}

/** One of a few words. */
export function oneOf<const W extends string>(said: Said<W> & { readonly words: readonly W[] }): Setting<W> {
  const listed = said.words.map(word => `"${word}"`).join(', ')
  return {
    ...said,
    allowed: `one of ${said.words.map(word => `\`${word}\``).join(', ')}`,
    read: value => said.words.find(word => word === value) ?? { refused: `has to be one of ${listed}` },
    fromText: asIs,
  }
}

/** A text for people, without markup; '' for none. */
export function plainText(
  said: Said<string> & { readonly most: number; readonly shownDefault?: string },
): Setting<string> {
  const { most } = said
  return {
    ...said,
    allowed: `a text of at most ${most} characters`,
    read: value =>
      typeof value === 'string' && value.length <= most && value.isWellFormed()
        ? value.trim()
        : { refused: `has to be a text of at most ${most} characters` },
    fromText: asIs,
  }
}

/** A colour of the screen. */
export function colour(said: Said<string>): Setting<string> {
  return {
    ...said,
    allowed: 'a colour, such as `#2f5d62`',
    read: value =>
      typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)
        ? value.toLowerCase()
        : { refused: 'has to be a colour of six hexadecimal digits, such as "#2f5d62"' },
    fromText: asIs,
  }
}

/** A list of web addresses. */
export function linkList(said: Said<readonly string[]>): Setting<readonly string[]> {
  return {
    ...said,
    allowed: 'a list of `https:` or `http:` addresses',
    read: value =>
      Array.isArray(value) && value.every(uri => typeof uri === 'string' && /^https?:\/\/[^\s]+$/.test(uri))
        ? value
        : { refused: 'has to be a list of https: addresses, such as ["https://status.example.net/status.json"]' },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/** A list of addresses (URIs) at which people can be reached. */
export function contactList(said: Said<readonly string[]>): Setting<readonly string[]> {
  return {
    ...said,
    allowed: 'a list of `mailto:`, `xmpp:` or `https:` addresses',
    read: value =>
      Array.isArray(value) && value.every(uri => typeof uri === 'string' && /^(mailto|xmpp|https):[^\s]+$/.test(uri))
        ? value
        : { refused: 'has to be a list of mailto:, xmpp: or https: addresses, such as ["mailto:abuse@example.org"]' },
    fromText: text => text.split(/[\s,]+/).filter(part => part !== ''),
  }
}

/**
 * A file or directory. A relative path is relative to the directory of the settings file, or to the working directory
 * where there is none. `shownDefault` describes a default that depends on another setting.
 */
export function path(said: Said<string> & { readonly shownDefault?: string }): Setting<string> {
  return {
    ...said,
    allowed: 'a path',
    read: (value, base) =>
      typeof value === 'string' && value !== '' && !value.includes('\0')
        ? resolve(base, value)
        : { refused: 'has to be the path of a file or directory, in quotes' },
    fromText: asIs,
  }
}

/** The same, or '' for none. */
export function pathOrNone(said: Said<string>): Setting<string> {
  const { read, ...rest } = path(said)
  return {
    ...rest,
    allowed: 'a path, or `""` for none',
    read: (value, base) => (value === '' ? '' : read(value, base)),
  }
}
