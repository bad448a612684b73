/**
 * The door for the command line while the service runs: a socket in the data directory that only the service's own user
 * can open. One JSON object a line each way: `{"command":"…","arguments":…}` is answered by `{"value":…}` or
 * `{"refused":"a sentence"}`; what is long comes as any number of `{"piece":…}` before that. Whoever holds the socket is the one running service of that data directory.
 */

import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { dirname, join, relative } from 'node:path'
import type { Log } from './log.ts'

/** Resolves with the answer; or with {@link Pieces}, which are sent as fast as they are taken. */
export type Handler = (request: Readonly<Record<string, unknown>>) => Promise<unknown>

/** An answer in pieces, each small. Whoever asked may go away before the end: then the iteration is ended. */
export class Pieces {
  readonly each: AsyncIterable<unknown>

  constructor(each: AsyncIterable<unknown>) {
    this.each = each
  }
}

/** A sentence for the person at the command line. Everything else that is thrown is told as a mistake of ours. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** Another service runs on the same data. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning'
}

/** Longest line either side takes. Answers list accounts, so they may be longer than requests. */
const requestBytes = 65_536
const answerBytes = 64 * 1_048_576
const connectionsAtOnce = 16
const silenceMs = 60_000

export interface ControlServer {
  close(): Promise<void>
}

export function controlSocket(dataDirectory: string): string {
  return join(dataDirectory, 'control.sock')
}

/** Systems take some hundred bytes for the path of a socket, so the shorter way of saying it is taken. */
function addressOf(socketFile: string): string {
  const fromHere = relative(process.cwd(), socketFile)
  const address = Buffer.byteLength(fromHere) < Buffer.byteLength(socketFile) ? fromHere : socketFile
  if (Buffer.byteLength(address) <= 100) return address
  throw new Refused(
    `The path ${socketFile} is too long for a socket. Choose a data directory with a shorter path, or start from nearer to it.`,
  )
}

/**
 * Opens the door. A socket that a killed service left behind is replaced; one that answers means that a service is
 * running on this data directory, and `AlreadyRunning` is thrown.
 */
export async function serveControl(
  dataDirectory: string,
  handlers: Readonly<Record<string, Handler>>,
  log: Log,
): Promise<ControlServer> {
  const socketFile = controlSocket(dataDirectory)
  const address = addressOf(socketFile)
  mkdirSync(dirname(socketFile), { recursive: true, mode: 0o700 })
  if (await somebodyAnswers(address)) {
    throw new AlreadyRunning(
      `Another Sotto is running on the data in ${dataDirectory}. Stop it first, or give this one another service.data.`,
    )
  }
  rmSync(socketFile, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    attend(socket, handlers, log)
  })
  server.maxConnections = connectionsAtOnce
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Between listen and chmod only the directory's permissions guard the socket, hence the mask.
    const before = process.umask(0o177)
    server.listen(address, resolve)
    process.umask(before)
  })
  chmodSync(socketFile, 0o600)
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function somebodyAnswers(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function attend(socket: Socket, handlers: Readonly<Record<string, Handler>>, log: Log): void {
  socket.setTimeout(silenceMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  let last = Promise.resolve()
  eachLine(socket, requestBytes, line => {
    last = last.then(async () => {
      for await (const answer of answersTo(line, handlers, log)) {
        if (socket.destroyed) return
        if (!socket.write(`${JSON.stringify(answer)}\n`)) await hasRoom(socket)
      }
    })
  })
}

/** Resolves when more can be written, or nothing any more. */
function hasRoom(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const go = () => {
      socket.off('drain', go)
      socket.off('close', go)
      resolve()
    }
    socket.on('drain', go)
    socket.on('close', go)
    if (socket.destroyed) go()
  })
}

async function* answersTo(
  line: string,
  handlers: Readonly<Record<string, Handler>>,
  log: Log,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const request = objectIn(line)
  const command = request?.command
  const given = request?.arguments ?? {}
  if (typeof command !== 'string' || typeof given !== 'object' || !Object.hasOwn(handlers, command)) {
    yield { refused: 'The running service does not know this command. Is it of the same version as this program?' }
    return
  }
  try {
    const value = await handlers[command]!(given as Record<string, unknown>)
    if (value instanceof Pieces) for await (const piece of value.each) yield { piece }
    yield { value: value instanceof Pieces ? null : (value ?? null) }
  } catch (error) {
    if (!(error instanceof Refused)) log.bug('a command failed', error)
    yield {
      refused:
        error instanceof Refused
          ? error.message
          : 'The running service could not do this because of a mistake in it. Its log says where.',
    }
  }
}

/** Calls for each whole line; a line above `most` bytes ends the connection. */
function eachLine(socket: Socket, most: number, take: (line: string) => void): void {
  let parts: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      const line = Buffer.concat(parts).toString('utf8')
      parts = []
      size = 0
      start = end + 1
      take(line)
    }
    size += chunk.length - start
    if (size > most) socket.destroy()
    else if (start < chunk.length) parts.push(chunk.subarray(start))
  })
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The other side of the door: what the command line holds while a service runs. */
export interface ControlClient {
  /** `take` is given the pieces of an answer, one after the other. Throws `Refused` with the service's sentence. */
  ask(command: string, request?: Readonly<Record<string, unknown>>, take?: Take): Promise<unknown>
  close(): void
}

export type Take = (piece: unknown) => unknown

/** Connects to the service that runs on a data directory; undefined if none does. */
export async function openControl(dataDirectory: string): Promise<ControlClient | undefined> {
  const socket = createConnection(addressOf(controlSocket(dataDirectory)))
  const problem = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
    socket.once('connect', () => resolve(undefined))
    socket.once('error', resolve)
  })
  if (problem?.code === 'ENOENT' || problem?.code === 'ECONNREFUSED') return undefined
  if (problem !== undefined) {
    throw new Refused(
      `The service that runs on ${dataDirectory} cannot be reached (${problem.code}). Run this command as the user that runs the service.`,
    )
  }
  const waiting: Asked[] = []
  let last = Promise.resolve()
  eachLine(socket, answerBytes, line => {
    const answer = objectIn(line) ?? {}
    const asked = 'piece' in answer ? waiting[0] : waiting.shift()
    if (asked === undefined) return
    if (!('piece' in answer)) {
      last = last.then(() => asked.resolve(answer))
      return
    }
    // Nothing more is read than is taken.
    socket.pause()
    last = last
      .then(() => asked.take?.(answer.piece))
      .then(
        () => void socket.resume(),
        error => {
          asked.reject(error)
          socket.destroy()
        },
      )
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0))
      reject(new Refused('The service stopped before it answered. Try again.'))
  })
  return {
    ask: async (command, request = {}, take) => {
      const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
        waiting.push({ resolve, reject, take })
        socket.write(`${JSON.stringify({ command, arguments: request })}\n`)
      })
      if (typeof answer.refused === 'string') throw new Refused(answer.refused)
      return answer.value
    },
    close: () => void socket.destroy(),
  }
}

interface Asked {
  resolve(answer: Record<string, unknown>): void
  reject(error: unknown): void
  readonly take: Take | undefined
}
