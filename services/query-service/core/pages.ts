/**
 * The order of an answer's rows, and what of a question is left behind a row.
 *
 *   shape   question -> places of its order; (question, key of the last row) -> the times that still matter
 */
import type { Filter } from '@k2/lake/table.ts'
import { TIMEFRAMES } from '@k2/market/bar.ts'
import type { OhlcvQuestion } from './bars.ts'
import type { Key } from './cursor.ts'
import { spanOf } from './interval.ts'
import type { DataQuestion, Order } from './question.ts'

/** A column of the order. */
export interface Place {
  readonly column: string
  readonly kind: 'time' | 'number' | 'text'
  /** It may be missing, and then comes before all others. */
  readonly mayLack?: true
}

export type PagedQuestion = Extract<DataQuestion, { readonly digest: string }>

// biome-ignore format: a table reads by its columns
export const RECORD: readonly Place[] = [
  { column: 'timestamp',       kind: 'time' },
  { column: 'source_sequence', kind: 'number', mayLack: true },
  { column: 'kafka_topic',     kind: 'text' },
  { column: 'kafka_partition', kind: 'number' },
  { column: 'kafka_offset',    kind: 'number' },
]
/** The log's own. */
const LOG = RECORD.slice(2)
const texts = (...columns: string[]): Place[] => columns.map((column) => ({ column, kind: 'text' }))
const numbers = (...columns: string[]): Place[] => columns.map((column) => ({ column, kind: 'number' }))
const BAR = [...numbers('bucket'), ...texts('symbol', 'exchange')]

const GAP: readonly Place[] = [
  { column: 'before_timestamp', kind: 'time' },
  ...texts('symbol', 'exchange'),
  ...numbers('before_sequence'),
]

/** SPEC's order of records: timestamp, source_sequence, topic, partition, offset. */
export const KEY: readonly string[] = RECORD.map(({ column }) => column)

/** desc is the reverse of asc, in all places. */
export function placesOf(question: PagedQuestion): readonly Place[] {
  switch (question.kind) {
    case 'trades':
    case 'quotes':
      return question.inLogOrder ? LOG : RECORD
    case 'asof':
      return RECORD
    case 'reference':
      return texts('symbol', 'company_id', 'exchange')
    case 'ohlcv':
      return [...numbers('turn'), ...BAR]
    case 'gaps':
      return GAP
    case 'aggregations':
      return [
        ...numbers(...(question.interval ? ['bucket'] : [])),
        ...texts(...['symbol', 'exchange', 'side'].filter((name) => question.groupBy.includes(name))),
        ...numbers(...(question.levels ? ['price_level'] : [])),
      ]
  }
}

/**
 * Files in the order in which a page of records is looked for: where it is full of newer ones, DuckDB passes over the row
 * groups of older ones by their statistics. Half the CPU of the newest 1,000 of a symbol in three days (`npm run bench -- query`).
 */
export function inOrder<F extends { readonly day: number | null | undefined }>(
  files: readonly F[],
  { order }: Pick<PagedQuestion, 'order'>,
): readonly F[] {
  const ahead = order === 'asc' ? files : files.toReversed()
  const sign = order === 'asc' ? 1 : -1
  return ahead.toSorted((a, b) => sign * ((a.day ?? 0) - (b.day ?? 0)))
}

/** Prunes files, and row groups in them. */
export function behind(question: PagedQuestion, key: Key): Filter {
  const { filter, order } = question
  switch (question.kind) {
    case 'trades':
    case 'quotes':
    case 'asof': {
      const at = Number(key[0])
      return rest(filter, order, { fromMicros: at, toMicros: at + 1 })
    }
    case 'reference':
    // A neighbour by number may be anywhere in time.
    case 'gaps':
      return filter
    case 'ohlcv':
      return behindBar(question, Number(key[1]))
    case 'aggregations':
      return question.interval ? rest(filter, order, spanOf(question.interval, Number(key[0]))) : filter
  }
}

function behindBar({ filter, order, timeframes, calendar, fill }: OhlcvQuestion, bucket: number): Filter {
  // Other timeframes begin anew, and a filled interval shows a close from far before.
  if (timeframes.length > 1 || fill !== undefined) return filter
  return rest(filter, order, spanOf({ micros: TIMEFRAMES[timeframes[0]!], calendar }, bucket))
}

function rest(
  filter: Filter,
  order: Order,
  { fromMicros, toMicros }: { fromMicros: number; toMicros: number },
): Filter {
  return order === 'asc'
    ? { ...filter, fromMicros: Math.max(filter.fromMicros ?? fromMicros, fromMicros) }
    : { ...filter, toMicros: Math.min(filter.toMicros ?? toMicros, toMicros) }
}
