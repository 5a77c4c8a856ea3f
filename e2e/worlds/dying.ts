/** What lives that are ended at a moment have in common: which moment, with which settings, and how it went. */
import assert from 'node:assert/strict'
import type { End } from './embedded.ts'

/** By its name in the process, and how late in a life it may come: 0 is any time, by the clock. */
export type Moment = readonly [moment: string, timesMax: number]

export interface Chosen {
  readonly moment: string
  /** For K2_CRASH_AT; undefined: any time. */
  readonly at: string | undefined
}

/** Counted on from world to world, so that all moments have their turn. */
export function chosen(moments: readonly Moment[], number: number, random: () => number): Chosen {
  const [moment, timesMax] = moments[number % moments.length]!
  return { moment, at: timesMax === 0 ? undefined : `${moment}:${1 + Math.floor(random() * timesMax)}` }
}

export const between = (random: () => number, from: number, to: number): number =>
  from + Math.floor(random() * (to - from))

/** Small appends, small commits, and a loader that waits for the sink: many moments in each life. */
export function smallSteps(random: () => number, at?: string): Record<string, string | number> {
  return {
    K2_LOADER_APPEND_ROWS: between(random, 10, 80),
    K2_LOADER_LAG: between(random, 150, 500),
    K2_SINK_COMMIT_ROWS: between(random, 60, 400),
    K2_SINK_COMMIT_AGE: between(random, 100, 250),
    ...(at !== undefined && { K2_CRASH_AT: at }),
  }
}

/** Killed, or come to its end before; anything else is a failure of the process itself. */
export function wasKilled({ code, signal, err }: End): boolean {
  assert.doesNotMatch(err, /the test killed it/)
  if (signal === 'SIGKILL') return true
  assert.equal(code, 0, err.slice(-4_000))
  return false
}
