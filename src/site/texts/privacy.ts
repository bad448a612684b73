import { inEach } from '../frame/language.ts'

export const privacyTexts = inEach({
  en: {
    title: 'Privacy Policy',
    summary: (name: string) => `What ${name} keeps, why, how long, who can read it, and what is never kept.`,
    verifyTitle: 'How this can be checked',
    verify: [
      'The program that runs this service is open: its source code says what it keeps, in one list that its store is built from.',
      'Whoever runs it can have it prove that the disk holds nothing else, with the command “sotto audit”. Ask them for the result.',
    ],
  },
  de: {
    title: 'Datenschutz',
    summary: (name: string) =>
      `Was ${name} aufbewahrt, warum, wie lange, wer es lesen kann, und was nie aufbewahrt wird.`,
    verifyTitle: 'Wie sich das prüfen lässt',
    verify: [
      'Das Programm, das diesen Dienst ausführt, ist offen: Sein Quelltext sagt, was es aufbewahrt, in einer Liste, aus der sein Speicher gebaut wird.',
      'Wer es betreibt, kann sich mit dem Befehl „sotto audit“ nachweisen lassen, dass auf der Festplatte nichts anderes liegt. Frag nach dem Ergebnis.',
    ],
  },
})
