/** The one stylesheet, in the colour of the domain. */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Page, PageProblem } from '../../http/page.ts'
import { shade } from '../frame/colour.ts'
import { accepted, type Encoding, encodingHeader, packed } from '../frame/packing.ts'

const rules = smaller(readFileSync(join(import.meta.dirname, 'site.css'), 'utf8'))

/** Of the text and of what makes shades: a change of either is another address. */
const version = hash('sha256', `${rules}${shades('#336699')}`, 'base64url').slice(0, 12)

/** The colour is in the address, so that nothing has to be remembered of it, and what is there never changes. */
export function sheetPath(accent: string): string {
  return `/look/${version}/${accent.slice(1)}.css`
}

interface Written extends Readonly<Record<Encoding, Buffer>> {
  readonly text: string
  /** For the policy of a page that has the text in it (CSP 3 §2.3.1). */
  readonly hash: string
}

const written = new Map<string, Written>()

/** Colours that are kept ready; anybody may ask for any. */
const mostReady = 100

export const sheetPage: Page = {
  path: '/look/:version/:name',
  methods: ['GET'],
  handle(visit) {
    const accent = /^([0-9a-f]{6})\.css$/.exec(visit.params.name!)?.[1]
    if (visit.params.version !== version || accent === undefined) {
      throw new PageProblem(404, 'There is no such stylesheet.')
    }
    const encoding = accepted(visit)
    visit.send(200, 'text/css; charset=utf-8', sheet(`#${accent}`)[encoding], {
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...encodingHeader(encoding),
    })
  },
}

/** The stylesheet of a colour, ready to be sent or put into a page. */
export function sheet(accent: string): Written {
  const ready = written.get(accent)
  if (ready !== undefined) return ready
  const text = `${shades(accent)}${rules}`
  const hashed = `'sha256-${hash('sha256', text, 'base64')}'`
  const [plain, gzip, br] = (['plain', 'gzip', 'br'] as const).map(encoding => packed(text, encoding, 6))
  const made = { text, hash: hashed, plain: plain!, gzip: gzip!, br: br! }
  written.set(accent, made)
  if (written.size > mostReady) written.delete(written.keys().next().value!)
  return made
}

/** Lightness is given, hue is the domain's: so text on these shades can be read whatever the colour is. */
function shades(accent: string): string {
  const set = (name: string, lightness: number, chroma: number): string =>
    `--${name}:${shade(accent, lightness, chroma)};`
  // The pictures are of a night, also by day.
  const night = `${set('sky', 0.285, 0.05)}${set('far', 0.36, 0.055)}${set('near', 0.42, 0.06)}${set('soil', 0.245, 0.045)}${set('deep', 0.2, 0.035)}${set('wall', 0.56, 0.075)}${set('roof', 0.18, 0.03)}`
  const light = `${set('accent', 0.42, 0.11)}${set('accent-strong', 0.33, 0.1)}${set('tint', 0.955, 0.013)}${set('edge', 0.87, 0.02)}`
  const dark = `${set('accent', 0.8, 0.1)}${set('accent-strong', 0.88, 0.08)}${set('tint', 0.26, 0.03)}${set('edge', 0.38, 0.035)}`
  return `:root{${night}${light}}@media screen and (prefers-color-scheme:dark){:root{${dark}}}`
}

/** Without comments and needless white space. */
function smaller(css: string): string {
  return css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/;}/g, '}')
    .replace(/: /g, ':')
    .trim()
}
