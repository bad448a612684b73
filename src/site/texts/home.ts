import { inEach } from '../frame/language.ts'

interface Facts {
  readonly days: number
  readonly sealed: boolean
}

type Titled = readonly (readonly [title: string, text: string])[]

type Promises = readonly (readonly [sign: 'sealed' | 'unseen' | 'brief' | 'free', title: string, text: string])[]

export const homeTexts = inEach({
  en: {
    title: 'Talk quietly.',
    lead: (name: string) =>
      `${name} is private messaging: write, call and share pictures, with one friend or many. It does not listen, it forgets on time, and it lets you check.`,
    signUp: 'Make an account',
    invited: 'I have an invitation',
    whatWeKeep: 'What is kept?',
    needsTitle: 'What you need',
    needs: 'A name and a password. No telephone number, no e-mail address.',
    byInvitation: 'An invitation by somebody who is here. No telephone number, no e-mail address.',
    aboutTitle: (name: string) => `About ${name}`,
    promisesTitle: 'What you can rely on',
    promises: ({ days, sealed }: Facts): Promises => [
      [
        'sealed',
        sealed ? 'Your history is yours' : 'Your history, on every device',
        sealed
          ? 'Messages are sealed as they arrive. Your password opens them; the people who run this service cannot.'
          : 'Messages are kept encrypted on the disk, so that each of your devices finds your conversations.',
      ],
      [
        'unseen',
        'No traces of you',
        'Nobody writes down where you connect from, or when. There is no “last seen”, and no address book to upload.',
      ],
      [
        'brief',
        days === 1 ? 'A day, then gone' : `${days} days, then gone`,
        'Messages and files that wait here for your devices are erased on time. Your devices keep what you want to keep.',
      ],
      [
        'free',
        'Leave and take it along',
        'Get a copy of what is yours whenever you like. Delete your account, and everything about you goes with it.',
      ],
    ],
    proof: 'You need not take our word for it: every promise here follows from how the program is built.',
    proofLink: 'How to check them',
    startTitle: 'From here to the first message',
    steps: (open: boolean): Titled => [
      open
        ? ['Make an account', 'Choose a name. Your address will look like an e-mail address.']
        : ['Open your invitation', 'The link or code of whoever invited you leads to your own account.'],
      ['Install an app', 'There is one for every device, made by different people. They all understand each other.'],
      [
        'Sign in and write',
        'Type your address and your password into the app. Add a friend by their address, and say hello.',
      ],
    ],
    appsTitle: 'An app for each device',
    appsLead:
      'They are made by others, in the open, and speak the same language: XMPP. Use as many as you like at once.',
    priceTitle: 'What it costs',
    forWhomTitle: 'For whom',
    forWhom: 'Families, clubs, companies, and everybody who prefers a small house to a big square.',
    othersTitle: 'Beyond this house',
    reach: {
      open: 'You can write to people on other services that speak XMPP, as with e-mail.',
      listed: 'You can also write to people on some other services that speak XMPP.',
      none: 'It is a house of its own: you reach those who have an account here, and nobody else reaches you.',
    },
    ownDomain: 'You have a domain of your own and want addresses that end with it?',
    ownDomainLink: 'Your Domain',
    status: 'Is something not working?',
    statusLink: 'Reports of outages, kept on another machine',
  },
  de: {
    title: 'Leise reden.',
    lead: (name: string) =>
      `${name} ist ein privater Messenger: schreiben, anrufen, Bilder teilen, zu zweit oder in Gruppen. Er hört nicht mit, vergisst pünktlich und lässt sich prüfen.`,
    signUp: 'Konto anlegen',
    invited: 'Ich habe eine Einladung',
    whatWeKeep: 'Was wird aufbewahrt?',
    needsTitle: 'Was du brauchst',
    needs: 'Einen Namen und ein Passwort. Keine Telefonnummer, keine E-Mail-Adresse.',
    byInvitation: 'Eine Einladung von jemandem, der schon hier ist. Keine Telefonnummer, keine E-Mail-Adresse.',
    aboutTitle: (name: string) => `Über ${name}`,
    promisesTitle: 'Worauf du dich verlassen kannst',
    promises: ({ days, sealed }: Facts): Promises => [
      [
        'sealed',
        sealed ? 'Dein Verlauf gehört dir' : 'Dein Verlauf, auf jedem Gerät',
        sealed
          ? 'Nachrichten werden versiegelt, sobald sie ankommen. Dein Passwort öffnet sie; wer den Dienst betreibt, kann es nicht.'
          : 'Nachrichten liegen verschlüsselt auf der Festplatte, damit jedes deiner Geräte deine Gespräche findet.',
      ],
      [
        'unseen',
        'Keine Spuren von dir',
        'Niemand schreibt auf, von wo du dich verbindest oder wann. Es gibt kein „zuletzt online“, und kein Adressbuch wird hochgeladen.',
      ],
      [
        'brief',
        days === 1 ? 'Ein Tag, dann weg' : `${days} Tage, dann weg`,
        'Nachrichten und Dateien, die hier auf deine Geräte warten, werden pünktlich gelöscht. Deine Geräte behalten, was du behalten willst.',
      ],
      [
        'free',
        'Gehen und mitnehmen',
        'Hol dir jederzeit eine Kopie von dem, was dir gehört. Lösche dein Konto, und alles über dich geht mit.',
      ],
    ],
    proof: 'Du musst uns das nicht glauben: Jedes Versprechen hier folgt daraus, wie das Programm gebaut ist.',
    proofLink: 'Wie man es prüft',
    startTitle: 'Von hier zur ersten Nachricht',
    steps: (open: boolean): Titled => [
      open
        ? ['Konto anlegen', 'Such dir einen Namen aus. Deine Adresse sieht dann aus wie eine E-Mail-Adresse.']
        : ['Einladung öffnen', 'Der Link oder Code von der Person, die dich einlädt, führt zu deinem eigenen Konto.'],
      ['App installieren', 'Für jedes Gerät gibt es eine, von verschiedenen Leuten gemacht. Sie verstehen sich alle.'],
      [
        'Anmelden und schreiben',
        'Gib in der App deine Adresse und dein Passwort ein. Füge jemanden mit seiner Adresse hinzu und sag Hallo.',
      ],
    ],
    appsTitle: 'Eine App für jedes Gerät',
    appsLead:
      'Andere haben sie gemacht, ganz offen, und sie sprechen dieselbe Sprache: XMPP. Nimm so viele zugleich, wie du magst.',
    priceTitle: 'Was es kostet',
    forWhomTitle: 'Für wen',
    forWhom: 'Familien, Vereine, Firmen und alle, die ein kleines Haus lieber haben als einen großen Platz.',
    othersTitle: 'Über dieses Haus hinaus',
    reach: {
      open: 'Du kannst auch Leuten bei anderen Diensten schreiben, die XMPP sprechen, wie bei E-Mail.',
      listed: 'Du kannst auch Leuten bei einigen anderen Diensten schreiben, die XMPP sprechen.',
      none: 'Es ist ein Haus für sich: Du erreichst alle, die hier ein Konto haben, und sonst erreicht dich niemand.',
    },
    ownDomain: 'Du hast eine eigene Domain und möchtest Adressen, die so enden?',
    ownDomainLink: 'Deine Domain',
    status: 'Funktioniert etwas nicht?',
    statusLink: 'Meldungen über Ausfälle, auf einem anderen Rechner',
  },
})
