import type { StreamProblem } from '../protocol/problems.ts'

/** The way to a client that is connected now: a TCP stream, a WebSocket, a BOSH session. Made by `connections`. */
export interface Link {
  /** Queues serialised stanzas; the link paces and bounds what waits. Each can wait for company for as long as it has patience. */
  send(text: string, patienceMs?: number): void
  /** Runs `then` once everything sent so far has been handed to the network; never if the link breaks before. */
  whenWritten(then: () => void): void
  /** Bytes that wait to be written. */
  readonly waitingBytes: number
  /** Runs `then` once nothing waits any longer; at once if nothing does. */
  whenDrained(then: () => void): void
  /** Ends the stream, with an error where there is a reason for one. */
  close(problem?: StreamProblem): void
  /** Stops and resumes reading from the client. */
  pause(): void
  resume(): void
}
