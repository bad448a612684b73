/** The pictures of the site, drawn by hand: a mark, and scenes of one night. Their colours are in the stylesheet. */

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

/** Four panes with light behind them. */
const window = (x: number, y: number): Html =>
  html`<g transform="translate(${x} ${y})"><path class="lit" d="M0 0h22v24H0z"/><path class="bar" d="M11 0v24M0 11h22"/></g>`

/** The letter that is in every scene: its seal is the mark, with closed eyes. */
const letter = (x: number, y: number, size = 1): Html =>
  html`<g transform="translate(${x} ${y}) scale(${size})"><path class="note" d="M0 0h104v66H0z"/><path class="ink" d="m2 3 50 34L102 3"/><circle class="seal" cx="52" cy="37" r="14"/><path class="lash" d="M44.500 34c2 4 4.500 6 7.500 6s5.500-2 7.500-6"/></g>`

const fir = (x: number, y: number, size: number): Html =>
  html`<path class="fir" transform="translate(${x} ${y}) scale(${size})" d="M0 0l-15-22h7l-12-19h8L0-68l12 27h8L8-22h7ZM-2 0h4v9h-4z"/>`

const scene = (id: string, tall: number, inside: Html): Html =>
  html`<svg class="scene" viewBox="0 0 640 ${tall}" aria-hidden="true"><clipPath id="${id}"><rect width="640" height="${tall}" rx="24"/></clipPath><g clip-path="url(#${id})"><path class="sky" d="M0 0h640v${tall}H0z"/>${inside}</g></svg>`

const stars = html`<path class="star" d="M64 92h0M132 38h0M214 84h0M268 34h0M396 52h0M452 120h0M576 56h0M604 128h0"/>`
const moon = (x: number, y: number): Html =>
  html`<path class="lit" transform="translate(${x} ${y})" d="M0-34a34 34 0 1 0 34 44A27 27 0 0 1 0-34Z"/>`

/** Small signs for four promises. */
const glyph = (inside: string): Html =>
  html`<svg class="glyph" viewBox="0 0 24 24" width="36" height="36" aria-hidden="true"><path d="${inside}"/></svg>`

export const glyphs = {
  sealed: glyph(
    'M3 6h18v13H3zM3.500 6.500 12 13l8.500-6.500M9.500 15.500c.6 1.200 1.400 1.700 2.500 1.700s1.900-.5 2.500-1.700',
  ),
  unseen: glyph(
    'M3 10c2.200 3.700 5.200 5.500 9 5.500s6.800-1.800 9-5.500M6 13.800l-1.800 2.400M12 15.500v3M18 13.800l1.800 2.400',
  ),
  brief: glyph(
    'M6 3h12M6 21h12M7.500 3v3.500c0 2.500 4.500 4 4.500 5.500s-4.500 3-4.500 5.500V21M16.500 3v3.500c0 2.500-4.500 4-4.500 5.500s4.500 3 4.500 5.500V21',
  ),
  free: glyph('M13 21H5V3h8M10 12h11M17 8l4 4-4 4'),
} as const

/** Two houses at night, and a sealed letter that goes from one to the other under the ground: sotto. */
export const twoHouses: Html = scene(
  'two',
  440,
  html`${stars}${moon(322, 84)}<path class="far" d="M0 196c70-40 140-52 226-18s150 22 226-14 130-26 188 4v110H0z"/><path class="near" d="M0 236c96-34 190-34 286-10s226 22 354-24v90H0z"/>${fir(40, 262, 1)}${fir(254, 252, 0.8)}${fir(284, 256, 0.6)}${fir(414, 254, 0.7)}${fir(604, 252, 1.1)}<path class="smoke" d="M160 150c-8-12 10-16 2-30s8-14 4-26"/><path class="roof" d="M150 152h16v36h-16z"/><path class="wall" d="M84 196h100v74H84z"/><path class="roof" d="M70 200 134 146l64 54Z"/>${window(98, 214)}<path class="lit" d="M146 270v-44a12 12 0 0 1 24 0v44z"/><path class="wall" d="M466 168h92v100h-92z"/><path class="roof" d="M454 172 512 116l58 56Z"/>${window(480, 186)}${window(522, 186)}${window(480, 226)}<path class="roof" d="M522 268v-34h22v34z"/><path class="soil" d="M0 264c140-8 300 10 640-2v190H0z"/><path class="deep" d="M0 336c120-18 210 14 330 2s210-14 310 0v110H0z"/><path class="pebble" d="M52 300h0M236 296h0M402 304h0M586 312h0M84 392h0M182 408h0M462 402h0M560 380h0M336 420h0"/><path class="thread" d="M134 284c2 66 40 78 116 80M512 282c0 66-44 80-122 82"/>${letter(268, 330)}`,
)

/** A door with light behind it, a little open. */
export const openDoor: Html = scene(
  'door',
  640,
  html`${stars}<path class="far" d="M0 420c120-50 260-40 640-20v240H0z"/><path class="wall" d="M150 200h340v360H150z"/><path class="roof" d="M104 214 320 62l216 152Z"/>${window(286, 128)}<path class="roof" d="M244 280h152v280H244z"/><path class="lit" d="M256 292h128v268H256z"/><path class="near" d="m256 292 84 24v262l-84-18z"/><circle class="lit" cx="326" cy="448" r="6"/><path class="soil" d="M0 556c180-14 420-14 640 0v90H0z"/><path class="beam" d="m340 578 44-18 96 90H352z"/><circle class="lit" cx="208" cy="318" r="13"/><path class="bar" d="M208 290v14M196 304h24"/>${fir(76, 560, 2)}${fir(566, 562, 2.3)}`,
)

/** A letter box at a fence, with a letter on its way in. */
export const letterBox: Html = scene(
  'box',
  640,
  html`${stars}${moon(500, 104)}<path class="far" d="M0 380c120-60 220-60 330-20s200 40 310-10v300H0z"/><path class="near" d="M0 450c160-40 420-40 640 0v200H0z"/>${fir(92, 480, 1.8)}${fir(560, 470, 1.4)}<path class="roof" d="M302 460h36v120h-36zM150 262h340l-36-56H186z"/><path class="wall" d="M172 262h296v214H172z"/>${letter(216, 208, 2)}<path class="wall" d="M190 306h260v60H190z"/><path class="bar" d="M204 306h232"/><path class="lash big" d="M266 380c14 28 31 40 54 40s40-12 54-40M284 408l-13 17M320 422v22M356 408l13 17"/><path class="soil" d="M0 570c180-12 460-12 640 0v80H0z"/>`,
)

/** A house with a sign of its own. */
export const ownSign: Html = scene(
  'sign',
  640,
  html`${stars}${moon(96, 116)}<path class="far" d="M0 400c140-60 300-50 640-10v250H0z"/>${fir(60, 556, 1.7)}<path class="wall" d="M120 250h240v310H120z"/><path class="roof" d="M84 266 240 118l156 148ZM300 120h34v80h-34z"/><g transform="translate(152 300) scale(2.400)"><path class="lit" d="M0 0h22v24H0z"/><path class="bar" d="M11 0v24M0 11h22"/></g><g transform="translate(270 300) scale(2.400)"><path class="lit" d="M0 0h22v24H0z"/><path class="bar" d="M11 0v24M0 11h22"/></g><path class="lit" d="M208 560V450a32 32 0 0 1 64 0v110z"/><path class="roof" d="M468 236h14v326h-14zM468 250h132v10H468zM500 258h4v34h-4zM566 258h4v34h-4z"/><circle class="note" cx="535" cy="344" r="58"/><path class="at" d="M553 324v26c0 20 24 16 24-10a42 42 0 1 0-16 34M553 344a18 18 0 1 1-36 0 18 18 0 0 1 36 0"/><path class="soil" d="M0 556c180-14 420-14 640 0v90H0z"/>`,
)

/** A key on its hook, and the night behind the window. */
export const hungKey: Html = scene(
  'key',
  640,
  html`<path class="near" d="M0 0h640v640H0z"/><path class="sky" d="M96 62h448v300H96z"/><path class="star" d="M140 110h0M206 160h0M270 98h0M366 116h0M512 92h0M160 240h0M402 236h0"/>${moon(440, 150)}<path class="far" d="M96 304c120-60 220-50 448-20v78H96z"/><path class="sill" d="M320 62v300M96 212h448M96 62h448v300H96zM70 374h500"/><circle class="lit" cx="320" cy="436" r="8"/><g class="keyed"><circle cx="320" cy="474" r="28"/><path d="M320 502v88M320 562h28M320 588h20"/></g>`,
)

/** Sand runs: what is kept here ends. */
export const hourglass: Html = scene(
  'glass',
  640,
  html`${stars}${moon(520, 120)}<path class="far" d="M0 420c140-60 300-50 640-10v250H0z"/><path class="soil" d="M0 540c180-14 420-14 640 0v110H0z"/><path class="roof" d="M188 116h264v30H188zM188 524h264v30H188z"/><path class="glass" d="M216 146h208c0 110-70 130-84 189 14 59 84 79 84 189H216c0-110 70-130 84-189-14-59-84-79-84-189Z"/><path class="lit" d="M244 220h152c-20 50-58 74-70 108h-12c-12-34-50-58-70-108ZM228 524c10-50 60-56 92-96 32 40 82 46 92 96z"/><path class="lit" d="M318 326h4v110h-4z"/>`,
)
