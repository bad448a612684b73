/** XEP-0215: External Service Discovery. Where the server is that helps calls through firewalls, and a password for it. */
import { problem } from '../../protocol/problems.ts'
import { type Element, xml } from '../../protocol/xml/element.ts'
import { type Feature, iqGet, type Question, xep } from '../../routing/feature.ts'
import { type Credentials, credentials } from './credentials.ts'

export interface ExternalServicesParts {
  readonly turn: {
    /** '' for none. */
    readonly host: string
    readonly port: number
    readonly tlsPort: number | false
    /** '' for STUN alone. */
    readonly secret: string
    readonly lifetimeSeconds: number
  }
  /** Milliseconds since 1970. */
  now(): number
}

const ns = 'urn:xmpp:extdisco:2'

interface External {
  readonly type: 'stun' | 'turn' | 'turns'
  readonly transport: 'udp' | 'tcp'
  readonly port: number
}

export const externalServices = ({ turn, now }: ExternalServicesParts): Feature => {
  const known = servicesOf(turn)

  const element = ({ type, transport, port }: External, login: Credentials | undefined): Element => {
    const given = type === 'stun' ? undefined : login
    return xml('service', {
      type,
      transport,
      host: turn.host,
      port,
      restricted: type === 'stun' ? undefined : true,
      username: given?.username,
      password: given?.password,
      expires: given?.expires,
    })
  }

  /** XEP-0215#all, XEP-0215#select */
  function services({ payload, session }: Question): Element {
    if (session === undefined) throw problem('forbidden', 'This is for people who have an account here.')
    const type = payload.attr('type')
    const login = credentials(turn.secret, turn.lifetimeSeconds, now())
    const asked = known.filter(service => type === undefined || service.type === type)
    return xml(
      'services',
      { xmlns: ns, type },
      asked.map(service => element(service, login)),
    )
  }

  /** XEP-0215#credentials */
  function passwords({ payload, session }: Question): Element {
    if (session === undefined) throw problem('forbidden', 'This is for people who have an account here.')
    const [wanted, second] = payload.elements()
    const host = wanted?.attr('host')
    const type = wanted?.attr('type')
    if (wanted === undefined || second !== undefined || host === undefined || type === undefined) {
      throw problem('bad-request', 'Ask for one service, with its host and type.')
    }
    const port = wanted.attr('port')
    const found = known.filter(
      service =>
        service.type !== 'stun' &&
        service.type === type &&
        host === turn.host &&
        (port === undefined || port === String(service.port)),
    )
    if (found.length === 0) throw problem('item-not-found', 'There is no such service, or it needs no password.')
    const login = credentials(turn.secret, turn.lifetimeSeconds, now())
    return xml(
      'credentials',
      { xmlns: ns },
      found.map(service => element(service, login)),
    )
  }

  return {
    name: 'external services',
    implements: [xep(215, '1.0.0', 'complete', 'STUN and TURN')],
    ...(known.length === 0
      ? {}
      : {
          advertises: { server: [ns] },
          answers: [iqGet(`{${ns}}services`, ['server'], services), iqGet(`{${ns}}credentials`, ['server'], passwords)],
        }),
  }
}

function servicesOf({ host, port, tlsPort, secret }: ExternalServicesParts['turn']): External[] {
  if (host === '') return []
  const stun: External[] = [{ type: 'stun', transport: 'udp', port }]
  if (secret === '') return stun
  return [
    ...stun,
    { type: 'turn', transport: 'udp', port },
    { type: 'turn', transport: 'tcp', port },
    ...(tlsPort === false ? [] : [{ type: 'turns', transport: 'tcp', port: tlsPort } as const]),
  ]
}
