import type { Wording } from './wording.ts'

const withAccount = 'Spätestens mit dem Konto.'

const byDevices = 'Deine eigenen Geräte.'

const byOwner =
  'Nur du. Es wird im Augenblick seines Eintreffens versiegelt, und was es öffnet, ist mit deinem Passwort oder deinem ' +
  'Wiederherstellungscode verschlossen. Solange ein Gerät von dir angemeldet ist oder ohne Passwort wiederkommen darf, sind ' +
  'die Schlüssel im Arbeitsspeicher des Programms, und etwa eine Minute lang, nachdem etwas für dich gekommen ist; dann werden ' +
  'sie gelöscht. Ohne dein Passwort können die Betreiber es nicht öffnen, auch nicht mit all ihren Festplatten.'

const days = (count: number): string => (count === 1 ? 'einen Tag' : `${count} Tage`)
const afterDays = (count: number): string => (count === 1 ? 'einem Tag' : `${count} Tagen`)

export const german: Wording = {
  title: ({ domain }) => `Datenschutz bei ${domain}`,
  opening: ({ domain }) => [
    'Wir speichern so viel wie nötig und so wenig wie möglich. Auf dieser Seite steht, was ' +
      `${domain} über dich aufbewahrt: warum, wie lange, wer es lesen kann und was es löscht.`,
    'Geschrieben hat sie das Programm, das den Dienst ausführt: aus der Liste, nach der sein Speicher gebaut ist, und aus den ' +
      'geltenden Einstellungen. Für das, was hier nicht steht, gibt es keinen Ort, an dem es gespeichert werden könnte. Wer ' +
      'den Dienst betreibt, kann sich das jederzeit nachweisen lassen, mit dem Befehl „sotto audit“.',
  ],

  short: 'Kurz gesagt',
  promises: {
    P1: () =>
      'Von deinem Konto bewahren wir den Benutzernamen auf, etwas, das dein Passwort erkennt, ohne es zu sein, und den Tag, an ' +
      'dem das Konto entstand. Du brauchst keine E-Mail-Adresse, keine Telefonnummer und keinen Namen außer dem Benutzernamen.',
    P2: () =>
      'Du kannst eine E-Mail-Adresse angeben, um ein verlorenes Passwort zu ersetzen und für nichts anderes. Sie wird nicht ' +
      'gespeichert: Wir behalten nur, woran wir sie erkennen, wenn du sie wieder eintippst. Niemand kann dir schreiben.',
    P3: () =>
      'Nachrichten, die kommen, während du weg bist, warten auf dich. Sobald ein Gerät von dir sie hat, warten sie nicht mehr.',
    P4: () =>
      'Dein Nachrichtenverlauf wird für dich aufbewahrt, damit auch ein neues Gerät ihn findet. Das gilt auch, wenn deine App ' +
      'verschlüsselt.',
    P5: () =>
      'Wenn du keinen Verlauf willst, schalte ihn in deiner App ab: Von der nächsten Nachricht an wird keiner geschrieben.',
    P6: () =>
      'Dateien, die du teilst, bekommt, wer den Link hat, und mit ihm sind sie versiegelt: Ohne den Link kann sie niemand ' +
      'öffnen, auch wir nicht.',
    P7: () =>
      'Deine Kontakte gehören dir: Niemand kommt in deine Liste oder du in eine andere, ohne dass einer von euch darum bittet.',
    P8: facts =>
      `Nachrichten${facts.keeps('files') ? ' und Dateien' : ''} werden spätestens nach ${afterDays(facts.days)} gelöscht. Diese Zeit ` +
      'kann verkürzt werden' +
      (facts.keeps('retention') ? '; länger wird sie nie, ohne dass du es vorher erfährst.' : '.'),
    P9: () =>
      'Deine IP-Adresse wird nie gespeichert, auch nichts, was man aus ihr schließen könnte, etwa wo du bist. Das Programm ' +
      'kennt sie, solange du verbunden bist, und vergisst sie dann.',
    P10: () =>
      'Es wird nicht gespeichert, wann du dich anmeldest oder den Dienst benutzt. Außer den Zeiten, die zu deinen Nachrichten ' +
      'gehören, weiß nichts Gespeichertes mehr als den Tag.',
    P13: ({ sealed, graceDays, keeps }) =>
      (graceDays === 0
        ? 'Wenn du dein Konto löschst, wird alles über dich mit ihm gelöscht, auch deine Nachrichten. '
        : `Wenn du dein Konto löschst, kann sich niemand mehr dort anmelden, und nach ${afterDays(graceDays)} Bedenkzeit wird ` +
          'alles über dich mit ihm gelöscht, auch deine Nachrichten. ') +
      `Gelöschtes wird überschrieben${
        sealed
          ? ', und der Schlüssel dazu vernichtet, damit auch eine vergessene Kopie sich nicht mehr öffnen lässt'
          : ''
      }.${
        keeps('tombstones')
          ? ' Nur ein Fingerabdruck deiner Adresse bleibt, damit nie jemand anderes für dich gehalten wird.'
          : ''
      }`,
    P15: () =>
      'Was du schreibst, geht hier niemanden etwas an, auch kein Programm: Nichts wird durchsucht, geprüft, als Vorschau ' +
      'aufbereitet oder ausgewertet.',
    P16: () =>
      'Wir raten dir, von Ende zu Ende zu verschlüsseln, mit OMEMO. Viele Apps können das, und der Dienst tut, was sie dafür ' +
      'brauchen: auf allen deinen Geräten, und auch mit Leuten, die noch nicht deine Kontakte sind.',
  },

  thingsTitle: 'Was über dich aufbewahrt wird',
  thingsOpening: ({ sealed }) => [
    'Das ist alles. Vieles davon gibt es nur, wenn du oder deine Apps es angelegt haben: Wer keine Visitenkarte hat, von dem ' +
      'liegt hier auch keine.',
    sealed
      ? 'Was für deine eigenen Geräte ist, liegt verschlüsselt auf der Festplatte, mit einem Schlüssel, der allein zu deinem ' +
        'Konto gehört. Das Programm öffnet es, wenn sie danach fragen; eine Kopie der Daten ohne die Schlüssel, die getrennt ' +
        'davon liegen, zeigt nichts.'
      : 'Was für deine eigenen Geräte ist, bekommt niemand sonst. Es liegt unverschlüsselt auf der Festplatte, wenn nicht deine ' +
        'App es verschlüsselt hat: Wer den Dienst betreibt, könnte es dort lesen.',
  ],
  names: { holds: 'Das ist', why: 'Wozu', kept: 'Wie lange', read: 'Wer es lesen kann', erased: 'Was es löscht' },
  things: {
    account: () => ({
      what: 'Dein Konto',
      holds:
        'Dein Benutzername, der Name des Dienstes, der Tag, an dem das Konto entstand, und eine zufällige Zahl, die überall ' +
        'sonst für dich steht.',
      why: 'Damit man dich erreicht, und niemand anderen unter deinem Namen.',
      kept: 'Solange du das Konto hast.',
      read: 'Das Programm und seine Betreiber. Der Name ist Teil deiner Adresse; ihn kennen also alle, denen du sie gibst.',
      erased: 'Das Löschen des Kontos.',
    }),
    password: ({ sealed }) => ({
      what: 'Anstelle deines Passworts',
      holds:
        'Werte, an denen man erkennt, ob ein Passwort das richtige ist. Das Passwort selbst wird nie gespeichert, in keiner Form.',
      why: 'Damit nur du dich anmelden kannst.',
      kept: 'Bis du das Passwort änderst.',
      read: sealed
        ? 'Allein das Programm; auf der Festplatte sind sie mit einem Schlüssel verschlüsselt, der zu deinem Konto gehört.'
        : 'Das Programm und seine Betreiber. Sie müssten raten: Ein langes Passwort findet man so nicht.',
      erased: `Ein neues Passwort. ${withAccount}`,
    }),
    email: () => ({
      what: 'Anstelle deiner E-Mail-Adresse',
      holds:
        'Wenn du eine angegeben hast: ein Fingerabdruck davon, mit einem Geheimnis des Dienstes gemacht und für jedes Konto ein ' +
        'anderer. Die Adresse lässt sich daraus nicht lesen; mit dem Geheimnis kann man nur langsam probieren, ob es eine bestimmte ist.',
      why: 'Damit du ein neues Passwort wählen kannst, wenn du deines vergisst. Dafür tippst du die Adresse wieder ein.',
      kept: 'Bis du sie entfernst oder eine andere angibst.',
      read: 'Das Programm. Niemand kann dir schreiben.',
      erased: `Du, auf den Konto-Seiten. ${withAccount}`,
    }),
    codes: () => ({
      what: 'Codes beim Anmelden',
      holds: 'Wenn du sie eingeschaltet hast: das Geheimnis, das auch deine App für solche Codes hat.',
      why: 'Damit dein Passwort allein für die Konto-Seiten nicht reicht.',
      kept: 'Bis du sie ausschaltest.',
      read: 'Das Programm.',
      erased: `Du, auf den Konto-Seiten. ${withAccount}`,
    }),
    contacts: () => ({
      what: 'Deine Kontakte',
      holds:
        'Ihre Adressen, die Namen und Gruppen, die du ihnen gegeben hast, wer sehen darf, ob du da bist, und Anfragen, die du ' +
        'noch nicht beantwortet hast.',
      why: 'Damit alle deine Geräte dieselbe Liste zeigen und nur die dich sehen, denen du es erlaubt hast.',
      kept: 'Bis du einen Kontakt entfernst oder eine Anfrage beantwortest.',
      read: byDevices,
      erased: `Du, in deiner App. ${withAccount}`,
    }),
    blocked: () => ({
      what: 'Wen du blockiert hast',
      holds: 'Die Adressen.',
      why: 'Damit du von ihnen nichts hörst.',
      kept: 'Bis du sie wieder freigibst.',
      read: byDevices,
      erased: `Du, in deiner App. ${withAccount}`,
    }),
    apps: () => ({
      what: 'Was deine Apps ablegen',
      holds: 'Einstellungen, Lesezeichen und Ähnliches: was deine Apps wiederfinden wollen. Wir sehen nicht hinein.',
      why: 'Damit deine Apps auf allen Geräten gleich sind.',
      kept: 'Bis deine Apps es ersetzen oder leeren.',
      read: byDevices,
      erased: `Deine Apps. ${withAccount}`,
    }),
    card: () => ({
      what: 'Deine Visitenkarte',
      holds: 'Was du darauf schreibst: ein Name, ein Bild, was du magst. Du brauchst keine zu haben.',
      why: 'Damit andere wissen, wen sie vor sich haben.',
      kept: 'Bis du sie ersetzt oder leerst.',
      read: 'Alle, die danach fragen. Dafür ist sie da.',
      erased: `Du, in deiner App. ${withAccount}`,
    }),
    published: () => ({
      what: 'Was deine Apps veröffentlichen',
      holds:
        'Dein Bild, ein Spitzname, die öffentlichen Schlüssel deiner Geräte zum Verschlüsseln und Ähnliches. Dabei steht, wer es ' +
        'lesen darf und wer bei Änderungen Bescheid bekommen möchte.',
      why: 'Damit andere dein Bild sehen und dir verschlüsselt schreiben können.',
      kept: 'Bis deine Apps es ersetzen oder entfernen.',
      read: 'Wem du oder deine App es erlaubst: alle, oder deine Kontakte.',
      erased: `Du, in deiner App. ${withAccount}`,
    }),
    phones: () => ({
      what: 'Wie dein Telefon geweckt wird',
      holds:
        'Die Adresse des Servers deiner App, der Name, den er deinem Telefon gegeben hat, und welches deiner Geräte das ist.',
      why:
        'Damit ein Telefon, dessen App schläft, von Nachrichten und Anrufen erfährt. Der Server der App hört, dass es ' +
        'etwas gibt: nicht von wem, nicht was, nicht wie viel.',
      kept: 'Bis deine App es abschaltet oder ihr Server dein Telefon nicht mehr kennt.',
      read: 'Dieser Dienst, um es zu wecken.',
      erased: `Deine Apps. ${withAccount}`,
    }),
    invitations: () => ({
      what: 'Deine Einladungen',
      holds:
        'Dass du jemanden eingeladen hast, der Name, den du freihältst, und bis zu welchem Tag. Der Link selbst wird nicht ' +
        'gespeichert.',
      why: 'Damit deine Gäste eingelassen werden und deine Kontakte sind.',
      kept: 'Bis der Gast da ist, oder bis zwei Tage nach dem letzten Tag.',
      read: 'Dieser Dienst, um sie einzulassen.',
      erased: `Dein Gast oder die Zeit. ${withAccount}`,
    }),
    marks: () => ({
      what: 'Ein Vermerk, bei sehr wenigen',
      holds:
        'Dass ein Konto sich um andere kümmern darf oder dass es gesperrt ist, und warum. Fast alle Konten haben keinen.',
      why: 'Damit die Betreiber sich die Arbeit teilen und Missbrauch beenden können.',
      kept: 'Bis die Betreiber ihn wegnehmen.',
      read: 'Das Programm und seine Betreiber.',
      erased: `Die Betreiber. ${withAccount}`,
    }),
    domainWish: () => ({
      what: 'Eine Domain, die du gern hättest',
      holds: 'Wenn du nach einer gefragt hast: welche, und an welchem Tag.',
      why: 'Damit die Betreiber dir antworten können.',
      kept: 'Bis sie das getan haben oder du es zurücknimmst.',
      read: 'Die Betreiber.',
      erased: `Du oder die Betreiber. ${withAccount}`,
    }),
    reports: facts => ({
      what: 'Was du meldest',
      holds:
        'Falls du jemanden beim Blockieren meldest: wen, warum, und was du schreibst und anhängst. Nichts kommt dazu.',
      why: 'Damit die Betreiber gegen Spam und Missbrauch vorgehen können.',
      kept: `Bis es bearbeitet ist, höchstens ${days(facts.days)}.`,
      read: 'Die Betreiber.',
      erased: `Die Betreiber oder die Zeit. ${withAccount}`,
    }),
    history: facts => ({
      what: 'Dein Nachrichtenverlauf',
      holds:
        'Nachrichten, die du geschrieben oder bekommen hast. Mit wem, wann und was: All das liegt unter dem Siegel. Außen sieht ' +
        'man, dass es eine Nachricht von dir gibt, von welchem Tag sie ist und ungefähr wie lang.',
      why: 'Damit du deine Gespräche auf jedem Gerät findest, auch auf einem neuen.',
      kept: `Höchstens ${days(facts.days)}. Dann wird der ganze Tag auf einmal weggeworfen.`,
      read: facts.historyFor === 'owner' ? byOwner : byDevices,
      erased: `Die Zeit. ${withAccount}`,
    }),
    memberships: () => ({
      what: 'Die Gruppen, zu denen du gehörst',
      holds:
        'Welche Räume dieses Dienstes dir gehören, welche du betreust, zu welchen du gehörst oder wo du ausgeschlossen bist, und ' +
        'der Name, den du dort für dich belegt hast; von einem Raum Name, Einstellungen, Bild, Thema und offene Einladungen. Außerhalb des Siegels sieht man, ' +
        'wie viele Räume es gibt und wie viele Menschen zu jedem gehören: nicht, wer, und nicht, welcher Raum es ist.',
      why:
        'Damit ein Raum weiß, wer ihn betreten darf und wer etwas zu sagen hat. Wer gerade in einem Raum ist, steht nur im ' +
        'Arbeitsspeicher.',
      kept: 'Solange du zu dem Raum gehörst.',
      read: 'Wer in dem Raum ist, soweit seine Besitzer das erlauben. Das Programm öffnet es für sie.',
      erased:
        'Die Moderation des Raums, oder du selbst. Es geht mit deinem Konto; ein Raum, der dir allein gehört hat, geht an jemanden ' +
        'über, der ihn mitbetreut, oder endet.',
    }),
    rooms: facts => ({
      what: 'Was du in Gruppen sagst',
      holds:
        'Was du in Räumen dieses Dienstes schreibst, die einen Verlauf führen, mit deiner Adresse und der Zeit. Außerhalb des ' +
        'Siegels sieht man, dass in einem Raum etwas gesagt wurde, an welchem Tag und ungefähr wie lang: nicht von wem.',
      why: 'Damit alle, die zu einem Raum gehören, dort finden, was gesagt wurde, während sie weg waren.',
      kept: `Höchstens ${days(facts.days)}; gar nicht in Räumen, deren Besitzer das abgeschaltet haben.`,
      read:
        'Wer den Raum betreten darf. Das Programm öffnet es für sie; wer den Dienst betreibt und seine Schlüssel hat, könnte ' +
        'es also auch, wenn deine App nicht verschlüsselt.',
      erased:
        'Die Zeit, die Moderation des Raums oder sein Ende. Mit deinem Konto wird vernichtet, was deine Worte öffnet, in allen ' +
        'Räumen hier; was andere gesagt haben, bleibt.',
    }),
    waiting: facts => ({
      what: 'Nachrichten, die auf dich warten',
      holds:
        'Nachrichten an dich, die noch keines deiner Geräte hat. Außen ist nur der Tag vermerkt, damit sie ablaufen können.',
      why: 'Damit nichts verloren geht, während du weg bist.',
      kept: `Bis ein Gerät von dir sie hat, höchstens ${days(facts.days)}.`,
      read: facts.historyFor === 'owner' ? 'Nur du, wie beim Nachrichtenverlauf.' : byDevices,
      erased: `Die Zustellung oder die Zeit. ${withAccount}`,
    }),
    files: facts => ({
      what: 'Dateien, die du teilst',
      holds:
        'Was du hochlädst, zusammen mit Namen und Art versiegelt. Der Schlüssel steckt im Link, und der Link wird nicht ' +
        'aufgehoben. Außen sieht man, dass es eine Datei von dir gibt, von welchem Tag sie ist und wie groß.',
      why: 'Damit sie holen kann, wem du den Link schickst, auch wenn du nicht da bist.',
      kept: `Höchstens ${days(facts.days)}; weniger, wenn deine App darum bittet.`,
      read: 'Wer den Link hat. Das Programm öffnet eine Datei nur, wenn jemand damit kommt.',
      erased: `Du, mit dem Befehl „My files“ deiner App. Die Zeit. ${withAccount}`,
    }),
    preferences: () => ({
      what: 'Mit wem du einen Verlauf willst, und wie lange',
      holds:
        'Was du dazu eingestellt hast: mit allen, mit deinen Kontakten oder mit niemandem, für wen eine Ausnahme gilt, und ob ' +
        'deine Nachrichten und Dateien früher gehen als die der anderen.',
      why: 'Damit es so gehalten wird, wie du es willst, auch wenn gerade keines deiner Geräte da ist.',
      kept: 'Bis du es änderst.',
      read: byDevices,
      erased: `Du, in deiner App. ${withAccount}`,
    }),
    keys: ({ historyFor }) => ({
      what: 'Schlüssel',
      holds:
        'Ein zufälliger Schlüssel für das Private in deinem Konto, und ein Schlüsselpaar für deine Nachrichten: einer, der sie ' +
        'versiegelt, und einer, der sie öffnet.',
      why: 'Damit das Gespeicherte nur die lesen können, für die es bestimmt ist.',
      kept: 'Solange das Konto besteht, oder bis ein zurückgesetztes Passwort neue nötig macht.',
      read:
        historyFor === 'server'
          ? 'Das Programm.'
          : 'Den, der deine Nachrichten öffnet: nur du, denn er ist mit deinem Passwort verschlossen. Die anderen: das Programm.',
      erased: 'Das Löschen des Kontos: Sie werden vor allem anderen vernichtet.',
    }),
    gone: () => ({
      what: 'Was bleibt, wenn du gegangen bist',
      holds:
        'Ein Fingerabdruck deiner Adresse, gemacht mit einem Geheimnis des Dienstes. Die Adresse lässt sich daraus nicht lesen; ' +
        'mit dem Geheimnis kann man nur ausprobieren, ob es eine bestimmte Adresse hier einmal gab.',
      why: 'Damit niemand anderes deine Adresse bekommt und was für dich bestimmt ist.',
      kept: 'Für immer.',
      read: 'Das Programm.',
      erased: 'Nichts.',
    }),
  },

  choicesTitle: 'Was du tun kannst',
  choices: ({ openToAll, historyFor, keeps }) => [
    openToAll
      ? 'Ein Konto anlegen, gleich in deiner App. Du brauchst nur einen Namen und ein Passwort.'
      : 'Dir von denen, die den Dienst betreiben, ein Konto geben lassen. Es braucht nur einen Namen und ein Passwort.',
    'Dein Passwort ändern, in deiner App oder auf den Konto-Seiten. Was das alte erkannt hat, wird gelöscht.',
    ...(keeps('archive-preferences')
      ? [
          'In deiner App bestimmen, mit wem ein Verlauf aufbewahrt wird: mit allen, mit deinen Kontakten, mit niemandem.',
        ]
      : []),
    ...(historyFor === 'owner'
      ? [
          'Auf den Konto-Seiten einen Wiederherstellungscode anlegen und in eine Schublade tun: Er öffnet deinen Verlauf, wenn du das ' +
            'Passwort vergisst. Wir haben keine Abschrift davon.',
        ]
      : []),
    'Auf den Konto-Seiten sehen, wie viel es von jedem der Dinge oben gibt.',
    ...(keeps('own_retention')
      ? ['Deine Nachrichten und Dateien früher löschen lassen oder deinen Verlauf sofort, auf den Konto-Seiten.']
      : []),
    'Eine Kopie dessen mitnehmen, was du, deine Apps und deine Kontakte hier hinterlassen haben. Du tippst dein Passwort ein ' +
      `und bekommst eine Datei, die du lesen kannst und die andere Dienste übernehmen können, falls du umziehen willst.${
        keeps('files') ? ' Hochgeladene Dateien sind nicht darin: Die öffnen nur ihre Links, und die hast du.' : ''
      }`,
    'Dein Konto löschen, in deiner App oder auf den Konto-Seiten.',
  ],

  limitsTitle: 'Was wir nicht versprechen können',
  limits: ({ historyFor }) => [
    'Was du sendest, haben auch die, denen du es sendest. Ihre Geräte und die Dienste, die sie nutzen, bewahren es nach eigenen ' +
      'Regeln auf. Was du in einer Gruppe sagst, haben alle, die darin sind, und was hier gelöscht wird, verschwindet nicht von ' +
      'ihren Geräten.',
    'Wer einen Dienst betreibt, könnte sein Programm ändern. Verschlüsselt deine App von Ende zu Ende, ist das Geschriebene auch ' +
      'davor sicher: Dann geht es hier verschlüsselt durch und wird verschlüsselt aufbewahrt.',
    'Die Netze zwischen dir und uns sehen, dass du mit uns verbunden bist. Sie sehen nicht, was du schreibst oder wem.',
    ...(historyFor === 'owner'
      ? [
          'Wenn du dein Passwort vergisst und keinen Wiederherstellungscode hast, kann niemand mehr deine alten Nachrichten ' +
            'öffnen, wir am wenigsten.',
        ]
      : []),
  ],

  contactTitle: 'Wen du fragen kannst',
  contact: {
    support: 'Fragen und Hilfe',
    abuse: 'Beschwerden über jemanden hier',
    security: 'Schwachstellen, die du gefunden hast',
    admin: 'Die Betreiber des Dienstes',
  },
  noContact: 'Hier ist keine Adresse eingetragen. Frag die, von denen du dein Konto hast.',
}
