/**
 * XEP-0133: Service Administration, for accounts with the role admin: as much of it as the promises allow. There is no
 * command that tells when somebody was here, whom they know, or what they write: none of it is known, or anybody's business.
 */
import { type Account, type Accounts, type Changed, type Created, jidOf } from '../../accounts/accounts.ts'
import type { Marks } from '../../accounts/marks.ts'
import { type Field, form, type ReceivedForm } from '../../protocol/data-forms.ts'
import { type BareJid, domainOf, parseBareJid } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { announce, onlineIn } from '../../routing/announcement.ts'
import type { Command, Completed } from '../../routing/command.ts'
import { type Feature, type Question, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'

export interface AdministrationParts {
  readonly post: Post
  readonly accounts: Accounts
  readonly marks: Marks
  isAdmin(question: Question): boolean
}

const means = 'http://jabber.org/protocol/admin'

/** Accounts that one form may name. */
const mostAtOnce = 100

export const administration = ({ post, accounts, marks, isAdmin }: AdministrationParts): Feature => {
  const asking = (
    name: string,
    title: string,
    fields: readonly Field[],
    act: (filled: ReceivedForm, question: Question) => Promise<Completed>,
  ): Command => ({
    node: `${means}#${name}`,
    name: title,
    allows: isAdmin,
    begin: () => ({ last: true, form: form({ type: 'form', means, title, fields }), submit: act }),
  })

  const telling = (
    name: string,
    title: string,
    field: string,
    count: (domain: string) => Promise<number>,
  ): Command => ({
    node: `${means}#${name}`,
    name: title,
    allows: isAdmin,
    begin: async ({ domain }) => ({
      done: true,
      form: form({
        type: 'result',
        means,
        title,
        fields: [{ name: field, type: 'text-single', label: title, values: [String(await count(domain))] }],
      }),
    }),
  })

  async function accountIn(jid: BareJid): Promise<Account> {
    const account = await accounts.findJid(jid)
    if (account === undefined) throw problem('item-not-found', 'There is no such account.')
    return account
  }

  /** Those whom a form names, all of whom have to be there before anything is done. */
  async function chosen(filled: ReceivedForm, question: Question): Promise<readonly Account[]> {
    // Named twice is named once: the second time there would be no such account any more.
    const jids = [...new Set(filled.values('accountjids').map(text => addressIn(text, question)))]
    if (jids.length === 0) throw problem('not-acceptable', 'No account was named.')
    if (jids.length > mostAtOnce)
      throw problem('not-acceptable', `No more than ${mostAtOnce} accounts at once, please.`)
    if (jids.includes(question.session!.account.jid)) throw problem('not-allowed', 'Not your own account.')
    return Promise.all(jids.map(accountIn))
  }

  async function add(filled: ReceivedForm, question: Question): Promise<Completed> {
    const jid = addressIn(filled.value('accountjid') ?? '', question)
    insist(await accounts.create(jid, newPassword(filled), 'operator'))
    return done('The account is there.')
  }

  async function changePassword(filled: ReceivedForm, question: Question): Promise<Completed> {
    const jid = addressIn(filled.value('accountjid') ?? '', question)
    await accountIn(jid)
    insist(await accounts.setPassword(jid, filled.value('password') ?? '', 'operator'))
    return done('The password is changed.')
  }

  async function remove(filled: ReceivedForm, question: Question): Promise<Completed> {
    let erased = true
    for (const account of await chosen(filled, question)) {
      const removed = await accounts.remove(jidOf(account))
      insist(removed)
      if (removed.done && removed.due !== undefined) erased = false
    }
    return done(
      erased
        ? 'Nobody can sign in any more, and everything is erased.'
        : 'Nobody can sign in any more. Everything is erased when the days are over in which this can be undone.',
    )
  }

  const disabling = (on: boolean) => async (filled: ReceivedForm, question: Question) => {
    for (const account of await chosen(filled, question)) await marks.set(account, 'disabled', on)
    return done(on ? 'Nobody can sign in any more.' : 'The owners can sign in again.')
  }

  async function tellEverybody(filled: ReceivedForm, { domain }: Question): Promise<Completed> {
    const text = filled.values('announcement').join('\n').trim()
    if (text === '') throw problem('not-acceptable', 'There is nothing to announce.')
    const reached = announce(post, domain, text)
    return done(reached === 1 ? 'One account was told.' : `${reached} accounts were told.`)
  }

  const one: Field = { name: 'accountjid', type: 'jid-single', label: 'The address of the account', required: true }
  const several: Field = {
    name: 'accountjids',
    type: 'jid-multi',
    label: 'The addresses of the accounts',
    required: true,
  }
  const password: Field = { name: 'password', type: 'text-private', label: 'The password', required: true }

  return {
    name: 'administration',
    implements: [
      xep(133, '1.3.1', 'partial', 'accounts, counts and announcements; nothing that tells about what people do'),
    ],
    commands: [
      asking(
        'add-user',
        'Add an account',
        [one, password, { ...password, name: 'password-verify', label: 'The password once more' }],
        add,
      ),
      asking('delete-user', 'Delete accounts and everything kept about them', [several], remove),
      asking('disable-user', 'Let nobody sign in to accounts', [several], disabling(true)),
      asking('reenable-user', 'Let the owners of disabled accounts sign in again', [several], disabling(false)),
      asking('change-user-password', 'Give an account another password', [one, password], changePassword),
      telling(
        'get-registered-users-num',
        'Accounts',
        'registeredusersnum',
        async domain => (await accounts.list(domain)).length,
      ),
      telling('get-disabled-users-num', 'Disabled accounts', 'disabledusersnum', async domain => {
        const all = await accounts.list(domain)
        return all.filter(({ id }) => marks.has(id, 'disabled')).length
      }),
      telling(
        'get-online-users-num',
        'Accounts online',
        'onlineusersnum',
        async domain => onlineIn(post, domain).length,
      ),
      asking(
        'announce',
        'Tell something to everybody who is online',
        [{ name: 'announcement', type: 'text-multi', label: 'The announcement', required: true }],
        tellEverybody,
      ),
    ],
  }
}

/** Who looks after one domain has no say in another. */
function addressIn(text: string, { domain }: Question): BareJid {
  const jid = parseBareJid(text)
  if (jid === undefined) throw problem('jid-malformed', 'That is not the address of an account.')
  if (domainOf(jid) !== domain) throw problem('forbidden', `Only accounts of ${domain} can be looked after here.`)
  return jid
}

function newPassword(filled: ReceivedForm): string {
  const password = filled.value('password') ?? ''
  if (filled.has('password-verify') && filled.value('password-verify') !== password) {
    throw problem('not-acceptable', 'The two passwords differ.')
  }
  return password
}

function insist(result: Created | Changed): void {
  if (result.done) return
  const condition = { taken: 'conflict', unknown: 'item-not-found', busy: 'resource-constraint' } as const
  const { because, tell } = result
  throw problem(because in condition ? condition[because as keyof typeof condition] : 'not-acceptable', tell)
}

function done(text: string): Completed {
  return { done: true, notes: [{ type: 'info', text }] }
}
