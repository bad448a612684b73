/** The languages that the site speaks, and which of them somebody is spoken to in. */

export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** What a language calls itself. */
export const ownNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' }

/** Texts in every language. The first one says which there are: what another lacks, or has too much, is a type error. */
export type InEach<T> = Readonly<Record<Language, T>>

/**
 * Declares texts: each a string, or a function from what it speaks of to a string. English is the pattern for the others.
 * `const texts = inEach({ en: { hello: 'Hello' }, de: { hello: 'Hallo' } })`, then `texts[asked.language].hello`.
 */
export function inEach<T>(
  texts: { readonly en: T } & Readonly<Record<Exclude<Language, 'en'>, NoInfer<T>>>,
): InEach<T> {
  return texts
}

/** `Accept-Language` (RFC 9110 §12.5.4): of our languages the one that is liked best; English where none is. */
export function preferred(header: string | undefined): Language {
  let best: Language = 'en'
  let weight = 0
  for (const wish of (header ?? '').slice(0, 500).split(',')) {
    const [range = '', ...parameters] = wish
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const language = languages.find(each => range === each || range.startsWith(`${each}-`))
    const q = Number(/^q=([\d.]+)$/.exec(parameters.find(each => each.startsWith('q=')) ?? 'q=1')?.[1] ?? 0)
    if (language === undefined || !(q > weight)) continue
    best = language
    weight = q
  }
  return best
}

/** A day in words: `4 March 2027`, `4. März 2027`. @param day YYYY-MM-DD */
export function dayInWords(day: string, language: Language): string {
  const date = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(date.getTime()) ? day : formats[language].format(date)
}

const format = (locale: string) =>
  new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

const formats: InEach<Intl.DateTimeFormat> = { en: format('en-GB'), de: format('de-DE') }
