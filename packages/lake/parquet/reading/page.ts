/**
 * HOT PATH (`npm run bench -- replay`). Records of our writer's files in SPEC's order, as columns of an answer, without DuckDB:
 * row groups by their statistics, in these the stretches of a symbol within the times, merged.
 *
 *   files ─► groups ─► runs (in order, each) ─► ordered.ts ─► gather.ts ─► columns
 *
 *   errors  NotOurs: DuckDB's turn
 *   limits  in memory are a page, one column of its groups, and what is kept (groups.ts); the thread is given up every few
 *           milliseconds
 */
import { setImmediate } from 'node:timers/promises'
import type { TableSpec } from '@k2/contracts/tables.ts'
import { giveBack } from '../../duckdb/memory.ts'
import type { ResultColumn } from '../../duckdb/result.ts'
import type { Filter, OffsetSpan } from '../../table.ts'
import { NotOurs } from './cursor.ts'
import { gathered } from './gather.ts'
import { bytesOfText, type Group, type KeptGroups } from './groups.ts'
import { ordered, type Run, Together } from './ordered.ts'

export interface PageAsked {
  readonly filter: Pick<Filter, 'symbols' | 'exchanges' | 'fromMicros' | 'toMicros'>
  /** Of these partitions take only these offsets, of others all. */
  readonly cuts: readonly OffsetSpan[]
  /** Only what comes behind this one, by the columns of the order; times are µs. */
  readonly after?: readonly (string | null)[]
  readonly isDescending: boolean
  /** Rows that are left out first, and how many are wanted behind them. */
  readonly skipped: number
  readonly rows: number
  /** Columns. */
  readonly names: readonly string[]
  /** Texts become bytes: for answers that are written column by column. */
  readonly isUtf8: boolean
}

export interface PageRead {
  readonly rows: number
  readonly columns: ReadonlyMap<string, ResultColumn>
}

/** For more DuckDB has two threads, and spills what it sorts. */
const GROUP_ROWS_MAX = 4_000_000
const ROWS_MAX = 400_000
const TURN_MS = 4

/** @param throwIfEnded is asked in turns */
export async function readPage(
  spec: TableSpec,
  paths: readonly string[],
  kept: KeptGroups,
  asked: PageAsked,
  throwIfEnded: () => void,
): Promise<PageRead> {
  const turn = turns(throwIfEnded)
  const runs = await runsOf(groupsFor(spec, paths, kept, asked.filter), kept, asked, turn)
  const together = new Together(spec, runs, kept)
  try {
    await together.loadAll(asked.names, turn)
    const order = ordered(together, asked)
    const { length: rows } = order
    const columns = new Map<string, ResultColumn>()
    for (const name of asked.names) {
      await turn()
      columns.set(name, gathered(together.pieces(name), order, asked.isUtf8))
    }
    giveBack(order)
    return { rows, columns }
  } finally {
    together.letGo()
  }
}

function turns(throwIfEnded: () => void): () => Promise<void> | undefined {
  let sinceMs = performance.now()
  const giveUp = async () => {
    await setImmediate()
    throwIfEnded()
    sinceMs = performance.now()
  }
  return () => (performance.now() - sinceMs < TURN_MS ? undefined : giveUp())
}

/** Those that may hold rows, by their statistics: the ones to begin with first. */
function groupsFor(
  spec: TableSpec,
  paths: readonly string[],
  kept: KeptGroups,
  { symbols, fromMicros = Number.NEGATIVE_INFINITY, toMicros = Number.POSITIVE_INFINITY }: PageAsked['filter'],
): Group[] {
  const wanted = symbols?.map(bytesOfText)
  const groups = paths
    .flatMap((path) => kept.of(spec, path))
    .filter((group) => group.fromMicros < toMicros && group.lastMicros >= fromMicros)
    .filter((group) => wanted === undefined || group.mayHold(wanted))
  if (groups.reduce((sum, { rows }) => sum + rows, 0) > GROUP_ROWS_MAX) throw new NotOurs('too many rows to look at')
  return groups
}

async function runsOf(
  groups: readonly Group[],
  kept: KeptGroups,
  asked: PageAsked,
  turn: () => Promise<void> | undefined,
): Promise<Run[]> {
  const { isDescending, filter, cuts, after, skipped } = asked
  const sign = isDescending ? -1 : 1
  // How far a group is from where the page begins, at least; and a run at most.
  const nearest = ({ fromMicros, lastMicros }: Group) => (isDescending ? -lastMicros : fromMicros)
  const isCounted = filter.exchanges === undefined && cuts.length === 0 && after === undefined
  const enough = isCounted ? skipped + asked.rows : Number.POSITIVE_INFINITY
  const runs: Run[] = []
  let rows = 0
  let farthest = Number.NEGATIVE_INFINITY
  for (const group of groups.toSorted((a, b) => nearest(a) - nearest(b))) {
    // All that is wanted lies in front of it.
    if (rows >= enough && nearest(group) > farthest) break
    for (const run of runsIn(kept.loadOf(group), filter)) {
      rows += run.to - run.from
      const { micros } = run.loaded
      farthest = Math.max(farthest, sign * micros[isDescending ? run.from : run.to - 1]!)
      runs.push(run)
    }
    if (rows > ROWS_MAX) throw new NotOurs('too many rows to put into order')
    await turn()
  }
  return runs
}

/** What of a group the filter lets through, but for venues. */
function runsIn(loaded: Run['loaded'], filter: PageAsked['filter']): Run[] {
  const { fromMicros = Number.NEGATIVE_INFINITY, toMicros = Number.POSITIVE_INFINITY, symbols } = filter
  const { micros, stretches } = loaded
  return stretches
    .filter(({ symbol }) => symbols === undefined || symbols.includes(symbol))
    .map(({ from, to }) => ({
      loaded,
      from: firstAt(micros, fromMicros, from, to),
      to: firstAt(micros, toMicros, from, to),
    }))
    .filter(({ from, to }) => from < to)
}

/** The first row at that time or behind it. */
function firstAt(micros: Float64Array, time: number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if (micros[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}
