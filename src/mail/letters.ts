/** The two letters that are sent, and no third. */

/** The languages they are written in. */
export type LetterLanguage = 'en' | 'de'

export interface Letter {
  readonly kind: 'confirm' | 'recover'
  /** Which account it is about. */
  readonly account: string
  /** The page to open: `https://…`. */
  readonly link: string
  /** What the service calls itself. */
  readonly service: string
  readonly language: LetterLanguage
}

export interface Written {
  readonly subject: string
  readonly text: string
}

type Words = Readonly<Record<Letter['kind'], (letter: Letter) => Written>>

const words: Readonly<Record<LetterLanguage, Words>> = {
  en: {
    confirm: ({ account, link, service }) => ({
      subject: `${service}: is this your address?`,
      text: `Hello,

somebody, most likely you, gave this address for the account

    ${account}

so that a lost password can be recovered. To confirm it, open this page:

    ${link}

The link is good for one hour and works once. The address is used for that
and for nothing else, and it is not stored: we keep only what recognises it
when you type it again.

If that was not you, do nothing; you will not hear from us again.
`,
    }),
    recover: ({ account, link, service }) => ({
      subject: `${service}: a new password`,
      text: `Hello,

somebody, most likely you, lost the password of the account

    ${account}

To choose a new one, open this page:

    ${link}

The link is good for one hour and works once.

Have your recovery code ready, if you have one: the message history that is
stored for you opens with the old password or with that code. Without it,
you begin with an empty history.

If that was not you, do nothing: your password stays as it is.
`,
    }),
  },
  de: {
    confirm: ({ account, link, service }) => ({
      subject: `${service}: Ist das deine Adresse?`,
      text: `Hallo,

jemand, vermutlich du, hat diese Adresse für das Konto

    ${account}

angegeben, damit ein verlorenes Passwort ersetzt werden kann. Öffne zum
Bestätigen diese Seite:

    ${link}

Der Link gilt eine Stunde und einmal. Die Adresse dient dazu und zu nichts
anderem, und sie wird nicht gespeichert: Wir bewahren nur auf, woran wir sie
erkennen, wenn du sie wieder eintippst.

Wenn du das nicht warst, tu nichts; du hörst dann nicht mehr von uns.
`,
    }),
    recover: ({ account, link, service }) => ({
      subject: `${service}: ein neues Passwort`,
      text: `Hallo,

jemand, vermutlich du, hat das Passwort des Kontos

    ${account}

verloren. Um ein neues zu wählen, öffne diese Seite:

    ${link}

Der Link gilt eine Stunde und einmal.

Halte deinen Wiederherstellungscode bereit, wenn du einen hast: Der
gespeicherte Nachrichtenverlauf öffnet sich mit dem alten Passwort oder mit
diesem Code. Ohne ihn beginnst du mit einem leeren Verlauf.

Wenn du das nicht warst, tu nichts: Dein Passwort bleibt, wie es ist.
`,
    }),
  },
}

export function written(letter: Letter): Written {
  return words[letter.language][letter.kind](letter)
}
