/** XEP-0352: Client State Indication. A phone in a pocket is not woken for presence and typing. */
import { xml } from '../../protocol/xml/element.ts'
import { type ClientStream, type Feature, xep } from '../../routing/feature.ts'
import type { Session } from '../../routing/session.ts'
import { QuietGate } from './gate.ts'

const ns = 'urn:xmpp:csi:0'

export const clientState: Feature = {
  name: 'client-state',
  implements: [xep(352, '1.0.0', 'complete')],
  offers: [xml('csi', { xmlns: ns })],
  stream: [
    { element: `{${ns}}inactive`, handle: ({ session }: ClientStream) => void (session && becomeInactive(session)) },
    { element: `{${ns}}active`, handle: ({ session }: ClientStream) => void (session && becomeActive(session)) },
  ],
  bind: [
    {
      feature: ns,
      request: `{${ns}}inactive`,
      enable(_stream, session) {
        becomeInactive(session)
        return undefined
      },
    },
  ],
  // XEP-0352#sm: a resumed stream is active until its client says otherwise, so nothing stays behind the gate.
  sessions: { waiting: becomeActive },
}

function becomeInactive(session: Session): void {
  session.gate ??= new QuietGate(session)
}

function becomeActive(session: Session): void {
  const { gate } = session
  session.gate = undefined
  if (gate instanceof QuietGate) gate.open()
}
