/**
 * DuckDB, in memory, held to what it is given: threads, memory, a folder to spill to and, for questions, folders to
 * read. Any thread may open one and use it there; what goes in and out is plain data.
 *
 *   threads  each running statement also holds one of libuv's 4 threads (fs and dns wait for the same ones)
 *   errors   K2Error, translated in errors.ts; see each function
 *   source   DuckDB 1.5 "Securing DuckDB": allowed_directories, enable_external_access, lock_configuration
 */
import {
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBInstance,
  type DuckDBResult,
  DuckDBTimestampTZValue,
  type DuckDBValue,
  listValue,
} from '@duckdb/node-api'
import { K2Error } from '@k2/contracts/codes.ts'
import { mayBeDamage, translate, unreadable } from './errors.ts'
import { Gathering, type Result } from './result.ts'
import { quotePath, quoteText } from './sql.ts'

export interface EngineSettings {
  readonly memoryMb: number
  readonly threads: number
  /** Where it spills; made if missing. */
  readonly tempFolder: string
  /**
   * For questions: it may touch nothing but these and tempFolder, and no statement can change its settings. Absent
   * for writers, which only run our own statements.
   */
  readonly readableFolders?: readonly string[]
}

/** bigint and (whole) number are BIGINT, micros TIMESTAMPTZ, unscaled DECIMAL(18,8), an array VARCHAR[]. */
export type Param =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly string[]
  | { readonly micros: bigint }
  | { readonly unscaled: bigint }

export interface Asking {
  readonly signal?: AbortSignal
  /** Data files that the statement reads: where one is damaged, the error names it. */
  readonly files?: readonly string[]
}

export interface Engine {
  readonly threads: number
  /** For this folder's own files: appends, and COPY's statistics. Never for two things at once. */
  readonly connection: DuckDBConnection
  /** Runs a statement (or several, without params) and drops its answer. */
  run(sql: string, params?: readonly Param[]): Promise<void>
  /**
   * The whole answer. Several may run at once, each over a connection of its own.
   * @throws K2Error DEADLINE_EXCEEDED once `signal` aborts (its reason, where that is a K2Error), OVERLOADED,
   *   LAKE_DAMAGED, INTERNAL
   */
  query(sql: string, params?: readonly Param[], asking?: Asking): Promise<Result>
  /** A long answer in pieces of `rows` rows or a little more; holds no more than one. Errors as `query`. */
  stream(sql: string, params: readonly Param[], rows: number, asking?: Asking): AsyncGenerator<Result, void>
  /** Interrupts what runs, waits for it, lets go of memory. */
  close(): Promise<void>
}

/** Opens a database in memory. @throws K2Error INTERNAL where a setting is refused */
export async function openEngine(settings: EngineSettings): Promise<Engine> {
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(settings.threads),
      memory_limit: `${settings.memoryMb}MiB`,
      temp_directory: settings.tempFolder,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const connection = await instance.connect()
    await connection.run("SET GLOBAL TimeZone = 'UTC'")
    if (settings.readableFolders !== undefined) {
      const folders = settings.readableFolders.map(quoteText).join(', ')
      await connection.run(`SET allowed_directories = [${folders}]`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
    }
    return new OpenEngine(instance, connection, settings.threads)
  } catch (error) {
    throw translate(error)
  }
}

class OpenEngine implements Engine {
  readonly threads: number
  readonly connection: DuckDBConnection
  private readonly instance: DuckDBInstance
  private readonly idle: DuckDBConnection[] = []
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<void>>()

  constructor(instance: DuckDBInstance, connection: DuckDBConnection, threads: number) {
    this.instance = instance
    this.connection = connection
    this.threads = threads
  }

  async run(sql: string, params?: readonly Param[]): Promise<void> {
    try {
      await this.connection.run(sql, params?.map(bound))
    } catch (error) {
      throw translate(error)
    }
  }

  async query(sql: string, params: readonly Param[] = [], asking: Asking = {}): Promise<Result> {
    for await (const result of this.stream(sql, params, Number.POSITIVE_INFINITY, asking)) return result
    throw new Error('a stream yields at least one piece')
  }

  async *stream(
    sql: string,
    params: readonly Param[],
    rows: number,
    asking: Asking = {},
  ): AsyncGenerator<Result, void> {
    const signal =
      asking.signal === undefined ? this.closing.signal : AbortSignal.any([asking.signal, this.closing.signal])
    const { promise, resolve } = Promise.withResolvers<void>()
    this.running.add(promise)
    let stop = () => {}
    try {
      throwIfAborted(signal)
      const connection = this.idle.pop() ?? (await this.instance.connect())
      stop = interruptOn(signal, connection)
      const answer = await connection.stream(sql, params.map(bound))
      yield* gather(answer, rows, signal)
      stop()
      // Only after a clean end: one that was left in the middle still holds its answer.
      this.idle.push(connection)
    } catch (error) {
      stop()
      throwIfAborted(signal)
      throw await this.blame(translate(error), asking.files ?? [])
    } finally {
      stop()
      this.running.delete(promise)
      resolve()
    }
  }

  /** Reads the files one by one where one of them may be why. Slow, and only after a failure. */
  private async blame(error: K2Error, files: readonly string[]): Promise<K2Error> {
    if (!mayBeDamage(error)) return error
    for (const file of files) {
      try {
        await this.connection.run(`SELECT sum(hash(f)) FROM read_parquet(${quotePath(file)}) f`)
      } catch (cause) {
        return unreadable(file, cause)
      }
    }
    return error
  }

  async close(): Promise<void> {
    this.closing.abort(new K2Error('NOT_READY', 'the engine is closing'))
    await Promise.all(this.running)
    for (const connection of this.idle) connection.closeSync()
    this.connection.closeSync()
    this.instance.closeSync()
  }
}

async function* gather(answer: DuckDBResult, rows: number, signal: AbortSignal): AsyncGenerator<Result, void> {
  const names = answer.columnNames()
  const types = answer.columnTypes()
  let gathering = new Gathering(names, types)
  let pieces = 0
  for await (const chunk of answer) {
    throwIfAborted(signal)
    gathering.take(chunk)
    if (gathering.rows < rows) continue
    yield gathering.result()
    pieces++
    gathering = new Gathering(names, types)
  }
  if (pieces === 0 || gathering.rows > 0) yield gathering.result()
}

/** Repeats: an interrupt that comes before the statement has begun is forgotten by DuckDB. */
function interruptOn(signal: AbortSignal, connection: DuckDBConnection): () => void {
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    timer ??= setInterval(() => connection.interrupt(), 5)
  }
  signal.addEventListener('abort', interrupt)
  if (signal.aborted) interrupt()
  return () => {
    signal.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  if (signal.reason instanceof K2Error) throw signal.reason
  throw new K2Error('DEADLINE_EXCEEDED', 'the question was stopped before it ended; ask for less', {}, signal.reason)
}

function bound(param: Param): DuckDBValue {
  if (typeof param === 'number') {
    if (!Number.isSafeInteger(param)) throw new RangeError(`parameter ${param} is not a whole number`)
    return BigInt(param)
  }
  if (param === null || typeof param !== 'object') return param
  if ('micros' in param) return new DuckDBTimestampTZValue(param.micros)
  if ('unscaled' in param) return new DuckDBDecimalValue(param.unscaled, 18, 8)
  return listValue(param)
}
