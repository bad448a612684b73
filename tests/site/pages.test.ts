import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { describe, test } from 'node:test'
import { asks, findings, furnished, headingsAreWhole, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const limit = { timeout: 120_000 }
const pages = ['/', '/contact', '/privacy', '/your-domain', '/sign-up', '/sign-up?invitation=', '/nowhere'] as const
const nameOf = (path: string) => path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'home'

describe('every page', async () => {
  const house = await openHouse()

  for (const [way, how] of Object.entries(ways)) {
    test(`${way}: fits, loads nothing from elsewhere, and axe finds nothing`, limit, async t => {
      const seen = await visitor(t, house, how)
      for (const path of pages) {
        await seen.page.goto(house.origin + path)
        await isSound(seen)
        await headingsAreWhole(seen)
        assert.deepEqual(await findings(seen), [], path)
        await picture(seen, `${nameOf(path)}-${way.replaceAll(' ', '-')}`)
      }
    })
  }

  test('on the smallest screens, or in the largest letters', limit, async t => {
    const seen = await visitor(t, house, { viewport: { width: 320, height: 480 }, locale: 'de-DE' })
    for (const path of pages) {
      await seen.page.goto(house.origin + path)
      await isSound(seen)
      await headingsAreWhole(seen)
    }
  })

  test('in German as well, chosen by the browser or by a link that keeps the choice', limit, async t => {
    const seen = await visitor(t, house, { locale: 'de-DE', ...ways['phone by day'] })
    for (const path of pages) {
      await seen.page.goto(house.origin + path)
      assert.equal(await seen.page.getAttribute('html', 'lang'), 'de')
      await isSound(seen)
      await headingsAreWhole(seen)
      assert.deepEqual(await findings(seen), [], path)
      await picture(seen, `${nameOf(path)}-german`)
    }
    await seen.page.goto(`${house.origin}/`)
    await seen.page.click('footer >> text=English')
    assert.equal(new URL(seen.page.url()).pathname, '/en/')
    await seen.page.click('text=Privacy Policy')
    assert.equal(new URL(seen.page.url()).pathname, '/en/privacy')
    assert.equal(await seen.page.getAttribute('html', 'lang'), 'en')
    await seen.page.click('footer >> text=Deutsch')
    assert.match(await seen.page.innerText('h1'), /Datenschutz/)
  })

  test('without scripts: the menu is on every page and leads everywhere', limit, async t => {
    const seen = await visitor(t, house, { javaScript: false })
    await seen.page.goto(`${house.origin}/`)
    for (const [name, path] of [
      ['Contact', '/contact'],
      ['Privacy Policy', '/privacy'],
      ['Your Domain', '/your-domain'],
      ['Home', '/'],
    ] as const) {
      await seen.page.click(`nav >> text=${name}`)
      assert.equal(new URL(seen.page.url()).pathname, path)
      assert.equal(await seen.page.innerText('nav [aria-current]'), name)
      assert.equal(await seen.page.locator('header nav a').count(), 5)
    }
    assert.deepEqual(seen.foreign, [])
  })

  test('no cookie, no script, and the first page is small', limit, async t => {
    const seen = await visitor(t, house)
    const asked: string[] = []
    let bytes = 0
    seen.page.on('response', async response => {
      asked.push(new URL(response.url()).pathname)
      bytes += (await response.body()).length
    })
    await seen.page.goto(`${house.origin}/`, { waitUntil: 'networkidle' })
    // RFC 6928 §2: what a server sends before it hears back is ten segments.
    const packed = await asks(house, '/', { headers: { 'accept-encoding': 'gzip' } })
    assert.ok(packed.bytes <= 14_000, `${packed.bytes} bytes at once`)
    assert.deepEqual(asked, ['/'])
    assert.ok(bytes <= 30_000, `${bytes} bytes`)
    assert.deepEqual(seen.errors, [])
    assert.equal(await seen.page.evaluate('getComputedStyle(document.body).display'), 'flex', 'it is styled')
    await Promise.all([seen.page.waitForResponse(/\/look\//), seen.page.click('header >> text=Contact')])
    const sheets = asked.filter(path => path !== '/' && path !== '/contact')
    assert.equal(sheets.length, 1)
    assert.match(sheets[0]!, /^\/look\/[\w-]+\/2f5d62\.css$/)
    assert.ok((await asks(house, sheets[0]!)).body.length < 15_000)
    assert.deepEqual(await seen.context.cookies(), [])
    assert.equal(await seen.page.locator('script').count(), 0)
  })
})

describe('for those who use no mouse, or see otherwise', async () => {
  const house = await openHouse()

  test('the first key leads past the menu, every key goes on in order, and where it is can be seen', limit, async t => {
    const { page } = await visitor(t, house, ways['phone by day'])
    for (const path of ['/', '/contact', '/sign-up', '/your-domain']) {
      await page.goto(house.origin + path)
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.className'), 'skip', path)
      const { y } = (await page.locator('.skip').boundingBox())!
      assert.ok(y >= 0, `${path}: it is seen once it has the focus`)
      const seen: string[] = []
      let last = ''
      for (;;) {
        await page.keyboard.press('Tab')
        const [here, line] = (await page.evaluate(`[
          [...document.querySelectorAll('*')].indexOf(document.activeElement),
          getComputedStyle(document.activeElement).outlineStyle !== 'none' ||
            getComputedStyle(document.activeElement, '::after').outlineStyle !== 'none',
        ]`)) as [number, boolean]
        if (here <= Number(last) || seen.length > 100) break
        assert.ok(line, `${path}: nothing shows where the focus is: ${here}`)
        last = String(here)
        seen.push(last)
      }
      const all = await page.locator('a, button, input:not([type=hidden]), textarea').count()
      assert.equal(seen.length, all - 1, `${path}: each is reached once, in the order of the page`)
    }
    await page.goto(`${house.origin}/contact`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.closest("main") !== null'), true)
  })

  test('with the colours of the system, and without movement', limit, async t => {
    const seen = await visitor(t, house, { reducedMotion: true })
    await seen.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
    for (const path of pages) {
      await seen.page.goto(house.origin + path)
      await isSound(seen)
      const borders = (await seen.page.evaluate(
        `[...document.querySelectorAll('.button')].map(button => getComputedStyle(button).borderStyle)`,
      )) as string[]
      assert.deepEqual(new Set(borders).has('none'), false, path)
      const moving = await seen.page.evaluate('document.getAnimations().length')
      assert.equal(moving, 0, path)
      await picture(seen, `${nameOf(path)}-forced-colours`)
    }
  })

  test('on paper there is what was to be read, and nothing to press', limit, async t => {
    const seen = await visitor(t, house)
    await seen.page.emulateMedia({ media: 'print' })
    await seen.page.goto(`${house.origin}/privacy`)
    for (const hidden of ['nav', '.skip', 'footer']) {
      assert.equal(await seen.page.locator(hidden).first().isVisible(), false, hidden)
    }
    assert.equal(await seen.page.locator('h1').isVisible(), true)
    assert.equal(
      await seen.page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
      'rgb(255, 255, 255)',
    )
    await picture(seen, 'privacy-on-paper')
  })

  test('the first page takes less than five milliseconds', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const medians: number[] = []
    // On a busy machine one of a few series is undisturbed.
    for (let series = 0; series < 8 && !medians.some(median => median < 5); series++) {
      const took: number[] = []
      for (let i = 0; i < 41; i++) {
        const began = performance.now()
        await asks(house, '/', { agent, headers: { accept: 'text/html', 'accept-encoding': 'br' } })
        took.push(performance.now() - began)
      }
      medians.push(took.sort((a, b) => a - b)[20]!)
    }
    agent.destroy()
    assert.ok(
      medians.some(median => median < 5),
      medians.map(median => median.toFixed(1)).join(', '),
    )
  })
})

describe('what a page answers with', async () => {
  const house = await openHouse()

  test('headers that let it load one stylesheet, and others nothing', async () => {
    for (const path of pages) {
      const { headers } = await asks(house, path, { headers: { accept: 'text/html' } })
      assert.equal(
        String(headers['content-security-policy']).replace(path === '/' ? / 'sha256-[\w+/]{43}='/ : '', ''),
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        path,
      )
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(headers['set-cookie'], undefined)
    }
  })

  test('the stylesheet never changes where it is, and comes packed', async () => {
    const path = /href="(\/look\/[^"]+)"/.exec((await asks(house, '/contact')).body)![1]!
    const plain = await asks(house, path)
    assert.match(String(plain.headers['cache-control']), /immutable/)
    assert.equal(plain.headers['content-type'], 'text/css; charset=utf-8')
    const packed = await asks(house, path, { headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(packed.headers['content-encoding'], 'br')
    const bare = await asks(house, path, { headers: { 'accept-encoding': 'br;q=0' } })
    assert.equal(bare.headers['content-encoding'], undefined)
    assert.equal((await asks(house, path.replace('2f5d62', 'red'))).status, 404)
    assert.equal((await asks(house, path.replace(/\/look\/[^/]+/, '/look/other'))).status, 404)
  })

  test('a refusal is a page for people and a sentence for programs', async () => {
    const forPeople = await asks(house, '/nowhere', { headers: { accept: 'text/html', 'accept-language': 'de' } })
    assert.equal(forPeople.status, 404)
    assert.match(forPeople.body, /<h1>Hier ist nichts<\/h1>/)
    const forPrograms = await asks(house, '/nowhere')
    assert.equal(forPrograms.body, 'There is nothing here.\n')
    const wrong = await asks(house, '/contact', { method: 'DELETE', headers: { accept: 'text/html' } })
    assert.equal(wrong.status, 405)
    assert.match(wrong.body, /That cannot be done here/)
  })
})

describe('the words and the colour of who runs it', async () => {
  const house = await openHouse({
    ...furnished,
    site: {
      name: `Bob's <b>"boat"</b>`,
      accent: '#aa3366',
      about_en: '<script>alert(1)</script>',
      price_de: 'Nichts & nie',
    },
  })

  test('are text, whatever is in them', async () => {
    const { body } = await asks(house, '/')
    assert.doesNotMatch(body, /<b>"boat|<script/)
    assert.match(body, /Bob&apos;s &lt;b&gt;&quot;boat&quot;&lt;\/b&gt;/)
    assert.match(body, /&lt;script&gt;alert\(1\)/)
    assert.match(body, /<p lang="de">Nichts &amp; nie<\/p>/)
    assert.match((await asks(house, '/contact')).body, /\/look\/[\w-]+\/aa3366\.css/)
  })
})

describe('the first page says what is true of this service', async () => {
  const island = await openHouse({
    registration: { open: false },
    federation: { enabled: false },
    retention: { days: 1 },
    archive: { seal: 'server' },
  })

  test('whom one reaches, how one comes in, how long things are kept, and who can read them', async () => {
    const { body } = await asks(island, '/')
    assert.match(body, /nobody else reaches you/)
    assert.match(body, /I have an invitation/)
    assert.match(body, /A day, then gone/)
    assert.doesNotMatch(body, /who run this service cannot|What it costs|Is something not working/)
    assert.match((await asks(island, '/de/your-domain')).body, /Dieselben Versprechen[^.]*hier\.<\/li>/)
  })
})
