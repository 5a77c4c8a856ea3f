/**
 * The level that signals demand, and how it moves: up at once, to any level; down one step at a time, each after the
 * signals were calm for the cooldown.
 *
 *   shape   (Standing, Signals, thresholds, now) -> Standing, the same one where nothing moved; pure
 *   units   lag: records; heap: share of its limit; behind: seconds; times: ms since the epoch
 *   source  SPEC "degradation-controller"; its table is DEFAULT_THRESHOLDS
 */
import { LEVEL_MAX, LEVEL_NAMES, type Level, levelName } from '@k2/contracts/degradation.ts'
import type { Signals, Standing } from '@k2/shedding/state.ts'

/** For each level above NORMAL the least value that enters it. */
export interface Thresholds {
  readonly lagRecords: readonly number[]
  readonly heapShare: readonly number[]
  /** null: the level is not set by it. */
  readonly behindSeconds: readonly number[] | null
  /** Lag is calm below this share of the level's own trigger. */
  readonly calmShare: number
  readonly cooldownMs: number
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  lagRecords: [100_000, 500_000, 1_000_000, 5_000_000],
  heapShare: [0.7, 0.8, 0.9, 0.95],
  behindSeconds: null,
  calmShare: 0.5,
  cooldownMs: 30_000,
}

export const START: Standing = { level: 0, sinceMs: 0, calmSinceMs: null, cause: 'the platform has just started' }

const SIGNALS = ['lagRecords', 'heapShare', 'behindSeconds'] as const
type Signal = (typeof SIGNALS)[number]

// biome-ignore format: a table reads by its columns
const WORDS: Readonly<Record<Signal, (value: number) => string>> = {
  lagRecords:    (value) => `lag ${Math.round(value).toLocaleString('en')} records`,
  heapShare:     (value) => `heap ${(value * 100).toFixed(1)} %`,
  behindSeconds: (value) => `${value.toFixed(1)} s behind`,
}

/** The highest level that a signal enters. */
export function demanded(signals: Signals, thresholds: Thresholds): { readonly level: Level; readonly cause: string } {
  let level: Level = 0
  let cause = 'all signals are below the first trigger'
  for (const signal of SIGNALS) {
    const triggers = thresholds[signal] ?? []
    const own = triggers.filter((trigger) => signals[signal] >= trigger).length as Level
    if (own <= level) continue
    level = own
    cause = `${WORDS[signal](signals[signal])}, at or above ${WORDS[signal](triggers[own - 1]!)}`
  }
  return { level, cause }
}

/** Whether that level may be left downwards, once it has been so for the cooldown. */
export function isCalm(level: Level, signals: Signals, thresholds: Thresholds): boolean {
  if (signals.isPartial || level === 0) return false
  const { lagRecords, heapShare, behindSeconds, calmShare } = thresholds
  const at = level - 1
  return (
    signals.lagRecords < calmShare * lagRecords[at]! &&
    signals.heapShare < heapShare[at]! &&
    (behindSeconds === null || signals.behindSeconds < calmShare * behindSeconds[at]!)
  )
}

export function step(standing: Standing, signals: Signals, thresholds: Thresholds, nowMs: number): Standing {
  const { level, cause } = demanded(signals, thresholds)
  if (level > standing.level) return { level, cause, sinceMs: nowMs, calmSinceMs: null }
  if (!isCalm(standing.level, signals, thresholds))
    return standing.calmSinceMs === null ? standing : { ...standing, calmSinceMs: null }
  const calmSinceMs = standing.calmSinceMs ?? nowMs
  if (nowMs - calmSinceMs < thresholds.cooldownMs)
    return standing.calmSinceMs === null ? { ...standing, calmSinceMs } : standing
  const seconds = Math.round((nowMs - calmSinceMs) / 1_000)
  const calm = `${WORDS.lagRecords(signals.lagRecords)} and ${WORDS.heapShare(signals.heapShare)}, calm for ${seconds} s`
  // The next step down takes a cooldown of its own.
  return { level: (standing.level - 1) as Level, cause: calm, sinceMs: nowMs, calmSinceMs: null }
}

/** What is wrong with them, each fault a sentence. */
export function faultsOf(thresholds: Thresholds): string[] {
  const { lagRecords, heapShare, behindSeconds, calmShare, cooldownMs } = thresholds
  const faults = [
    ...ladder('lag in records', lagRecords, Number.MAX_SAFE_INTEGER),
    ...ladder('heap as a share', heapShare, 1),
    ...(behindSeconds === null ? [] : ladder('seconds behind', behindSeconds, Number.MAX_SAFE_INTEGER)),
  ]
  if (!(calmShare > 0 && calmShare < 1))
    faults.push(`the share of a trigger below which lag is calm is ${calmShare}: it must lie between 0 and 1`)
  if (!(Number.isFinite(cooldownMs) && cooldownMs > 0))
    faults.push(`the cooldown is ${cooldownMs} ms: it must be more than 0`)
  return faults
}

function ladder(what: string, triggers: readonly number[], most: number): string[] {
  if (triggers.length !== LEVEL_MAX)
    return [`${what} has ${triggers.length} triggers: it takes ${LEVEL_MAX}, for ${LEVEL_NAMES.slice(1).join(', ')}`]
  return triggers.flatMap((trigger, i) => {
    const name = levelName((i + 1) as Level)
    if (!(trigger > 0 && trigger <= most))
      return [`${what} enters ${name} at ${trigger}: it must be above 0, at most ${most}`]
    const before = triggers[i - 1]
    if (before === undefined || !(before >= trigger)) return []
    return [
      `${what} enters ${name} at ${trigger}, and ${levelName(i as Level)} at ${before}: each trigger must be above the one before`,
    ]
  })
}
