/**
 * What goes wrong, how often, and how often it did. Each seed has a weather of its own: most kinds do not come in it, and
 * the others come at rates of their own, for faults that are everywhere hide the ones that need a calm world.
 */
import type { Scheduler } from './scheduler.ts'

// biome-ignore format: a table reads by its columns
export const KINDS = {
  'catalog refuses':              'the request is refused, and known not to be in',
  'catalog request lost':         'never arrives; the caller gives up',
  'catalog response lost':        'taken, and the caller gives up',
  'catalog applies late':         'taken after the caller gave up',
  'catalog takes twice':          'a proxy sends it twice, and answers what the second met',
  'catalog outage':               'for a while every request is refused or lost',
  'catalog slow':                 'takes seconds',
  'store refuses':                'not done',
  'store request lost':           'not done; the caller gives up',
  'store response lost':          'done, and the caller gives up',
  'store applies late':           'done after the caller gave up',
  'store outage':                 'for a while every request is refused or lost',
  'store slow':                   'takes seconds',
  'log refuses':                  'not done',
  'log response lost':            'done, and the caller gives up',
  'log outage':                   'for a while every request is refused',
  'log slow':                     'takes seconds',
  'batch begins before':          'records that were asked for stand behind others',
  'batch begins behind':          'records are passed over',
  'batch again':                  'a reader is set back to what the group has noted',
  'rebalance':                    'a partition changes hands',
  'member expelled':              'its partitions are given away while it stands still',
  'crash':                        'a process ends between two of its steps',
  'crash at a moment':            'a process ends at a named moment of a landing or commit',
  'stall':                        'a process stands still, and goes on as if nothing were',
  'graceful stop':                'a process is asked to end, and begins again',
  'append by another engine':     'a snapshot without our keys',
  'retention':                    'the log drops what has landed long ago',
  'retention overtakes a reader': 'the log drops what others have landed, and one of several groups has not read',
  'rollback':                     'another engine sets the table back',
  'table made anew':              'dropped, and created by whoever comes first',
  'topic made anew':              'its offsets begin again, with other records',
} as const

export type Kind = keyof typeof KINDS

const OUTAGE_MS_MAX = 40_000

const RATES = [0.004, 0.02, 0.08]

export class Faults {
  readonly counts: Record<Kind, number>
  private readonly scheduler: Scheduler
  private readonly rates = new Map<Kind, number>()
  private isOver = false
  private readonly outUntilMs = new Map<string, number>()

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
    this.counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0])) as Record<Kind, number>
    const share = scheduler.pick([0, 0.3, 0.3, 0.7])
    for (const kind of Object.keys(KINDS) as Kind[]) {
      if (scheduler.chance(share)) this.rates.set(kind, scheduler.pick(RATES))
    }
  }

  /** Whether it comes now; `often` times as likely as the weather has it. */
  strikes(kind: Kind, often = 1): boolean {
    const rate = this.rates.get(kind)
    if (rate === undefined || this.isOver || !this.scheduler.chance(rate * often)) return false
    this.count(kind)
    return true
  }

  /** Nobody reaches that server. */
  isOut(server: string): boolean {
    const { nowMs } = this.scheduler
    if (nowMs < (this.outUntilMs.get(server) ?? 0)) return true
    if (!this.strikes(`${server} outage` as Kind, 0.2)) return false
    this.outUntilMs.set(server, nowMs + this.scheduler.between(500, OUTAGE_MS_MAX))
    return true
  }

  count(kind: Kind): void {
    this.counts[kind]++
    this.scheduler.trace(`! ${kind}`)
  }

  /** Nothing new goes wrong from here on. */
  end(): void {
    this.isOver = true
    this.outUntilMs.clear()
  }
}
