/** A page with Converse in it, as somebody would publish it, from a web server of the test's own. */

import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { TestContext } from 'node:test'
import { unpackedClient } from '../../scripts/packed-clients.mjs'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
}

/** Everything that would ask somebody on the internet is off. */
const settings = {
  assets_path: '/dist/',
  i18n: 'en',
  view_mode: 'fullscreen',
  discover_connection_methods: false,
  autocomplete_providers_url: null,
  xmpp_providers_url: null,
  providers_link: null,
  fetch_url_headers: false,
  muc_search_service: '',
  allow_registration: false,
  play_sounds: false,
  show_desktop_notifications: false,
  show_background: false,
  loglevel: 'warn',
  auto_away: 0,
}

function page(more: Readonly<Record<string, unknown>>): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Converse</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dist/converse.min.css">
<body class="converse-fullscreen">
<script type="module">
import '/dist/converse.min.js'
converse.plugins.add('a-way-in', { initialize() { window.inside = this._converse } })
converse.initialize(${JSON.stringify({ ...settings, whitelisted_plugins: ['a-way-in'], ...more })})
</script>
</html>`
}

/** Serves it until the test is over. What comes after `#` or `?` is the page's own affair. */
export async function conversePage(t: TestContext, more: Readonly<Record<string, unknown>>): Promise<string> {
  const home = unpackedClient('converse')
  const server = createServer((asked, answer) => {
    const path = normalize(decodeURIComponent(new URL(asked.url!, 'http://localhost').pathname))
    // The library for OMEMO looks for its other half next to the page.
    const inside = path === '/curve25519_compiled.wasm' ? `/dist${path}` : path
    if (!inside.startsWith('/dist/')) {
      answer.writeHead(path === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' })
      answer.end(path === '/' ? page(more) : '')
      return
    }
    const file = createReadStream(join(home, inside))
    file.on('open', () => {
      answer.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
      file.pipe(answer)
    })
    file.on('error', () => answer.writeHead(404).end())
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  // Not `localhost`: Converse takes a link to an encrypted file there for one without TLS.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
