/** Pressure that comes and goes, and settings that change: each process hears of it in its own time, and keeps what it heard. */
import type { Level } from '@k2/contracts/degradation.ts'
import { KEEP_ALL, type Policy, policyAt } from '@k2/shedding/policy.ts'
import { PRESETS, type SheddingRules } from '@k2/shedding/priority.ts'
import type { Plan } from './plan.ts'
import type { Scheduler } from './scheduler.ts'

/** What each symbol is worth, before somebody changes the settings and after. */
const RULES: readonly SheddingRules[] = [
  {
    tiers: { ASX: { critical: ['BHP'], high: ['CBA'] }, BINANCE: { critical: ['BTCUSDT'], high: [] } },
    lines: PRESETS.standard,
  },
  {
    tiers: { ASX: { critical: ['CBA'], high: ['BTCUSDT'] }, BINANCE: { critical: ['BHP'], high: ['BTCUSDT'] } },
    lines: PRESETS.strict,
  },
]

/** Nothing but one policy, or all of both settings: those that keep all, too. */
function drawPolicy(scheduler: Scheduler): Policy {
  return policyAt(scheduler.pick(RULES), scheduler.between(0, 4) as Level)
}

const HEARD_MS_MAX = 4_000

export class Pressure {
  private readonly scheduler: Scheduler
  private readonly plan: Pick<Plan, 'pressureMs' | 'groups'>
  /** By process: what it was stays through a crash. */
  private readonly heard = new Map<string, Policy>()
  private isOver = false

  constructor(scheduler: Scheduler, plan: Pick<Plan, 'pressureMs' | 'groups'>) {
    this.scheduler = scheduler
    this.plan = plan
  }

  begin(): void {
    const { pressureMs } = this.plan
    if (pressureMs < Number.POSITIVE_INFINITY)
      this.scheduler.after(this.scheduler.between(100, pressureMs), () => this.press())
  }

  end(): void {
    this.isOver = true
    this.heard.clear()
  }

  policyOf(process: string): Policy {
    return this.heard.get(process) ?? KEEP_ALL
  }

  private press(): void {
    const { scheduler } = this
    if (this.isOver) return
    const policy = drawPolicy(scheduler)
    for (const name of this.plan.groups.keys())
      scheduler.after(scheduler.between(0, HEARD_MS_MAX), () => {
        if (!this.isOver) this.heard.set(name, policy)
      })
    this.begin()
  }
}
