import type { AddressInfo, Server } from 'node:net'

/** Begins to listen. @returns the port. Rejects with an Error that says what to do. */
export function listening(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (cause: NodeJS.ErrnoException) => reject(new Error(whyNot(cause.code, port, address), { cause }))
    server.once('error', refused)
    server.listen(port, address, () => {
      server.removeListener('error', refused)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function whyNot(code: string | undefined, port: number, address: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Another program already listens on port ${port} of ${address}. Stop it or choose another port under [listen].`
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose one above 1023 under [listen], or allow it to.`
    case 'EADDRNOTAVAIL':
      return `This machine does not have the address ${address}. Correct listen.address.`
    default:
      return `Listening on port ${port} of ${address} failed (${code ?? 'no reason given'}).`
  }
}
