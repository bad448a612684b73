/**
 * XEP-0191: Blocking Command. Nothing passes between the owner of a block list and those on it. Who blocks somebody may say
 * why (XEP-0377).
 */
import { blockedByOwner, covers } from '../../accounts/blocklist.ts'
import type { Complaint } from '../../accounts/reports.ts'
import { seesOwner } from '../../accounts/roster.ts'
import type { Log } from '../../operations/log.ts'
import { bareOf, isFull, type Jid, parseJid } from '../../protocol/jid.ts'
import { ownCopy } from '../../protocol/own-copy.ts'
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { LocalAccount } from '../../routing/account.ts'
import { type Feature, iqGet, iqSet, type Question, xep } from '../../routing/feature.ts'
import type { Post } from '../../routing/post.ts'
import { hideFrom, learnFrom, presenceOf, showTo } from '../../routing/presence.ts'
import { pushTo } from '../../routing/roster-push.ts'
import { complaintIn, reporting } from './complaint.ts'

export interface BlockingParts {
  readonly post: Post
  readonly log: Log
  /** Addresses on one block list. */
  readonly maxBlocked?: number
  /** Somebody was reported while being blocked. */
  reported(account: LocalAccount, complaint: Complaint): void | Promise<void>
}

const ns = 'urn:xmpp:blocking'

export const blocking = ({ post, log, maxBlocked = 2_000, reported }: BlockingParts): Feature => {
  async function block(account: LocalAccount, jids: readonly Jid[]): Promise<void> {
    const { blocklist } = account
    if (jids.length === 0) throw problem('bad-request', 'Blocking needs at least one address.')
    if (jids.some(jid => bareOf(jid) === account.jid)) throw problem('not-allowed', 'You cannot block yourself.')
    const added = new Set<Jid>(jids.filter(jid => !blocklist.has(jid)))
    if (blocklist.size + added.size > maxBlocked) throw problem('resource-constraint', 'Your block list is full.')
    leave(post, account, added)
    await blocklist.add([...added])
  }

  async function unblock(account: LocalAccount, jids: readonly Jid[]): Promise<void> {
    const { blocklist } = account
    const removed = jids.filter(jid => blocklist.has(jid))
    if (removed.length === 0) return
    const before = new Set(blocklist.all())
    await blocklist.remove(removed)
    comeBack(post, account, before)
  }

  /** XEP-0377#blocking: whoever wanted to block is told what came of that, whatever becomes of the report. */
  async function report(account: LocalAccount, payload: Element, jids: readonly Jid[]): Promise<void> {
    try {
      for (const [at, item] of payload.elements().entries()) {
        const complaint = complaintIn(item, jids[at]!)
        if (complaint !== undefined) await reported(account, complaint)
      }
    } catch (thrown) {
      log.error('a report that came with a block could not be kept', undefined, thrown)
    }
  }

  return {
    name: 'blocking',
    implements: [xep(191, '1.3', 'complete'), xep(377, '0.4.1', 'complete')],
    advertises: { server: [ns, reporting], account: [ns] },
    answers: [
      iqGet(`{${ns}}blocklist`, ['self'], question => {
        const account = owner(question)
        if (question.session !== undefined) question.session.wantsBlocklist = true
        return xml('blocklist', { xmlns: ns }, account.blocklist.all().map(itemElement))
      }),
      iqSet(`{${ns}}block`, ['self'], async question => {
        const account = owner(question)
        const jids = itemsOf(question.payload)
        await block(account, jids)
        push(account, xml('block', { xmlns: ns }, jids.map(itemElement)))
        await report(account, question.payload, jids)
      }),
      iqSet(`{${ns}}unblock`, ['self'], async question => {
        const account = owner(question)
        const jids = itemsOf(question.payload)
        // XEP-0191#unblockall: no item means everybody, and is told as that.
        await unblock(account, jids.length === 0 ? account.blocklist.all() : jids)
        push(account, xml('unblock', { xmlns: ns }, jids.map(itemElement)))
      }),
    ],
    message: {
      screen({ side, account, from, to }) {
        if (side === 'sending') return account.blocklist.blocks(to) ? blockedByOwner() : undefined
        // XEP-0191#block: as if the account were not there.
        return account.blocklist.blocks(from) ? problem('service-unavailable') : undefined
      },
    },
  }
}

function owner({ account }: Question): LocalAccount {
  if (account === undefined) throw problem('forbidden', 'A block list belongs to an account.')
  return account
}

function itemsOf(payload: Element): Jid[] {
  return payload.elements().map(item => {
    const text = item.is('item', ns) ? item.attr('jid') : undefined
    if (text === undefined) throw problem('bad-request', 'Each item needs an address.')
    const jid = parseJid(text)
    if (jid === undefined) throw problem('jid-malformed', 'That is not an address.')
    return ownCopy(jid)
  })
}

function itemElement(jid: Jid): Element {
  return xml('item', { jid })
}

function push(account: LocalAccount, payload: Element): void {
  pushTo(
    account.sessions.filter(session => session.wantsBlocklist),
    payload,
  )
}

/** XEP-0191#block: for those about to be blocked, the account's devices go away. */
function leave(post: Post, account: LocalAccount, added: ReadonlySet<Jid>): void {
  const { roster, blocklist, sessions } = account
  const begins = (jid: Jid): boolean => covers(added, jid) && !blocklist.blocks(jid)
  for (const item of roster.all()) if (seesOwner(item) && begins(item.jid)) hideFrom(post, account, item.jid)
  const devices = [...added].filter(jid => isFull(jid) && roster.isSeenBy(bareOf(jid)) && !blocklist.blocks(jid))
  for (const session of [...sessions]) {
    const gone = presenceOf(session.jid, 'unavailable')
    if (session.available) for (const device of devices) post.route(gone.with({ to: device }), session.jid, device)
    for (const to of (session.directed ?? []) as Iterable<Jid>) {
      if (!begins(to)) continue
      session.directed?.delete(to)
      post.route(gone.with({ to }), session.jid, to)
    }
  }
}

/** XEP-0191#unblock: those who are no longer blocked see the account's devices again, and are seen. */
function comeBack(post: Post, account: LocalAccount, before: ReadonlySet<Jid>): void {
  const { roster, blocklist, sessions } = account
  const ended = (jid: Jid): boolean => covers(before, jid) && !blocklist.blocks(jid)
  for (const { jid, subscription } of roster.all()) {
    if (subscription === 'none' || !ended(jid)) continue
    if (subscription !== 'to') showTo(post, account, jid)
    if (subscription !== 'from')
      learnFrom(
        post,
        account,
        jid,
        sessions.filter(({ available }) => available),
      )
  }
  for (const device of before) {
    if (!isFull(device) || !roster.isSeenBy(bareOf(device)) || !ended(device)) continue
    for (const { presence, jid } of [...sessions]) {
      if (presence !== undefined) post.route(presence.with({ to: device }), jid, device)
    }
  }
}
