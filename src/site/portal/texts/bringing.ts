/** Texts of the page by which people bring along what they had elsewhere. */
import { inEach } from '../../frame/language.ts'

const many = (one: string, more: (count: number) => string) => (count: number) => (count === 1 ? one : more(count))

export const bringingTexts = inEach({
  en: {
    title: 'Bring along',
    lead: 'If you had an account elsewhere, and have a file of it (XEP-0227), take it with you:',
    what: [
      'your contacts, who are asked whether you may see them',
      'your message history, as far back as messages are kept here, sealed like all others',
      'your visiting card, picture, bookmarks and the settings of your apps',
      'whom you have blocked, and messages that waited for you',
    ] as readonly string[],
    where:
      'Services that run Sotto, Prosody, ejabberd or Tigase can make such a file; ask those who run yours. What you have here already stays as it is.',
    file: 'The file',
    fileHint: 'An XML file of up to 256 MiB. A ZIP archive has to be unpacked first.',
    fileMissing: 'Choose a file.',
    from: 'Your old address (optional)',
    fromHint: 'Only needed if the file has several accounts in it.',
    fromWrong: 'This is not an address.',
    tells: 'Tell my contacts that my old address was mine',
    tellsHint:
      'If you have said at the old address that you moved here, their services see that it is true and let you in by themselves (XEP-0283). Otherwise they see a new address that asks.',
    bring: 'Bring it along',
    not: 'The old password is not taken over: yours here stays. Keys of devices stay behind too, for each device makes its own.',
    often: 'You brought along too many files. Please try again in an hour.',
    noImport: {
      unknown: 'Your account cannot take anything in just now. Please try again in a minute.',
      leaving: 'Your account is about to be deleted, and takes nothing in any more.',
      underway: 'A file is being taken in already. Wait until that is done.',
      busy: 'Too many files are being taken in here just now. Please try again in a few minutes.',
    },
    result: 'What was brought along',
    from2: (jid: string) => `From the account ${jid}:`,
    kind: 'What',
    taken: 'Taken in',
    besides: 'Besides',
    contacts: 'Contacts',
    history: 'Messages',
    waiting: 'Messages that waited for you',
    card: 'Visiting card',
    settings: 'Settings of apps',
    published: 'Bookmarks, picture and the like',
    blocked: 'Blocked addresses',
    there: many('1 was here already and stays as it is.', count => `${count} were here already and stay as they are.`),
    left: many('1 could not be taken in.', count => `${count} could not be taken in.`),
    asked: many('1 was asked whether you may see them.', count => `${count} were asked whether you may see them.`),
    unasked: many(
      '1 was not asked, since no more can be asked at once: bring the file along again in an hour, or ask in your app.',
      count =>
        `${count} were not asked, since no more can be asked at once: bring the file along again in an hour, or ask in your app.`,
    ),
    old: many('1 is older than messages are kept here.', count => `${count} are older than messages are kept here.`),
    overlapping: many(
      '1 is not older than what is in your history here, and does not fit in.',
      count => `${count} are not older than what is in your history here, and do not fit in.`,
    ),
    unwanted: many(
      '1 is of a kind that is not kept here, or you want no history with its sender.',
      count => `${count} are of kinds that are not kept here, or you want no history with their senders.`,
    ),
    shut: many(
      '1 could not be put before the history that you have here. If you empty that, bring the file along once more.',
      count =>
        `${count} could not be put before the history that you have here. If you empty that, bring the file along once more.`,
    ),
    bound: many(
      '1 is good at the old place only, such as the key of a device.',
      count => `${count} are good at the old place only, such as keys of devices.`,
    ),
    requests: many(
      'Somebody had asked your old address and had no answer. They have to ask the new one.',
      count => `${count} people had asked your old address and had no answer. They have to ask the new one.`,
    ),
    others: many(
      'There is another account in the file, which was passed over.',
      count => `There are ${count} further accounts in the file, which were passed over.`,
    ),
    unknown: many(
      'One thing in the file means nothing to this service.',
      count => `${count} things in the file mean nothing to this service, or lie in other files.`,
    ),
    broken: {
      'not xml': 'The file is no XML, or is damaged.',
      'not this format':
        'This is not a file of the format XEP-0227. A ZIP archive has to be unpacked first; choose the XML file in it.',
      'too large': 'Something in the file is larger than anything can be here.',
      'cut off': 'The file breaks off in the middle.',
      'too long': 'The file is larger than what can be brought along here.',
      'too slow': 'It took too long.',
      ended: 'The account is being deleted, and took nothing in any more.',
    },
    nothingTaken: 'Nothing was taken in.',
    halfTaken: 'What was read by then was taken in; no contact was asked. You can bring along the right file as well.',
    nobody: 'The account you named is not in the file. Nothing was taken in.',
    another: 'Another file',
  },
  de: {
    title: 'Mitbringen',
    lead: 'Wenn du anderswo ein Konto hattest und eine Datei davon hast (XEP-0227), nimm es mit:',
    what: [
      'deine Kontakte; sie werden gefragt, ob du sie sehen darfst',
      'deinen Nachrichtenverlauf, so weit zurück, wie hier Nachrichten aufbewahrt werden, versiegelt wie alle anderen',
      'deine Visitenkarte, dein Bild, Lesezeichen und die Einstellungen deiner Apps',
      'wen du blockiert hast, und Nachrichten, die auf dich gewartet haben',
    ] as readonly string[],
    where:
      'Dienste mit Sotto, Prosody, ejabberd oder Tigase können so eine Datei machen; frag die, die deinen betreiben. Was du hier schon hast, bleibt, wie es ist.',
    file: 'Die Datei',
    fileHint: 'Eine XML-Datei bis 256 MiB. Ein ZIP-Archiv muss erst ausgepackt werden.',
    fileMissing: 'Wähle eine Datei.',
    from: 'Deine alte Adresse (freiwillig)',
    fromHint: 'Nur nötig, wenn in der Datei mehrere Konten sind.',
    fromWrong: 'Das ist keine Adresse.',
    tells: 'Meinen Kontakten sagen, dass die alte Adresse meine war',
    tellsHint:
      'Hast du an der alten Adresse gesagt, dass du hierher gezogen bist, sehen ihre Dienste, dass es stimmt, und lassen dich von selbst ein (XEP-0283). Sonst sehen sie eine neue Adresse, die fragt.',
    bring: 'Mitbringen',
    not: 'Das alte Passwort wird nicht übernommen: Deins von hier bleibt. Auch Schlüssel von Geräten bleiben zurück, denn jedes Gerät macht seine eigenen.',
    often: 'Du hast zu viele Dateien mitgebracht. Versuch es in einer Stunde noch einmal.',
    noImport: {
      unknown: 'Dein Konto kann gerade nichts aufnehmen. Versuch es in einer Minute noch einmal.',
      leaving: 'Dein Konto wird bald gelöscht und nimmt nichts mehr auf.',
      underway: 'Eine Datei wird schon aufgenommen. Warte, bis das fertig ist.',
      busy: 'Gerade werden hier zu viele Dateien aufgenommen. Versuch es in ein paar Minuten noch einmal.',
    },
    result: 'Was mitgekommen ist',
    from2: (jid: string) => `Aus dem Konto ${jid}:`,
    kind: 'Was',
    taken: 'Aufgenommen',
    besides: 'Außerdem',
    contacts: 'Kontakte',
    history: 'Nachrichten',
    waiting: 'Nachrichten, die auf dich gewartet haben',
    card: 'Visitenkarte',
    settings: 'Einstellungen von Apps',
    published: 'Lesezeichen, Bild und dergleichen',
    blocked: 'Blockierte Adressen',
    there: many(
      '1 war schon hier und bleibt, wie es ist.',
      count => `${count} waren schon hier und bleiben, wie sie sind.`,
    ),
    left: many('1 konnte nicht aufgenommen werden.', count => `${count} konnten nicht aufgenommen werden.`),
    asked: many(
      '1 wurde gefragt, ob du ihn sehen darfst.',
      count => `${count} wurden gefragt, ob du sie sehen darfst.`,
    ),
    unasked: many(
      '1 wurde nicht gefragt, weil nicht mehr auf einmal geht: Bring die Datei in einer Stunde noch einmal mit, oder frag in deiner App.',
      count =>
        `${count} wurden nicht gefragt, weil nicht mehr auf einmal geht: Bring die Datei in einer Stunde noch einmal mit, oder frag in deiner App.`,
    ),
    old: many(
      '1 ist älter, als Nachrichten hier aufbewahrt werden.',
      count => `${count} sind älter, als Nachrichten hier aufbewahrt werden.`,
    ),
    overlapping: many(
      '1 ist nicht älter als das, was hier in deinem Verlauf steht, und passt nicht hinein.',
      count => `${count} sind nicht älter als das, was hier in deinem Verlauf steht, und passen nicht hinein.`,
    ),
    unwanted: many(
      '1 ist von einer Art, die hier nicht aufbewahrt wird, oder du willst mit dem Absender keinen Verlauf.',
      count =>
        `${count} sind von Arten, die hier nicht aufbewahrt werden, oder du willst mit den Absendern keinen Verlauf.`,
    ),
    shut: many(
      '1 ließ sich nicht vor den Verlauf stellen, den du hier hast. Wenn du ihn leerst, bring die Datei noch einmal mit.',
      count =>
        `${count} ließen sich nicht vor den Verlauf stellen, den du hier hast. Wenn du ihn leerst, bring die Datei noch einmal mit.`,
    ),
    bound: many(
      '1 taugt nur am alten Ort, etwa der Schlüssel eines Geräts.',
      count => `${count} taugen nur am alten Ort, etwa Schlüssel von Geräten.`,
    ),
    requests: many(
      'Jemand hatte deine alte Adresse gefragt und keine Antwort. Er muss die neue fragen.',
      count => `${count} Leute hatten deine alte Adresse gefragt und keine Antwort. Sie müssen die neue fragen.`,
    ),
    others: many(
      'In der Datei ist noch ein Konto; es wurde übergangen.',
      count => `In der Datei sind ${count} weitere Konten; sie wurden übergangen.`,
    ),
    unknown: many(
      'Eines in der Datei sagt diesem Dienst nichts.',
      count => `${count} Dinge in der Datei sagen diesem Dienst nichts oder liegen in anderen Dateien.`,
    ),
    broken: {
      'not xml': 'Die Datei ist kein XML, oder sie ist beschädigt.',
      'not this format':
        'Das ist keine Datei im Format XEP-0227. Ein ZIP-Archiv muss erst ausgepackt werden; wähle die XML-Datei darin.',
      'too large': 'Etwas in der Datei ist größer, als hier irgendetwas sein kann.',
      'cut off': 'Die Datei bricht mittendrin ab.',
      'too long': 'Die Datei ist größer als das, was man hier mitbringen kann.',
      'too slow': 'Es hat zu lange gedauert.',
      ended: 'Das Konto wird gelöscht und nahm nichts mehr auf.',
    },
    nothingTaken: 'Es wurde nichts aufgenommen.',
    halfTaken:
      'Was bis dahin gelesen war, wurde aufgenommen; kein Kontakt wurde gefragt. Du kannst die richtige Datei auch noch mitbringen.',
    nobody: 'Das genannte Konto ist nicht in der Datei. Es wurde nichts aufgenommen.',
    another: 'Noch eine Datei',
  },
})
