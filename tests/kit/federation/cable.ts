/** What lies between two servers: a connection that can be cut, or go silent, at any moment. */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class Cable {
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  #silent = false
  /** Connections that came so far. */
  count = 0

  private constructor(port: number) {
    this.#server = createServer(near => {
      this.count++
      const far = connect(port, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#ends.add(from)
        from.on('data', bytes => {
          if (!this.#silent) to.write(bytes)
        })
        from.on('error', () => undefined)
        from.on('close', () => {
          this.#ends.delete(from)
          to.destroy()
        })
      }
    })
  }

  /** A way to a port on this machine. */
  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port)
    await new Promise<void>(resolve => cable.#server.unref().listen(0, '127.0.0.1', resolve))
    return cable
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on nothing that is sent arrives, on connections that are there and on new ones. */
  falls(silent = true): void {
    this.#silent = silent
  }

  /** All connections break; new ones pass again, unless they are to be as silent as before. */
  cut(staysSilent = false): void {
    this.#silent = staysSilent
    for (const end of this.#ends) end.destroy()
  }

  close(): void {
    this.#server.close()
    this.cut()
  }
}
