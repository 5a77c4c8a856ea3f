/**
 * HOT PATH of the check. Which offsets a table holds, counted file by file, and whether each one up to the table's own is
 * there once, or in a hole, or was given up, or repeats another.
 *
 *   limits  rows of a file in memory at once
 */
import type { Int32Column, Int64Column, TextColumn } from '@k2/contracts/columns.ts'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from '../duckdb/engine.ts'
import { scanSql } from '../duckdb/read.ts'
import { type Hole, type Progress, type TopicPartition, topicPartition } from '../table.ts'
import { OffsetSet } from './offset-set.ts'

const ROWS_AT_ONCE = 100_000

export class Offsets {
  /** By topic and partition. */
  readonly #sets = new Map<string, Map<number, OffsetSet>>()
  readonly #engine: Engine
  readonly #spec: TableSpec

  constructor(engine: Engine, spec: TableSpec) {
    this.#engine = engine
    this.#spec = spec
  }

  /** Of a file that could be read: what is counted is not counted again. */
  async count(path: string, signal: AbortSignal): Promise<void> {
    const asking = { files: [path], signal }
    const scan = `FROM ${scanSql(this.#spec, [path])} WHERE kafka_partition IS NOT NULL AND kafka_offset IS NOT NULL`
    const { columns } = await this.#engine.query(`SELECT DISTINCT kafka_topic AS topic ${scan}`, [], asking)
    for (const topic of (columns.get('topic') as TextColumn).values) {
      if (topic === null) continue
      const sets = this.#setsOf(topic)
      const sql = `SELECT kafka_partition AS partition, kafka_offset AS at ${scan} AND kafka_topic = $1`
      for await (const piece of this.#engine.stream(sql, [topic], ROWS_AT_ONCE, asking)) {
        const partitions = (piece.columns.get('partition') as Int32Column).values
        const { buffer, byteOffset } = (piece.columns.get('at') as Int64Column).values
        const halves = new Uint32Array(buffer, byteOffset, piece.rows * 2)
        for (let i = 0; i < piece.rows; i++) setOf(sets, partitions[i]!).add(halves, i)
      }
    }
  }

  #setsOf(topic: string): Map<number, OffsetSet> {
    const known = this.#sets.get(topic)
    if (known !== undefined) return known
    const fresh = new Map<number, OffsetSet>()
    this.#sets.set(topic, fresh)
    return fresh
  }

  /** Sentences; of all files of a snapshot that stands there. `holes`: with those that were given up. */
  *faults(
    { offsets, holes }: Pick<Progress, 'offsets' | 'holes'>,
    repeats: ReadonlyMap<TopicPartition, number>,
  ): Generator<string> {
    for (const [topic, sets] of this.#sets) {
      for (const [partition, set] of sets) {
        const key = topicPartition(topic, partition)
        const own = holes.filter((hole) => topicPartition(hole.topic, hole.partition) === key)
        yield* faultsOf(key, set, offsets.get(key), own, repeats.get(key) ?? 0)
      }
    }
  }
}

function setOf(sets: Map<number, OffsetSet>, partition: number): OffsetSet {
  const known = sets.get(partition)
  if (known !== undefined) return known
  const fresh = new OffsetSet()
  sets.set(partition, fresh)
  return fresh
}

function* faultsOf(
  key: string,
  set: OffsetSet,
  next: bigint | undefined,
  holes: readonly Hole[],
  repeats: number,
): Generator<string> {
  if (set.rows > set.distinct) yield `${key}: ${set.rows - set.distinct} rows are there more than once`
  const most = set.most()
  if (next === undefined || most >= next) {
    yield `${key}: a row is of offset ${most}, and the table stands at ${next ?? 'none'}`
    return
  }
  const least = set.least()
  const first = holes.reduce((a, { from }) => (from < a ? from : a), least)
  let passed = 0n
  for (const [from, to] of united(holes)) passed += to - from - BigInt(set.countIn(from, to))
  const missing = next - first - BigInt(set.distinct) - passed - BigInt(repeats)
  if (missing !== 0n) yield `${key}: of offsets ${first} to ${next}, ${missing} are neither rows nor in holes`
  // A deferred range may hold rows that its policy kept.
  const rejected = holes.filter(({ reason }) => reason === 'rejected')
  const both = rejected.reduce((sum, { from, to }) => sum + set.countIn(from, to), 0)
  if (both > 0) yield `${key}: ${both} of its rows are in holes of rejected records`
}

/** Sorted, and without overlaps. */
function united(holes: readonly Hole[]): [from: bigint, to: bigint][] {
  const out: [bigint, bigint][] = []
  for (const { from, to } of holes.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = out.at(-1)
    if (last === undefined || last[1] < from) out.push([from, to])
    else if (last[1] < to) last[1] = to
  }
  return out
}
