/** Shades of one colour that can be read, whatever colour it is: in OKLCH, where lightness is what eyes see. */

interface Oklch {
  readonly l: number
  readonly c: number
  readonly h: number
}

/** A shade of a hue at that lightness, as `#rrggbb`; with less colour where the screen has not got so much. */
export function shade(hex: string, lightness: number, mostChroma: number): string {
  const { c, h } = oklchOf(hex)
  for (let chroma = Math.min(c, mostChroma); chroma > 0.002; chroma *= 0.92) {
    const rgb = linear({ l: lightness, c: chroma, h })
    if (rgb.every(each => each >= -0.0005 && each <= 1.0005)) return written(rgb)
  }
  return written(linear({ l: lightness, c: 0, h }))
}

/** Contrast as WCAG 2 counts it: 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

type Rgb = readonly [number, number, number]

function channels(hex: string): Rgb {
  const at = (i: number): number => {
    const value = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [at(1), at(3), at(5)]
}

function luminance(hex: string): number {
  const [r, g, b] = channels(hex)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Matrices of Oklab (Björn Ottosson), as CSS Color 4 §10 uses them. */
function oklchOf(hex: string): Oklch {
  const [r, g, b] = channels(hex)
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
  return { l: lightness, c: Math.hypot(a, bb), h: Math.atan2(bb, a) }
}

function linear({ l, c, h }: Oklch): Rgb {
  const a = c * Math.cos(h)
  const b = c * Math.sin(h)
  const x = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const y = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const z = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ]
}

function written(rgb: Rgb): string {
  const digits = rgb.map(each => {
    const value = Math.min(1, Math.max(0, each))
    const gamma = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055
    return Math.round(gamma * 255)
      .toString(16)
      .padStart(2, '0')
  })
  return `#${digits.join('')}`
}
