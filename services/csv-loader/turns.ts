/**
 * One file of a symbol at a time. Two loads that ask at once what is held, and then both send, would send twice; so
 * whoever comes second waits, and finds what the first has sent.
 *
 * It holds within this process, by the log that both write to. The embedded log has no other process.
 */
import type { Log } from '@k2/log/log.ts'

/** By log: the end of the last in each queue. */
const queues = new WeakMap<Log, Map<string, Promise<void>>>()

export async function inTurn<T>(log: Log, key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(log) ?? new Map<string, Promise<void>>()
  queues.set(log, queue)
  const before = queue.get(key)
  const mine = Promise.withResolvers<void>()
  // Who gives up waiting lets nobody pass the one before.
  const end = before ? before.then(() => mine.promise) : mine.promise
  queue.set(key, end)
  try {
    if (before) await orAborted(before, signal)
    return await work()
  } finally {
    mine.resolve()
    if (queue.get(key) === end) queue.delete(key)
  }
}

async function orAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([turn, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
