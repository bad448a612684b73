/** The settings of the mail server that the service sends its two kinds of letters through. */

import { parseMailAddress } from '../protocol/mail-address.ts'
import { hostName, oneOf, type Setting, section, whole } from './kit.ts'

/** A word for another program: a user name, a password. */
function word(said: { readonly help: string; readonly secret?: true }): Setting<string> {
  return {
    ...said,
    default: '',
    allowed: 'a text of at most 200 characters',
    read: value =>
      typeof value === 'string' && value.length <= 200 && !/[\u0000-\u001f\u007f]/.test(value)
        ? value
        : { refused: 'has to be a text of at most 200 characters, without line ends' },
    fromText: text => text,
  }
}

/** An address of e-mail; '' for none. */
function mailAddress(said: { readonly help: string }): Setting<string> {
  return {
    ...said,
    default: '',
    allowed: 'an e-mail address',
    read: value =>
      value === '' || (typeof value === 'string' && parseMailAddress(value) === value)
        ? value
        : { refused: 'has to be an e-mail address, such as "no-reply@example.org"' },
    fromText: text => text,
  }
}

export const mail = section(
  'Mail',
  'The mail server through which people confirm an address for a lost password, and recover it. The service sends these two ' +
    'kinds of letters and no others; without a host it sends none, and nobody can give an address.',
  {
    host: hostName({ default: '', help: 'Your mail server for outgoing mail (SMTP submission).' }),
    port: whole({ default: 587, min: 1, max: 65_535, help: 'Its port: usually 587 with STARTTLS, 465 with TLS.' }),
    tls: oneOf({
      default: 'starttls',
      words: ['starttls', 'tls', 'none'],
      help:
        'How the connection is encrypted: "starttls" begins in plain text and insists on TLS before anything is said, "tls" ' +
        'encrypts from the first byte. "none" is taken for a mail server on this machine only.',
    }),
    user: word({ help: 'The name to sign in with there; without it nobody signs in.' }),
    secret: word({ help: 'The password for that. It is never shown again.', secret: true }),
    from: mailAddress({
      help:
        'The address that letters come from. What cannot be delivered comes back there, with the address it was for: ' +
        'have it thrown away.',
    }),
  },
)
