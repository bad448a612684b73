/**
 * What the public compliance tester asks, asked the same way: it signs in by SCRAM-SHA-1 after STARTTLS, binds the
 * resource `caas`, asks for the roster, and never sends presence. "The server" is the domain, "the account" its own bare
 * address.
 */

import { connect as connectTls } from 'node:tls'
import { Client } from '../kit/client.ts'
import type { ServerProcess } from '../kit/server.ts'
import { Tree } from '../kit/tree.ts'

const discoInfo = 'http://jabber.org/protocol/disco#info'
const discoItems = 'http://jabber.org/protocol/disco#items'

export interface Info {
  readonly identities: readonly string[]
  readonly features: readonly string[]
  readonly tree: Tree
}

export class Tester {
  readonly server: ServerProcess
  readonly client: Client
  readonly jid: string
  /** Of every `<stream:features/>` of the session: the names of what they hold, as `{namespace}name`. */
  readonly seen: ReadonlySet<string>

  static async signsIn(server: ServerProcess, username: string, password: string): Promise<Tester> {
    const client = await Client.connect(server)
    const seen = new Set(names(client.features))
    await client.signIn({ username, password, mechanism: 'SCRAM-SHA-1' })
    for (const name of names(client.features)) seen.add(name)
    await client.bind('caas')
    await client.ask('get', "<query xmlns='jabber:iq:roster'/>")
    return new Tester(server, client, `${username}@${server.domain}`, seen)
  }

  /** What somebody sees who has only just arrived. */
  static async beforeSignIn(server: ServerProcess): Promise<readonly string[]> {
    const client = await Client.connect(server)
    client.drop()
    return names(client.features)
  }

  private constructor(server: ServerProcess, client: Client, jid: string, seen: ReadonlySet<string>) {
    this.server = server
    this.client = client
    this.jid = jid
    this.seen = seen
  }

  async info(of: string): Promise<Info> {
    const answer = await this.client.ask('get', `<query xmlns='${discoInfo}'/>`, of)
    const tree = answer.child('query', discoInfo) ?? new Tree('query', discoInfo, {})
    const named = (name: string) => tree.elements().filter(each => each.name === name)
    return {
      identities: named('identity').map(each => `${each.attr('category')}/${each.attr('type')}`),
      features: named('feature').map(each => each.attr('var') ?? ''),
      tree,
    }
  }

  async items(): Promise<readonly string[]> {
    const answer = await this.client.ask('get', `<query xmlns='${discoItems}'/>`, this.server.domain)
    return answer
      .need('query')
      .elements()
      .map(each => each.attr('jid') ?? '')
  }

  /** Whether the domain or one of its services has a feature. */
  async anywhere(feature: string): Promise<boolean> {
    const asked = [this.server.domain, ...(await this.items())].map(each => this.info(each))
    return (await Promise.all(asked)).some(({ features }) => features.includes(feature))
  }

  async onServer(feature: string): Promise<boolean> {
    return (await this.info(this.server.domain)).features.includes(feature)
  }

  async onAccount(feature: string): Promise<boolean> {
    return (await this.info(this.jid)).features.includes(feature)
  }

  leaves(): void {
    this.client.drop()
  }
}

function names(features: Tree): string[] {
  return features.elements().map(each => `{${each.ns}}${each.name}`)
}

/** The first bytes of the answer to a stream header over direct TLS, with the certificate checked against this one. */
export function overDirectTls(server: ServerProcess, certificate: string): Promise<{ alpn: string; answer: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: server.host,
      port: server.ports.c2sTls,
      servername: server.domain,
      ca: certificate,
      ALPNProtocols: ['xmpp-client'],
    })
    socket.setTimeout(1000, () => socket.destroy(new Error('It said nothing within a second.')))
    socket.on('error', reject)
    socket.on('secureConnect', () =>
      socket.write(
        `<?xml version='1.0'?><stream:stream to='${server.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
      ),
    )
    socket.once('data', bytes => {
      resolve({ alpn: String(socket.alpnProtocol), answer: bytes.toString().slice(0, 21) })
      socket.destroy()
    })
  })
}
