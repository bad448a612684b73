/** One person's life on the server, through every feature and every way to go wrong, from one address. */

import { request } from 'node:https'
import { Client, type ClientOptions, SignInRefused } from '../kit/client.ts'
import type { ServerProcess } from '../kit/server.ts'
import { escaped } from '../kit/tree.ts'
import { Wire } from '../kit/wire.ts'

export interface Marks {
  readonly address: string
  readonly password: string
  readonly secondPassword: string
  readonly wrongPassword: string
  readonly token: (secret: string) => unknown
}

const mechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']

export class Visit {
  readonly #server: ServerProcess
  readonly #marks: Marks
  readonly #friend: string
  password: string

  constructor(server: ServerProcess, marks: Marks, friend: string) {
    this.#server = server
    this.#marks = marks
    this.#friend = friend
    this.password = marks.password
  }

  async all(): Promise<void> {
    await this.signsUp()
    await this.signsInByEverything()
    await this.signsInWithAToken()
    await this.isRefused()
    await this.livesThere()
    await this.losesConnection()
    await this.misbehaves()
    await this.changesPassword()
    await this.speaksNoXmpp()
    await this.looksAtTheSite()
  }

  #connect(tls: ClientOptions['tls'] = 'direct'): Promise<Client> {
    return Client.connect({ ...this.#server, tls, localAddress: this.#marks.address })
  }

  async #in(mechanism = 'SCRAM-SHA-256'): Promise<Client> {
    const client = await this.#connect()
    await client.signIn({ username: 'romeo', password: this.password, mechanism })
    await client.bind('orchard')
    return client
  }

  /** XEP-0077, with the mistakes that people make: a taken name, a short password, the password in the wrong field. */
  async signsUp(): Promise<void> {
    const { password } = this.#marks
    for (const [username, chosen] of [
      ['romeo', password],
      ['romeo', password],
      ['another', password.slice(0, 3)],
      [password, password],
      ['no@name', password],
    ] as const) {
      const client = await this.#connect('starttls')
      const fields = `<username>${escaped(username)}</username><password>${escaped(chosen)}</password>`
      await client.ask('set', `<query xmlns='jabber:iq:register'>${fields}</query>`)
      await client.close()
    }
  }

  async signsInByEverything(): Promise<void> {
    for (const mechanism of mechanisms) {
      const client = await this.#connect(mechanism === 'PLAIN' ? 'starttls' : 'direct')
      await client.signIn({ username: 'romeo', password: this.password, mechanism })
      await client.bind()
      await client.close()
      const second = await this.#connect()
      await second.signIn2({ username: 'romeo', password: this.password, mechanism, inline: bind2 })
      await second.close()
    }
  }

  /** XEP-0484: asks for a token, comes back with it, comes back with a wrong one. */
  async signsInWithAToken(): Promise<void> {
    const mechanism = 'HT-SHA-256-NONE'
    const agent = "<user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'><software>Marked</software></user-agent>"
    const client = await this.#connect()
    const request = `${agent}<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>${bind2}`
    const success = await client.signIn2({ username: 'romeo', password: this.password, inline: request })
    const secret = success.need('token', 'urn:xmpp:fast:0').attr('token') ?? ''
    this.#marks.token(secret)
    await client.close()
    for (const token of [secret, this.#marks.wrongPassword]) {
      const again = await this.#connect()
      const attempt = again.signIn2({
        username: 'romeo',
        password: '',
        inline: agent + bind2,
        token: { mechanism, secret: token },
      })
      await (token === secret ? attempt : refused(attempt))
      await again.close()
    }
  }

  async isRefused(): Promise<void> {
    const { wrongPassword, password } = this.#marks
    for (const mechanism of mechanisms)
      for (const username of ['romeo', 'nobody', password])
        for (const by of ['signIn', 'signIn2'] as const) {
          const client = await this.#connect()
          await refused(client[by]({ username, password: wrongPassword, mechanism }))
          client.drop()
        }
    const client = await this.#connect()
    for (const data of [`*${wrongPassword}*`, Buffer.from(wrongPassword).toString('base64'), '=']) {
      client.sendRaw(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${data}</auth>`)
      await client.wire.next('refusal')
    }
    client.drop()
  }

  /** What an ordinary client does in a day. */
  async livesThere(): Promise<void> {
    const client = await this.#in()
    const friend = this.#friend
    await client.sm.enable({ resume: true })
    for (const [type, payload, to] of [
      ['get', "<query xmlns='jabber:iq:roster'/>"],
      [
        'set',
        `<query xmlns='jabber:iq:roster'><item jid='${friend}' name='Juliet'><group>Capulet</group></item></query>`,
      ],
      ['set', "<enable xmlns='urn:xmpp:carbons:2'/>"],
      ['set', "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'><url name='a'/></storage></query>"],
      ['get', "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"],
      ['set', "<vCard xmlns='vcard-temp'><FN>Romeo Montague</FN></vCard>"],
      ['get', "<vCard xmlns='vcard-temp'/>"],
      ['set', "<block xmlns='urn:xmpp:blocking'><item jid='tybalt@localhost'/></block>"],
      ['get', "<blocklist xmlns='urn:xmpp:blocking'/>"],
      ['set', "<unblock xmlns='urn:xmpp:blocking'/>"],
      ['get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", 'localhost'],
      ['get', "<query xmlns='http://jabber.org/protocol/disco#items'/>", 'localhost'],
      ['get', "<query xmlns='jabber:iq:version'/>", 'localhost'],
      ['get', "<time xmlns='urn:xmpp:time'/>", 'localhost'],
      ['get', "<query xmlns='jabber:iq:last'/>", 'localhost'],
      ['get', "<query xmlns='urn:example:unknown'/>", 'localhost'],
      ['get', "<ping xmlns='urn:xmpp:ping'/>", 'nobody@localhost'],
      ['get', "<ping xmlns='urn:xmpp:ping'/>", 'elsewhere.example'],
    ] as const)
      await client.ask(type, payload, to)
    client.send('<presence><status>Here</status></presence>')
    client.send(`<presence type='subscribe' to='${friend}'/>`)
    for (const type of ['chat', 'normal', 'headline', 'groupchat', 'error'])
      client.send(`<message to='${friend}' type='${type}'><body>O, I am fortune's fool!</body></message>`)
    client.send("<message to='romeo@localhost' type='chat'><body>To myself</body></message>")
    client.send("<message to='@@' type='chat'><body>To nobody</body></message>")
    client.send(
      `<message to='${friend}' type='chat'><body>${escaped(this.password)[0]}</body><store xmlns='urn:xmpp:hints'/></message>`,
    )
    client.sendRaw("<inactive xmlns='urn:xmpp:csi:0'/><active xmlns='urn:xmpp:csi:0'/>")
    await client.sm.flush()
    await client.close()
  }

  /** Resumes, fails to resume, and leaves messages behind. */
  async losesConnection(): Promise<void> {
    const first = await this.#in()
    await first.sm.enable({ resume: true })
    first.send('<presence/>')
    await first.ping()
    first.drop()
    const second = await this.#connect()
    await second.signIn({ username: 'romeo', password: this.password })
    await second.sm.resume(first.sm)
    await second.ping()
    second.drop()
    const third = await this.#in()
    await third.close()
  }

  /** Everything that ends a stream, with the password in the bytes where it could be quoted in a complaint. */
  async misbehaves(): Promise<void> {
    const secret = escaped(this.#marks.password)
    for (const bytes of [
      `<message id='${secret}' id='${secret}'/>`,
      `<!-- ${secret} -->`,
      `<${secret.replaceAll(/[^a-z]/gi, '')}/>`,
      `<gossip xmlns='${secret}'/>`,
      `<message><body>${secret.repeat(20_000)}`,
      `<iq type='${secret}' id='${secret}' to='${secret}'/>`,
      `${'<a>'.repeat(1000)}${secret}`,
    ]) {
      const client = await this.#in()
      client.sendRaw(`${bytes}</stream:stream>`)
      await client.wire.over()
      const stranger = await this.#connect()
      stranger.sendRaw(`${bytes}</stream:stream>`)
      await stranger.wire.over()
    }
  }

  async changesPassword(): Promise<void> {
    const { secondPassword, password } = this.#marks
    const client = await this.#in()
    const change = (chosen: string) =>
      client.ask(
        'set',
        `<query xmlns='jabber:iq:register'><username>romeo</username><password>${escaped(chosen)}</password></query>`,
        'localhost',
      )
    await change(password.slice(0, 3))
    await change(secondPassword)
    this.password = secondPassword
    await client.close()
    const again = await this.#in('PLAIN')
    await again.close()
    await this.#server.command(['account', 'passwd', 'romeo@localhost', '--password-stdin'], `${password}\n`)
    this.password = password
  }

  /** Connections that never become a stream. */
  async speaksNoXmpp(): Promise<void> {
    const { host, domain, ports } = this.#server
    const secret = escaped(this.#marks.password)
    const where = { host, domain, localAddress: this.#marks.address }
    for (const [port, bytes] of [
      [ports.c2s, `GET /?password=${secret} HTTP/1.1\r\n\r\n`],
      [ports.c2sTls, `USER ${secret}\r\n`],
      [
        ports.c2s,
        `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='${secret}'>`,
      ],
      [ports.c2sTls, Buffer.of(0x16, 3, 1, 0xff, 0xff)],
    ] as const) {
      const wire = await Wire.connect({ ...where, port })
      wire.write(bytes)
      wire.socket.end()
      // An alert of TLS is no XML, and just as good an end.
      await wire.over().catch(() => wire.drop())
    }
  }

  /** Every page, and forms filled in well and badly, with the password in every field. */
  async looksAtTheSite(): Promise<void> {
    const { password } = this.#marks
    const secret = encodeURIComponent(password)
    for (const path of ['/', '/de/', '/contact', '/privacy', '/your-domain', '/sign-up', '/build.json', '/sitemap.xml'])
      await this.#asks(path)
    for (const path of [`/${secret}`, `/sign-up?invitation=${secret}`, `/invite/${secret}`, `/privacy/${secret}`])
      await this.#asks(path)
    const all = { name: password, password, answer: password, token: password, text: password, reply: password }
    for (const path of ['/sign-up', '/contact', '/nowhere']) await this.#asks(path, all)
    const made = await this.#server.command(['invite', 'create', '--json'])
    const path = `${new URL(JSON.parse(made).landing).pathname}/sign-up`
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await this.#asks(path)) ?? []
    const welcome = await this.#asks(path, { token, name: 'balthasar', password })
    if (!welcome.includes('Welcome, balthasar')) throw new Error('Nobody could sign up on the site.')
  }

  #asks(path: string, fields?: Readonly<Record<string, string>>): Promise<string> {
    const { host, ports } = this.#server
    const form = fields && new URLSearchParams(fields).toString()
    const headers = {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }
    const method = form === undefined ? 'GET' : 'POST'
    const from = { localAddress: this.#marks.address, rejectUnauthorized: false }
    return new Promise((resolve, reject) => {
      const asking = request({ host, port: ports.https, path, method, headers, ...from }, answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () => resolve(text))
      })
      asking.on('error', reject)
      asking.end(form)
    })
  }

  /** XEP-0077#usecases-cancel */
  async leaves(): Promise<void> {
    const client = await this.#in()
    client.send("<iq type='set' id='bye'><query xmlns='jabber:iq:register'><remove/></query></iq>")
    await client.wire.over()
  }
}

const bind2 = "<bind xmlns='urn:xmpp:bind:0'><tag>Marked</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind>"

async function refused(attempt: Promise<unknown>): Promise<void> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof SignInRefused) return
    throw error
  }
  throw new Error('A sign-in with wrong credentials succeeded.')
}
