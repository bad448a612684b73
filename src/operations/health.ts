/** Whether the service lives and is ready to serve, and the small HTTP server that says so to the machine's monitoring. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './metrics.ts'

export interface HealthReport {
  /** True whenever there is somebody to answer. */
  readonly live: true
  /** Whether new clients should be sent here. */
  readonly ready: boolean
  /** Each thing that was looked at: "ok", or what is wrong with it. */
  readonly checks: Readonly<Record<string, string>>
}

/** What has to be well for the service to be ready. Ready means that every check says `ok` and nobody said `drain`. */
export class Health {
  readonly #checks = new Map<string, () => boolean>()
  #draining = false

  /** Adds something to look at. The name is a literal of the code and is shown to whoever asks. */
  check(name: string, isWell: () => boolean): void {
    this.#checks.set(name, isWell)
  }

  /** From now on the service is leaving: alive, but no place for new clients. */
  drain(): void {
    this.#draining = true
  }

  report(): HealthReport {
    const checks: Record<string, string> = {}
    for (const [name, isWell] of this.#checks) checks[name] = looksWell(isWell) ? 'ok' : 'failed'
    if (this.#draining) checks.service = 'stopping'
    return { live: true, ready: Object.values(checks).every(said => said === 'ok'), checks }
  }
}

function looksWell(isWell: () => boolean): boolean {
  try {
    return isWell()
  } catch {
    return false
  }
}

export interface OperationsServer {
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves `GET /health` (200 when ready, 503 when not; both mean alive), `GET /health/live` (200 always) and
 * `GET /metrics`. Rejects with the system's error when the port cannot be had.
 */
export async function serveOperations(
  where: { readonly address: string; readonly port: number },
  parts: { readonly health: Health; readonly metrics: Metrics },
): Promise<OperationsServer> {
  const server = createServer(
    { maxHeaderSize: 4096, requestTimeout: 10_000, headersTimeout: 5_000 },
    (request, response) => answer(request, response, parts),
  )
  server.maxConnections = 50
  server.keepAliveTimeout = 5_000
  await listening(server, where)
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(
  server: Server,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { health, metrics }: { readonly health: Health; readonly metrics: Metrics },
): void {
  const path = request.url?.split('?')[0]
  response.setHeader('cache-control', 'no-store')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    send(response, 405, 'text/plain', 'Only GET is understood here.\n')
  } else if (path === '/health') {
    const report = health.report()
    send(response, report.ready ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`)
  } else if (path === '/health/live') {
    send(response, 200, 'application/json', '{"live":true}\n')
  } else if (path === '/metrics') {
    send(response, 200, 'application/openmetrics-text; version=1.0.0; charset=utf-8', metrics.text())
  } else {
    send(response, 404, 'text/plain', 'There are /health and /metrics here.\n')
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
