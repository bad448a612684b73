/**
 * The same text in memory of its own. A part of what the parser yields keeps the whole chunk alive that it came in (up
 * to 64 KiB); whoever holds on to one short text for long, an address above all, takes a copy.
 */
export function ownCopy<T extends string>(text: T): T {
  return Buffer.from(text).toString() as T
}
