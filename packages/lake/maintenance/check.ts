/**
 * Reads a whole table and says what is wrong with it: metadata, every file that a snapshot names, every row of the
 * newest one, whether planning would find each row, and whether each offset is there once.
 *
 *   limits  one data file at a time, so that a remote table may be larger than the cache
 *   errors  none for a table that is damaged: those are what it returns. K2Error LAKE_UNAVAILABLE, and the signal's reason
 */
import { codeOf } from '@k2/contracts/codes.ts'
import type { TextColumn } from '@k2/contracts/columns.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import type { Engine } from '../duckdb/engine.ts'
import { scanSql } from '../duckdb/read.ts'
import { quoteName } from '../duckdb/sql.ts'
import { readHolesFile } from '../iceberg/holes-file.ts'
import { type LocalFiles, overFiles } from '../store/files.ts'
import { normalised } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import type { Filter, Head, Table, TableFile } from '../table.ts'
import { Offsets } from './offsets.ts'

export interface CheckPorts {
  readonly table: Table
  readonly store: Store
  readonly engine: Engine
  readonly files: LocalFiles
  /** Told after every file of the newest snapshot. */
  readonly advanced?: (files: number, filesAll: number) => void
}

export interface Checked {
  readonly table: string
  readonly snapshots: number
  readonly manifests: number
  /** That any snapshot names, and of them those of the newest. */
  readonly files: number
  readonly filesNow: number
  readonly rows: number
  /** Sentences; none where all is well. */
  readonly faults: readonly string[]
}

const FAULTS_MAX = 1_000

export async function check(ports: CheckPorts, signal: AbortSignal): Promise<Checked> {
  return new Check(ports, signal).run()
}

class Check {
  readonly #ports: CheckPorts
  readonly #signal: AbortSignal
  readonly #faults = new Set<string>()
  /** Files that hold rows of a symbol, and of a day: planning must find them. */
  readonly #bySymbol = new Map<string, string[]>()
  readonly #byDay = new Map<number, string[]>()
  readonly #offsets: Offsets

  constructor(ports: CheckPorts, signal: AbortSignal) {
    this.#ports = ports
    this.#offsets = new Offsets(ports.engine, ports.table.spec)
    this.#signal = signal
  }

  async run(): Promise<Checked> {
    const { table } = this.#ports
    const sum = { table: table.spec.name, snapshots: 0, manifests: 0, files: 0, filesNow: 0, rows: 0 }
    await this.#told(async () => {
      // Of one snapshot, whatever is committed meanwhile; of rows that others deleted only the files can be looked at.
      const planned = await this.#told(() => table.plan({}))
      const files = planned?.files ?? (await table.upkeep.files())
      const { manifests, dataFiles, holes } = await table.upkeep.named()
      Object.assign(sum, { snapshots: (await table.snapshots()).length, manifests: manifests.size })
      Object.assign(sum, { files: dataFiles.size, filesNow: files.length })
      for (const file of holes) await this.#told(() => readHolesFile(this.#ports.store, file))
      const sizes = await this.#sizes()
      const whole = new Set([...dataFiles].flatMap(([path, size]) => (this.#isWhole(path, size, sizes) ? [path] : [])))
      const readable = files.filter(({ path }) => whole.has(path))
      const rows: (number | undefined)[] = []
      for (const file of readable) {
        rows.push(await this.#told(() => this.#file(file)))
        this.#ports.advanced?.(rows.length, readable.length)
      }
      sum.rows = rows.reduce<number>((total, some = 0) => total + some, 0)
      if (planned === undefined) return
      await this.#plans(planned.head)
      if (rows.includes(undefined) || readable.length < files.length) return
      const { progress } = planned.head
      const passedOver = [...progress.holes, ...(await table.upkeep.lost())]
      const repeats = await table.upkeep.repeats()
      for (const fault of this.#offsets.faults({ ...progress, holes: passedOver }, repeats)) this.#fault(fault)
    })
    return { ...sum, faults: [...this.#faults] }
  }

  /** undefined where it met damage. */
  async #told<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.#signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (codeOf(error) !== 'LAKE_DAMAGED' && codeOf(error) !== 'LAKE_DISAGREES') throw error
      this.#fault((error as Error).message)
      return undefined
    }
  }

  #fault(what: string): void {
    if (this.#faults.size < FAULTS_MAX) this.#faults.add(what)
  }

  async #sizes(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>()
    const { store, table } = this.#ports
    for await (const { location, sizeBytes } of store.list(table.location)) sizes.set(normalised(location), sizeBytes)
    return sizes
  }

  /** A file that any snapshot names. */
  #isWhole(path: string, sizeBytes: number, sizes: ReadonlyMap<string, number>): boolean {
    const size = sizes.get(path)
    if (size === undefined) this.#fault(`${path} is named by a snapshot, and is not there`)
    else if (size !== sizeBytes) this.#fault(`${path} has ${size} bytes, and its manifest says ${sizeBytes}`)
    return size === sizeBytes
  }

  /** Rows of a file, as it holds them. */
  async #file(file: TableFile): Promise<number> {
    const { table } = this.#ports
    const [symbols, days, counts] = await overFiles(this.#ports.files, [file], this.#signal, async ([path]) => {
      const places = await this.#places([path!])
      await this.#offsets.count(path!, this.#signal)
      return places
    })
    for (const name of new Set(symbols)) push(this.#bySymbol, name!, file.path)
    const heldDays = new Set(days!.map(Number))
    if (table.spec.dayOf !== null) for (const one of heldDays) push(this.#byDay, one, file.path)
    if (typeof file.day === 'number' && [...heldDays].some((one) => one !== file.day)) {
      this.#fault(`${file.path} holds rows of other days than its partition`)
    }
    const rows = counts!.reduce((sum, count) => sum + Number(count), 0)
    if (rows !== file.rows) this.#fault(`${file.path} has ${rows} rows, and its manifest says ${file.rows}`)
    return rows
  }

  /** Symbols, days and rows of each pair. */
  async #places(files: readonly string[]): Promise<TextColumn['values'][]> {
    const { engine, table } = this.#ports
    const symbol = quoteName(table.spec.bucketOf)
    // Down, also before 1970: SQL's // goes towards zero.
    const micros = `epoch_us(${quoteName(table.spec.dayOf ?? '')})`
    const day =
      table.spec.dayOf === null
        ? '0'
        : `(${micros} - (${micros} % ${DAY_MICROS} + ${DAY_MICROS}) % ${DAY_MICROS}) // ${DAY_MICROS}`
    const places = `SELECT CAST(${symbol} AS VARCHAR) AS symbol, CAST(${day} AS VARCHAR) AS day, CAST(count(*) AS VARCHAR) AS rows
      FROM ${scanSql(table.spec, files)} GROUP BY ALL`
    // Every column is read, so that a damaged page anywhere is met.
    const every = `SELECT CAST(sum(hash(COLUMNS(*))) AS VARCHAR) FROM ${scanSql(table.spec, files)}`
    const asking = { files, signal: this.#signal }
    await engine.query(every, [], asking)
    const found = (await engine.query(places, [], asking)).columns
    return ['symbol', 'day', 'rows'].map((name) => (found.get(name) as TextColumn).values)
  }

  /** A wrong bucket or bound shows only under a filter. */
  async #plans({ snapshotId }: Head): Promise<void> {
    const found = async (filter: Filter, files: readonly string[], what: string) => {
      this.#signal.throwIfAborted()
      const planned = new Set(
        (await this.#ports.table.plan(filter, snapshotId ?? undefined)).files.map(({ path }) => path),
      )
      for (const file of files)
        if (!planned.has(file)) this.#fault(`${file} holds rows of ${what}, and a question for them skips it`)
    }
    for (const [symbol, files] of this.#bySymbol) await found({ symbols: [symbol] }, files, `symbol ${symbol}`)
    for (const [day, files] of this.#byDay) {
      const fromMicros = day * DAY_MICROS
      await found({ fromMicros, toMicros: fromMicros + DAY_MICROS }, files, `day ${day}`)
    }
  }
}

function push<K>(map: Map<K, string[]>, key: K, file: string): void {
  const files = map.get(key)
  if (files === undefined) map.set(key, [file])
  else files.push(file)
}
