import { inEach } from '../frame/language.ts'

export const statusTexts = inEach({
  en: {
    title: 'Right now',
    announced: 'Announcement',
    since: (day: string) => `${day}:`,
    works: 'Everything works.',
    broken: 'Something is broken here. Messages may not arrive until it is mended.',
  },
  de: {
    title: 'Gerade jetzt',
    announced: 'Ansage',
    since: (day: string) => `${day}:`,
    works: 'Alles funktioniert.',
    broken: 'Hier ist etwas kaputt. Bis es behoben ist, kommen Nachrichten vielleicht nicht an.',
  },
})
