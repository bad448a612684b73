import { inEach } from '../frame/language.ts'

export const contactTexts = inEach({
  en: {
    title: 'Contact',
    lead: (name: string) => `Questions, complaints, something broken: this is how to reach the people who run ${name}.`,
    roles: {
      support: 'Questions and help',
      abuse: 'Complaints about somebody here',
      security: 'Weaknesses you have found',
      admin: 'Those who run other services',
    },
    none: 'No address has been set here. Ask whoever gave you your account.',
    forPrograms: 'The same for programs that look for it:',
    status: 'Outages',
  },
  de: {
    title: 'Kontakt',
    lead: (name: string) => `Fragen, Beschwerden, etwas kaputt: So erreichst du die Leute, die ${name} betreiben.`,
    roles: {
      support: 'Fragen und Hilfe',
      abuse: 'Beschwerden über jemanden hier',
      security: 'Schwachstellen, die du gefunden hast',
      admin: 'Für Betreiber anderer Dienste',
    },
    none: 'Hier ist keine Adresse eingetragen. Frag die Person, von der du dein Konto hast.',
    forPrograms: 'Dasselbe für Programme, die danach suchen:',
    status: 'Ausfälle',
  },
})
