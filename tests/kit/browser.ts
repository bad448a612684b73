/**
 * Debian's Chromium, driven from the outside, for what only a real browser shows: pages as people see them, clients that
 * run in one, and what a page asks the rest of the world for. One browser serves a whole file; each visit has cookies
 * and a cache of its own. The browser takes the server's own certificate, reaches nothing but the origins that it was
 * given, and finds all of these on this machine, whatever their names.
 */

import { existsSync } from 'node:fs'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { Gate } from './gate.ts'

export interface VisitOptions {
  /** What pages may ask for, as `https://localhost:5443` (an opened page's WebSockets: the same with `https`). */
  readonly origins: readonly string[]
  /** Default true. */
  readonly javaScript?: boolean
  /** Default 1280 × 800. */
  readonly viewport?: { readonly width: number; readonly height: number }
  /** Whether the person prefers dark pages. */
  readonly dark?: boolean
  readonly reducedMotion?: boolean
  /** Default `en-GB`. */
  readonly locale?: string
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /**
   * Whatever was asked for elsewhere, and refused: URLs as far as the page is the one that asked, origins (`host:port`)
   * of every connection that was attempted. Empty on a good page.
   */
  readonly foreign: readonly string[]
  /** What the page's console calls errors, and exceptions that nobody caught. */
  readonly errors: readonly string[]
}

/** Asked by Chromium itself, not by pages, wherever there is a form; the gate refuses it all the same. */
const ownErrands = ['content-autofill.googleapis.com:443']

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

let running: Promise<Browser> | undefined
after(async () => (await running)?.close())

function browser(): Promise<Browser> {
  const executablePath = process.env.SOTTO_TEST_CHROMIUM ?? programs.find(existsSync)
  if (executablePath === undefined) throw new Error(`Chromium is missing: it was looked for as ${programs.join(', ')}.`)
  // What goes around the gate (the browser's own errands) finds no name at all.
  const args = ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', '--disable-quic', '--disable-gpu']
  running ??= chromium.launch({ executablePath, args, headless: true, timeout: 60_000 })
  return running
}

/** Opens an empty page in a browser of its own, so to speak. It is closed when the test is over. */
export async function visit(t: TestContext, options: VisitOptions): Promise<Visit> {
  const { origins, javaScript = true, viewport = { width: 1280, height: 800 }, dark = false } = options
  const foreign: string[] = []
  const refuse = (where: string) => {
    if (!foreign.includes(where) && !ownErrands.includes(where)) foreign.push(where)
  }
  const gate = await Gate.open(origins, refuse)
  t.after(() => gate.close())
  const context = await (await browser()).newContext({
    proxy: { server: gate.url, bypass: '<-loopback>' },
    ignoreHTTPSErrors: true,
    javaScriptEnabled: javaScript,
    viewport,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
    locale: options.locale ?? 'en-GB',
    timezoneId: 'UTC',
  })
  t.after(() => context.close())
  const errors: string[] = []
  context.on('request', request => {
    const url = request.url()
    if (/^(https?|wss?):/.test(url) && !gate.lets(url)) refuse(url)
  })
  context.on('console', message => {
    if (message.type() === 'error') errors.push(message.text())
  })
  context.on('weberror', error => errors.push(String(error.error())))
  const page = await context.newPage()
  return { page, context, foreign, errors }
}
