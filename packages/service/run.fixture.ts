/** The process of main.test.ts: does what its argument says. */
import { K2Error } from '@k2/contracts/codes.ts'
import { silentLogger } from './logger.ts'
import { main, type Work } from './main.ts'
import { runServices } from './run.ts'

const serve = (stop: () => Promise<void>) => (signal: AbortSignal) =>
  runServices([{ name: 'server', start: async () => console.log('up'), stop }], { signal, logger: silentLogger })

const fail = (error: Error) => async () => {
  throw error
}

const acts: Record<string, Work> = {
  done: async () => {},
  counted: async () => 5,
  asked: fail(new K2Error('SETTINGS_INVALID', 'one setting is wrong')),
  failed: fail(new K2Error('LOG_UNAVAILABLE', 'the log cannot be reached')),
  bug: fail(new TypeError('oops')),
  leak: async () => void setInterval(() => {}, 1_000),
  drain: serve(async () => console.log('drained')),
  stuck: serve(() => new Promise(() => setInterval(() => {}, 1_000))),
}

await main(acts[process.argv[2] ?? '']!)
