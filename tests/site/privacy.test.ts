import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ClockedService, dayMs } from '../privacy/clocked-service.ts'
import { asks, findings, isSound, openHouse, picture, visitor, ways } from './rig.ts'

const asHouse = ({ ports }: ClockedService) => ({ origin: `https://localhost:${ports.https}` })

describe('the privacy policy', () => {
  test('has a version for each day on which it became another one, and tells what', { timeout: 120_000 }, async t => {
    const service = new ClockedService(t)
    await service.start()
    assert.match(
      (await asks(asHouse(service), '/privacy')).body,
      /in force since 22 November 2026\. It is the first one\./,
    )
    await service.stop()
    service.now += dayMs
    await service.start()
    assert.match((await asks(asHouse(service), '/privacy')).body, /since 22 November 2026\. It is the first one\./)
    await service.stop()
    service.now += dayMs
    const settings = join(service.directory, 'sotto.toml')
    writeFileSync(settings, `${readFileSync(settings, 'utf8')}[retention]\ndays = 30\n`)
    await service.start()
    const { body } = await asks(asHouse(service), '/privacy')
    assert.match(body, /in force since 24 November 2026/)
    assert.match(body, /href="\/privacy\/2026-11-24".*href="\/privacy\/2026-11-22"/)
    const later = await asks(asHouse(service), '/privacy/2026-11-24')
    assert.match(later.body, /<del>[^<]*90 days[^<]*<\/del>/)
    assert.match(later.body, /<ins>[^<]*30 days[^<]*<\/ins>/)
    const first = await asks(asHouse(service), '/privacy/2026-11-22')
    assert.doesNotMatch(first.body, /<del>|<ins>|30 days/)
    const german = await asks(asHouse(service), '/de/privacy/2026-11-24')
    assert.match(german.body, /<del>[^<]*90 Tage/)
    assert.equal((await asks(asHouse(service), '/privacy/2026-11-23')).status, 404)
    const seen = await visitor(t, asHouse(service), ways['phone by day'])
    await seen.page.goto(`${asHouse(service).origin}/privacy/2026-11-24`)
    await isSound(seen)
    assert.deepEqual(await findings(seen), [])
    await picture(seen, 'privacy-version')
  })

  test('tells of the last audit', async t => {
    const service = new ClockedService(t)
    await service.start()
    assert.match((await asks(asHouse(service), '/privacy')).body, /No audit has been told/)
    await service.command('audited', { findings: 0 })
    assert.match(
      (await asks(asHouse(service), '/privacy')).body,
      /last audit was on 22 November 2026\. It found nothing/,
    )
    service.now += dayMs
    await service.command('audited', { findings: 2 })
    await service.stop()
    await service.start()
    assert.match((await asks(asHouse(service), '/privacy')).body, /on 23 November 2026\. It found 2 things/)
    assert.equal((await service.house.db.all('SELECT * FROM audits')).length, 1)
  })
})

describe('what is announced', () => {
  test('stands there after a restart with its first day, and ends with its domain', async t => {
    const service = new ClockedService(t)
    await service.start()
    const { domain } = service.house.settings.service
    await service.house.domains.add('other.example', {})
    await service.house.notices.put(domain, 'Uploads rest tonight.')
    await service.house.notices.put('other.example', 'We are moving house.')
    await service.stop()
    service.now += dayMs
    await service.start()
    assert.match((await asks(asHouse(service), '/')).body, /22 November 2026:<\/b> Uploads rest tonight\./)
    const other = { headers: { host: 'other.example' } }
    assert.match((await asks(asHouse(service), '/', other)).body, /We are moving house\./)
    await service.house.domains.close('other.example')
    await service.house.domains.drop('other.example')
    const rows = await service.house.db.all('SELECT domain FROM notices')
    assert.deepEqual(
      rows.map(row => row.domain),
      [domain],
    )
  })
})

describe('for the domain that was asked for', async () => {
  const house = await openHouse({ site: { name: 'Houseboat' } })

  test('name, colour, contacts and policy are its own', async () => {
    await house.server.addDomain!('other.example', {
      siteName: 'The <other> one',
      siteAccent: '#884400',
      support: ['mailto:help@other.example'],
    })
    const other = (path: string) => asks(house, path, { headers: { host: 'other.example' } })
    assert.match((await other('/')).body, /The &lt;other&gt; one.*--accent:#763b04/s)
    assert.match((await other('/contact')).body, /The &lt;other&gt; one.*\/look\/[\w-]+\/884400\.css/s)
    assert.match((await other('/contact')).body, /mailto:help@other\.example/)
    assert.match((await other('/privacy')).body, /Privacy at other\.example/)
    assert.match((await asks(house, '/')).body, /Houseboat/)
    assert.match((await asks(house, '/', { headers: { host: 'nobody.example' } })).body, /Houseboat/)
    assert.doesNotMatch((await asks(house, '/', { headers: { host: 'x"><b>' } })).body, /x"><b>/)
  })
})
