/** Texts of signing in and of finding back. */
import { inEach } from '../../frame/language.ts'

export const enteringTexts = inEach({
  en: {
    login: 'Sign in',
    lead: (name: string) => `With the address and the password that your app uses for ${name}.`,
    address: 'Your address',
    addressHint: (domain: string) => `Such as you@${domain}; the part before the @ is enough.`,
    password: 'Password',
    enter: 'Sign in',
    forgotten: 'Password forgotten?',
    noAccount: 'No account yet?',
    signUp: 'Make one',
    cookie: 'Signing in sets one cookie. It ends when you sign out, or after half an hour without you.',
    wrong: 'The address or the password is wrong.',
    later: 'There were too many attempts, or there is too much to do here just now. Please try again in a minute.',
    disabled: 'This account is disabled.',
    disabledBecause: (reason: string) => `This account is disabled. Those who run the service say: ${reason}`,
    code: 'One more thing',
    codeLead: 'Your account asks for the code that your app for such codes shows now.',
    codeLabel: 'Code',
    codeHint: 'Six digits. Without your app, type your recovery code here; that switches the codes off.',
    codeWrong: 'This is not the code, or it was used already. Wait for the next one.',
    codeOften: 'Too many codes were tried. Please wait an hour.',
    signedOut: 'You are signed out.',
    changed: 'Your password is changed. Sign in with the new one.',
    recover: 'A new password',
    recoverLead: 'If you gave us an e-mail address for this, we send a link to it.',
    recoverHow:
      'We do not have your e-mail address: we only recognise it when you type it. So please type both. What we answer is ' +
      'the same for everybody, whether they belong together or not.',
    recoverHistory:
      'Your message history is locked with your old password. Have your recovery code ready, if you have one: without it you ' +
      'begin with an empty history. Your contacts and files stay in any case.',
    email: 'Your e-mail address',
    send: 'Send the link',
    emailWrong: 'This is not an e-mail address.',
    addressWrong: 'This is not an address of this service.',
    sent: 'On its way, if it fits',
    sentLead:
      'If this address and this e-mail belong together, a letter with a link is on its way now. The link is good for an hour.',
    sentNothing: 'Nothing came? Look among the unwanted mail, and whether you typed both as you did then.',
    tooOften: 'This was asked for too often from your network. Please try again in an hour.',
    mailDown: 'Our mail server does not answer at the moment, so nothing was sent. Please try again later.',
    noMail: 'This service sends no mail. Please ask those who run it: they can give you a link for a new password.',
    askThem: 'Contact',
    choose: 'Choose a new password',
    chooseFor: 'For the account',
    fresh: 'New password',
    freshHint: 'At least 8 characters. Several words that only you would put together are best.',
    again: 'New password once more',
    unlike: 'These two are not the same.',
    short: 'Please use a longer password: at least 8 characters.',
    unfit: 'This password cannot be used.',
    recoveryCode: 'Recovery code (optional)',
    recoveryCodeHint:
      'Thirty letters and digits that you printed or wrote down once. It opens your old message history.',
    recoveryCodeWrong: 'This is not the recovery code of this account. Nothing was changed.',
    recoveryCodeOften: 'Too many wrong recovery codes. Please try again tomorrow, or leave the field empty.',
    withoutCode: 'Without the recovery code nobody can open your old message history any more, we least of all.',
    save: 'Save the new password',
    gone: 'This link is not good any more',
    goneLead: 'It was used already, or it is older than an hour. Please ask for another one.',
    done: 'You have a new password',
    doneKept: 'Your message history is as it was.',
    doneLost:
      'You begin with an empty message history. The old one cannot be opened any more, unless you find your recovery code.',
    doneDevices: 'All apps were signed out. Give them the new password.',
    confirm: 'Is this your address?',
    confirmLead: (jid: string) => `With it, a lost password of ${jid} can be recovered. It is used for nothing else.`,
    confirmDo: 'Yes, confirm it',
    confirmed: 'Your address is confirmed',
    confirmedLead:
      'If you lose your password, you can recover it with this address. You will get no other mail from us.',
  },
  de: {
    login: 'Anmelden',
    lead: (name: string) => `Mit der Adresse und dem Passwort, die deine App für ${name} verwendet.`,
    address: 'Deine Adresse',
    addressHint: (domain: string) => `Etwa du@${domain}; der Teil vor dem @ genügt.`,
    password: 'Passwort',
    enter: 'Anmelden',
    forgotten: 'Passwort vergessen?',
    noAccount: 'Noch kein Konto?',
    signUp: 'Lege eins an',
    cookie:
      'Beim Anmelden wird ein Cookie gesetzt. Es endet, wenn du dich abmeldest, oder nach einer halben Stunde ohne dich.',
    wrong: 'Die Adresse oder das Passwort ist falsch.',
    later:
      'Es waren zu viele Versuche, oder hier ist gerade zu viel zu tun. Bitte versuch es in einer Minute noch einmal.',
    disabled: 'Dieses Konto ist gesperrt.',
    disabledBecause: (reason: string) => `Dieses Konto ist gesperrt. Wer den Dienst betreibt, sagt dazu: ${reason}`,
    code: 'Noch etwas',
    codeLead: 'Dein Konto fragt nach dem Code, den deine App für solche Codes gerade zeigt.',
    codeLabel: 'Code',
    codeHint: 'Sechs Ziffern. Ohne die App gib hier deinen Wiederherstellungscode ein; das schaltet die Codes ab.',
    codeWrong: 'Das ist nicht der Code, oder er wurde schon benutzt. Warte auf den nächsten.',
    codeOften: 'Es wurden zu viele Codes versucht. Bitte warte eine Stunde.',
    signedOut: 'Du bist abgemeldet.',
    changed: 'Dein Passwort ist geändert. Melde dich mit dem neuen an.',
    recover: 'Ein neues Passwort',
    recoverLead: 'Wenn du uns dafür eine E-Mail-Adresse gegeben hast, schicken wir dorthin einen Link.',
    recoverHow:
      'Wir haben deine E-Mail-Adresse nicht: Wir erkennen sie nur, wenn du sie eintippst. Gib darum bitte beides an. Unsere ' +
      'Antwort ist für alle dieselbe, ob beides zusammengehört oder nicht.',
    recoverHistory:
      'Dein Nachrichtenverlauf ist mit deinem alten Passwort verschlossen. Halte deinen Wiederherstellungscode bereit, wenn du ' +
      'einen hast: Ohne ihn beginnst du mit einem leeren Verlauf. Kontakte und Dateien bleiben in jedem Fall.',
    email: 'Deine E-Mail-Adresse',
    send: 'Link schicken',
    emailWrong: 'Das ist keine E-Mail-Adresse.',
    addressWrong: 'Das ist keine Adresse dieses Dienstes.',
    sent: 'Unterwegs, wenn es passt',
    sentLead:
      'Wenn diese Adresse und diese E-Mail-Adresse zusammengehören, ist jetzt ein Brief mit einem Link unterwegs. Er gilt eine Stunde.',
    sentNothing:
      'Nichts angekommen? Sieh bei der unerwünschten Post nach, und ob du beides wie damals geschrieben hast.',
    tooOften: 'Aus deinem Netz wurde zu oft danach gefragt. Bitte versuch es in einer Stunde noch einmal.',
    mailDown:
      'Unser Mailserver antwortet gerade nicht, darum wurde nichts verschickt. Bitte versuch es später noch einmal.',
    noMail:
      'Dieser Dienst verschickt keine E-Mails. Frag bitte die, die ihn betreiben: Sie können dir einen Link für ein neues Passwort geben.',
    askThem: 'Kontakt',
    choose: 'Wähle ein neues Passwort',
    chooseFor: 'Für das Konto',
    fresh: 'Neues Passwort',
    freshHint: 'Mindestens 8 Zeichen. Am besten mehrere Wörter, die nur du zusammenbringst.',
    again: 'Das neue Passwort noch einmal',
    unlike: 'Diese beiden sind nicht gleich.',
    short: 'Bitte nimm ein längeres Passwort: mindestens 8 Zeichen.',
    unfit: 'Dieses Passwort lässt sich nicht verwenden.',
    recoveryCode: 'Wiederherstellungscode (freiwillig)',
    recoveryCodeHint:
      'Dreißig Buchstaben und Ziffern, die du einmal gedruckt oder aufgeschrieben hast. Er öffnet deinen alten Verlauf.',
    recoveryCodeWrong: 'Das ist nicht der Wiederherstellungscode dieses Kontos. Nichts wurde geändert.',
    recoveryCodeOften:
      'Zu viele falsche Wiederherstellungscodes. Versuch es morgen noch einmal, oder lass das Feld leer.',
    withoutCode:
      'Ohne den Wiederherstellungscode kann niemand mehr deinen alten Nachrichtenverlauf öffnen, auch wir nicht.',
    save: 'Neues Passwort speichern',
    gone: 'Dieser Link gilt nicht mehr',
    goneLead: 'Er wurde schon benutzt oder ist älter als eine Stunde. Bitte lass dir einen neuen schicken.',
    done: 'Du hast ein neues Passwort',
    doneKept: 'Dein Nachrichtenverlauf ist, wie er war.',
    doneLost:
      'Du beginnst mit einem leeren Verlauf. Der alte lässt sich nicht mehr öffnen, es sei denn, du findest deinen Wiederherstellungscode.',
    doneDevices: 'Alle Apps wurden abgemeldet. Gib ihnen das neue Passwort.',
    confirm: 'Ist das deine Adresse?',
    confirmLead: (jid: string) =>
      `Mit ihr lässt sich ein verlorenes Passwort von ${jid} ersetzen. Sie dient zu nichts anderem.`,
    confirmDo: 'Ja, bestätigen',
    confirmed: 'Deine Adresse ist bestätigt',
    confirmedLead:
      'Wenn du dein Passwort verlierst, kannst du es mit dieser Adresse ersetzen. Andere Post bekommst du von uns nicht.',
  },
})
