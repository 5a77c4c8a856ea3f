/**
 * What a leader says next: the level by the signals, or the one that somebody has set.
 *
 *   shape   (what was said, standing, override, worst signals, now) -> State, and the transition where the level changed; pure
 */
import type { Override, Standing, State, Transition } from '@k2/shedding/state.ts'
import type { Worst } from './reports.ts'

export interface Decided {
  readonly state: State
  readonly transition: Transition | undefined
}

export interface Deciding {
  readonly epoch: bigint
  /** Said last, by whomever. */
  readonly said: State | undefined
  readonly standing: Standing
  readonly override: Override | null
  readonly worst: Worst
  readonly alerts: readonly string[]
  readonly nowMs: number
}

export const inForce = (override: Override | null, nowMs: number): Override | null =>
  override !== null && nowMs < override.untilMs ? override : null

export function decide({ epoch, said, standing, override: given, worst, alerts, nowMs }: Deciding): Decided {
  const override = inForce(given, nowMs)
  const level = override?.level ?? standing.level
  const from = said?.level ?? 0
  const isChanged = level !== from
  const { lagOf, heapOf, ...signals } = worst
  const cause = causeOf(said, standing, override, isChanged)
  const number = (said?.transitions ?? 0) + (isChanged ? 1 : 0)
  const sinceMs = isChanged ? nowMs : (said?.sinceMs ?? standing.sinceMs)
  const told = { signals, lagOf, heapOf, toldMs: nowMs, transitions: number, alerts }
  return {
    state: { epoch, level, cause, sinceMs, bySignals: standing, override, ...told },
    transition: isChanged ? { number, epoch, from, to: level, cause, atMs: nowMs } : undefined,
  }
}

function causeOf(said: State | undefined, standing: Standing, override: Override | null, isChanged: boolean): string {
  if (override !== null) return `set by ${override.by}: ${override.reason}`
  if (said?.override && isChanged) return `what ${said.override.by} had set is over; ${standing.cause}`
  return standing.cause
}

/** Whether it says anything that the last one did not. */
export const isNews = ({ state, transition }: Decided, said: State | undefined): boolean =>
  transition !== undefined ||
  said === undefined ||
  said.epoch !== state.epoch ||
  said.bySignals.level !== state.bySignals.level ||
  (said.override === null) !== (state.override === null) ||
  said.override?.untilMs !== state.override?.untilMs ||
  said.alerts?.join() !== state.alerts?.join()
