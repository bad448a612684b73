/** RFC 3492: Unicode labels in the letters, digits and hyphens of DNS, without the prefix `xn--`. */

const base = 36
const tMin = 1
const tMax = 26
const skew = 38
const damp = 700
const initialBias = 72
const initialPoint = 0x80
const digits = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Any label of Unicode scalar values, as ASCII. Takes quadratic time: the caller bounds the length. */
export function encodePunycode(label: string): string {
  const points = Array.from(label, char => char.codePointAt(0)!)
  const basic = points.filter(cp => cp < initialPoint)
  let output = String.fromCodePoint(...basic) + (basic.length > 0 ? '-' : '')
  let handled = basic.length
  let current = initialPoint
  let delta = 0
  let bias = initialBias
  while (handled < points.length) {
    const next = Math.min(...points.filter(cp => cp >= current))
    delta += (next - current) * (handled + 1)
    current = next
    for (const cp of points) {
      if (cp < current) delta++
      if (cp !== current) continue
      output += variableLength(delta, bias)
      bias = adapt(delta, handled + 1, handled === basic.length)
      delta = 0
      handled++
    }
    delta++
    current++
  }
  return output
}

/** The label behind lower-case ASCII; undefined if it is not the Punycode of anything. */
export function decodePunycode(text: string): string | undefined {
  const hyphen = text.lastIndexOf('-')
  const points = Array.from(text.slice(0, Math.max(hyphen, 0)), char => char.codePointAt(0)!)
  let current = initialPoint
  let position = 0
  let bias = initialBias
  let at = hyphen < 0 ? 0 : hyphen + 1
  while (at < text.length) {
    const before = position
    let weight = 1
    for (let k = base; ; k += base) {
      const digit = at < text.length ? digits.indexOf(text[at++]!) : -1
      if (digit < 0) return undefined
      position += digit * weight
      if (position > 0x7fffffff) return undefined
      const threshold = thresholdAt(k, bias)
      if (digit < threshold) break
      weight *= base - threshold
    }
    const length = points.length + 1
    bias = adapt(position - before, length, before === 0)
    current += Math.floor(position / length)
    position %= length
    if (current > 0x10ffff || (current >= 0xd800 && current <= 0xdfff)) return undefined
    points.splice(position++, 0, current)
  }
  return String.fromCodePoint(...points)
}

function variableLength(delta: number, bias: number): string {
  let output = ''
  let rest = delta
  for (let k = base; ; k += base) {
    const threshold = thresholdAt(k, bias)
    if (rest < threshold) return output + digits[rest]
    output += digits[threshold + ((rest - threshold) % (base - threshold))]
    rest = Math.floor((rest - threshold) / (base - threshold))
  }
}

function thresholdAt(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, tMin), tMax)
}

/** RFC 3492 §6.1 */
function adapt(delta: number, length: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? damp : 2))
  rest += Math.floor(rest / length)
  let k = 0
  while (rest > ((base - tMin) * tMax) / 2) {
    rest = Math.floor(rest / (base - tMin))
    k += base
  }
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew))
}
