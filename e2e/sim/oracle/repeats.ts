/**
 * Which records repeat others, by a look over all of them at once: the definition of packages/dedup/window.ts and dedup.ts,
 * and none of its code.
 *
 *   shape   a partition's records in the order of offsets -> the offsets of repeats; pure
 */
import type { TrueRecord } from './judge.ts'

const TICKS = 60

export interface Judged {
  readonly windowMs: number
  readonly topics: ReadonlySet<string>
}

/** Index of the first record that is remembered at the i-th. */
export function rememberedAt(records: readonly TrueRecord[], i: number, windowMs: number): number {
  const tick = (record: TrueRecord) => Math.floor(record.timeMs / Math.ceil(windowMs / TICKS))
  let youngest = Number.NEGATIVE_INFINITY
  for (let at = i; at >= 0; at--) {
    if (tick(records[at]!) < youngest - TICKS) return at + 1
    youngest = Math.max(youngest, tick(records[at]!))
  }
  return 0
}

export function repeatsAmong(records: readonly TrueRecord[], windowMs: number): Set<bigint> {
  const repeats = new Set<bigint>()
  for (const [i, { messageId, isGood, offset }] of records.entries()) {
    const earlier = records.slice(rememberedAt(records, i, windowMs), i)
    if (isGood && earlier.some((one) => one.isGood && one.messageId === messageId)) repeats.add(offset)
  }
  return repeats
}

/** Of each partition, looked for again once there are more records. */
export class Repeats {
  private readonly judged: Judged
  private readonly known = new Map<
    string,
    { readonly records: number; readonly good: number; readonly offsets: ReadonlySet<bigint> }
  >()

  constructor(judged: Judged) {
    this.judged = judged
  }

  /** @param records of the partition, all that there are */
  of(partition: string, records: readonly TrueRecord[]): ReadonlySet<bigint> {
    const known = this.known.get(partition)
    const good = records.reduce((sum, { isGood }) => sum + Number(isGood), 0)
    if (known?.records === records.length && known.good === good) return known.offsets
    const isJudged = this.judged.topics.has(partition.slice(0, partition.lastIndexOf('/')))
    const offsets = isJudged ? repeatsAmong(records, this.judged.windowMs) : new Set<bigint>()
    this.known.set(partition, { records: records.length, good, offsets })
    return offsets
  }
}
