import { inEach } from '../frame/language.ts'

type Titled = readonly (readonly [title: string, text: string])[]

export const domainTexts = inEach({
  en: {
    title: 'Your Domain',
    lead: 'Addresses that end with your own name: for your family, your club, your company. We do the rest.',
    getTitle: 'What you get',
    get: (sealed: boolean) => [
      'Addresses like anna@your-name.org, as many as you agree with us.',
      'A site like this one under your name, in your colour and with your words.',
      'Your own say in who has an account: you invite people, and part from them.',
      sealed
        ? 'The same promises about privacy as everybody here. You cannot read what others write, and neither can we.'
        : 'The same promises about privacy as everybody here.',
      'The freedom to go: the domain stays yours. Point it elsewhere, and your people take their data along.',
    ],
    howTitle: 'How it works',
    how: (name: string): Titled => [
      [
        'Have an account here',
        `Sign in at ${name} and ask for your domain. It stays yours; we never register it for you.`,
      ],
      [
        'Set a few records',
        'We answer with the lines to enter where your domain is managed. They show that it is yours, and lead apps here.',
      ],
      ['Invite your people', 'Once the records are there, we open your domain, and you are its administrator.'],
    ],
    ask: 'Sign in and ask',
    contact: 'Ask us first',
  },
  de: {
    title: 'Deine Domain',
    lead: 'Adressen, die auf deinen eigenen Namen enden: für deine Familie, deinen Verein, deine Firma. Den Rest machen wir.',
    getTitle: 'Was du bekommst',
    get: (sealed: boolean) => [
      'Adressen wie anna@dein-name.org, so viele, wie du mit uns vereinbarst.',
      'Eine Seite wie diese unter deinem Namen, in deiner Farbe und mit deinen Worten.',
      'Du entscheidest, wer ein Konto hat: Du lädst Leute ein und verabschiedest sie.',
      sealed
        ? 'Dieselben Versprechen zum Datenschutz wie für alle hier. Du kannst nicht lesen, was andere schreiben, und wir auch nicht.'
        : 'Dieselben Versprechen zum Datenschutz wie für alle hier.',
      'Die Freiheit zu gehen: Die Domain bleibt deine. Lass sie woandershin zeigen, und deine Leute nehmen ihre Daten mit.',
    ],
    howTitle: 'Wie es geht',
    how: (name: string): Titled => [
      [
        'Ein Konto hier haben',
        `Melde dich bei ${name} an und frag nach deiner Domain. Sie bleibt deine; wir registrieren sie nie für dich.`,
      ],
      [
        'Ein paar Einträge setzen',
        'Wir antworten mit den Zeilen, die dort einzutragen sind, wo deine Domain verwaltet wird. Sie belegen, dass sie dir gehört, und führen Apps hierher.',
      ],
      ['Deine Leute einladen', 'Sobald die Einträge da sind, öffnen wir deine Domain, und du verwaltest sie.'],
    ],
    ask: 'Anmelden und fragen',
    contact: 'Erst uns fragen',
  },
})
