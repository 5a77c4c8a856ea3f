/**
 * What the sequence-tracker's ledger tells of a question: numbers that are missing among its symbols and times, and how far
 * the ledger is behind what the answer covers. It is of the moment when it was heard, whatever moment the answer is of.
 *
 *   shape   (what was heard, the question, the answer's offsets) -> what the answer says of it
 *   units   numbers and offsets: bigint; event times: µs since the epoch
 *   limits  OPEN_TOLD_MAX ranges in an answer, newest first; all are counted
 */
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Filter, TopicPartition } from '@k2/lake/table.ts'
import type { Range } from './params.ts'

export const OPEN_TOLD_MAX = 100

/** Numbers from one to the other, which no record had when the ledger was heard. */
export interface OpenRange {
  readonly symbol: string
  readonly exchange: string
  /** Trading day, where numbers begin again with it. */
  readonly date: string | null
  readonly from: bigint
  readonly to: bigint
  /** Event times of the records around it. */
  readonly afterMicros: number
  readonly beforeMicros: number
}

export interface Heard {
  /** Newest first. */
  readonly open: readonly OpenRange[]
  readonly bySymbol: ReadonlyMap<string, readonly OpenRange[]>
  /** Up to which records have been judged. */
  readonly offsets: ReadonlyMap<TopicPartition, bigint>
  readonly atMs: number
}

export interface LedgerTold {
  /** null: it was never heard. */
  readonly heardAtMs: number | null
  /** Why gaps may be missing here; null where none are. */
  readonly trouble: string | null
  /** Offsets that the answer covers and the ledger has not judged. */
  readonly behind: bigint
  readonly ranges: number
  /** Numbers in all of them. */
  readonly missing: bigint
  readonly open: readonly OpenRange[]
}

export function heardOf(ranges: OpenRange[], offsets: Heard['offsets'], atMs: number): Heard {
  const open = ranges.sort((a, b) => b.beforeMicros - a.beforeMicros || (a.from < b.from ? 1 : -1))
  const bySymbol = new Map<string, OpenRange[]>()
  for (const range of open) {
    const those = bySymbol.get(range.symbol)
    if (those === undefined) bySymbol.set(range.symbol, [range])
    else those.push(range)
  }
  return { open, bySymbol, offsets, atMs }
}

/** `times`: where the question is about several. */
export function toldOf(
  heard: Heard | undefined,
  { filter, times }: { readonly filter: Filter; readonly times?: readonly Range[] | undefined },
  offsets: ReadonlyMap<TopicPartition, bigint>,
  trouble: string | null,
): LedgerTold {
  const open = heard === undefined ? [] : touching(heard, filter, times ?? [spanOf(filter)])
  return {
    heardAtMs: heard?.atMs ?? null,
    trouble,
    behind: behindIn(heard?.offsets, offsets),
    ranges: open.length,
    missing: open.reduce((sum, { from, to }) => sum + to - from + 1n, 0n),
    open: open.slice(0, OPEN_TOLD_MAX),
  }
}

const spanOf = ({ fromMicros, toMicros }: Filter): Range => ({
  fromMicros: fromMicros ?? Number.NEGATIVE_INFINITY,
  toMicros: toMicros ?? Number.POSITIVE_INFINITY,
})

function touching({ open, bySymbol }: Heard, { symbols, exchanges }: Filter, times: readonly Range[]): OpenRange[] {
  const [only] = symbols ?? []
  const among = symbols?.length === 1 ? (bySymbol.get(only!) ?? []) : open
  const wanted = symbols && new Set(symbols)
  return among.filter(
    ({ symbol, exchange, afterMicros, beforeMicros }) =>
      (wanted?.has(symbol) ?? true) &&
      (exchanges?.includes(exchange) ?? true) &&
      times.some(({ fromMicros, toMicros }) => beforeMicros >= fromMicros && afterMicros < toMicros),
  )
}

/** Offsets that were not judged, of topics whose records are numbered. */
export function behindIn(judged: Heard['offsets'] | undefined, offsets: ReadonlyMap<TopicPartition, bigint>): bigint {
  let behind = 0n
  for (const [partition, to] of offsets) {
    if (marketTopic(partition.slice(0, partition.lastIndexOf('/')))?.kind !== 'trades') continue
    const from = judged?.get(partition) ?? 0n
    if (from < to) behind += to - from
  }
  return behind
}
