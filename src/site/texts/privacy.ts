import { inEach } from '../frame/language.ts'

export const privacyTexts = inEach({
  en: {
    title: 'Privacy Policy',
    summary: (name: string) => `What ${name} keeps, why, how long, who can read it, and what is never kept.`,
    contents: 'On this page',
    neverTitle: 'What is never kept',
    never: [
      'Where you connect from: no IP address, and nothing that follows from one, such as a country or a provider.',
      'When you sign in, when you were last here, how often you write.',
      'Your password. What is kept recognises it, and is not it.',
      'A telephone number, or an address book of your telephone.',
      'Which pages of this site were looked at, and by whom.',
      'Anything worked out from what you write: it is not read, searched or analysed by anybody or anything here.',
    ],
    verifyTitle: 'How this can be checked',
    verify: [
      'The program that runs this service is open: its source code says what it keeps, in one list that its store is built from.',
      'Those who run the service can have it prove that the disk holds nothing else, with the command “sotto audit”: it goes through every table and every file, and looks for addresses, times and leftovers.',
    ],
    audited: (day: string, findings: number) =>
      findings === 0
        ? `The last audit was on ${day}. It found nothing that should not be there.`
        : `The last audit was on ${day}. It found ${findings === 1 ? 'one thing' : `${findings} things`} that should not be there.`,
    neverAudited: 'No audit has been told to this page yet. Ask those who run the service for one.',
    versionsTitle: 'Versions',
    since: (day: string) => `This text has been in force since ${day}.`,
    onlyVersion: 'It is the first one.',
    version: (day: string) => `This is the text of ${day}.`,
    toToday: 'To the one in force',
    changesTitle: 'What became different on that day',
    noChanges: 'Nothing in this language.',
  },
  de: {
    title: 'Datenschutz',
    summary: (name: string) =>
      `Was ${name} aufbewahrt, warum, wie lange, wer es lesen kann, und was nie aufbewahrt wird.`,
    contents: 'Auf dieser Seite',
    neverTitle: 'Was nie aufbewahrt wird',
    never: [
      'Von wo du dich verbindest: keine IP-Adresse und nichts, was aus ihr folgt, wie Land oder Anbieter.',
      'Wann du dich anmeldest, wann du zuletzt da warst, wie oft du schreibst.',
      'Dein Passwort. Was aufbewahrt wird, erkennt es, ohne es zu sein.',
      'Eine Telefonnummer oder das Adressbuch deines Telefons.',
      'Welche Seiten hier angesehen wurden und von wem.',
      'Was man aus deinen Worten schließen könnte: Niemand und nichts liest, durchsucht oder wertet hier aus, was du schreibst.',
    ],
    verifyTitle: 'Wie sich das prüfen lässt',
    verify: [
      'Das Programm, das diesen Dienst ausführt, ist offen: Sein Quelltext sagt, was es aufbewahrt, in einer Liste, aus der sein Speicher gebaut wird.',
      'Wer den Dienst betreibt, kann sich mit dem Befehl „sotto audit“ nachweisen lassen, dass auf der Festplatte nichts anderes liegt: Er geht durch jede Tabelle und jede Datei und sucht nach Adressen, Zeiten und Überbleibseln.',
    ],
    audited: (day: string, findings: number) =>
      findings === 0
        ? `Die letzte Prüfung war am ${day}. Sie fand nichts, was da nicht sein sollte.`
        : `Die letzte Prüfung war am ${day}. Sie fand ${findings === 1 ? 'eine Sache' : `${findings} Sachen`}, die da nicht sein sollten.`,
    neverAudited: 'Dieser Seite wurde noch keine Prüfung mitgeteilt. Bitte die Betreiber um eine.',
    versionsTitle: 'Fassungen',
    since: (day: string) => `Dieser Text gilt seit dem ${day}.`,
    onlyVersion: 'Es ist der erste.',
    version: (day: string) => `Das ist der Text vom ${day}.`,
    toToday: 'Zu dem, der jetzt gilt',
    changesTitle: 'Was an diesem Tag anders wurde',
    noChanges: 'In dieser Sprache nichts.',
  },
})
