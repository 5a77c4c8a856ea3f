/**
 * Pages of records without DuckDB, where all of them lie in files of our own writer: a third of DuckDB's CPU and less
 * (`npm run bench -- replay`). Anything else is DuckDB's turn, whose answer is the same to the byte.
 */
import { resolve, sep } from 'node:path'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import { type Engine, throwIfAborted } from '@k2/lake/duckdb/engine.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { NotOurs } from '@k2/lake/parquet/reading/cursor.ts'
import { KeptGroups } from '@k2/lake/parquet/reading/groups.ts'
import { type PageAsked, readPage } from '@k2/lake/parquet/reading/page.ts'
import { KEY } from '../core/pages.ts'
import type { RecordsQuestion } from '../core/question.ts'
import { columnsWith, type Reading, SPECS } from './sql.ts'
import { isColumnar } from './written.ts'

/**
 * Beside DuckDB's memory a quarter of it, by default for all symbols of a day of 1,800,000 records: a replay of all of them
 * decodes what has no room here again for each page, at ten times the cost.
 */
export const keptBytes = (memoryMb: number): number => (memoryMb * 2 ** 20) / 4
/** A replay's next window comes at once, a next question of the same day mostly soon. */
const IDLE_MS = 60_000

/** Event times, both included; absent where there is no row. */
export interface Micros {
  readonly least: number
  readonly most: number
}

export class OwnPages {
  private readonly engine: Pick<Engine, 'checked'>
  private readonly folders: readonly string[] | undefined
  private readonly kept: KeptGroups
  private readonly idle = setTimeout(() => this.kept.clear(), IDLE_MS).unref()

  constructor(engine: Pick<Engine, 'checked'>, readableFolders: readonly string[] | undefined, bytesMax: number) {
    this.kept = new KeptGroups(bytesMax)
    this.engine = engine
    this.folders = readableFolders?.map((folder) => resolve(folder) + sep)
  }

  /** @param tail times of what the tail holds. @returns undefined: DuckDB's turn */
  async page(
    question: RecordsQuestion,
    { files, cuts, bounds }: Reading,
    tail: readonly (Micros | undefined)[],
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    const { kind, filter, fields, after, order, limit, offset = 0 } = question
    if (files.length === 0 || !isPlain(question) || !this.mayRead(files)) return undefined
    if (bounds.length > 0 && tail.some((micros) => isWithin(micros, filter))) return undefined
    const asked: PageAsked = {
      filter,
      cuts,
      ...(after && { after }),
      isDescending: order === 'desc',
      skipped: offset,
      // One more tells whether there are more.
      rows: limit + 1,
      names: columnsWith(fields, KEY),
      isUtf8: isColumnar(question),
    }
    await this.engine.checked(files, signal)
    this.idle.refresh()
    try {
      const page = await readPage(SPECS[kind], files, this.kept, asked, () => throwIfAborted(signal))
      return { ...page, types: new Map() }
    } catch (error) {
      if (error instanceof NotOurs) return undefined
      throw error
    }
  }

  held(): ReturnType<KeptGroups['held']> {
    return this.kept.held()
  }

  private mayRead(files: readonly string[]): boolean {
    return files.every((file) => this.folders?.some((folder) => resolve(file).startsWith(folder)) ?? true)
  }
}

/** By symbols, venues and times alone, in the order of the files. */
const isPlain = ({ conditions, inLogOrder }: RecordsQuestion): boolean =>
  inLogOrder !== true && Object.values(conditions).every((condition) => condition === undefined)

const isWithin = (micros: Micros | undefined, { fromMicros, toMicros }: RecordsQuestion['filter']): boolean =>
  micros !== undefined &&
  micros.most >= (fromMicros ?? Number.NEGATIVE_INFINITY) &&
  micros.least < (toMicros ?? Number.POSITIVE_INFINITY)

/** With the times of more rows; of a table without times nothing is said. */
export function microsWith(known: Micros | undefined, { rows, columns }: ColumnBatch): Micros | undefined {
  const times = columns.get('timestamp')
  if (times?.kind !== 'int64') return known
  const { buffer, byteOffset } = times.values
  const halves = new Int32Array(buffer, byteOffset, rows * 2)
  let { least, most } = known ?? { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
  for (let i = 0; i < halves.length; i += 2) {
    const micros = halves[i + 1]! * 2 ** 32 + (halves[i]! >>> 0)
    if (micros < least) least = micros
    if (micros > most) most = micros
  }
  return least > most ? known : { least, most }
}
