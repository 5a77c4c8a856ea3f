/**
 * HOT PATH (`npm run bench -- replay`). Runs of several row groups in SPEC's order, as places in all of them one behind the other;
 * and what of them a page takes.
 *
 *   shape   (runs, what is asked) -> places in order
 *   errors  NotOurs for an offset that no double holds
 */
import type { ColumnData, DictionaryColumn, Int32Column, Int64Column } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { giveBack } from '../../duckdb/memory.ts'
import { giveBackAll, type ResultColumn } from '../../duckdb/result.ts'
import { topicPartition } from '../../table.ts'
import { comparing } from '../order.ts'
import { type Compare, mergeRuns } from '../runs.ts'
import { byTime } from './by-time.ts'
import { NotOurs } from './cursor.ts'
import { gathered } from './gather.ts'
import { coded } from './gather-texts.ts'
import type { KeptGroups, Loaded } from './groups.ts'
import type { PageAsked } from './page.ts'
import type { Piece } from './pieces.ts'
import { readerOf } from './read.ts'

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
  private readonly spec: TableSpec
  private readonly runs: readonly Run[]
  private readonly kept: KeptGroups
  private readonly known = new Map<string, ColumnData>()

  constructor(spec: TableSpec, runs: readonly Run[], kept: KeptGroups) {
    this.spec = spec
    this.runs = runs
    this.kept = kept
    this.rest = spec.sortedBy.slice(2)
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
    if (!this.kept.hasRoom(rows, groups.size, names.length)) return
    for (const loaded of groups) {
      this.kept.load(loaded, names)
      await turn()
    }
  }

  pieces(name: string): Piece[] {
    // No rows are of their column's kind too.
    if (this.runs.length === 0) return [{ data: noneOf(this.spec, name), from: 0, to: 0 }]
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

  /** Of these rows, by their place in `rows`: what puts them in order behind the time. */
  comparing(rows: Int32Array): Compare {
    const columns = this.rest.map((name): [string, ColumnData] => [name, this.picked(name, rows)])
    return comparing(this.rest, { rows: rows.length, columns: new Map(columns) })
  }

  private picked(name: string, rows: Int32Array): ColumnData {
    if (name !== TOPIC) return gathered(this.pieces(name), rows, false) as ColumnData
    const { codes, dictionary } = this.texts(name)
    return { kind: 'dictionary', codes: rows.map((row) => codes[row]!), dictionary }
  }

  /** Frees what nobody may read any more. */
  letGo(): void {
    giveBack(this.micros)
    giveBackAll({ columns: this.known as ReadonlyMap<string, ResultColumn> })
  }
}

function noneOf({ columns }: TableSpec, name: string): ColumnData {
  const reader = readerOf(columns.find((column) => column.name === name)!)
  reader.begin(0)
  return reader.finish()
}

function everyOf(rows: number): Int32Array {
  const every = new Int32Array(rows)
  for (let i = 0; i < rows; i++) every[i] = i
  return every
}

export function ordered(together: Together, asked: PageAsked): Int32Array {
  const { micros } = together
  const places = byTime(kept(together, asked), micros)
  settleTies(together, places)
  if (asked.isDescending) places.reverse()
  const { after, isDescending, skipped, rows } = asked
  const first = skipped + (after === undefined ? 0 : behind(together, places, after, isDescending))
  return places.subarray(first, first + rows)
}

/** Rows of one time: what tells them apart is read of these alone. */
function settleTies(together: Together, places: Int32Array): void {
  const { micros } = together
  const isTied = (i: number) => micros[places[i]!] === micros[places[i - 1]!]
  const ties: number[] = []
  let count = 0
  for (let from = 0, to = 1; from < places.length; from = to++) {
    while (to < places.length && isTied(to)) to++
    if (to - from === 1) continue
    ties.push(from, to)
    count += to - from
  }
  if (count === 0) return
  const tied = new Int32Array(count)
  for (let tie = 0, at = 0; tie < ties.length; tie += 2) {
    for (let i = ties[tie]!; i < ties[tie + 1]!; i++) tied[at++] = places[i]!
  }
  const compare = together.comparing(tied)
  const rows = everyOf(count)
  for (let tie = 0, at = 0; tie < ties.length; tie += 2) {
    const [from, to] = [ties[tie]!, ties[tie + 1]!]
    mergeRuns(rows.subarray(at, at + to - from), compare)
    for (let i = from; i < to; i++) places[i] = tied[rows[at++]!]!
  }
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
