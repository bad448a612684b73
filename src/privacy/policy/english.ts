import type { Wording } from './wording.ts'

const withAccount = 'With your account at the latest.'

const byDevices = 'Your own devices.'

const byOwner =
  'Only you. It is sealed the moment it arrives, and what opens it is locked with your password or your recovery code. While ' +
  'a device of yours is signed in, or may come back without your password, the keys are in the memory of the program, and ' +
  'for about a minute after something has come for you; then they are wiped. Without your password those who run the ' +
  'service cannot open it, not even with all of their disks.'

const days = (count: number): string => (count === 1 ? 'one day' : `${count} days`)

export const english: Wording = {
  title: ({ domain }) => `Privacy at ${domain}`,
  opening: ({ domain }) => [
    'We save as much as needed and as little as possible. This page says what ' +
      `${domain} keeps about you: why, for how long, who can read it, and what erases it.`,
    'It is written by the program that runs the service, from the list that its storage is made of and from the settings ' +
      'in force. What is not on this page has no place where it could be kept. Those who run the service can have that ' +
      'proved at any time, with the command “sotto audit”.',
  ],

  short: 'In short',
  promises: {
    P1: () =>
      'Of your account we keep the user name, something that recognises your password without being it, and the day the ' +
      'account was made. You need no e-mail address, no telephone number, and no name but your user name.',
    P2: () =>
      'You can give an e-mail address, to recover a lost password and for nothing else. It is not stored: we keep only what ' +
      'recognises it when you type it again, so that nobody can write to you.',
    P3: () => 'Messages that come while you are away wait for you. Once a device of yours has them, they wait no more.',
    P4: () =>
      'Your message history is kept for you, so that a new device finds it. That is also so where your app encrypts.',
    P5: () => 'If you want no history, switch it off in your app: from the next message on, none is written.',
    P6: () =>
      'Files that you share are there for whoever has the link, and sealed with it: without the link nobody can open them, ' +
      'we neither.',
    P7: () => 'Your contacts are yours: nobody gets into your list, or you into theirs, unless one of you asks for it.',
    P8: facts =>
      `Messages${facts.keeps('files') ? ' and files' : ''} are erased after ${days(facts.days)} at the latest. That time can be ` +
      'shortened' +
      (facts.keeps('retention') ? '; it is never made longer without telling you first.' : '.'),
    P9: () =>
      'Your IP address is never stored, nor anything that could be concluded from it, such as where you are. The program ' +
      'knows it while you are connected and forgets it afterwards.',
    P10: () =>
      'It is not stored when you sign in or use the service. Apart from the times that belong to your messages, nothing ' +
      'that is kept knows more than the day.',
    P13: ({ sealed, graceDays, keeps }) =>
      (graceDays === 0
        ? 'If you delete your account, everything about you is erased with it, your messages too. '
        : `If you delete your account, nobody can sign in to it any more, and after ${days(graceDays)} in which you can think ` +
          'again, everything about you is erased with it, your messages too. ') +
      `What is erased is overwritten${
        sealed ? ', and the key to it destroyed, so that a forgotten copy cannot be opened either' : ''
      }.${
        keeps('tombstones')
          ? ' Only a fingerprint of your address stays, so that nobody else can ever be taken for you.'
          : ''
      }`,
    P15: () =>
      'What you write is nobody’s business here, and no program’s either: nothing is searched, scanned, previewed or ' +
      'analysed.',
    P16: () =>
      'We advise you to encrypt from end to end, with OMEMO. Many apps can, and the service does what they need for it: on all ' +
      'your devices, and also with people who are not your contacts yet.',
  },

  thingsTitle: 'What is kept about you',
  thingsOpening: ({ sealed }) => [
    'This is all of it. Much of it is there only if you or your apps put it there: who has no visiting card has none here.',
    sealed
      ? 'What is for your own devices is encrypted on the disk, with a key that belongs to your account alone. The program ' +
        'opens it when they ask for it; a copy of the data without the keys, which are kept apart from it, shows nothing.'
      : 'What is for your own devices is given to nobody else. It is not encrypted on the disk, unless by your app: those who ' +
        'run the service could read it there.',
  ],
  names: { holds: 'This is', why: 'Why', kept: 'How long', read: 'Who can read it', erased: 'What erases it' },
  things: {
    account: () => ({
      what: 'Your account',
      holds:
        'Your user name, the name of the service, the day the account was made, and a random number that stands for you in ' +
        'everything else.',
      why: 'So that you can be reached, and nobody else under your name.',
      kept: 'As long as you have the account.',
      read: 'The program and those who run it. The name is part of your address, so everybody knows it whom you give that.',
      erased: 'Deleting the account.',
    }),
    password: ({ sealed }) => ({
      what: 'In place of your password',
      holds: 'Values that tell whether a password is the right one. The password itself is never stored, in no form.',
      why: 'So that only you can sign in.',
      kept: 'Until you change the password.',
      read: sealed
        ? 'The program alone; on the disk they are encrypted with a key that belongs to your account.'
        : 'The program, and those who run it. They would have to guess: a long password cannot be found that way.',
      erased: `A new password. ${withAccount}`,
    }),
    email: () => ({
      what: 'In place of your e-mail address',
      holds:
        'If you gave one: a fingerprint of it, made with a secret of the service and different for each account. The address ' +
        'cannot be read from it; with that secret one can only try whether it is a certain one, and slowly.',
      why: 'So that you can choose a new password if you forget yours. For that you type the address again.',
      kept: 'Until you remove it or give another.',
      read: 'The program. Nobody can write to you.',
      erased: `You, on the account pages. ${withAccount}`,
    }),
    codes: () => ({
      what: 'Codes at sign-in',
      holds: 'If you switched them on: the secret that your app for such codes has, too.',
      why: 'So that your password alone is not enough for the account pages.',
      kept: 'Until you switch them off.',
      read: 'The program.',
      erased: `You, on the account pages. ${withAccount}`,
    }),
    contacts: () => ({
      what: 'Your contacts',
      holds:
        'Their addresses, the names and groups you gave them, who may see whether you are online, and requests that you ' +
        'have not answered yet.',
      why: 'So that all your devices show the same list, and only those see you whom you allowed to.',
      kept: 'Until you remove a contact or answer a request.',
      read: byDevices,
      erased: `You, in your app. ${withAccount}`,
    }),
    blocked: () => ({
      what: 'Whom you blocked',
      holds: 'Their addresses.',
      why: 'So that you hear nothing from them.',
      kept: 'Until you unblock them.',
      read: byDevices,
      erased: `You, in your app. ${withAccount}`,
    }),
    apps: () => ({
      what: 'What your apps put away',
      holds: 'Settings, bookmarks and the like: whatever your apps want to find again. We do not look into it.',
      why: 'So that your apps are the same on all your devices.',
      kept: 'Until your apps replace or empty it.',
      read: byDevices,
      erased: `Your apps. ${withAccount}`,
    }),
    card: () => ({
      what: 'Your visiting card',
      holds: 'What you write on it: a name, a picture, whatever you like. You need not have one.',
      why: 'So that others know whom they have before them.',
      kept: 'Until you replace or empty it.',
      read: 'Everybody who asks for it. That is what it is for.',
      erased: `You, in your app. ${withAccount}`,
    }),
    published: () => ({
      what: 'What your apps publish',
      holds:
        'Your picture, a nickname, the public keys of your devices for encryption and the like. With it goes who may read it, and ' +
        'who asked to be told of changes.',
      why: 'So that others see your picture, and can write to you encrypted.',
      kept: 'Until your apps replace or remove it.',
      read: 'Those whom you or your app allow it: everybody, or your contacts.',
      erased: `You, in your app. ${withAccount}`,
    }),
    phones: () => ({
      what: 'How to wake your phone',
      holds: 'The address of your app’s own server, the name it gave your phone, and which of your devices that is.',
      why:
        'So that a phone whose app sleeps hears of messages and calls. The app’s server is told that there is something: ' +
        'not from whom, not what, not how much.',
      kept: 'Until your app switches it off, or its server no longer knows your phone.',
      read: 'This service, for waking it.',
      erased: `Your apps. ${withAccount}`,
    }),
    invitations: () => ({
      what: 'Your invitations',
      holds: 'That you invited somebody, the name you kept for them, and until which day. The link itself is not kept.',
      why: 'So that your guests are let in, and become your contacts.',
      kept: 'Until the guest has come, or two days after the last day.',
      read: 'This service, for letting them in.',
      erased: `Your guest, or the time. ${withAccount}`,
    }),
    marks: () => ({
      what: 'A mark, for very few',
      holds: 'That an account may look after others, or that it is disabled, and why. Nearly all accounts have none.',
      why: 'So that those who run the service can share the work, and stop misuse.',
      kept: 'Until those who run the service take it away.',
      read: 'The program and those who run it.',
      erased: `Those who run the service. ${withAccount}`,
    }),
    domainWish: () => ({
      what: 'A domain that you would like to have',
      holds: 'If you asked for one: which, and on what day.',
      why: 'So that those who run the service can answer you.',
      kept: 'Until they have, or you take it back.',
      read: 'Those who run the service.',
      erased: `You, or those who run the service. ${withAccount}`,
    }),
    reports: facts => ({
      what: 'What you report',
      holds:
        'If you report somebody while blocking them: whom, why, and what you write and attach. Nothing is added to it.',
      why: 'So that those who run the service can act against spam and abuse.',
      kept: `Until it is dealt with, ${days(facts.days)} at most.`,
      read: 'Those who run the service.',
      erased: `Those who run the service, or the time. ${withAccount}`,
    }),
    history: facts => ({
      what: 'Your message history',
      holds:
        'Messages that you wrote or got. With whom, when and what: all of that is inside the seal. Outside of it one sees ' +
        'that there is a message of yours, from which day, and about how long.',
      why: 'So that you find your conversations on every device, also on a new one.',
      kept: `${days(facts.days)} at most. Then the whole day is thrown away at once.`,
      read: facts.historyFor === 'owner' ? byOwner : byDevices,
      erased: `The time. ${withAccount}`,
    }),
    memberships: () => ({
      what: 'The group chats that you belong to',
      holds:
        'Which rooms of this service you own, look after, belong to or are banned from, and the nick that you have reserved there; of ' +
        'a room its name, its configuration, its picture, its subject and the invitations that are open. Outside of the seal one sees how many rooms there are and ' +
        'how many people belong to each: not who, nor which room.',
      why: 'So that a room knows who may enter and who has a say. Who is in a room at the moment is in memory only.',
      kept: 'As long as you belong to the room.',
      read: 'Those who are in the room, as far as its owners allow it. The program opens it for them.',
      erased:
        'The admins of the room, or you yourself. It goes with your account; a room that you owned alone passes to another ' +
        'who looks after it, or ends.',
    }),
    rooms: facts => ({
      what: 'What you say in group chats',
      holds:
        'What you write in rooms of this service that keep a history, with your address and the time. Outside of the seal one ' +
        'sees that something was said in a room, on which day, and about how long it is: not by whom.',
      why: 'So that those who belong to a room find there what was said while they were away.',
      kept: `${days(facts.days)} at most, and not at all in rooms whose owners have switched it off.`,
      read:
        'Whoever may enter the room. The program opens it for them, so whoever runs the service and has its keys could, too, ' +
        'unless your app encrypts.',
      erased:
        'The time, the moderators of the room, or the end of the room. With your account what opens your words is destroyed, ' +
        'in all rooms here; what others have said stays.',
    }),
    waiting: facts => ({
      what: 'Messages that wait for you',
      holds:
        'Messages to you that no device of yours has yet. Outside of them only the day is noted, so that they can expire.',
      why: 'So that nothing is lost while you are away.',
      kept: `Until a device of yours has them, ${days(facts.days)} at most.`,
      read: facts.historyFor === 'owner' ? 'Only you, as with your history.' : byDevices,
      erased: `Their delivery, or the time. ${withAccount}`,
    }),
    files: facts => ({
      what: 'Files that you share',
      holds:
        'What you upload, sealed together with its name and its kind. The key is in the link, and the link is not kept. ' +
        'Outside of the seal one sees that there is a file of yours, from which day, and how large.',
      why: 'So that those to whom you send the link can fetch it, also when you are away.',
      kept: `${days(facts.days)} at most; less, if your app asks for less.`,
      read: 'Whoever has the link. The program opens a file only when somebody comes with it.',
      erased: `You, with the command “My files” of your app. The time. ${withAccount}`,
    }),
    preferences: () => ({
      what: 'With whom you want a history, and for how long',
      holds:
        'What you have set about it: with everybody, with your contacts or with nobody, whom you made an exception of, and ' +
        'whether your messages and files go sooner than those of others.',
      why: 'So that it is kept as you want it, also while none of your devices is there.',
      kept: 'Until you change it.',
      read: byDevices,
      erased: `You, in your app. ${withAccount}`,
    }),
    keys: ({ historyFor }) => ({
      what: 'Keys',
      holds:
        'A random key for what is private in your account, and a pair of keys for your messages: one that seals them and one ' +
        'that opens them.',
      why: 'So that what is kept can be read by those only for whom it is meant.',
      kept: 'As long as the account, or until a password that was reset makes new ones necessary.',
      read:
        historyFor === 'server'
          ? 'The program.'
          : 'The key that opens your messages: only you, for it is locked with your password. The others: the program.',
      erased: 'Deleting the account: they are destroyed before everything else.',
    }),
    gone: () => ({
      what: 'What stays when you have left',
      holds:
        'A fingerprint of your address, made with a secret of the service. The address cannot be read from it; with that secret ' +
        'one can only try whether a certain address was once here.',
      why: 'So that nobody else gets your address and what is meant for you.',
      kept: 'For good.',
      read: 'The program.',
      erased: 'Nothing.',
    }),
  },

  choicesTitle: 'What you can do',
  choices: ({ openToAll, historyFor, keeps }) => [
    openToAll
      ? 'Make an account, right in your app. All you need is a name and a password.'
      : 'Get an account from those who run this service. All it needs is a name and a password.',
    'Change your password, in your app or on the account pages. What recognised the old one is erased.',
    ...(keeps('archive-preferences')
      ? ['Decide in your app of whom a history is kept: of all, of your contacts, of nobody.']
      : []),
    ...(historyFor === 'owner'
      ? [
          'Make a recovery code on the account pages, and keep it in a drawer: it opens your history if you forget the password. We have no copy of it.',
        ]
      : []),
    'See on the account pages how much there is of each of the things above.',
    ...(keeps('own_retention')
      ? ['Have your messages and files erased sooner, or your history at once, on the account pages.']
      : []),
    'Take a copy of what you, your apps and your contacts left here. You type your password, and get a file that you can ' +
      `read and that other services can take in, if you want to move.${
        keeps('files') ? ' Uploaded files are not in it: only their links open them, and you have those.' : ''
      }`,
    'Delete your account, in your app or on the account pages.',
  ],

  limitsTitle: 'What we cannot promise',
  limits: ({ historyFor }) => [
    'What you send is also with those you send it to. Their devices, and the services they use, keep it by rules of their own. ' +
      'What you say in a group chat is with everybody in it, and what is erased here does not leave their devices.',
    'Whoever runs a service could change its program. If your app encrypts from end to end, what you write is safe from that ' +
      'too: then it passes through here encrypted, and is kept encrypted.',
    'The networks between you and us see that you are connected to us. They do not see what you write, or to whom.',
    ...(historyFor === 'owner'
      ? [
          'If you forget your password and have no recovery code, nobody can open your old messages any more, and we least of all.',
        ]
      : []),
  ],

  contactTitle: 'Whom to ask',
  contact: {
    support: 'Questions and help',
    abuse: 'Complaints about somebody here',
    security: 'Weaknesses you have found',
    admin: 'Those who run the service',
  },
  noContact: 'No address has been set here. Ask whoever gave you your account.',
}
