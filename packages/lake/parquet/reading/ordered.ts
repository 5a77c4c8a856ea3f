/**
 * HOT PATH (`npm run bench -- replay`). Runs of several row groups in SPEC's order, as places in all of them one behind the other;
 * and what of them a page takes.
 *
 *   shape   (runs, what is asked) -> places in order
 *   errors  NotOurs for an offset that no double holds
 */
import type { ColumnBatch, ColumnData, DictionaryColumn, Int32Column, Int64Column } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { topicPartition } from '../../table.ts'
import { comparing } from '../order.ts'
import { type Compare, mergeRuns } from '../runs.ts'
import { NotOurs } from './cursor.ts'
import { gathered } from './gather.ts'
import { coded } from './gather-texts.ts'
import type { KeptGroups, Loaded } from './groups.ts'
import type { PageAsked } from './page.ts'
import type { Piece } from './pieces.ts'

/** Rows of one symbol in a group. */
export interface Run {
  readonly loaded: Loaded
  readonly from: number
  readonly to: number
}

/** Of the columns that put rows in order the one of text. */
const TOPIC = 'kafka_topic'

/** Rows of all runs, one behind the other. */
export class Together {
  readonly rows: number
  readonly micros: Float64Array
  /** Behind the time. */
  readonly rest: readonly string[]
  private readonly runs: readonly Run[]
  private readonly kept: KeptGroups
  private readonly known = new Map<string, ColumnData>()

  constructor({ sortedBy }: TableSpec, runs: readonly Run[], kept: KeptGroups) {
    this.runs = runs
    this.kept = kept
    this.rest = sortedBy.slice(2)
    this.rows = runs.reduce((sum, { from, to }) => sum + to - from, 0)
    this.micros = new Float64Array(this.rows)
    let at = 0
    for (const { loaded, from, to } of runs) {
      this.micros.set(loaded.micros.subarray(from, to), at)
      at += to - from
    }
  }

  /** Group by group, where all of them have room: a file is opened once then, not for each column. */
  async loadAll(names: readonly string[], turn: () => Promise<void> | undefined): Promise<void> {
    const groups = new Set(this.runs.map(({ loaded }) => loaded))
    const rows = [...groups].reduce((sum, { group }) => sum + group.rows, 0)
    if (!this.kept.hasRoom(rows, names.length)) return
    for (const loaded of groups) {
      this.kept.load(loaded, names)
      await turn()
    }
  }

  pieces(name: string): Piece[] {
    return this.runs.map(({ loaded, from, to }) => ({ data: this.kept.column(loaded, name), from, to }))
  }

  /** Texts as codes. */
  texts(name: string): DictionaryColumn {
    const known = this.known.get(name) ?? coded(this.pieces(name))
    this.known.set(name, known)
    return known as DictionaryColumn
  }

  numbers(name: string): Int64Column | Int32Column {
    const known = this.known.get(name) ?? (gathered(this.pieces(name), everyOf(this.rows), false) as ColumnData)
    this.known.set(name, known)
    if (known.kind !== 'int64' && known.kind !== 'int32') throw new NotOurs('a number of another kind')
    return known
  }

  /** Of rows at one time. */
  comparing(): Compare {
    const batch: ColumnBatch = {
      rows: this.rows,
      columns: new Map(this.rest.map((name) => [name, name === TOPIC ? this.texts(name) : this.numbers(name)])),
    }
    return comparing(this.rest, batch)
  }
}

function everyOf(rows: number): Int32Array {
  const every = new Int32Array(rows)
  for (let i = 0; i < rows; i++) every[i] = i
  return every
}

export function ordered(together: Together, asked: PageAsked): Int32Array {
  const { micros } = together
  const places = byTime(kept(together, asked), micros)
  let compare: Compare | undefined
  for (let from = 0, to = 1; from < places.length; from = to++) {
    while (to < places.length && micros[places[to]!] === micros[places[from]!]) to++
    if (to - from === 1) continue
    compare ??= together.comparing()
    mergeRuns(places.subarray(from, to), compare)
  }
  if (asked.isDescending) places.reverse()
  const { after, isDescending, skipped, rows } = asked
  const first = skipped + (after === undefined ? 0 : behind(together, places, after, isDescending))
  return places.subarray(first, first + rows)
}

const DIGIT = 2 ** 11
const LOWEST = DIGIT - 1

/** By counting, digit by digit: what is at one time stays as it was. A merge of hundreds of runs costs seven times as much. */
function byTime(places: Int32Array, micros: Float64Array): Int32Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < places.length; i++) {
    const time = micros[places[i]!]!
    if (time < least) least = time
    if (time > most) most = time
  }
  let from = places
  let to: Int32Array = new Int32Array(places.length)
  for (let unit = 1; unit <= most - least; unit *= DIGIT) {
    const next = new Int32Array(DIGIT + 1)
    // A power of two, so that multiplying is exact, and the lower bits of a double are those of its whole number.
    const times = 1 / unit
    for (let i = 0; i < from.length; i++) next[(((micros[from[i]!]! - least) * times) & LOWEST) + 1]!++
    for (let digit = 0; digit < DIGIT; digit++) next[digit + 1]! += next[digit]!
    for (let i = 0; i < from.length; i++) {
      const place = from[i]!
      to[next[((micros[place]! - least) * times) & LOWEST]!++] = place
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Rows of the venues and offsets asked for. */
function kept(together: Together, { filter: { exchanges }, cuts }: PageAsked): Int32Array {
  let places: Int32Array = everyOf(together.rows)
  if (exchanges !== undefined) {
    const { codes, dictionary } = together.texts('exchange')
    const isOf = dictionary.map((text) => text !== null && exchanges.includes(text))
    places = places.filter((row) => isOf[codes[row]!])
  }
  return cuts.length === 0 ? places : places.filter(withinCuts(together, cuts))
}

interface Span {
  readonly from: number
  readonly to: number
}

function withinCuts(together: Together, cuts: PageAsked['cuts']): (row: number) => boolean {
  const spans = new Map(cuts.map(({ partition, from, to }) => [partition, { from: Number(from), to: Number(to) }]))
  const { codes, dictionary } = together.texts(TOPIC)
  const partitions = together.numbers('kafka_partition').values
  const { buffer, byteOffset } = together.numbers('kafka_offset').values
  const halves = new Int32Array(buffer, byteOffset, together.rows * 2)
  const known = new Map<number, Span | undefined>()
  const spanOf = (code: number, partition: number): Span | undefined => {
    const key = code * 2 ** 32 + partition
    if (!known.has(key)) known.set(key, spans.get(topicPartition(dictionary[code] ?? '', partition)))
    return known.get(key)
  }
  return (row) => {
    const span = spanOf(codes[row]!, Number(partitions[row]!))
    const offset = halves[row * 2 + 1]! * 2 ** 32 + (halves[row * 2]! >>> 0)
    if (!Number.isSafeInteger(offset)) throw new NotOurs('an offset that no double holds')
    return span === undefined || (offset >= span.from && offset < span.to)
  }
}

/** How many of the places come up to that key. */
function behind(
  together: Together,
  places: Int32Array,
  [time, ...rest]: readonly (string | null)[],
  isDescending: boolean,
): number {
  const { micros } = together
  const timeMicros = Number(time)
  const comparisons = together.rest.map((name, i) => comparingTo(together, name, rest[i] ?? null))
  const sign = isDescending ? -1 : 1
  const isUpTo = (row: number): boolean => {
    let order = micros[row]! - timeMicros
    for (let i = 0; order === 0 && i < comparisons.length; i++) order = comparisons[i]!(row)
    return sign * order <= 0
  }
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isUpTo(places[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

/** What is missing comes before all others. */
const LEAST = -(2n ** 63n)

function comparingTo(together: Together, name: string, part: string | null): (row: number) => number {
  if (name === TOPIC) {
    const { codes, dictionary } = together.texts(name)
    const wanted = Buffer.from(part ?? '')
    return (row) => Buffer.from(dictionary[codes[row]!] ?? '').compare(wanted)
  }
  const { values, nulls } = together.numbers(name)
  const wanted = part === null ? LEAST : BigInt(part)
  return (row) => {
    const value = nulls?.[row] === 1 ? LEAST : BigInt(values[row]!)
    return value < wanted ? -1 : Number(value > wanted)
  }
}
