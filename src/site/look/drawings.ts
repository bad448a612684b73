/** The pictures of the site, drawn by hand: a mark, and a scene. Their colours are in the stylesheet. */

import { shade } from '../frame/colour.ts'
import { type Html, html } from '../frame/html.ts'

const bubble =
  'M16 3.5C8.5 3.5 2.8 8.7 2.8 15.2c0 3.7 1.8 6.9 4.7 9L6 29.5l6.3-3c1.2.3 2.4.4 3.7.4 7.5 0 13.2-5.2 13.2-11.7S23.5 3.5 16 3.5Z'
const lid = 'M9 13.6c1.5 3 4 4.6 7 4.6s5.500-1.600 7-4.600M10.600 17l-1.600 1.900M16 18.300v2.500M21.400 17l1.600 1.900'

/** A voice behind closed eyes: what is said here is not looked at. */
export const drawnMark: Html = html`<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><path class="mark" d="${bubble}"/><path class="lash" d="${lid}"/></svg>`

/** The mark as a file of its own, which no stylesheet reaches. */
export function favicon(accent: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="${shade(accent, 0.55, 0.12)}" d="${bubble}"/>` +
    `<path fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" d="${lid}"/></svg>`
  )
}

const house = (x: number, y: number): Html =>
  html`<g transform="translate(${x} ${y}) scale(1.3)"><path class="wall" d="M0 0h74v58H0z"/><path class="roof" d="M-9 2 37-34 83 2Z"/><path class="roof" d="M54-36h11v24H54z"/><path class="lit" d="M13 16h18v20H13zM44 16h18v20H44z"/><path class="roof" d="M21.200 16h1.600v20h-1.600zM13 25.200h18v1.600H13zM52.200 16h1.600v20h-1.600zM44 25.200h18v1.600H44z"/></g>`

/** Two houses at night, and a sealed letter that goes from one to the other under the ground: sotto. */
export const scene: Html = html`<svg class="scene" viewBox="0 0 640 400" width="640" height="400" aria-hidden="true"><clipPath id="frame"><rect width="640" height="400" rx="22"/></clipPath><g clip-path="url(#frame)"><path class="sky" d="M0 0h640v400H0z"/><circle class="moon" cx="486" cy="78" r="30"/><circle class="sky" cx="473" cy="70" r="26"/><path class="hill" d="M0 232c90-62 170-66 262-22s196 40 378-36v130H0z"/><path class="ground" d="M0 262c150-22 300 16 640-6v144H0z"/><path class="moon" d="M120 60h3v3h-3zM214 108h2.500v2.500h-2.500zM330 52h3v3h-3zM398 120h2.500v2.500h-2.500zM566 150h2.500v2.500h-2.500zM60 128h2.500v2.500h-2.500z"/>${house(70, 186)}${house(474, 190)}<path class="thread" d="M118 272c6 66 64 88 136 84M522 276c-4 68-68 84-138 80"/><path class="note" d="M268 322h104v66H268z"/><path class="ink" d="m270 325 50 34 50-34"/><circle class="seal" cx="320" cy="359" r="13"/><path class="lash" d="M313.500 356.500c1.500 3.200 3.800 4.800 6.500 4.800s5-1.600 6.500-4.800"/></g></svg>`
