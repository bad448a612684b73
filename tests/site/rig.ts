/** A service whose pages are looked at, and what is looked for on each. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Agent, request } from 'node:https'
import { join, resolve } from 'node:path'
import { after, type TestContext } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Server } from '../../src/main.ts'
import { type Visit, type VisitOptions, visit } from '../kit/browser.ts'
import { type ServerSettings, startInside, type TestServer } from '../kit/server.ts'

export interface House {
  readonly server: TestServer
  /** What is behind the pages. */
  readonly inside: Server['house']
  readonly origin: string
  /** Lets the service believe that so many milliseconds have gone by. */
  passes(ms: number): void
}

/** A service that has everything there is to show. */
export const furnished: ServerSettings = {
  registration: { open: true, users_may_invite: true },
  contact: {
    support: ['mailto:help@example.org', 'xmpp:help@example.org'],
    abuse: ['mailto:abuse@example.org'],
    security: ['mailto:security@example.org'],
    status: ['https://status.example.org/status.json'],
  },
  site: {
    name: 'Houseboat',
    about_en: 'We are six friends who run this for everybody they trust.\n\nWe have done so for years.',
    price_en: '12 euros a year.',
    legal_notice: ['https://example.org/legal'],
  },
}

/** A service inside this process, for the tests of one file. */
export async function openHouse(settings: ServerSettings = furnished): Promise<House> {
  let passed = 0
  const server = await startInside(settings, { now: () => Date.now() + passed })
  after(async () => {
    assert.deepEqual(server.bugs?.(), [])
    await server.stop()
  })
  return {
    server,
    inside: server.house,
    origin: `https://localhost:${server.ports.https}`,
    passes(ms) {
      passed += ms
    },
  }
}

/** How people come: with a telephone or a large screen, by day or by night. */
export const ways: Readonly<Record<string, Pick<VisitOptions, 'viewport' | 'dark'>>> = {
  'phone by day': { viewport: { width: 360, height: 740 } },
  'phone by night': { viewport: { width: 360, height: 740 }, dark: true },
  'desktop by day': { viewport: { width: 1280, height: 800 } },
  'desktop by night': { viewport: { width: 1280, height: 800 }, dark: true },
}

const axe = readFileSync(join(resolve(import.meta.dirname, '../..'), 'node_modules/axe-core/axe.min.js'), 'utf8')

interface Finding {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** What axe finds wrong with the page that is open; scripts have to be allowed for the browser. */
export async function findings({ page }: Visit): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as readonly Finding[]
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(node => `${id}: ${help}: ${node.html} ${node.failureSummary}`),
  )
}

/** Opens a browser that may ask this service for things, and nobody else. */
export const visitor = (
  t: TestContext,
  { origin }: Pick<House, 'origin'>,
  options: Partial<VisitOptions> = {},
): Promise<Visit> => visit(t, { origins: [origin], ...options })

/** The page fits the window, and nothing was asked for elsewhere, or went wrong. */
export async function isSound({ page, foreign, errors }: Visit): Promise<void> {
  const where = page.url()
  const [wide, window] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [number, number]
  assert.ok(wide <= window, `${where} is ${wide} wide in a window of ${window}`)
  assert.deepEqual(foreign, [], where)
  // What a browser may do beforehand is not always seen as a request.
  const elsewhere = await page.evaluate(`[...document.querySelectorAll('link, base, [src], [srcset], [ping]')]
    .flatMap(each => ['href', 'src', 'srcset', 'ping'].map(name => each.getAttribute(name)).filter(value => value !== null))
    .filter(value => !value.startsWith('data:image/') && new URL(value, location).origin !== location.origin)`)
  assert.deepEqual(elsewhere, [], where)
  // Chromium calls it an error if a page answers with 4xx, as it should where somebody has filled in something wrong.
  assert.deepEqual(
    errors.filter(error => !/status of 4\d\d/.test(error)),
    [],
    where,
  )
}

/** No word of a heading is divided where a reader would stumble; addresses may be. */
export async function headingsAreWhole({ page }: Visit): Promise<void> {
  const broken = await page.evaluate(`[...document.querySelectorAll('h1, h2, h3')].flatMap(heading => {
    const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT)
    const found = []
    while (texts.nextNode()) for (const { 0: word, index } of texts.currentNode.data.matchAll(/[^\\s\\u00ad-]+/g)) {
      const lineOf = at => {
        const range = document.createRange()
        range.setStart(texts.currentNode, at)
        range.setEnd(texts.currentNode, at + 1)
        return Math.round([...range.getClientRects()].at(-1)?.top ?? 0)
      }
      if (lineOf(index) !== lineOf(index + word.length - 1) && !word.includes('@')) found.push(word)
    }
    return found
  })`)
  assert.deepEqual(broken, [], page.url())
}

/** For looking at: with `SOTTO_TEST_PICTURES` set to a directory, pages are kept there as pictures. */
export async function picture({ page }: Visit, name: string): Promise<void> {
  const directory = process.env.SOTTO_TEST_PICTURES
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true })
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Of the body, as it was sent. */
  readonly bytes: number
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Keeps connections, where many requests are made. */
  readonly agent?: Agent
}

const empty = new Set(['meta', 'link', 'input', 'br', 'hr', 'img'])

/** Where tags do not close in the order in which they were opened: browsers guess then, each its own way. */
function unbalanced(page: string): string | undefined {
  const open: string[] = []
  for (const [tag, closes, name = '', within = ''] of page.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (closes === '/') {
      const last = open.pop()
      if (last !== name) return `${tag} closes ${last}`
    } else if (!empty.has(name) && !within.endsWith('/')) open.push(name)
  }
  return open.length === 0 ? undefined : `${open.join(' ')} is never closed`
}

/** An answer with its body as bytes. */
export interface Bytes extends Omit<Answer, 'body'> {
  readonly body: Buffer
}

/** One request as any program makes it. */
export async function asks(house: Pick<House, 'origin'>, path: string, sent: Sent = {}): Promise<Answer> {
  const answer = await bytesOf(house, path, sent)
  const body = answer.body.toString()
  const fault = String(answer.headers['content-type']).startsWith('text/html') ? unbalanced(body) : undefined
  if (fault !== undefined) throw new Error(`${sent.method ?? 'GET'} ${path}: ${fault}`)
  return { ...answer, body }
}

export function bytesOf(
  { origin }: Pick<House, 'origin'>,
  path: string,
  { method = 'GET', headers = {}, body, agent }: Sent = {},
): Promise<Bytes> {
  const { port } = new URL(origin)
  const options = {
    host: '127.0.0.1',
    port,
    path,
    method,
    rejectUnauthorized: false,
    ...(agent && { agent }),
    headers: { host: new URL(origin).host, ...headers },
  }
  return new Promise((done, failed) => {
    const asking = request(options, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.on('end', () => {
        const sent = Buffer.concat(pieces)
        const unpack = { gzip: gunzipSync, br: brotliDecompressSync }[String(response.headers['content-encoding'])]
        const { statusCode: status = 0, headers: said } = response
        done({ status, headers: said, body: unpack?.(sent) ?? sent, bytes: sent.length })
      })
    })
    asking.on('error', failed)
    asking.end(body)
  })
}

/** A form as a browser sends it from one of our own pages. */
export const fillsIn = (
  house: Pick<House, 'origin'>,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> =>
  asks(house, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields).toString(),
  })
