import { renderSVG } from 'uqr'
import { type Html, html, ownMarkup } from '../frame/html.ts'

/** A text as a QR code, drawn here, in black on white also in the dark: cameras want it so. */
export function qrCode(text: string): Html {
  return html`<div class="qr">${ownMarkup(renderSVG(text, { border: 2 }).replace('<svg', '<svg aria-hidden="true"'))}</div>`
}
