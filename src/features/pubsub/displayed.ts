/** XEP-0490#server-assist: “displayed up to here” that travels with a message is taken off it and published. */
import { parseForm } from '../../protocol/data-forms.ts'
import { parseJid } from '../../protocol/jid.ts'
import { NS } from '../../protocol/namespaces.ts'
import type { LocalAccount } from '../../routing/account.ts'
import type { Passing } from '../../routing/feature.ts'
import { known } from './names.ts'
import type { PubsubService } from './service.ts'
import { authorization, setSubscription, tellSubscriber } from './subscribers.ts'

/** Takes it off the message, before anybody keeps or copies that. @returns what is done about it meanwhile */
export function takeDisplayed(service: PubsubService, passing: Passing): Promise<void> | undefined {
  const { message, account, to } = passing
  const displayed = message.child('displayed', known.displayed)
  if (displayed === undefined) return undefined
  passing.message = message.with(
    {},
    message.children.filter(child => child !== displayed),
  )
  return service.publish(account, known.displayed, [{ id: to, payload: displayed }])
}

/** XEP-0060#owner-subreq: the owner's answer to a request. @returns what is done about it meanwhile */
export function takeAuthorization(
  service: PubsubService,
  { message, account, to }: Passing,
): Promise<void> | undefined {
  const x = to === account.jid ? message.child('x', NS.dataForms) : undefined
  const form = x && parseForm(x)
  if (form?.type !== 'submit' || form.means !== authorization) return undefined
  const jid = parseJid(form.value('pubsub#subscriber_jid') ?? '')
  const allow = form.flag('pubsub#allow') === true
  return answer(service, account, form.value('pubsub#node') ?? '', jid, allow)
}

async function answer(
  service: PubsubService,
  account: LocalAccount,
  name: string,
  jid: ReturnType<typeof parseJid>,
  allow: boolean,
): Promise<void> {
  const shelf = await service.shelf(account)
  const node = shelf.get(name)
  // XEP-0060#owner-subreq: only who has asked, and waits.
  if (node === undefined || jid === undefined || node.subscriptions.get(jid)?.state !== 'pending') return
  await setSubscription(service, shelf, node, jid, allow ? 'subscribed' : undefined)
  tellSubscriber(service, account, node, jid)
}
