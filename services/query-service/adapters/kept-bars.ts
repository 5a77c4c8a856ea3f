/**
 * Bars of minutes of data files that questions about bars came to twice: made once, in the background, and kept in
 * memory. A file never changes and its name carries its checksum, which is held against its bytes before its bars are
 * made; so a compacted file is another one, and as_of names the files of its snapshot.
 *
 *   shape   tables of some ten thousand bars, of many files each: a table a file would cost DuckDB 0.3 MB and a part of
 *           every statement's plan
 *   limits  `bytesMax`, or a file's bars more; a table that nobody asked for in a minute goes for newer ones, else no more
 *           are made
 *   errors  none: a file whose bars cannot be made is read like any other
 */
import { codeOf } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Engine } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import { carriesChecksum, PATH_BYTES } from '@k2/lake/duckdb/whole.ts'
import type { HeldMemory } from '@k2/lake/memory.ts'
import type { Filter } from '@k2/lake/table.ts'
import { cellsOf } from './cells.ts'
import { MINUTE_COLUMNS, MINUTE_MICROS, minutesIn, minutesSql } from './minutes-sql.ts'

/** What of a question's files need not be read. */
export interface Kept {
  readonly tables: readonly { readonly name: string; readonly files: readonly number[] }[]
  /** The whole minutes that the question is about. */
  readonly minutes: Filter
  /** Files to be read as they are. */
  readonly left: readonly string[]
  /** Files with bars whose records are read for minutes of which the question wants a part. */
  readonly cut: readonly string[]
}

export interface KeptPorts {
  readonly engine: Engine
  readonly bytesMax: number
  /** Statements of the engine's own connection, one after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  /** Drops a table once those have ended that may name it. */
  readonly drop: (name: string) => void
  /** Resolves when there is room beside the questions that are being answered. */
  readonly room: () => Promise<void>
  readonly nowMs: () => number
}

interface Segment {
  readonly name: string
  rows: number
  usedMs: number
}

interface Bars {
  readonly segment: Segment
  readonly file: number
  /** Its first and its last minute. */
  readonly firstMicros: number
  readonly lastMicros: number
}

/** What a bar takes in DuckDB's memory. */
const BAR_BYTES = 300
const SEGMENT_ROWS = 50_000
const USED_MS = 60_000
/** Paths that are remembered; past it all are forgotten. */
const PATHS_MAX = 10_000
/** Of files and tables. */
let lastNumber = 0

export class KeptBars {
  readonly #ports: KeptPorts
  readonly #bars = new Map<string, Bars>()
  #segments: Segment[] = []
  readonly #seen = new Set<string>()
  readonly #wanted = new Set<string>()
  readonly #refused = new Set<string>()
  #isPaused = false
  #isMaking = false
  #making: Promise<void> = Promise.resolve()

  constructor(ports: KeptPorts) {
    this.#ports = ports
  }

  /** What is kept of these files for a question with this filter; undefined where nothing is. */
  take(filter: Filter, files: readonly string[]): Kept | undefined {
    const minutes = minutesIn(filter)
    if (minutes === undefined || this.#ports.bytesMax === 0) return undefined
    const left = files.filter((path) => !this.#bars.has(path))
    this.#want(left)
    if (left.length === files.length) return undefined
    const numbers = new Map<Segment, number[]>()
    const cut: string[] = []
    for (const path of files) {
      const bars = this.#bars.get(path)
      if (bars === undefined) continue
      numbers.set(bars.segment, [...(numbers.get(bars.segment) ?? []), bars.file])
      if (isCut(bars, filter, minutes)) cut.push(path)
    }
    const tables = Array.from(numbers, ([segment, files]) => {
      segment.usedMs = this.#ports.nowMs()
      return { name: segment.name, files }
    })
    return { tables, minutes, left, cut }
  }

  /** Of these files those that `take` would leave unread, without making more. */
  standing(filter: Filter, files: readonly string[]): string[] {
    const minutes = minutesIn(filter)
    if (minutes === undefined) return []
    return files.filter((path) => {
      const bars = this.#bars.get(path)
      return bars !== undefined && !isCut(bars, filter, minutes)
    })
  }

  /** No more are made while it is paused; those that there are stay. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#make()
  }

  /** Of a file there is one bar at least. */
  held(): { readonly bars: HeldMemory; readonly wanted: HeldMemory } {
    const { bytesMax } = this.#ports
    const sets = [this.#seen, this.#wanted, this.#refused]
    const paths = sets.reduce((sum, { size }) => sum + size, this.#bars.size)
    const pathsMax = sets.length * PATHS_MAX + Math.ceil(bytesMax / BAR_BYTES)
    return {
      bars: { bytes: this.#barsBytes(), bytesMax },
      wanted: { bytes: paths * PATH_BYTES, bytesMax: pathsMax * PATH_BYTES },
    }
  }

  #barsBytes(): number {
    return this.#segments.reduce((sum, { rows }) => sum + rows, 0) * BAR_BYTES
  }

  /** Resolves when all that are wanted are made, or it is paused. */
  async settled(): Promise<void> {
    await this.#making
  }

  #want(files: readonly string[]): void {
    for (const path of files) {
      if (!carriesChecksum(path) || this.#refused.has(path)) continue
      if (remembered(this.#seen, path)) remembered(this.#wanted, path)
    }
    this.#make()
  }

  #make(): void {
    if (this.#isMaking || this.#isPaused || this.#wanted.size === 0) return
    this.#isMaking = true
    this.#making = this.#makeAll()
  }

  async #makeAll(): Promise<void> {
    for (const path of this.#wanted) {
      await this.#ports.room()
      if (this.#isPaused) break
      this.#wanted.delete(path)
      try {
        await this.#makeOne(path)
      } catch (error) {
        // Others may pass: it is wanted again by the next question.
        if (['INTERNAL', 'LAKE_DAMAGED'].includes(codeOf(error))) remembered(this.#refused, path)
      }
    }
    // In one step with the loop's end: what is wanted from here on begins anew.
    this.#isMaking = false
  }

  async #makeOne(path: string): Promise<void> {
    const { engine } = this.#ports
    const segment = await this.#open()
    if (segment === undefined) return
    const file = ++lastNumber
    const source = scanSql(TRADES, [path])
    await engine.query(`INSERT INTO ${segment.name} SELECT ${file}::INTEGER, * FROM (${minutesSql(source)})`, [], {
      files: [path],
    })
    const span = 'epoch_us(min(timestamp)) AS first_micros, epoch_us(max(timestamp)) AS last_micros'
    const told = await engine.query(`SELECT ${span}, count(*) AS bars FROM ${segment.name} WHERE file = ${file}`)
    const number = (name: string) => Number(cellsOf(told, name)(0))
    segment.rows += number('bars')
    const [firstMicros, lastMicros] = [number('first_micros'), number('last_micros')]
    this.#bars.set(path, { segment, file, firstMicros, lastMicros })
  }

  /** The one to add to; undefined where there is no room. */
  async #open(): Promise<Segment | undefined> {
    const { bytesMax, engine, inTurn, nowMs } = this.#ports
    while (this.#barsBytes() >= bytesMax) {
      const [oldest] = this.#segments.toSorted((a, b) => a.usedMs - b.usedMs)
      if (oldest === undefined || nowMs() - oldest.usedMs < USED_MS) return undefined
      this.#letGo(oldest)
    }
    const current = this.#segments.at(-1)
    if (current !== undefined && current.rows < SEGMENT_ROWS) return current
    const segment = { name: `bars_${++lastNumber}`, rows: 0, usedMs: nowMs() }
    await inTurn(() => engine.run(`CREATE TABLE ${segment.name} (${MINUTE_COLUMNS})`))
    this.#segments.push(segment)
    return segment
  }

  #letGo(gone: Segment): void {
    this.#segments = this.#segments.filter((segment) => segment !== gone)
    for (const [path, { segment }] of this.#bars) if (segment === gone) this.#bars.delete(path)
    this.#ports.drop(gone.name)
  }
}

/** True where it was there already. */
function remembered(paths: Set<string>, path: string): boolean {
  if (paths.has(path)) return true
  if (paths.size >= PATHS_MAX) paths.clear()
  paths.add(path)
  return false
}

/** Whether it has trades in a minute of which the question wants but a part. */
function isCut({ firstMicros, lastMicros }: Bars, filter: Filter, minutes: Filter): boolean {
  const has = (minute: number) => firstMicros <= minute && minute <= lastMicros
  const [from, to] = [minutes.fromMicros, minutes.toMicros]
  return (
    (from !== undefined && from !== filter.fromMicros && has(from - MINUTE_MICROS)) ||
    (to !== undefined && to !== filter.toMicros && has(to))
  )
}
