/** The edge of a process: signals in, exit code out. The only place that ends the process. */
import { inspect } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'

/** 0 done or drained, 1 it failed and said why, 2 asked wrongly, 70 a bug. A second signal ends it as that signal does. */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, BUG: 70 } as const

// What a handle that nobody closed may hold the process up for, once the work is done.
const LINGER_MS = 1_000
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What a process does until its signal aborts; a number is its exit code. */
export type Work = (signal: AbortSignal) => Promise<number> | Promise<void>

/**
 * Runs `work` with a signal that aborts on SIGTERM and SIGINT: it drains and returns. A second signal ends it at once. A K2Error is printed as its sentence, a bug with its stack, to standard error.
 */
export async function main(work: Work): Promise<void> {
  const stop = new AbortController()
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        process.stderr.write(
          `Ended at once, by a second signal. What was taken in is kept: a next start goes on there.\n`,
        )
        // By the signal itself, which shells show as 128 + n: an exit would first take down native threads at their work.
        process.removeAllListeners(name)
        process.kill(process.pid, name)
      }
      stop.abort(new K2Error('NOT_READY', `stopping on ${name}`))
    })
  }
  // Work that only waits for its signal has no handle, and Node would take the process for done.
  const alive = setInterval(() => {}, 2 ** 30)
  process.exitCode = await outcome(work, stop.signal)
  clearInterval(alive)
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

async function outcome(work: Work, signal: AbortSignal): Promise<number> {
  try {
    return (await work(signal)) ?? EXIT.OK
  } catch (error) {
    if (signal.aborted && error === signal.reason) return EXIT.OK
    process.stderr.write(`${explain(error)}\n`)
    if (!(error instanceof K2Error) || error.code === 'INTERNAL') return EXIT.BUG
    return error.code === 'SETTINGS_INVALID' || error.code === 'INVALID_ARGUMENT' ? EXIT.USAGE : EXIT.FAILED
  }
}

/** What a person is told of an error: a K2Error's sentence and code; a bug whole, with its stack and causes. */
export function explain(error: unknown): string {
  return error instanceof K2Error && error.code !== 'INTERNAL' ? `${error.message} (${error.code})` : inspect(error)
}
