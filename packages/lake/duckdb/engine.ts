/**
 * DuckDB, in memory, held to what it is given: threads, memory, a folder to spill to and, for questions, folders to
 * read. Any thread may open one and use it there; what goes in and out is plain data.
 *
 *   threads  each running statement also holds one of libuv's 4 threads (fs and dns wait for the same ones)
 *   errors   K2Error, translated in errors.ts; see each function
 *   source   DuckDB 1.5 "Securing DuckDB": allowed_directories, enable_external_access, lock_configuration
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { K2Error } from '@k2/contracts/codes.ts'
import type { HeldMemory } from '../memory.ts'
import { mayBeDamage, translate, unreadable } from './errors.ts'
import { bind, type Param } from './params.ts'
import { Gathering, type Result } from './result.ts'
import { quotePath, quoteText } from './sql.ts'
import { streamed, withEnd } from './stream.ts'
import { WholeFiles } from './whole.ts'

export type { Param } from './params.ts'

export interface EngineSettings {
  readonly memoryMb: number
  readonly threads: number
  /** Where it spills; made when it does. */
  readonly tempFolder: string
  /**
   * For questions: it may touch nothing but these and tempFolder, and no statement can change its settings. Absent
   * for writers, which only run our own statements.
   */
  readonly readableFolders?: readonly string[]
}

export interface Asking {
  readonly signal?: AbortSignal
  /** Data files that the statement reads: checked first (whole.ts), and where one is damaged, the error names it. */
  readonly files?: readonly string[]
  /** Where it fails it is asked another way, which finds what is wrong with a file: no file is searched for damage. */
  readonly isFirst?: boolean
  /** Called when DuckDB has the answer, before its vectors are read. */
  readonly executed?: () => void
  /** Texts of the answer stay bytes: it is written column by column. */
  readonly isUtf8?: boolean
}

export interface Engine {
  readonly threads: number
  /** For fill.ts: appending holds the thread until it is done. */
  readonly appending: DuckDBConnection
  /** For parquet.ts, whose COPY takes its time. */
  readonly copying: DuckDBConnection
  /** Runs a statement (or several, without params) and drops its answer. Errors as `query`. */
  run(sql: string, params?: readonly Param[]): Promise<void>
  /**
   * An answer as a whole, for SQL that bounds it: a LIMIT, an aggregate. Its rows lie outside memoryMb. Several may run
   * at once, each over a connection of its own.
   * @throws K2Error DEADLINE_EXCEEDED once `signal` aborts (or its reason, where that is a K2Error), OVERLOADED out of
   *   memory, LAKE_DAMAGED, INTERNAL; RangeError for a number that is not whole
   */
  query(sql: string, params?: readonly Param[], asking?: Asking): Promise<Result>
  /** A SELECT's answer, however long, in pieces of `rows` rows or a little more; at least one. Errors as `query`. */
  stream(sql: string, params: readonly Param[], rows: number, asking?: Asking): AsyncGenerator<Result, void>
  /** Checks data files that are read otherwise, as `query` does. Errors as there. */
  checked(files: readonly string[], signal: AbortSignal): Promise<void>
  /** Paths of files that were checked. */
  held(): { readonly checked: HeldMemory }
  /** Work over `appending` or `copying`, which close() then waits for. NOT_READY once it is closing. */
  tracked<T>(work: () => Promise<T>): Promise<T>
  /** Interrupts questions, waits for all that runs, lets go of memory. */
  close(): Promise<void>
}

/** Writers read files from end to end, once or twice, and then no more: a chunk of a column at a time. */
const READS_WHOLE = 'SET GLOBAL prefetch_all_parquet_files = true'
/**
 * The system keeps files' pages already. DuckDB's cache of them makes no question faster, fills its memory, and never forgets
 * a file's name: 2.5 KB for each that was ever read, and a table has new ones with each commit.
 */
const KEEPS_NO_FILES = 'SET GLOBAL enable_external_file_cache = false'

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
    const appending = await instance.connect()
    await appending.run("SET GLOBAL TimeZone = 'UTC'")
    await appending.run(KEEPS_NO_FILES)
    if (settings.readableFolders !== undefined) {
      await appending.run(`SET allowed_directories = [${settings.readableFolders.map(quoteText).join(', ')}]`)
      await appending.run('SET enable_external_access = false')
      await appending.run('SET lock_configuration = true')
    } else await appending.run(READS_WHOLE)
    return new OpenEngine(instance, appending, await instance.connect(), settings.threads)
  } catch (error) {
    throw translate(error)
  }
}

class OpenEngine implements Engine {
  readonly threads: number
  readonly appending: DuckDBConnection
  readonly copying: DuckDBConnection
  private readonly instance: DuckDBInstance
  private readonly idle: DuckDBConnection[] = []
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<void>>()
  private readonly whole = new WholeFiles()

  constructor(instance: DuckDBInstance, appending: DuckDBConnection, copying: DuckDBConnection, threads: number) {
    this.instance = instance
    this.appending = appending
    this.copying = copying
    this.threads = threads
  }

  async run(sql: string, params: readonly Param[] = []): Promise<void> {
    const [values, types] = bind(params)
    try {
      // Without values it may be several statements.
      const statement = () => (params.length === 0 ? this.appending.run(sql) : this.appending.run(sql, values, types))
      await this.tracked(statement)
    } catch (error) {
      throw translate(error)
    }
  }

  async tracked<T>(work: () => Promise<T>): Promise<T> {
    throwIfAborted(this.closing.signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.running.add(promise)
    try {
      return await work()
    } finally {
      this.running.delete(promise)
      resolve()
    }
  }

  async query(sql: string, params: readonly Param[] = [], asking: Asking = {}): Promise<Result> {
    const bound = bind(params)
    async function* whole(connection: DuckDBConnection, signal: AbortSignal) {
      // Without parameters DuckDB plans it once, else twice: 2 ms of a small answer's 10.
      const answer = await (params.length === 0 ? connection.run(sql) : connection.run(sql, ...bound))
      asking.executed?.()
      const gathering = new Gathering(answer.columnNames(), answer.columnTypes(), asking.isUtf8)
      // They lie there: fetching each anew would be a turn on libuv's threads for every 2048 rows.
      for (let i = 0; i < answer.chunkCount; i++) {
        throwIfAborted(signal)
        gathering.take(answer.getChunk(i))
      }
      yield gathering.result()
    }
    for await (const result of this.asked(whole, asking)) return result
    throw new Error('there is one result')
  }

  async *stream(
    sql: string,
    params: readonly Param[],
    rows: number,
    asking: Asking = {},
  ): AsyncGenerator<Result, void> {
    const bound = bind(params)
    async function* pieces(connection: DuckDBConnection, signal: AbortSignal) {
      const answer = await connection.stream(withEnd(sql), ...bound)
      const isWhole = yield* streamed(answer, rows, () => throwIfAborted(signal))
      throwIfAborted(signal)
      if (isWhole) return
      // Runs it once more, without an answer, for the error that DuckDB's binding keeps to itself.
      await connection.run(`EXPLAIN ANALYZE ${sql}`, ...bound)
      throw new K2Error('OVERLOADED', 'an answer broke off, and went well when tried again; ask again')
    }
    yield* this.asked(pieces, asking)
  }

  /** Asks over a connection of its own, which an abort interrupts. */
  private async *asked(
    ask: (connection: DuckDBConnection, signal: AbortSignal) => AsyncGenerator<Result, void>,
    { signal: asked, files = [], isFirst = false }: Asking,
  ): AsyncGenerator<Result, void> {
    const signal = asked === undefined ? this.closing.signal : AbortSignal.any([asked, this.closing.signal])
    throwIfAborted(signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.running.add(promise)
    const connection = this.idle.pop() ?? (await this.instance.connect())
    const stop = interruptOn(signal, connection)
    let isClean = false
    try {
      await this.whole.check(files, () => throwIfAborted(signal))
      yield* ask(connection, signal)
      isClean = true
    } catch (error) {
      throwIfAborted(signal)
      throw await this.blame(translate(error), isFirst ? [] : files)
    } finally {
      stop()
      // One that failed or was left in the middle may still hold an answer, or an interrupt.
      if (isClean && !signal.aborted) this.idle.push(connection)
      else connection.closeSync()
      this.running.delete(promise)
      resolve()
    }
  }

  async checked(files: readonly string[], signal: AbortSignal): Promise<void> {
    const isOver = AbortSignal.any([signal, this.closing.signal])
    throwIfAborted(isOver)
    await this.tracked(() => this.whole.check(files, () => throwIfAborted(isOver)))
  }

  held(): { readonly checked: HeldMemory } {
    return { checked: this.whole.held() }
  }

  /** Reads the files one by one where one of them may be why. Slow, and only after a failure. */
  private async blame(error: K2Error, files: readonly string[]): Promise<K2Error> {
    if (!mayBeDamage(error)) return error
    for (const file of files) {
      try {
        await this.tracked(() => this.copying.run(`SELECT sum(hash(f)) FROM read_parquet(${quotePath(file)}) f`))
      } catch (cause) {
        if (this.closing.signal.aborted) return error
        return unreadable(file, cause)
      }
    }
    return error
  }

  async close(): Promise<void> {
    this.closing.abort(new K2Error('NOT_READY', 'the engine is closing'))
    // A connection that is closed under a statement ends it on the statement's own thread, and that one then waits for
    // itself: so nothing is closed before all has ended.
    while (this.running.size > 0) await Promise.all(this.running)
    for (const connection of this.idle) connection.closeSync()
    this.appending.closeSync()
    this.copying.closeSync()
    this.instance.closeSync()
  }
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

export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return
  if (signal.reason instanceof K2Error) throw signal.reason
  throw new K2Error('DEADLINE_EXCEEDED', 'the question was stopped before it ended; ask for less', {}, signal.reason)
}
