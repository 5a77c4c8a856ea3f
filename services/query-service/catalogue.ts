/** Answers from the tables' metadata alone: what they hold, and their snapshots. No data file is read. */
import { codeOf } from '@k2/contracts/codes.ts'
import { levelName } from '@k2/contracts/degradation.ts'
import { MARKET_TOPICS } from '@k2/contracts/topics.ts'
import { type Head, type Hole, type Snapshot, topicPartition } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import type { Kind } from './adapters/sql.ts'
import { rowsIn } from './adapters/written.ts'
import { type Answer, columnsFrom, type Row } from './answers.ts'
import { DEGRADATION, type Field, SNAPSHOT, STATS } from './core/fields.ts'
import type { DegradationQuestion, SnapshotsQuestion, StatsQuestion, Written } from './core/question.ts'
import type { Held } from './prepare.ts'

export interface CataloguePorts {
  readonly tables: Readonly<Record<Kind, Held>>
  readonly log: Log
  /** Absent where nothing is heard of a level. */
  readonly level?: Pick<LevelView, 'heard' | 'level' | 'heardMs' | 'trouble'> | undefined
}

/** One row a table; a table that cannot be read says why, and the others stand. */
export async function stats({ tables, log }: CataloguePorts, question: StatsQuestion): Promise<Answer> {
  const startMs = performance.now()
  const rows = await Promise.all(
    Object.values(tables).map(async (held) => {
      try {
        return await statsOf(held, log)
      } catch (error) {
        const unknown = Array<null>(STATS.length - 2).fill(null)
        return [held.table.spec.name, ...unknown, codeOf(error)]
      }
    }),
  )
  const isWhole = rows.every((row) => row.at(-1) === null)
  return answerOf(question, STATS, rows, { hasMore: false, isWhole, startMs })
}

async function statsOf({ table, tail }: Held, log: Log): Promise<Row> {
  const { head, files } = await table.plan({})
  const snapshots = await table.snapshots()
  const sum = (of: 'rows' | 'sizeBytes') => BigInt(files.reduce((total, file) => total + file[of], 0))
  return [
    table.spec.name,
    sum('rows'),
    BigInt(files.length),
    sum('sizeBytes'),
    BigInt(snapshots.length),
    head.snapshotId,
    head.committedAtMs === null ? null : BigInt(head.committedAtMs * 1000),
    BigInt(tail.held()),
    await lagOf(table.spec.name, head, log),
    offsetsIn(head.progress.holes, 'deferred'),
    offsetsIn(head.progress.holes, 'rejected'),
    null,
  ]
}

/** Log end − next undecided offset; what is in holes was decided on. */
async function lagOf(table: string, { progress }: Head, log: Log): Promise<bigint> {
  const topics = MARKET_TOPICS.filter((topic) => topic.table.name === table).map(({ name }) => name)
  return (await log.ranges(topics)).reduce((lag, { topic, partition, from, to }) => {
    const next = progress.offsets.get(topicPartition(topic, partition)) ?? from
    return next < to ? lag + to - next : lag
  }, 0n)
}

const offsetsIn = (holes: readonly Hole[], wanted: Hole['reason']): bigint =>
  holes.reduce((sum, { from, to, reason }) => (reason === wanted ? sum + to - from : sum), 0n)

export async function snapshots({ tables }: CataloguePorts, question: SnapshotsQuestion): Promise<Answer> {
  const startMs = performance.now()
  const { table } = tables[question.table]
  const newest = (a: Snapshot, b: Snapshot) => b.committedAtMs - a.committedAtMs || (a.id < b.id ? 1 : -1)
  const all = (await table.snapshots()).sort(newest)
  const rows = all.slice(0, question.limit).map(({ id, parentId, committedAtMs, operation, summary }): Row => {
    return [table.spec.name, id, parentId, BigInt(committedAtMs * 1000), operation, JSON.stringify(summary)]
  })
  return answerOf(question, SNAPSHOT, rows, {
    hasMore: all.length > rows.length,
    isWhole: true,
    startMs,
  })
}

/** As this service has heard it. */
export function degradation({ level: view }: CataloguePorts, question: DegradationQuestion): Promise<Answer> {
  const startMs = performance.now()
  const micros = (ms: number | undefined) => (ms === undefined ? null : BigInt(Math.round(ms * 1_000)))
  const state = view?.heard().state
  const level = view?.level() ?? 0
  const row: Row = [
    ...[level, levelName(level), micros(state?.sinceMs), state?.cause ?? 'nobody has said a level yet'],
    ...[levelName(state?.bySignals.level ?? 0), micros(state?.override?.untilMs)],
    ...[state === undefined ? null : BigInt(state.signals.lagRecords), state?.lagOf || null],
    ...[state === undefined ? null : BigInt(Math.round(state.signals.heapShare * 1e8)), state?.heapOf || null],
    ...[micros(view?.heardMs()), view === undefined ? 'this service hears of no level' : (view.trouble() ?? null)],
    [...(state?.alerts ?? [])],
  ]
  return answerOf(question, DEGRADATION, [row], { hasMore: false, isWhole: true, startMs })
}

interface Facts {
  readonly hasMore: boolean
  readonly isWhole: boolean
  readonly startMs: number
}

/** They cover no records, so they name no offsets. */
async function answerOf(
  written: Written,
  fields: readonly Field[],
  rows: readonly Row[],
  { hasMore, isWhole, startMs }: Facts,
): Promise<Answer> {
  const count = rows.length
  const meta = { count, hasMore, nextCursor: null, complete: isWhole, reasons: isWhole ? [] : ['LAKE_UNAVAILABLE'] }
  const proof = { snapshot: null, offsets: new Map(), holes: [], elapsedMs: performance.now() - startMs, stages: {} }
  return { body: await rowsIn(written, columnsFrom(fields, rows), count), meta: { ...meta, ...proof } }
}
