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
    form: {
      title: 'Write to us',
      lead: 'You need no account for it. Your message goes to those who look after this place, and nothing else is kept of it.',
      text: 'Your message',
      reply: 'Where to answer',
      replyHint: 'An address, if you would like an answer. It may stay empty.',
      question: 'One question',
      questionHint: 'It keeps away programs that fill in forms.',
      send: 'Send',
      problems: {
        answer: 'That is not the answer. Here is another question.',
        old: 'This form had been open for too long, or was sent already. Please send it once more.',
        quick: 'That was quick! Please send it once more.',
        empty: 'There is no message yet.',
        long: 'That is too long: at most 4000 characters, please.',
        tooMany: 'A lot has been written from your network today. Please try again in an hour.',
      },
      message: (domain: string, text: string, reply: string) =>
        `From the contact form of ${domain}:\n\n${text}\n\n${reply === '' ? '(No address for an answer.)' : `Answer to: ${reply}`}`,
      done: 'Sent',
      doneLead: 'Your message is with those who look after this place.',
    },
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
    form: {
      title: 'Schreib uns',
      lead: 'Du brauchst dafür kein Konto. Deine Nachricht geht an die, die sich hier kümmern, und sonst wird davon nichts aufbewahrt.',
      text: 'Deine Nachricht',
      reply: 'Wohin wir antworten sollen',
      replyHint: 'Eine Adresse, wenn du eine Antwort möchtest. Das kann leer bleiben.',
      question: 'Eine Frage',
      questionHint: 'Sie hält Programme fern, die Formulare ausfüllen.',
      send: 'Abschicken',
      problems: {
        answer: 'Das ist nicht die Antwort. Hier ist eine andere Frage.',
        old: 'Dieses Formular war zu lange offen oder wurde schon abgeschickt. Bitte schick es noch einmal ab.',
        quick: 'Das ging schnell! Bitte schick es noch einmal ab.',
        empty: 'Da steht noch keine Nachricht.',
        long: 'Das ist zu lang: höchstens 4000 Zeichen, bitte.',
        tooMany: 'Aus deinem Netz wurde heute viel geschrieben. Bitte versuch es in einer Stunde noch einmal.',
      },
      message: (domain: string, text: string, reply: string) =>
        `Vom Kontaktformular von ${domain}:\n\n${text}\n\n${reply === '' ? '(Keine Adresse für eine Antwort.)' : `Antwort an: ${reply}`}`,
      done: 'Abgeschickt',
      doneLead: 'Deine Nachricht ist bei denen, die sich hier kümmern.',
    },
  },
})
