/** What an import took, and what it left: everything in a file is counted on one side or the other. */

/** What is wrong with a file. */
export type Unreadable = 'not xml' | 'not this format' | 'too large' | 'cut off'

/** Things of one kind. */
export interface Tally {
  taken: number
  /** There was something in its place already, which stays. */
  there: number
  /** Not taken: not allowed here, too large, or of no use. */
  left: number
}

/** Why none is begun; 'leaving': the account is about to be deleted. */
export type NoImport = 'unknown' | 'leaving' | 'underway' | 'busy'

export interface ImportReport {
  /** The account in the file, as it names it; '' where there is none. */
  from: string
  /** Further accounts in the file, which were passed over. */
  others: number
  contacts: Tally & {
    /** Contacts who were asked whether they may be seen. */
    asked: number
    /** Contacts who could not be asked now: too many at once. */
    unasked: number
  }
  card: Tally
  /** Private elements of apps. */
  settings: Tally
  /** What apps had published: items. */
  published: Tally
  /** Items that make sense at the old service only: keys of devices, marks in an archive. */
  bound: number
  blocked: Tally
  history: Tally & {
    /** Older than messages are kept. */
    old: number
    /** Not older than what the history has already. */
    overlapping: number
    /** Of kinds, or with people, of whom nothing is kept here. */
    unwanted: number
    /** Nothing can be put before the history that is here, until that has expired or was emptied. */
    shut: number
  }
  waiting: Tally
  /** People who asked the old address, and wait for an answer. */
  requests: number
  /** Elements that mean nothing to this server. */
  unknown: number
  /** The file could not be read to its end; 'ended': since the account is being deleted. */
  broken: Unreadable | 'too long' | 'too slow' | 'ended' | undefined
}

const tally = (): Tally => ({ taken: 0, there: 0, left: 0 })

export function emptyReport(): ImportReport {
  return {
    from: '',
    others: 0,
    contacts: { ...tally(), asked: 0, unasked: 0 },
    card: tally(),
    settings: tally(),
    published: tally(),
    bound: 0,
    blocked: tally(),
    history: { ...tally(), old: 0, overlapping: 0, unwanted: 0, shut: 0 },
    waiting: tally(),
    requests: 0,
    unknown: 0,
    broken: undefined,
  }
}
