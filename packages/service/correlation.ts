/**
 * The work at hand, carried through every await by AsyncLocalStorage: its correlation id, from a request (HTTP header, gRPC
 * metadata, worker message) to each log line, reply and onward call that it causes, and who asked for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

const VALID = /^[A-Za-z0-9._-]{1,64}$/

/** A call that is being answered. */
export interface Asking {
  readonly id: string
  /** The name of its identity, once it is known. */
  who?: string
  /** That it was answered with so far. */
  rows?: number
}

const storage = new AsyncLocalStorage<Asking>()

/** The id in force here, undefined outside any request. */
export function correlationId(): string | undefined {
  return storage.getStore()?.id
}

/** The call in force here. */
export const asking = (): Asking | undefined => storage.getStore()

/** Adds to the rows of a call: by default the one in force. */
export function countRows(rows: number, call = asking()): void {
  if (call !== undefined) call.rows = (call.rows ?? 0) + rows
}

/** Runs `work` and all that it awaits under `id`. */
export function withCorrelation<T>(id: string, work: () => T): T {
  return withAsking({ id }, work)
}

export function withAsking<T>(call: Asking, work: () => T): T {
  return storage.run(call, work)
}

/** The id that a caller sent, if it is one that we may repeat in logs and headers; else a new one. */
export function acceptCorrelation(sent: unknown): string {
  return typeof sent === 'string' && VALID.test(sent) ? sent : randomUUID()
}
