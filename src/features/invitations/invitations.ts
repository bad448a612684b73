/**
 * XEP-0401: Easy User Onboarding. Who has an account invites a friend with one link; the link leads to a page, the page
 * into an app, and the app to an account and to the friend.
 */
import type { LocalDomains } from '../../accounts/domains.ts'
import { invitationLinks } from '../../accounts/invitation-links.ts'
import type { Invitations, InvitationTerms } from '../../accounts/invitations.ts'
import type { Limiter } from '../../operations/limits.ts'
import { form } from '../../protocol/data-forms.ts'
import { type BareJid, domainOf, prepareLocalpart, registrable } from '../../protocol/jid.ts'
import { problem } from '../../protocol/problems.ts'
import { type Command, type Completed, ownPeople } from '../../routing/command.ts'
import { type Feature, type Question, xep } from '../../routing/feature.ts'

export interface InvitationsFeatureParts {
  readonly invitations: Invitations
  readonly limiter: Limiter
  readonly domains: LocalDomains
  /** Days on which an invitation is good. */
  readonly days: number
  isAdmin(question: Question): boolean
  /** Where the people of a domain reach the HTTPS port from outside; undefined where there is none. */
  webAddress(domain: string): string | undefined
}

const means = 'urn:xmpp:invite#invitation'

export const invitations = (parts: InvitationsFeatureParts): Feature => {
  const { limiter, domains, days, isAdmin } = parts

  /** Whether somebody may invite people to make accounts, at their own domain. */
  const mayAdmit = (question: Question): boolean => {
    const domain = domainOf(question.session!.account.jid)
    if (domain !== question.domain || domains.setting(domain, 'registration') === 'closed') return false
    return domains.setting(domain, 'usersMayInvite') || isAdmin(question)
  }

  async function invite(
    question: Question,
    terms: Omit<InvitationTerms, 'domain' | 'uses' | 'days'>,
  ): Promise<Completed> {
    const { jid } = question.session!.account
    const domain = domainOf(jid)
    if (!limiter.allow('invite', jid)) {
      throw problem('resource-constraint', 'You have invited too many people today. Please go on tomorrow.')
    }
    const made = await parts.invitations.create({ ...terms, domain, uses: 1, days })
    if (!made.done) {
      throw made.because === 'name taken'
        ? problem('conflict', 'This name is already taken.')
        : problem('resource-constraint', 'Too many of your invitations are open. Wait until some are used or over.')
    }
    return { done: true, form: result(made.token, made.last, terms, jid) }
  }

  function result(
    token: string,
    last: string,
    terms: Omit<InvitationTerms, 'domain' | 'uses' | 'days'>,
    host: BareJid,
  ): Completed['form'] & {} {
    const domain = domainOf(host)
    const { uri, landing } = invitationLinks({ ...terms, token, domain, host }, parts.webAddress(domain))
    const field = (name: string, label: string, value: string) => ({
      name,
      type: 'text-single' as const,
      label,
      values: [value],
    })
    return form({
      type: 'result',
      means,
      fields: [
        field('uri', 'The invitation, for an app', uri),
        ...(landing === undefined ? [] : [field('landing-url', 'The same, for a browser', landing)]),
        // Good until the day is over (XEP-0082).
        field('expire', 'Good until', `${last}T23:59:59Z`),
      ],
    })
  }

  /** A friend who has an account somewhere becomes a contact; one who has none may make one, where that is allowed. */
  const userInvitation: Command = {
    node: 'urn:xmpp:invite#invite',
    name: 'Invite a friend',
    allows: ownPeople,
    begin: question =>
      invite(question, {
        host: question.session!.account.id,
        befriends: true,
        admits: mayAdmit(question),
      }),
  }

  const accountCreation: Command = {
    node: 'urn:xmpp:invite#create-account',
    name: 'Invite somebody to an account',
    allows: question => ownPeople(question) && mayAdmit(question),
    begin: () => ({
      last: true,
      form: form({
        type: 'form',
        means: 'urn:xmpp:invite#create-account',
        title: 'Invite somebody to an account',
        fields: [
          {
            name: 'username',
            type: 'text-single',
            label: 'User name',
            explains: 'It is kept for your guest. Leave it empty to let them choose.',
          },
          {
            name: 'roster-subscription',
            type: 'boolean',
            label: 'Become contacts',
            explains: 'You and your guest will be on each other’s contact list.',
            values: ['0'],
          },
        ],
      }),
      submit(filled, question) {
        const wanted = filled.value('username') ?? ''
        const localpart = wanted === '' ? undefined : prepareLocalpart(wanted)
        const unfit = wanted === '' ? true : 'This user name cannot be used.'
        const fit = localpart === undefined ? unfit : registrable(localpart)
        if (fit !== true) throw problem('not-acceptable', fit)
        return invite(question, {
          host: question.session!.account.id,
          befriends: filled.flag('roster-subscription') === true,
          admits: true,
          ...(localpart === undefined ? {} : { localpart }),
        })
      },
    }),
  }

  return {
    name: 'invitations',
    implements: [xep(401, '0.6.0', 'complete')],
    commands: [userInvitation, accountCreation],
  }
}
