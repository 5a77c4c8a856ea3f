/** The worker's side of worker.ts: takes calls, runs them under their correlation id, answers. */
import { isMainThread, parentPort } from 'node:worker_threads'
import { withCorrelation } from './correlation.ts'
import { type Answer, packError, type Request, SIGNAL_MARK, transfersOf, unpackError } from './worker-wire.ts'

type Api = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>

/** Serves the functions of `api` to the thread that started this one; nothing where no thread did (a plain import). */
export function serveWorker<const A extends Api>(api: A): A {
  const port = parentPort
  if (isMainThread || !port) return api
  const cancels = new Map<number, Map<number, AbortController>>()

  function send(answer: Answer): void {
    try {
      port?.postMessage(answer, 'value' in answer ? transfersOf(answer.value) : [])
    } catch (error) {
      port?.postMessage({ id: answer.id, fault: packError(error) } satisfies Answer) // a result that cannot be cloned
    }
  }

  async function run(request: Extract<Request, { kind: 'call' }>): Promise<void> {
    const { id, method } = request
    const controllers = new Map<number, AbortController>()
    const args = request.args.map((arg, index) => {
      if (arg !== SIGNAL_MARK) return arg
      const controller = new AbortController()
      controllers.set(index, controller)
      return controller.signal
    })
    if (controllers.size > 0) cancels.set(id, controllers)
    try {
      const call = Object.hasOwn(api, method) ? api[method] : undefined
      if (!call) throw new Error(`the worker has no function ${method}`)
      send({ id, value: await call(...(args as never[])) })
    } catch (error) {
      send({ id, fault: packError(error) })
    } finally {
      cancels.delete(id)
    }
  }

  port.on('message', (request: Request) => {
    if (request.kind === 'cancel') cancels.get(request.id)?.get(request.index)?.abort(unpackError(request.reason))
    else if (request.correlationId === undefined) void run(request)
    else void withCorrelation(request.correlationId, () => run(request))
  })
  return api
}
