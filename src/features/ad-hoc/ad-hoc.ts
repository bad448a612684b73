/** XEP-0050: Ad-Hoc Commands. What features let people do by forms; the commands themselves are the features'. */

import { parseForm, ReceivedForm } from '../../protocol/data-forms.ts'
import { domainJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import { Problem, problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import type { Command, Outcome, Stage } from '../../routing/command.ts'
import { type Feature, iqSet, type Question, type ServerNode, xep } from '../../routing/feature.ts'
import { Executions } from './executions.ts'

const ns = 'http://jabber.org/protocol/commands'

export interface AdHocParts {
  /** All features; asked for once they are all there. */
  features(): readonly Feature[]
  randomId(): string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Action = 'execute' | 'next' | 'prev' | 'complete' | 'cancel'
const actions: ReadonlySet<string> = new Set<Action>(['execute', 'next', 'prev', 'complete', 'cancel'])

export const adHoc = ({ features, randomId, now }: AdHocParts): Feature => {
  let known: ReadonlyMap<string, Command> | undefined
  const commands = (): ReadonlyMap<string, Command> => {
    known ??= byNode(features().flatMap(feature => feature.commands ?? []))
    return known
  }
  const executions = new Executions({ now, randomId })

  async function command(question: Question): Promise<Element> {
    const { payload, from } = question
    const node = payload.attr('node') ?? ''
    const asked = payload.attr('action') ?? 'execute'
    const found = commands().get(node)
    if (found === undefined || from === undefined) throw problem('item-not-found', 'There is no such command.')
    if (!found.allows(question)) throw problem('forbidden', 'This command is not for you.')
    if (!actions.has(asked)) throw refusal('bad-request', 'malformed-action', 'There is no such action.')
    const id = payload.attr('sessionid')
    if (id === undefined) {
      if (asked !== 'execute') throw refusal('bad-request', 'bad-action', 'A command begins by being executed.')
      return told(node, undefined, from, await found.begin(question))
    }
    const stages = executions.find(id, from, node)
    if (stages === undefined) {
      throw refusal('not-allowed', 'session-expired', 'This took too long, or it is over. Please begin again.')
    }
    return proceed(question, node, id, stages, asked as Action)
  }

  async function proceed(
    question: Question,
    node: string,
    id: string,
    stages: readonly Stage[],
    action: Action,
  ): Promise<Element> {
    const from = question.from!
    if (action === 'cancel') {
      executions.end(id)
      return xml('command', { xmlns: ns, node, sessionid: id, status: 'canceled' })
    }
    if (action === 'prev') {
      const back = stages.slice(0, -1)
      if (back.length === 0) throw refusal('bad-request', 'bad-action', 'This is the first form.')
      executions.keep(id, from, node, back)
      return showing(node, id, back)
    }
    const stage = stages.at(-1)!
    const wanted = stage.last ? 'complete' : 'next'
    if (action !== 'execute' && action !== wanted) {
      throw refusal('bad-request', 'bad-action', 'That cannot be done at this point.')
    }
    const x = question.payload.child('x', NS.dataForms)
    const filled = x === undefined ? new ReceivedForm('submit', new Map()) : parseForm(x)
    if (filled === undefined) throw refusal('bad-request', 'bad-payload', 'The form is not understood.')
    return told(node, { id, stages }, from, await stage.submit(filled, question))
  }

  /** Tells an outcome; `before` is what led there. */
  function told(
    node: string,
    before: { id: string; stages: readonly Stage[] } | undefined,
    from: NonNullable<Question['from']>,
    outcome: Outcome,
  ): Element {
    const id = before?.id ?? executions.newId()
    if ('done' in outcome) {
      executions.end(id)
      return xml('command', { xmlns: ns, node, sessionid: id, status: 'completed' }, notes(outcome), outcome.form)
    }
    const stages = [...(before?.stages ?? []), outcome]
    if (!executions.keep(id, from, node, stages)) {
      throw problem('resource-constraint', 'Too many commands are open at the moment. Please try again in a while.')
    }
    return showing(node, id, stages)
  }

  function listed(question: Question): ServerNode {
    const allowed = [...commands().values()].filter(each => each.allows(question))
    return {
      info: [xml('identity', { category: 'automation', type: 'command-list', name: 'Commands' }), feature(ns)],
      items: allowed.map(({ node, name }) => ({ jid: domainJid(question.domain), node, name })),
    }
  }

  return {
    name: 'ad-hoc commands',
    implements: [xep(50, '1.3.0', 'complete')],
    advertises: { server: [ns] },
    answers: [
      iqSet(`{${ns}}command`, ['server'], async question => {
        try {
          return await command(question)
        } catch (thrown) {
          throw thrown instanceof Problem ? about(thrown, question.payload) : thrown
        }
      }),
    ],
    serverNode(node, question) {
      if (node === ns) return listed(question)
      const found = commands().get(node)
      if (found === undefined || !found.allows(question)) return undefined
      return {
        info: [
          xml('identity', { category: 'automation', type: 'command-node', name: found.name }),
          feature(ns),
          feature(NS.dataForms),
        ],
        items: [],
      }
    },
  }
}

function showing(node: string, id: string, stages: readonly Stage[]): Element {
  const stage = stages.at(-1)!
  const forward = stage.last ? 'complete' : 'next'
  return xml(
    'command',
    { xmlns: ns, node, sessionid: id, status: 'executing' },
    xml('actions', { execute: forward }, stages.length > 1 ? xml('prev') : undefined, xml(forward)),
    notes(stage),
    stage.form,
  )
}

function notes(outcome: Outcome): Element[] {
  return (outcome.notes ?? []).map(({ type, text }) => xml('note', { type }, text))
}

function feature(name: string): Element {
  return xml('feature', { var: name })
}

/** XEP-0050#desc-errors */
function refusal(condition: 'bad-request' | 'not-allowed', extra: string, tell: string): Problem {
  return problem(condition, tell, { extra: xml(extra, { xmlns: ns }) })
}

/**
 * XEP-0050#impl-i18n shows a refusal beside the command that it is about. slixmpp finds by it which execution was refused;
 * what was filled in does not come back.
 */
function about(refused: Problem, command: Element): Problem {
  const [node, sessionid] = [command.attr('node'), command.attr('sessionid')]
  return refused.showing(xml('command', { xmlns: ns, node, sessionid }))
}

function byNode(all: readonly Command[]): ReadonlyMap<string, Command> {
  const map = new Map(all.map(command => [command.node, command]))
  if (map.size < all.length) throw new Error('Two commands have the same node.')
  return map
}
