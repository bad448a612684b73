import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { describe, test } from 'node:test'
import { SaxesParser } from 'saxes'
import { asks, furnished, openHouse } from './rig.ts'

const isXml = (text: string) => {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', error => {
    throw error
  })
  parser.write(text).close()
}

describe('what programs are told', async () => {
  const house = await openHouse({
    ...furnished,
    provider: {
      organization: 'non-governmental',
      since: '2026-11-22',
      server_locations: 'de, fi',
      free_of_charge: false,
    },
  })

  test('the file of XMPP Providers', async () => {
    const { status, headers, body } = await asks(house, '/.well-known/xmpp-provider-v2.json')
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['access-control-allow-origin'], '*')
    const { passwordReset, ...file } = JSON.parse(body)
    assert.equal(typeof passwordReset, 'object')
    assert.deepEqual(file, {
      website: { en: `${house.origin}/en/`, de: `${house.origin}/de/` },
      legalNotice: { en: 'https://example.org/legal', de: 'https://example.org/legal' },
      alternativeJids: [],
      busFactor: -1,
      organization: 'non-governmental',
      serverTesting: false,
      professionalHosting: false,
      freeOfCharge: false,
      serverLocations: ['de', 'fi'],
      since: '2026-11-22',
      maximumMessageArchiveManagementStorageTime: 90,
      maximumHttpFileUploadStorageTime: 90,
      maximumHttpFileUploadTotalSize: 4294,
    })
  })

  test('where the pages are, in which languages, and which are nobody’s business', async () => {
    const robots = (await asks(house, '/robots.txt')).body
    assert.match(robots, /^User-agent: \*\nDisallow: \/invite\/\n/)
    const [, at] = /^Sitemap: (.*)$/m.exec(robots)!
    const { body } = await asks(house, new URL(at!).pathname)
    isXml(body)
    const places = [...body.matchAll(/(?:<loc>|href=")([^<"]+)/g)].map(([, place]) => new URL(place!))
    assert.equal(places.length, 12)
    for (const place of places) {
      assert.equal(place.origin, house.origin)
      const page = await asks(house, place.pathname)
      assert.equal(page.status, 200, place.pathname)
      assert.doesNotMatch(page.body, /noindex/)
    }
    assert.match((await asks(house, '/sign-up')).body, /<meta name="robots" content="noindex">/)
  })

  test('what runs here, and what it implements', async () => {
    const { name, version } = JSON.parse((await asks(house, '/build.json')).body)
    assert.equal(name, 'Sotto')
    assert.match(version, /^\d+\.\d+\.\d+/)
    const { headers, body } = await asks(house, '/doap.xml')
    assert.match(String(headers['content-type']), /^application\/rdf\+xml/)
    isXml(body)
  })
})

describe('pages are ready at once', async () => {
  const house = await openHouse()

  test('from the first byte of a request to the last of the page: 5 ms and less', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const times: number[] = []
    for (let i = 0; i < 40; i++) {
      for (const path of ['/', '/contact', '/privacy', '/your-domain', '/sign-up', '/de/']) {
        const started = performance.now()
        await asks(house, path, { agent })
        if (i >= 10) times.push(performance.now() - started)
      }
    }
    agent.destroy()
    times.sort((one, other) => one - other)
    const median = times[Math.floor(times.length / 2)]!
    assert.ok(median < 5, `${median} ms`)
  })
})
