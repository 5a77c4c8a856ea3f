/** What the log drops: what has landed long ago, whether all who read have read it or not. */
import type { Faults } from './faults.ts'
import type { SimLog } from './log.ts'
import type { Judge } from './oracle/judge.ts'
import type { Plan } from './plan.ts'
import type { Scheduler } from './scheduler.ts'

/** The log keeps what has landed so long at least. */
const KEEPS_MS = 100_000

export interface RetentionParts {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly log: SimLog
  readonly judge: Judge
  readonly plan: Plan
}

export class Retention {
  private readonly parts: RetentionParts
  private readonly landedMs: { readonly atMs: number; readonly offsets: ReadonlyMap<string, bigint> }[] = []

  constructor(parts: RetentionParts) {
    this.parts = parts
  }

  /** The judge has seen the table anew. */
  looked(): void {
    const { scheduler, judge } = this.parts
    this.landedMs.push({ atMs: scheduler.nowMs, offsets: judge.offsets() })
  }

  forget(): void {
    const { scheduler, log, judge, plan } = this.parts
    const old = this.landedMs.findLast(({ atMs }) => atMs < scheduler.nowMs - KEEPS_MS)
    if (old !== undefined) log.forget(old.offsets, plan.judged, (name) => judge.deferredFrom(name))
  }

  /** Of several groups one hangs so long that what others land meanwhile goes; false where there is but one. */
  overtakes(hangMs: number): boolean {
    const { scheduler, faults, log, plan } = this.parts
    if (log.groups.size < 2 || !scheduler.chance(plan.overtakenShare)) return false
    faults.count('retention overtakes a reader')
    scheduler.pick([...log.groups.values()]).hang(hangMs)
    return true
  }
}
