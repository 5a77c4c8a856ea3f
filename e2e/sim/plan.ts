/** What a seed makes of its world: how much there is of everything. Small, so that many fit into a minute. */
import { marketTopic } from '@k2/contracts/topics.ts'
import { Partition } from './log.ts'
import type { Judged } from './oracle/repeats.ts'
import type { Habits } from './process.ts'
import type { Scheduler } from './scheduler.ts'

const TOPICS = ['market.equities.trades.asx', 'market.crypto.trades.binance']
/** Beyond 2^53 numbers are not exact. */
const FAR = 2n ** 53n - 3n

export type Upheaval = 'rollback' | 'table made anew' | 'topic made anew'

export interface Plan {
  readonly partitions: readonly Partition[]
  /** Of records that no table can take. */
  readonly badShare: number
  /** Of those whose schema the registry lacks, until so many bursts are left: for ever where that is 0. */
  readonly lateShare: number
  readonly learnsAt: number
  /** Of records that are sent again, and how producers' clocks are off. */
  readonly repeatShare: number
  readonly jitterMs: number
  readonly judged: Judged
  readonly bursts: number
  readonly upheaval: Upheaval | undefined
  /** Of bursts that one of several groups does not read before they are gone. */
  readonly overtakenShare: number
  /** Between two changes of the level; infinite where there is no pressure at all. */
  readonly pressureMs: number
  readonly upkeepMs: number
  readonly habits: Omit<Habits, 'upkeepMs'>
  /** Consumer group of each process; in several groups they fight for the same records. */
  readonly groups: ReadonlyMap<string, string>
}

export function drawPlan(scheduler: Scheduler): Plan {
  const first = () => (scheduler.chance(0.1) ? FAR : 0n)
  const partitions = TOPICS.slice(0, scheduler.between(1, 2)).flatMap((topic) =>
    Array.from({ length: scheduler.between(1, 2) }, (_, partition) => new Partition(topic, partition, first())),
  )
  const windowMs = scheduler.pick([6_000, 60_000, 600_000])
  const topics = new Set(scheduler.pick([[], TOPICS.slice(0, 1), TOPICS]))
  const judged = { windowMs, topics }
  const repeatShare = scheduler.pick([0, 0.1, 0.4])
  const jitterMs = scheduler.pick([0, 2_000, 90_000])
  const badShare = scheduler.pick([0, 0.05, 0.3])
  const lateShare = scheduler.pick([0, 0, 0.2])
  const bursts = scheduler.between(4, 14)
  const learnsAt = scheduler.between(0, bursts)
  const upheaval = scheduler.chance(0.25)
    ? scheduler.pick(['rollback', 'table made anew', 'topic made anew'] as const)
    : undefined
  const overtakenShare = scheduler.pick([0, 0.4])
  const upkeepMs = scheduler.pick([20_000, 60_000, 1_000_000])
  const pressureMs = scheduler.pick([Number.POSITIVE_INFINITY, 8_000, 40_000])
  const rows = scheduler.between(5, 40)
  const habits = {
    topics: TOPICS.map((name) => marketTopic(name)!),
    limits: {
      rows,
      rowsMax: rows,
      bytes: 2 ** 20,
      ageMs: scheduler.pick([200, 2_000, 8_000]),
    },
    bufferBytesMax: scheduler.pick([4_000, 2 ** 22]),
    pairs: scheduler.pick([2, 5, 64]),
    tierFiles: scheduler.between(2, 6),
    backfill: { share: scheduler.pick([0.2, 1]), order: scheduler.pick(['newest', 'oldest'] as const), lookMs: 3_000 },
  }
  const isShared = scheduler.chance(0.7)
  const groups = new Map<string, string>()
  for (let i = 0; i < scheduler.between(1, 4); i++) groups.set(`p${i}`, isShared ? 'sink' : `sink-${i}`)
  const holesInlineBytesMax = scheduler.pick([0, 100, 4_096])
  const drawn = {
    partitions,
    badShare,
    lateShare,
    learnsAt,
    repeatShare,
    jitterMs,
    judged,
    bursts,
    upheaval,
    overtakenShare,
  }
  return { ...drawn, pressureMs, upkeepMs, groups, habits: { ...habits, judged, holesInlineBytesMax } }
}
