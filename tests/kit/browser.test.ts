import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visit } from './browser.ts'
import { sharedServer } from './cast.ts'

test('a browser opens a page of the server, and is let nowhere else', { timeout: 120_000 }, async t => {
  const { ports } = await sharedServer()
  const origin = `https://localhost:${ports.https}`
  const { page, foreign } = await visit(t, { origins: [origin] })
  const answer = await page.goto(`${origin}/.well-known/host-meta.json`)
  assert.equal(answer?.status(), 200)
  assert.match(String(await page.textContent('body')), /urn:xmpp:alt-connections:websocket/)
  assert.equal(foreign.length, 0, foreign.join(' '))

  // The server's own pages forbid such things (their policy of contents), so they are asked for by one without a policy.
  await page.goto('about:blank')
  const asks = (what: string) => page.evaluate(`new Promise(over => { const end = () => over(); ${what} })`)
  await asks("fetch('https://elsewhere.example/pixel.png').then(end, end)")
  await asks("fetch('http://plain.example/pixel.png').then(end, end)")
  await asks("new WebSocket('wss://socket.example/x').onerror = end")
  for (const where of ['https://elsewhere.example/pixel.png', 'http://plain.example/pixel.png', 'socket.example:443'])
    assert.ok(foreign.includes(where), `${where} is not among ${foreign.join(' ')}`)
})

test('a browser has what was wished for: no scripts, a small window, the dark', { timeout: 120_000 }, async t => {
  const { ports } = await sharedServer()
  const origin = `https://chat.example:${ports.https}`
  const { page } = await visit(t, {
    origins: [origin],
    javaScript: false,
    viewport: { width: 320, height: 480 },
    dark: true,
  })
  // Any name is found on this machine.
  await page.goto(`${origin}/.well-known/host-meta.json`)
  await page.setContent(
    `<style>p { display: none } @media (prefers-color-scheme: dark) and (max-width: 320px) { p { display: block } }</style>
     <noscript><p>all three</p></noscript>`,
  )
  assert.equal(await page.innerText('body'), 'all three')
})
