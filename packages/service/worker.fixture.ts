/** The worker of worker.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { correlationId } from './correlation.ts'
import { serveWorker, transfer } from './worker.ts'

const api = serveWorker({
  add: async (a: number, b: bigint) => BigInt(a) + b,
  data: async () => workerData as unknown,
  correlation: async () => {
    await sleep(1)
    return correlationId()
  },
  refuse: async (code: Code) => {
    throw new K2Error(code, 'it may not', { tries: 3 })
  },
  bug: async () => {
    throw new TypeError('oops')
  },
  double: async (numbers: Float64Array) =>
    transfer(
      numbers.map((n) => n * 2),
      [numbers.buffer as ArrayBuffer],
    ),
  unclonable: async () => () => {},
  wait: async (ms: number, signal: AbortSignal) => {
    await sleep(ms, undefined, { signal })
    return 'waited'
  },
  lastReason: async () => lastReason,
  untilAborted: async (signal: AbortSignal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    lastReason = signal.reason
  },
  die: async () => {
    setImmediate(() => {
      throw new Error('no more')
    })
    await sleep(10_000)
  },
  exit: async () => process.exit(3),
  eat: async () => {
    const eaten: number[][] = []
    for (;;) eaten.push(Array.from({ length: 100_000 }, Math.random))
  },
  spin: async (ms: number) => {
    for (const until = Date.now() + ms; Date.now() < until; ) {}
  },
})
let lastReason: unknown

export type FixtureApi = typeof api
