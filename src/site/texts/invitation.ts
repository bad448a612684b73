import { inEach } from '../frame/language.ts'

type Titled = readonly (readonly [title: string, text: string])[]

export const invitationTexts = inEach({
  en: {
    toDomain: (domain: string) => `You are invited to ${domain}`,
    toChat: (name: string) => `${name} invites you to chat`,
    account: (domain: string) => `With this invitation you can make an account at ${domain}.`,
    contact: (jid: string) => `${jid} would like to have you as a contact.`,
    either: (domain: string) => `If you have no account yet, you can make one at ${domain}.`,
    open: 'Open in my app',
    make: 'Make an account here',
    steps: (admits: boolean): Titled => [
      [
        'Install an app',
        'If you have one for XMPP already, skip this. Otherwise take one from below, then come back to this page.',
      ],
      [
        'Open this invitation in it',
        admits
          ? 'With the button above, or by scanning the code. The app then makes your account. You can as well make it here.'
          : 'With the button above, or by scanning the code.',
      ],
      ['Say hello', 'That is all.'],
    ],
    appsTitle: 'Apps',
    otherDevice: 'On another device',
    scan: 'Scan this with its camera:',
    store: 'Conversations from Google’s store',
    storeHint: 'On Android it brings the invitation along by itself. The store sees it on the way.',
    last: (day: string) => `Good until the end of ${day} (UTC). Who has this link can use it: keep it to yourself.`,
    goneTitle: 'This invitation is over',
    gone: 'It was used already, its time is over, or the link is not complete. Please ask for another one.',
  },
  de: {
    toDomain: (domain: string) => `Du bist zu ${domain} eingeladen`,
    toChat: (name: string) => `${name} lädt dich zum Chatten ein`,
    account: (domain: string) => `Mit dieser Einladung kannst du dir ein Konto bei ${domain} anlegen.`,
    contact: (jid: string) => `${jid} hätte dich gern als Kontakt.`,
    either: (domain: string) => `Wenn du noch kein Konto hast, kannst du dir eines bei ${domain} anlegen.`,
    open: 'In meiner App öffnen',
    make: 'Hier ein Konto anlegen',
    steps: (admits: boolean): Titled => [
      [
        'App installieren',
        'Wenn du schon eine für XMPP hast, überspring das. Sonst nimm eine von unten und komm hierher zurück.',
      ],
      [
        'Diese Einladung darin öffnen',
        admits
          ? 'Mit dem Knopf oben, oder indem du den Code scannst. Die App legt dann dein Konto an. Du kannst es auch hier tun.'
          : 'Mit dem Knopf oben, oder indem du den Code scannst.',
      ],
      ['Hallo sagen', 'Das ist alles.'],
    ],
    appsTitle: 'Apps',
    otherDevice: 'Auf einem anderen Gerät',
    scan: 'Scanne das mit seiner Kamera:',
    store: 'Conversations aus Googles Laden',
    storeHint: 'Auf Android bringt es die Einladung von selbst mit. Der Laden sieht sie dabei.',
    last: (day: string) =>
      `Gilt bis zum Ende des ${day} (UTC). Wer diesen Link hat, kann ihn verwenden: Behalte ihn für dich.`,
    goneTitle: 'Diese Einladung gilt nicht mehr',
    gone: 'Sie wurde schon verwendet, ihre Zeit ist um, oder der Link ist nicht vollständig. Bitte lass dir eine neue geben.',
  },
})
