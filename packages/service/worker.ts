/**
 * Typed calls into a worker thread. The worker's file ends in `serveWorker(api)`; the caller holds a
 * `WorkerClient<typeof api>`.
 *
 *   client.call('decode', transfer(batch, [batch.buffer]), signal)
 *     ─► { id, method, args, correlation id } ─► api.decode(batch, signal) ─► { id, value | fault } ─►
 *
 * What crosses with a call: its arguments by structured clone or transfer, an AbortSignal among them as a cancel
 * message, the correlation id. What crosses back: the value, or a K2Error with code, sentence and details; any other
 * error comes back as an Error that carries the worker's stack.
 *
 *   errors  OVERLOADED past `callsMax`; NOT_READY once closed; INTERNAL when the worker died
 */
import { Worker } from 'node:worker_threads'
import { K2Error } from '@k2/contracts/codes.ts'
import { correlationId } from './correlation.ts'
import { within } from './deadline.ts'
import { type Answer, packArguments, packError, type Request, unpackError } from './worker-wire.ts'

export { serveWorker } from './worker-server.ts'
export { transfer } from './worker-wire.ts'

/** A map of async functions; `typeof api` of the worker's file. */
export type WorkerApi<Api> = { readonly [M in keyof Api]: (...args: never[]) => Promise<unknown> }

export interface WorkerOptions {
  /** In logs, errors and debuggers. */
  readonly name: string
  readonly workerData?: unknown
  readonly resourceLimits?: { readonly maxOldGenerationSizeMb?: number; readonly maxYoungGenerationSizeMb?: number }
  /** Calls that may be in flight; the next is refused. */
  readonly callsMax?: number
}

export interface WorkerClient<Api extends WorkerApi<Api>> {
  readonly name: string
  /**
   * Calls a function of the worker. When an AbortSignal among the arguments aborts, the call rejects at once with its
   * reason; it counts as in flight until the worker, which hears of it between awaits, has answered too.
   */
  call<M extends keyof Api & string>(method: M, ...args: Parameters<Api[M]>): Promise<Awaited<ReturnType<Api[M]>>>
  /** Called once when the worker dies without having been closed; at once where it is dead already. */
  onDeath(listener: (reason: K2Error) => void): void
  /**
   * Waits for the calls in flight up to the deadline, calls the worker's `close` where it has one, then ends the
   * thread; what is left of the calls is NOT_READY.
   */
  close(deadlineMs?: number): Promise<void>
}

const CALLS_MAX = 64
const CLOSE_DEADLINE_MS = 5_000

/**
 * A thread on the module at `url`, which Node runs as it is, TypeScript included. It starts with the first call: a
 * process that refuses to start must not have to end threads that are in the midst of opening a database.
 */
export function startWorker<Api extends WorkerApi<Api>>(url: URL, options: WorkerOptions): WorkerClient<Api> {
  const { name, callsMax = CALLS_MAX, workerData, resourceLimits = {} } = options
  let thread: Worker | undefined
  const pending = pendingCalls()
  const listeners: ((reason: K2Error) => void)[] = []
  let gone: K2Error | undefined
  let closed: Promise<void> | undefined

  function die(cause: unknown): void {
    const isNews = gone === undefined
    const why = cause instanceof Error ? cause.message : String(cause)
    gone ??= new K2Error('INTERNAL', `worker ${name} died: ${why}`, { worker: name }, cause)
    pending.rejectAll(gone)
    if (isNews) for (const listener of listeners) listener(gone)
  }

  function begin(): Worker {
    const worker = new Worker(url, { name, workerData, resourceLimits })
    worker.on('message', (answer: Answer) => {
      const call = pending.settle(answer.id)
      if ('fault' in answer) call?.reject(unpackError(answer.fault))
      else call?.resolve(answer.value)
    })
    worker.on('error', die)
    worker.on('messageerror', die)
    worker.on('exit', (exitCode) => die(`it exited with code ${exitCode}`))
    return worker
  }

  async function call(method: string, ...args: unknown[]): Promise<unknown> {
    if (gone) throw gone
    if (pending.size() >= callsMax) {
      throw new K2Error('OVERLOADED', `worker ${name} has ${callsMax} calls in flight, the most it takes`, { callsMax })
    }
    for (const arg of args) if (arg instanceof AbortSignal) arg.throwIfAborted()
    thread ??= begin()
    return await send(thread, pending, method, args)
  }

  async function close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    const isDead = gone !== undefined
    gone ??= new K2Error('NOT_READY', `worker ${name} is closed`, { worker: name })
    // Too late is no failure of close: what is left is rejected, and ends with its thread.
    await within(deadlineMs, `worker ${name}`, () => pending.empty()).catch(() => {})
    // Lets go of what it holds outside of JavaScript; a worker without such a function answers that it has none.
    const running = isDead ? undefined : thread
    if (running) await within(deadlineMs, `worker ${name}`, () => send(running, pending, 'close', [])).catch(() => {})
    pending.rejectAll(gone)
    await thread?.terminate()
  }

  return {
    name,
    call: call as WorkerClient<Api>['call'],
    onDeath(listener) {
      listeners.push(listener)
      if (gone?.code === 'INTERNAL') listener(gone)
    },
    close(deadlineMs) {
      closed ??= close(deadlineMs)
      return closed
    },
  }
}

function send(worker: Worker, pending: PendingCalls, method: string, args: readonly unknown[]): Promise<unknown> {
  const { packed, signals, transfers } = packArguments(args)
  return new Promise((resolve, reject) => {
    const cancels = signals.map(({ signal, index }) => {
      const cancel = () => {
        worker.postMessage({ kind: 'cancel', id, index, reason: packError(signal.reason) } satisfies Request)
        reject(signal.reason)
      }
      signal.addEventListener('abort', cancel)
      return () => signal.removeEventListener('abort', cancel)
    })
    const settled = () => {
      for (const forget of cancels) forget()
    }
    const id = pending.add({ resolve, reject, settled })
    try {
      const request: Request = { kind: 'call', id, method, args: packed, correlationId: correlationId() }
      worker.postMessage(request, transfers)
    } catch (error) {
      pending.settle(id)?.reject(error) // an argument that cannot be cloned: a bug of the caller
    }
  })
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The worker has answered: no one listens to the call's signals any more. */
  readonly settled: () => void
}

type PendingCalls = ReturnType<typeof pendingCalls>

function pendingCalls() {
  const calls = new Map<number, Pending>()
  let lastId = 0
  let emptied = () => {}

  function settle(id: number): Pending | undefined {
    const call = calls.get(id)
    calls.delete(id)
    call?.settled()
    if (calls.size === 0) emptied()
    return call
  }

  return {
    settle,
    size: () => calls.size,
    add(call: Pending): number {
      calls.set(++lastId, call)
      return lastId
    },
    rejectAll(reason: K2Error): void {
      for (const id of [...calls.keys()]) settle(id)?.reject(reason)
    },
    empty: () =>
      new Promise<void>((resolve) => {
        emptied = resolve
        if (calls.size === 0) resolve()
      }),
  }
}
