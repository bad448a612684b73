/** A mail server on this machine, as far as a program that hands in letters needs one (RFC 5321). It keeps what it is given. */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface Letter {
  readonly from: string
  readonly to: readonly string[]
  /** Header lines as they came, unfolded. */
  readonly headers: readonly string[]
  /** The text, decoded. */
  readonly text: string
}

/** What it says to certain recipients, instead of taking the letter. */
export type Refusing = (recipient: string) => string | undefined

export interface MailServerTls {
  /** `tls`: from the first byte on (RFC 8314). `starttls`: when it is asked for (RFC 3207). */
  readonly when: 'tls' | 'starttls'
  readonly certificate: string
  readonly key: string
}

export class MailServer {
  readonly letters: Letter[] = []
  /** Every line that a client sent, apart from letters. */
  readonly lines: string[] = []
  refusing: Refusing = () => undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #taken = new Set<Letter>()
  #waiting: { readonly to: string; take(letter: Letter): void }[] = []

  readonly #tls: MailServerTls | undefined

  private constructor(tls: MailServerTls | undefined) {
    this.#tls = tls
    this.#server = createServer(socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => undefined)
      if (tls?.when === 'tls') this.#attend(encrypted(socket, tls), true)
      else this.#attend(socket, false)
    })
  }

  static async open(tls?: MailServerTls): Promise<MailServer> {
    const server = new MailServer(tls)
    await new Promise<void>(listening => server.#server.listen(0, '127.0.0.1', listening))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The next letter to somebody that was not asked for yet. */
  next(to: string): Promise<Letter> {
    const letter = this.letters.find(each => each.to.includes(to) && !this.#taken.has(each))
    if (letter === undefined) return new Promise(take => this.#waiting.push({ to, take }))
    this.#taken.add(letter)
    return Promise.resolve(letter)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(closed => this.#server.close(closed))
  }

  #attend(socket: Socket, isEncrypted: boolean, greets = true): void {
    socket.on('error', () => undefined)
    const say = (line: string) => socket.write(`${line}\r\n`)
    let from = ''
    let to: string[] = []
    let data: string[] | undefined
    let begun = ''
    if (greets) say('220 mail.example ESMTP')
    socket.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (begun + piece).split('\r\n')
      begun = lines.pop() ?? ''
      for (const line of lines) {
        if (data !== undefined) {
          if (line !== '.') data.push(line.replace(/^\./, ''))
          else {
            this.#got(letterOf(from, to, data))
            data = undefined
            say('250 taken')
          }
          continue
        }
        this.lines.push(line)
        const [verb = ''] = line.toUpperCase().split(/[ :]/)
        if (verb === 'EHLO') {
          const starts = this.#tls?.when === 'starttls' && !isEncrypted
          say(
            `250-mail.example\r\n${starts ? '250-STARTTLS\r\n' : ''}${isEncrypted ? '250-AUTH PLAIN\r\n' : ''}250 8BITMIME`,
          )
        } else if (verb === 'AUTH') say('235 welcome')
        else if (verb === 'STARTTLS' && this.#tls?.when === 'starttls') {
          socket.removeAllListeners('data')
          say('220 go on')
          this.#attend(encrypted(socket, this.#tls), true, false)
          return
        } else if (verb === 'MAIL') {
          from = addressIn(line)
          to = []
          say('250 sender taken')
        } else if (verb === 'RCPT') {
          const refusal = this.refusing(addressIn(line))
          if (refusal === undefined) to.push(addressIn(line))
          say(refusal ?? '250 recipient taken')
        } else if (verb === 'DATA') {
          data = []
          say('354 go on')
        } else if (verb === 'QUIT') {
          say('221 goodbye')
          socket.end()
        } else say('250 ok')
      }
    })
  }

  #got(letter: Letter): void {
    this.letters.push(letter)
    const first = this.#waiting.find(({ to }) => letter.to.includes(to))
    if (first === undefined) return
    this.#waiting = this.#waiting.filter(waits => waits !== first)
    this.#taken.add(letter)
    first.take(letter)
  }
}

function encrypted(socket: Socket, { certificate, key }: MailServerTls): Socket {
  return new TLSSocket(socket, { isServer: true, cert: certificate, key })
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? ''
}

function letterOf(from: string, to: readonly string[], lines: readonly string[]): Letter {
  const end = lines.indexOf('')
  const headers = lines
    .slice(0, end)
    .join('\r\n')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const body = lines.slice(end + 1).join('\n')
  const coded = headers.some(line => /^content-transfer-encoding: quoted-printable$/i.test(line))
  return { from, to, headers, text: coded ? unquoted(body) : body }
}

/** RFC 2045 §6.7 */
function unquoted(text: string): string {
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
