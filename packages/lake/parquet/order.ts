/**
 * HOT PATH. Which rows go into which file, and in what order: by day and bucket, then as the table is sorted.
 *
 *   shape   (TableSpec, batch, bucketOf) -> parts by day, then bucket; each lists its rows in their order. Pure
 *   units   day: days since the epoch, UTC, null where the table has none; rows: places in the batch
 *   errors  a null in the day's or the bucket's column: our own bug, Error
 *   source  Iceberg spec, "Sorting": ascending, nulls first, text by its UTF-8 bytes
 *
 * A log's records come nearly sorted, and files that are taken together are sorted, each. They are put by symbol and by
 * file by counting; what then does not stand in order is runs that do, which are merged (runs.ts). DuckDB's ORDER BY and
 * PARTITION_BY cost 0.9 µs a row, this 0.1.
 */
import type { ColumnBatch, ColumnData, DictionaryColumn, Int64Column } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { type Compare, mergeRuns } from './runs.ts'

export interface Part {
  readonly day: number | null
  readonly bucket: number
  readonly rows: Int32Array
}

export function arrange(spec: TableSpec, batch: ColumnBatch, bucketOf: (text: string) => number): Part[] {
  if (spec.sortedBy[0] !== spec.bucketOf) throw new Error('a table is sorted first by what its buckets are of')
  const symbols = ranked(spec.bucketOf, batch)
  const isNull = symbols.texts.indexOf(null)
  if (isNull >= 0 && symbols.ranks.includes(isNull)) throw new Error(`${spec.bucketOf} is null, and then in no bucket`)
  const buckets = symbols.texts.map((text) => (text === null ? -1 : bucketOf(text)))
  const { partOf, parts } = partition(batch.rows, daysOf(spec, batch), symbols.ranks, buckets)

  const inBatch = new Int32Array(batch.rows)
  for (let row = 0; row < batch.rows; row++) inBatch[row] = row
  const bySymbol = counted(inBatch, symbols.ranks, buckets.length)
  const byPart = counted(bySymbol, partOf, parts.length)
  const compare = comparing(spec.sortedBy.slice(1), batch)
  let from = 0
  return parts.map(({ day, bucket, count }) => {
    const rows = byPart.subarray(from, from + count)
    from += count
    settle(rows, symbols.ranks, compare)
    return { day, bucket, rows }
  })
}

interface Numbered extends Omit<Part, 'rows'> {
  count: number
  /** Its number, as they were met. */
  readonly met: number
}

/** Numbers the pairs of day and bucket that occur, in order. */
function partition(rows: number, days: Int32Array | null, ranks: Int32Array, buckets: readonly number[]) {
  const seen = new Map<number, Numbered>()
  const partOf = new Int32Array(rows)
  // By symbol, the one it was last in: a day is a long one.
  const recent = new Array<Numbered | undefined>(buckets.length).fill(undefined)
  for (let row = 0; row < rows; row++) {
    const rank = ranks[row]!
    const day = days === null ? null : days[row]!
    let part = recent[rank]
    if (part === undefined || part.day !== day) {
      const bucket = buckets[rank]!
      const key = (day ?? 0) * 2 ** 16 + bucket
      part = seen.get(key) ?? { day, bucket, count: 0, met: seen.size }
      seen.set(key, part)
      recent[rank] = part
    }
    part.count++
    partOf[row] = part.met
  }
  const parts = [...seen.values()].toSorted((a, b) => (a.day ?? 0) - (b.day ?? 0) || a.bucket - b.bucket)
  const placeOf = new Int32Array(parts.length)
  parts.forEach(({ met }, place) => {
    placeOf[met] = place
  })
  for (let row = 0; row < rows; row++) partOf[row] = placeOf[partOf[row]!]!
  return { partOf, parts }
}

/** Rows by a small key, those of one key as they were. */
function counted(rows: Int32Array, keyOf: Int32Array, keys: number): Int32Array {
  const next = new Int32Array(keys + 1)
  for (let i = 0; i < keyOf.length; i++) next[keyOf[i]! + 1]!++
  for (let key = 0; key < keys; key++) next[key + 1]! += next[key]!
  const sorted = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    sorted[next[keyOf[row]!]!++] = row
  }
  return sorted
}

/** Puts the stretches of one symbol in order. */
function settle(rows: Int32Array, ranks: Int32Array, compare: Compare): void {
  let from = 0
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && ranks[rows[i]!] === ranks[rows[from]!]) continue
    mergeRuns(rows.subarray(from, i), compare)
    from = i
  }
}

/** By the columns named, in that order; nulls first; rows that are alike as they were. */
export function comparing(names: readonly string[], batch: ColumnBatch): Compare {
  const [first, ...others] = names
  if (first === undefined) return (a, b) => a - b
  const rest = comparing(others, batch)
  const numbers = exactNumbers(batch.columns.get(first), batch.rows)
  if (numbers !== undefined) return (a, b) => numbers[a]! - numbers[b]! || rest(a, b)
  const compare = comparingOne(first, batch)
  return (a, b) => compare(a, b) || rest(a, b)
}

/** A time, which nearly always decides, as doubles; undefined where they would not tell all apart. */
function exactNumbers(data: ColumnData | undefined, rows: number): Float64Array | undefined {
  if (data?.kind !== 'int64' || data.nulls !== undefined) return undefined
  const halves = new Int32Array(data.values.buffer, data.values.byteOffset, rows * 2)
  const numbers = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const number = halves[row * 2 + 1]! * 2 ** 32 + (halves[row * 2]! >>> 0)
    if (!Number.isSafeInteger(number)) return undefined
    numbers[row] = number
  }
  return numbers
}

function comparingOne(name: string, batch: ColumnBatch): Compare {
  const data = batch.columns.get(name)
  switch (data?.kind) {
    case undefined:
      return () => 0
    case 'int64': {
      const halves = halvesOf(data)
      return (a, b) =>
        nullsFirst(data.nulls, a, b) ?? (halves.high(a) - halves.high(b) || halves.low(a) - halves.low(b))
    }
    case 'int32':
    case 'boolean':
      return (a, b) => nullsFirst(data.nulls, a, b) ?? data.values[a]! - data.values[b]!
    case 'text':
    case 'dictionary': {
      const { ranks } = ranked(name, batch)
      return (a, b) => ranks[a]! - ranks[b]!
    }
    default:
      throw new Error(`no table is sorted by a ${data?.kind}`)
  }
}

/** undefined: neither is null. */
function nullsFirst(nulls: Uint8Array | undefined, a: number, b: number): number | undefined {
  if (nulls === undefined || (nulls[a] === 0 && nulls[b] === 0)) return undefined
  return nulls[b]! - nulls[a]!
}

/** 64 bits as two numbers: comparing BigInts would make one for each value. */
function halvesOf({ values }: Int64Column) {
  const high = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const low = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  return { high: (row: number) => high[row * 2 + 1]!, low: (row: number) => low[row * 2]! }
}

/** Each row's place among the different texts of a column's dictionary, null the first. */
function ranked(name: string, batch: ColumnBatch): { ranks: Int32Array; texts: (string | null)[] } {
  const { codes, dictionary } = asDictionary(name, batch.columns.get(name), batch.rows)
  const texts = [...new Set(dictionary)].toSorted(byBytes)
  const rankOf = new Map(texts.map((text, rank) => [text, rank]))
  const rankOfCode = Int32Array.from(dictionary, (text) => rankOf.get(text)!)
  const ranks = new Int32Array(codes.length)
  for (let row = 0; row < codes.length; row++) ranks[row] = rankOfCode[codes[row]!]!
  return { ranks, texts }
}

function asDictionary(
  name: string,
  data: ColumnData | undefined,
  rows: number,
): Pick<DictionaryColumn, 'codes' | 'dictionary'> {
  if (data?.kind === 'dictionary') return { codes: data.codes.subarray(0, rows), dictionary: data.dictionary }
  if (data?.kind !== 'text') throw new Error(`${name} is text, and the batch's is ${data?.kind}`)
  const dictionary = [...new Set(data.values)]
  const codeOf = new Map(dictionary.map((text, code) => [text, code]))
  return { codes: Int32Array.from(data.values, (text) => codeOf.get(text)!), dictionary }
}

/** As DuckDB and Iceberg order text; JavaScript's own order differs beyond U+FFFF. */
function byBytes(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const DAY_MICROS = 86_400_000_000

/** The UTC day of every row; null where the table has none. */
function daysOf(spec: TableSpec, batch: ColumnBatch): Int32Array | null {
  if (spec.dayOf === null) return null
  const data = batch.columns.get(spec.dayOf)
  if (data?.kind !== 'int64') throw new Error(`${spec.dayOf} is a time, and the batch's is ${data?.kind}`)
  if (data.nulls?.includes(1)) throw new Error(`${spec.dayOf} is null, and then on no day`)
  const halves = new Int32Array(data.values.buffer, data.values.byteOffset, batch.rows * 2)
  const days = new Int32Array(batch.rows)
  let day = 0
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (let row = 0; row < batch.rows; row++) {
    const micros = halves[row * 2 + 1]! * 2 ** 32 + (halves[row * 2]! >>> 0)
    // Beyond 2^53 a double may round to another day.
    if (!(micros >= from && micros < to)) {
      day = Number(floorDivide(data.values[row]!, BigInt(DAY_MICROS)))
      const isExact = Number.isSafeInteger(micros)
      from = isExact ? day * DAY_MICROS : Number.POSITIVE_INFINITY
      to = (day + 1) * DAY_MICROS
    }
    days[row] = day
  }
  return days
}

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b
