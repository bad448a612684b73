/** What the site tells programs: search engines, directories, and whoever wants to know what runs here. */

import { readFileSync } from 'node:fs'
import type { Page, Visit } from '../../http/page.ts'
import type { PolicyFacts } from '../../privacy/policy/facts.ts'
import { escapeText } from '../../protocol/xml/write.ts'
import type { Settings } from '../../settings/schema.ts'
import { languages } from '../frame/language.ts'
import { inLanguage } from '../frame/layout.ts'
import { providerFile } from './provider-file.ts'

export interface ProgramsParts {
  readonly softwareVersion: string
  /** The settings as they are for the domain that a host name stands for. */
  settingsAt(host: string): Settings
  webAddress(domain: string): string
  policyFacts(domain: string): PolicyFacts
  readonly passwordReset: string | undefined
}

/** Pages for search engines: what is meant for everybody. */
const listed = ['/', '/contact', '/privacy', '/your-domain']

/** What is for those only who were given the link. */
const unlisted = ['/invite/', '/files/', ...languages.map(language => `/${language}/invite/`)]

const hour = { 'cache-control': 'public, max-age=3600' }

export function programPages(parts: ProgramsParts): readonly Page[] {
  const about = ({ request }: Visit) => {
    const settings = parts.settingsAt(request.headers.host ?? '')
    const { domain } = settings.service
    return { settings, domain, web: parts.webAddress(domain) }
  }
  const text = (path: string, type: string, write: (visit: Visit) => string, open = false): Page => ({
    path,
    methods: ['GET'],
    ...(open ? { cors: {} } : {}),
    handle: visit => visit.send(200, type, write(visit), hour),
  })
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
  return [
    text('/robots.txt', 'text/plain; charset=utf-8', visit => robots(about(visit).web)),
    text('/sitemap.xml', 'application/xml; charset=utf-8', visit => sitemap(about(visit).web)),
    text('/build.json', 'application/json', visit => {
      const [source] = about(visit).settings.site.source
      return json({ name: 'Sotto', version: parts.softwareVersion, ...(source === undefined ? {} : { source }) })
    }),
    text('/doap.xml', 'application/rdf+xml; charset=utf-8', () => doap()),
    text(
      '/.well-known/xmpp-provider-v2.json',
      'application/json',
      visit => {
        const { settings, domain, web } = about(visit)
        return json(providerFile(settings, parts.policyFacts(domain), web, parts.passwordReset))
      },
      true,
    ),
  ]
}

/** RFC 9309 */
function robots(web: string): string {
  return `User-agent: *\n${unlisted.map(path => `Disallow: ${path}\n`).join('')}\nSitemap: ${web}/sitemap.xml\n`
}

function sitemap(web: string): string {
  const address = (path: string) => escapeText(`${web}${path}`)
  const entry = (path: string): string => {
    const alternates = languages.map(
      language => `<xhtml:link rel="alternate" hreflang="${language}" href="${address(inLanguage(path, language))}"/>`,
    )
    return `<url><loc>${address(path)}</loc>${alternates.join('')}</url>\n`
  }
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" ' +
    `xmlns:xhtml="http://www.w3.org/1999/xhtml">\n${listed.map(entry).join('')}</urlset>\n`
  )
}

let description: string | undefined

/** What this program implements (XEP-0453): the document that is made with it. */
function doap(): string {
  description ??= readFileSync(new URL('../../../docs/doap.xml', import.meta.url), 'utf8')
  return description
}
