/**
 * HOT PATH (`npm run bench -- replay`). Row groups of our writer's files, their columns read when they are asked for and kept
 * for the next who asks: windows of a replay cut the same groups again and again.
 *
 *   errors  NotOurs, where a file, or what it says of itself, is not as our writer writes it
 *   limits  columns kept are bounded by bytes, about; the group used longest ago goes first
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ColumnData } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { HeldMemory } from '../../memory.ts'
import { bytesOf, COLUMN_BYTES } from './bytes-of.ts'
import { Cursor, NotOurs } from './cursor.ts'
import { chunkOf, groupsOf, placeOf, type ReadGroup } from './pages.ts'
import { readerOf } from './read.ts'
import { count, type Thing, things } from './thrift.ts'

/** Rows of one symbol, in the order of the table. */
export interface Stretch {
  readonly symbol: string
  readonly from: number
  readonly to: number
}

/** What a footer says of a row group. */
export class Group {
  readonly spec: TableSpec
  readonly file: string
  readonly rows: number
  /** Event times at least and at most, µs. */
  readonly fromMicros: number
  readonly lastMicros: number
  /** Their bytes as Latin-1, whose order is that of bytes; absent where the footer says none. */
  private readonly leastSymbol: string | undefined
  private readonly mostSymbol: string | undefined
  /** FIELDS of each chunk. */
  private readonly places: readonly number[]

  constructor(spec: TableSpec, file: string, { rows, chunks }: ReadGroup) {
    this.spec = spec
    this.file = file
    this.rows = rows
    const boundsOf = (name: string): Thing[] => things(things(things(chunks[placeIn(spec, name)])[3])[12])
    const { 5: last, 6: first } = boundsOf(spec.dayOf!)
    this.fromMicros = microsIn(first)
    this.lastMicros = microsIn(last)
    const { 5: most, 6: least } = boundsOf(spec.bucketOf)
    this.leastSymbol = Buffer.isBuffer(least) ? least.toString('latin1') : undefined
    this.mostSymbol = Buffer.isBuffer(most) ? most.toString('latin1') : undefined
    this.places = chunks.flatMap(placesOf)
  }

  /** Whether it may hold one of these, as bytesOfText gives them, by its statistics. */
  mayHold(symbols: readonly string[]): boolean {
    const { leastSymbol: least, mostSymbol: most } = this
    return symbols.some((symbol) => (least === undefined || symbol >= least) && (most === undefined || symbol <= most))
  }

  read(handle: number, name: string): ColumnData {
    const place = placeIn(this.spec, name)
    const chunk = chunkAt(this.places, place)
    const { at, bytes } = placeOf(chunk)
    const reader = readerOf(this.spec.columns[place]!)
    reader.begin(this.rows)
    reader.take(chunkOf(bytesAt(handle, at, bytes), 0, chunk), 0, this.rows)
    return reader.finish()
  }
}

const placeIn = ({ columns }: TableSpec, name: string): number => columns.findIndex((column) => column.name === name)

/** A text as bounds are kept. */
export const bytesOfText = (text: string): string => Buffer.from(text).toString('latin1')

/** Of what is said of a chunk how its pages are packed and where they are: the rest is ten times as much. */
const FIELDS = [4, 7, 9, 11]
const NONE = -1

function placesOf(chunk: Thing): number[] {
  const said = things(things(chunk)[3])
  return FIELDS.map((field) => (said[field] === undefined ? NONE : count(said[field])))
}

function chunkAt(places: readonly number[], place: number): Thing {
  const said: Thing[] = []
  FIELDS.forEach((field, i) => {
    const value = places[place * FIELDS.length + i]!
    if (value !== NONE) said[field] = value
  })
  const chunk: Thing[] = []
  chunk[3] = said
  return chunk
}

/** About what a value takes. */
const BYTES_A_VALUE = 8

/** A row group's columns, as many as were asked for. */
export class Loaded {
  readonly group: Group
  readonly columns = new Map<string, ColumnData>()
  /** Times as doubles. */
  readonly micros: Float64Array
  /** Where symbols begin and end. */
  readonly stretches: readonly Stretch[]
  /** Of its columns. */
  bytes = 0

  constructor(group: Group) {
    this.group = group
    const { spec, rows } = group
    this.load([spec.bucketOf, spec.dayOf!])
    this.micros = microsOf(this.columns.get(spec.dayOf!)!, rows)
    this.bytes += this.micros.byteLength
    this.stretches = stretchesOf(this.columns.get(spec.bucketOf)!, this.micros)
  }

  /** Reads what of these columns is not there yet. */
  load(names: readonly string[]): void {
    const missing = names.filter((name) => !this.columns.has(name))
    if (missing.length === 0) return
    const handle = opened(this.group.file)
    try {
      for (const name of missing) {
        const column = this.group.read(handle, name)
        this.columns.set(name, column)
        this.bytes += bytesOf(column)
      }
    } finally {
      closeSync(handle)
    }
  }

  letGo(): void {
    this.columns.clear()
    this.bytes = this.micros.byteLength
  }
}

function microsIn(bound: Thing | undefined): number {
  if (!Buffer.isBuffer(bound) || bound.length !== 8) throw new NotOurs('no bounds of its times')
  return Number(bound.readBigInt64LE())
}

function microsOf(times: ColumnData, rows: number): Float64Array {
  if (times.kind !== 'int64' || times.nulls !== undefined) throw new NotOurs('rows without a time')
  const words = new Int32Array(times.values.buffer, times.values.byteOffset, rows * 2)
  const micros = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const value = words[i * 2 + 1]! * 2 ** 32 + (words[i * 2]! >>> 0)
    if (!Number.isSafeInteger(value)) throw new NotOurs('a time that no double holds')
    micros[i] = value
  }
  return micros
}

function stretchesOf(symbols: ColumnData, micros: Float64Array): Stretch[] {
  const stretches: Stretch[] = []
  const { code, text } = textsIn(symbols)
  for (let from = 0, to = 1; from < micros.length; from = to++) {
    const same = code(from)
    for (; to < micros.length && code(to) === same; to++)
      if (micros[to]! < micros[to - 1]!) throw new NotOurs('rows in another order')
    stretches.push({ symbol: text(from), from, to })
  }
  return stretches
}

function textsIn(data: ColumnData): { code: (row: number) => number | string; text: (row: number) => string } {
  if (data.kind === 'dictionary') {
    const { codes, dictionary } = data
    return { code: (row) => codes[row]!, text: (row) => dictionary[codes[row]!]! }
  }
  if (data.kind !== 'text') throw new NotOurs('symbols that are no text')
  const { values } = data
  return { code: (row) => values[row]!, text: (row) => values[row]! }
}

/** The footer's length, and the magic bytes: cursor of groupsOf. */
const END_BYTES = 8

function opened(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new NotOurs(`${path} cannot be read`, { cause })
  }
}

let piece = Buffer.alloc(0)

/** Good until the next call. */
function bytesAt(handle: number, at: number, bytes: number): Buffer {
  if (piece.length < bytes) piece = Buffer.allocUnsafeSlow(bytes * 2)
  if (readSync(handle, piece, 0, bytes, at) !== bytes) throw new NotOurs('a file that ends too early')
  return piece.subarray(0, bytes)
}

function openGroups(spec: TableSpec, path: string): Group[] {
  const handle = opened(path)
  try {
    const { size } = fstatSync(handle)
    const end = bytesAt(handle, Math.max(0, size - END_BYTES), Math.min(size, END_BYTES))
    const length = new Cursor(end).int32() + END_BYTES + 4
    if (length > size || length < END_BYTES) throw new NotOurs('another footer')
    // Its parts are kept, so its bytes are its own.
    const footer = Buffer.from(bytesAt(handle, size - length, length))
    return groupsOf(spec, footer).map((group) => new Group(spec, path, group))
  } finally {
    closeSync(handle)
  }
}

/** Of which footers are kept. */
const GROUPS_MAX = 10_000
const FOOTER_BYTES = 1_200

export class KeptGroups {
  private readonly bytesMax: number
  private readonly files = new Map<string, readonly Group[]>()
  private groups = 0
  /** The one used longest ago first. */
  private readonly loaded = new Map<Group, Loaded>()
  private bytes = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  of(spec: TableSpec, path: string): readonly Group[] {
    const known = this.files.get(path)
    if (known !== undefined) return known
    const groups = openGroups(spec, path)
    this.groups += groups.length
    if (this.groups > GROUPS_MAX) {
      this.files.clear()
      this.groups = groups.length
    }
    this.files.set(path, groups)
    return groups
  }

  loadOf(group: Group): Loaded {
    const loaded = this.loaded.get(group) ?? new Loaded(group)
    this.load(loaded, [])
    return loaded
  }

  /** Whether so many groups of so many rows can be kept together. */
  hasRoom(rows: number, groups: number, columns: number): boolean {
    return (rows * BYTES_A_VALUE + groups * COLUMN_BYTES) * columns <= this.bytesMax
  }

  /** Whoever has a column keeps it; the group may be let go of, and is read anew. */
  column(loaded: Loaded, name: string): ColumnData {
    if (!loaded.columns.has(name)) this.load(loaded, [name])
    return loaded.columns.get(name)!
  }

  /** These columns too. */
  load(loaded: Loaded, names: readonly string[]): void {
    const { group } = loaded
    this.bytes -= this.loaded.get(group)?.bytes ?? 0
    this.loaded.delete(group)
    loaded.load(names)
    this.bytes += loaded.bytes
    for (const [oldest, other] of this.loaded) {
      if (this.bytes <= this.bytesMax) break
      this.loaded.delete(oldest)
      this.bytes -= other.bytes
      other.letGo()
    }
    this.loaded.set(group, loaded)
  }

  held(): { readonly columns: HeldMemory; readonly footers: HeldMemory } {
    return {
      columns: { bytes: this.bytes, bytesMax: this.bytesMax },
      footers: { bytes: this.groups * FOOTER_BYTES, bytesMax: GROUPS_MAX * FOOTER_BYTES },
    }
  }

  clear(): void {
    this.files.clear()
    this.groups = 0
    this.loaded.clear()
    this.bytes = 0
  }
}
