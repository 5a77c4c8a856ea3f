/**
 * A run: a log that grows, processes that land it, other engines, and what goes wrong with all of them; then calm, in
 * which everything must come to its end.
 *
 *   errors  Fault where the lake is not what the log says, or does not come to be
 */
import { codeOf } from '@k2/contracts/codes.ts'
import { SimCatalog } from './catalog.ts'
import { Faults } from './faults.ts'
import { type Partition, SimLog } from './log.ts'
import { Fault } from './oracle/content.ts'
import { Judge, type Truth } from './oracle/judge.ts'
import { judgeLetters } from './oracle/totals.ts'
import { appendByOther, isTornOff, rollBack } from './others.ts'
import { drawPlan, type Plan, type Upheaval } from './plan.ts'
import { Pressure } from './pressure.ts'
import { GRACE_MS, type Habits, Process, passes } from './process.ts'
import { Retention } from './retention.ts'
import { Scheduler } from './scheduler.ts'
import { SimStore } from './store.ts'

const STEPS_MAX = 100_000 // the longest of the first 10,000 seeds takes 61,898
/** Everything has landed so long after the last fault. */
const CALM_MS_MAX = 900_000
const SETTLED_MS = 60_000 // by then every request has arrived that ever will
const CALM_UPKEEP_MS = 90_000
/** So that snapshots and the log's records grow old with nothing behind them. */
const LULL_MS = 200_000
/** Longer than what nobody names must be old to be taken for an orphan. */
const NIGHT_MS = 4_500_000
export class World {
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly figures: Record<string, number> = { swaps: 0 }
  readonly log: SimLog
  readonly catalog: SimCatalog
  readonly store: SimStore
  readonly judge: Judge
  private readonly processes = new Map<string, Process | undefined>()
  private readonly groups: ReadonlyMap<string, string>
  private readonly habits: Habits
  private readonly truth = new Map<string, Partition['records']>()
  readonly plan: Plan
  private readonly pressure: Pressure
  private readonly retention: Retention
  private floors: Map<string, bigint>
  private burstsLeft: number
  private happened: Upheaval | undefined
  private overturnedMs = 0
  private disagreed = 0
  private isCalm = false
  private isNight = false
  private failure: unknown
  /** Nobody listened to a promise that failed: in production that ends the process. */
  readonly unheard = (error: unknown): void => {
    this.failure ??= error
  }

  constructor(seed: number, told?: (line: string) => void) {
    const scheduler = new Scheduler(seed, told)
    this.scheduler = scheduler
    this.faults = new Faults(scheduler)
    const now = () => scheduler.nowMs
    this.store = new SimStore(now, (location) => this.deleting(location))
    this.catalog = new SimCatalog(
      now,
      (isDropping) => this.swapped(isDropping),
      (seenMs) => this.taking(seenMs),
    )
    const plan = drawPlan(scheduler)
    const { partitions } = plan
    this.log = new SimLog(scheduler, this.faults, partitions)
    for (const { name, records } of partitions) this.truth.set(name, records)
    this.floors = new Map(partitions.map(({ name, start }) => [name, start]))
    this.judge = new Judge(this.store.files, () => this.truth as Truth, plan.judged, now, GRACE_MS)
    this.plan = plan
    this.pressure = new Pressure(scheduler, plan)
    this.retention = new Retention(this)
    this.burstsLeft = plan.bursts
    const upkeepMs = () => (this.isNight ? NIGHT_MS / 4 : this.isCalm ? CALM_UPKEEP_MS : plan.upkeepMs)
    this.habits = { ...plan.habits, upkeepMs }
    this.groups = plan.groups
  }

  async run(): Promise<void> {
    for (const name of this.groups.keys()) this.start(name)
    this.later(1_000, 15_000, () => this.burst())
    this.later(1_000, 9_000, () => this.trouble())
    this.pressure.begin()
    await this.until(() => this.burstsLeft === 0, Number.POSITIVE_INFINITY)
    this.faults.end()
    this.isCalm = true
    this.pressure.end()
    const sinceMs = this.scheduler.nowMs
    if (this.isRefused()) return this.refused(sinceMs)
    if (this.mayBeRefused()) {
      await this.until(() => false, sinceMs + SETTLED_MS)
      return this.look()
    }
    await this.until(() => this.isLanded() || this.isRefused(), sinceMs + CALM_MS_MAX)
    if (this.isRefused()) return this.refused(sinceMs)
    if (!this.isLanded())
      throw new Fault(`${this.behind()} has not landed ${CALM_MS_MAX / 1000} s after the last fault`)
    await this.until(() => false, this.scheduler.nowMs + SETTLED_MS + GRACE_MS)
    this.look()
    if (!this.isLanded()) throw new Fault('what had landed is no longer there')
    judgeLetters(this.log.letters, this.judge.fates(), this.floors)
    this.figures.swaps = this.catalog.swaps
  }

  /** Nothing may get in any more, and whoever asks is told why. */
  private async refused(sinceMs: number): Promise<void> {
    await this.until(() => false, sinceMs + SETTLED_MS)
    const { text } = this.catalog
    const { disagreed } = this
    await this.until(() => false, sinceMs + 2 * SETTLED_MS)
    this.look()
    if (!this.isRefused()) return
    if (this.catalog.text !== text) throw new Fault('a table that should be refused was written to')
    if (this.disagreed === disagreed) throw new Fault('nobody refused the table')
    this.figures.refusals = (this.figures.refusals ?? 0) + 1
    this.figures.swaps = this.catalog.swaps
  }

  /** Table and log, or table and properties, contradict each other for good. */
  private isRefused(): boolean {
    if (this.happened === 'topic made anew') return true
    if (this.happened !== 'rollback') return false
    return isTornOff(this.catalog)
  }

  /** A table made anew, of a log that no longer holds all: whoever knows that there was another must refuse. */
  private mayBeRefused(): boolean {
    return this.happened === 'table made anew' && this.log.partitions.some(({ start }) => start > 0n)
  }

  private async until(isEnough: () => boolean, untilMs: number): Promise<void> {
    while (!isEnough() && this.scheduler.nowMs < untilMs) {
      if (!(await this.scheduler.step())) throw new Fault('nothing is to come, and not all has landed')
      if (this.failure !== undefined) throw this.failure
      if (this.scheduler.steps > STEPS_MAX) throw new Fault(`${STEPS_MAX} steps, and ${this.behind()} has not landed`)
    }
  }

  private later(leastMs: number, mostMs: number, run: () => void): void {
    this.scheduler.after(this.scheduler.between(leastMs, mostMs), () => {
      try {
        run()
      } catch (error) {
        this.failure ??= error
      }
    })
  }

  private start(name: string): void {
    const { scheduler, faults, log, catalog, store, habits, figures } = this
    const ended = (process: Process, error: unknown) => this.ended(name, process, error)
    const troubled = (error: unknown) => this.excuse(error)
    const policy = () => this.pressure.policyOf(name)
    const parts = { scheduler, faults, log, catalog, store, habits, figures, policy, ended, troubled }
    this.processes.set(name, new Process(`${name}.${scheduler.steps}`, this.groups.get(name)!, parts))
  }

  private ended(name: string, process: Process, error: unknown): void {
    if (this.processes.get(name) !== process && this.processes.get(name) !== undefined) return
    this.processes.set(name, undefined)
    if (codeOf(error) === 'LAKE_DISAGREES') this.disagreed++
    this.excuse(error)
    this.later(500, 20_000, () => this.start(name))
  }

  /** Whether that may happen to a process that is as it should be. */
  private excuse(error: unknown): void {
    const code = codeOf(error)
    const isExpected =
      (code === 'LAKE_DISAGREES' && this.happened !== undefined) ||
      (code === 'UNKNOWN_TOPIC' && this.log.generation > 0)
    if (!passes(error) && !isExpected) this.failure ??= error
  }

  private burst(): void {
    const { scheduler, log } = this
    const partition = scheduler.pick(log.partitions)
    // Who mends the registry has the sinks begin anew.
    if (this.burstsLeft === this.plan.learnsAt && log.learn()) for (const one of this.processes.values()) one?.stop()
    log.produce(partition, scheduler.between(1, 14), this.plan)
    if (--this.burstsLeft === 0) return
    if (this.plan.upheaval !== undefined && this.burstsLeft < 5 && this.happened === undefined)
      this.overturn(this.plan.upheaval)
    // A night now and then: old enough for orphans, and for expiry to reach far.
    this.isNight = scheduler.chance(0.03)
    const nightMs = this.isNight ? NIGHT_MS : 0
    const isOvertaken = this.happened === undefined && this.retention.overtakes(LULL_MS)
    if (isOvertaken) this.later(0.8 * LULL_MS, 0.9 * LULL_MS, () => this.forget())
    const lullMs = nightMs + (isOvertaken || scheduler.chance(0.15) ? LULL_MS : 0)
    if (lullMs > 0 && this.faults.strikes('append by another engine', 10))
      for (let i = 0; i < 3; i++) this.later(LULL_MS / 4, LULL_MS / 2, () => this.other())
    this.later(500 + lullMs, 30_000 + lullMs, () => this.burst())
  }

  private overturn(upheaval: Upheaval): void {
    if (upheaval === 'rollback') {
      this.look()
      this.judge.isRolledBack = true
      if (!rollBack(this)) {
        this.judge.isRolledBack = false
        return
      }
    } else if (upheaval === 'table made anew') {
      if (this.catalog.text === undefined) return
      this.look()
      this.floors = new Map(this.log.partitions.map(({ name, start }) => [name, start]))
      this.catalog.drop()
    } else {
      if ((this.catalog.metadata?.properties['k2.last'] ?? '{}') === '{}') return
      this.log.recreate()
    }
    this.faults.count(upheaval)
    this.happened = upheaval
    this.overturnedMs = this.scheduler.nowMs
    // So that everybody has something to land, and so to notice.
    for (const partition of this.log.partitions)
      this.log.produce(partition, this.scheduler.between(1, 60), { ...this.plan, badShare: 0 })
  }

  private trouble(): void {
    const { faults, scheduler } = this
    if (this.isCalm) return
    for (const process of this.processes.values()) {
      if (process === undefined) continue
      if (faults.strikes('crash', 2)) process.crash()
      else if (faults.strikes('stall', 2)) process.stall(scheduler.between(500, 40_000))
      else if (faults.strikes('graceful stop')) process.stop()
    }
    if (faults.strikes('rebalance', 2)) for (const group of this.log.groups.values()) group.shuffle()
    if (this.happened === undefined && faults.strikes('append by another engine', 2)) {
      this.other()
      if (scheduler.chance(0.5)) this.later(100, 9_000, () => this.other())
    }
    if (faults.strikes('retention', 4)) this.forget()
    this.later(1_000, 15_000, () => this.trouble())
  }

  private other(): void {
    if (this.happened !== undefined) return
    appendByOther(this).catch((error) => {
      this.failure ??= error
    })
  }

  private forget(): void {
    if (!this.isCalm && this.happened === undefined) this.retention.forget()
  }

  /** Who has seen a table that contradicts itself must not write to it. */
  private taking(seenMs: number): void {
    if (this.happened !== 'rollback' || seenMs <= this.overturnedMs || !this.isRefused()) return
    this.failure ??= new Fault('a table that should be refused was written to')
  }

  private swapped(isDropping: boolean): void {
    if (isDropping || this.scheduler.chance(0.15)) this.look()
  }

  private deleting(location: string): void {
    this.guarded(() => {
      this.look()
      this.judge.deleting(location)
    })
  }

  private look(): void {
    this.guarded(() => {
      if (this.judge.look(this.catalog.text, this.floors)) this.retention.looked()
    })
  }

  /** Kept for the run's loop: where it is found out, a process would take it for its own error. */
  private guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.failure ??= error
    }
  }

  private isLanded(): boolean {
    if (this.catalog.text === undefined) return false
    this.look()
    return this.behind() === ''
  }

  private behind(): string {
    const offsets = this.judge.offsets()
    const isLate = ({ name, start, end }: Partition) =>
      (offsets.get(name) ?? start) < end || this.judge.deferredFrom(name) !== undefined
    const late = this.log.partitions.filter(isLate)
    return late.map(({ name, end }) => `${name} up to ${end}`).join(', ')
  }
}
