/**
 * Faults by a seed, many a run, on a fleet of sinks that lands a known stream. At checkpoints all is let be: everything
 * that was sent must land then, and the tables must hold each offset once. In the end other programs read both sides.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '@k2/lake/table.examples.ts'
import { Injector } from './injector.ts'
import { type Kind, schedule } from './kinds.ts'

export interface Plan {
  /** Of the servers' processes and folders: beside those of other runs. */
  readonly set: string
  readonly count: number
  readonly seed: number
  readonly minutes: number
  readonly paceMs: number
  readonly perSecond: number
  readonly told: (line: string) => void
}

export interface Figures {
  readonly seed: number
  readonly faults: number
  readonly kinds: Readonly<Record<Kind, number>>
  readonly minutes: number
  readonly checkpoints: number
  readonly sinks: number
  readonly records: number
  readonly rows: number
  readonly lost: number
  readonly doubled: number
  readonly holes: number
  /** Sentences about what is wrong; none where nothing is. */
  readonly wrong: readonly string[]
}

const CHECK_EVERY = 100
const LANDED_MS_MAX = 240_000
const TELL_MS = 10_000

/** Where the signal aborts it throws its reason, and nothing that it started is left. */
export async function campaign(plan: Plan, signal = NEVER): Promise<Figures> {
  const random = seeded(plan.seed)
  plan.told(`seed ${plan.seed}: ${plan.count} faults, in ${plan.minutes} minutes at most; the servers start`)
  const injector = await Injector.open(plan.set, random)
  try {
    return await unlessAborted(signal, () => injected(injector, plan, random, signal))
  } finally {
    await injector.end()
    await injector.fleet.close()
  }
}

const NEVER = new AbortController().signal

function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  const working = signal.aborted ? stopped.promise : work()
  // What it says once nobody waits for it is of servers that are gone.
  working.catch(() => {})
  return Promise.race([working, stopped.promise])
}

async function injected(injector: Injector, plan: Plan, random: () => number, signal: AbortSignal): Promise<Figures> {
  const { fleet } = injector
  const startMs = performance.now()
  const minutes = () => Math.round((performance.now() - startMs) / 6_000) / 10
  const hasTime = () => minutes() < plan.minutes && !signal.aborted
  const telling = setInterval(() => {
    if (signal.aborted) return
    const { trades, quotes } = fleet.stream.sent
    plan.told(
      `${minutes()} min: ${injector.total} faults; ${fleet.members.length} sinks; ${trades + quotes} records sent`,
    )
  }, TELL_MS)
  try {
    await fleet.stream.send('trades', 1_000)
    const kinds = schedule(random)
    let checkpoints = 0
    while ((injector.total < plan.count || injector.missing.length > 0) && hasTime()) {
      await round(injector, plan, kinds, hasTime)
      checkpoints++
      const found = await checked(injector)
      plan.told(`${minutes()} min: checkpoint ${checkpoints}: ${found}`)
    }
    plan.told(`${minutes()} min: the last look, by Kafka's consumer and PyIceberg`)
    const { faults: wrong, ...judgement } = await fleet.judge()
    const never = injector.missing.map((kind) => `never came: ${kind}`)
    const done = { faults: injector.total, kinds: injector.counts, minutes: minutes(), checkpoints }
    const all = [...wrong, ...never, ...fleet.faults()]
    return { seed: plan.seed, ...done, sinks: fleet.sinks.length, ...judgement, wrong: all }
  } finally {
    clearInterval(telling)
  }
}

/** Up to the next checkpoint. */
async function round(
  injector: Injector,
  plan: Plan,
  kinds: Iterator<Kind, never>,
  hasTime: () => boolean,
): Promise<void> {
  const stop = new AbortController()
  const producing = injector.fleet.stream.run(plan.perSecond, stop.signal)
  const end = Math.min(plan.count, injector.total + CHECK_EVERY)
  const random = seeded(plan.seed + injector.total)
  try {
    while (injector.total < end && hasTime()) {
      await sleep(random() * 2 * plan.paceMs)
      await injector.strike(injector.undone.shift() ?? kinds.next().value)
    }
    // The last round goes on until each has come.
    for (
      let kind = injector.missing[0];
      kind !== undefined && end === plan.count && hasTime();
      kind = injector.missing[0]
    ) {
      await injector.calm()
      if (injector.counts[kind] === 0) await injector.strike(kind)
    }
    await injector.calm()
  } finally {
    stop.abort()
    await producing
  }
}

/** Throws where not all lands, or a table has an offset twice or not at all. */
async function checked({ fleet }: Injector): Promise<string> {
  await fleet.landed(LANDED_MS_MAX)
  const { rows, wrong } = await fleet.tally()
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return `${rows} rows, each offset once`
}
