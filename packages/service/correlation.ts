/**
 * The correlation id of the work at hand, carried through every await by AsyncLocalStorage: from a request (HTTP
 * header, gRPC metadata, worker message) to each log line, reply and onward call that it causes.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

const VALID = /^[A-Za-z0-9._-]{1,64}$/
const storage = new AsyncLocalStorage<string>()

/** The id in force here, undefined outside any request. */
export function correlationId(): string | undefined {
  return storage.getStore()
}

/** Runs `work` and all that it awaits under `id`. */
export function withCorrelation<T>(id: string, work: () => T): T {
  return storage.run(id, work)
}

/** The id that a caller sent, if it is one that we may repeat in logs and headers; else a new one. */
export function acceptCorrelation(sent: unknown): string {
  return typeof sent === 'string' && VALID.test(sent) ? sent : randomUUID()
}
