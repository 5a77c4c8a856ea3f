/**
 * What is held of a symbol already: ids and numbers in the lake, in the log behind it, and in log ranges that the lake
 * has deferred. So the answer is exact however far the sink is behind.
 */
import type { ColumnData } from '@k2/contracts/columns.ts'
import { decodeBatch } from '@k2/contracts/records/decode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { type Table, topicPartition } from '@k2/lake/table.ts'
import type { Log, OffsetRange, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { HeldRows } from '../compose.ts'

export interface HeldPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly table: Table
  readonly topic: MarketTopic
  /** DuckDB in a worker. */
  readonly query: (sql: string, params: readonly Param[], files: readonly string[]) => Promise<Result>
}

type Ids = Map<string, bigint | null>

const EVER = Number.NEGATIVE_INFINITY

export function heldRows(ports: HeldPorts): HeldRows {
  return {
    async of(symbol) {
      const inLog = await idsInLog(ports, symbol)
      return {
        async day(from, to) {
          const held = await idsInLake(ports, symbol, from, to)
          for (const [id, { micros, sequence }] of inLog) {
            if (micros === EVER || (micros >= from && micros < to)) held.set(id, sequence)
          }
          return held
        },
      }
    },
  }
}

async function idsInLake(
  { table, topic, query }: HeldPorts,
  symbol: string | null,
  fromMicros: number,
  toMicros: number,
): Promise<Ids> {
  // A table without event times (reference data) is small, and asked as a whole.
  const isTimed = topic.table.dayOf !== null
  const symbols = symbol === null ? {} : { symbols: [symbol] }
  const plan = await table.plan({ ...symbols, exchanges: [topic.exchange], ...(isTimed && { fromMicros, toMicros }) })
  const held: Ids = new Map()
  const files = plan.files.map(({ path }) => path)
  if (files.length === 0) return held
  const params: Param[] = [topic.exchange]
  const given = (value: Param): string => `$${params.push(value)}`
  const conditions = ['exchange = $1']
  if (symbol !== null) conditions.push(`symbol = ${given(symbol)}`)
  if (isTimed)
    conditions.push(
      `timestamp >= ${given({ micros: BigInt(fromMicros) })} AND timestamp < ${given({ micros: BigInt(toMicros) })}`,
    )
  const number = isTimed ? 'source_sequence' : 'kafka_offset'
  const sql = `SELECT message_id::VARCHAR AS id, ${number} AS number FROM ${scanSql(topic.table, files)}
    WHERE ${conditions.join(' AND ')}`
  const { rows, columns } = await query(sql, params, files)
  const ids = columns.get('id')
  const numbers = columns.get('number')
  if (ids?.kind !== 'text' || numbers?.kind !== 'int64') throw new Error('ids are text and numbers int64')
  for (let row = 0; row < rows; row++) held.set(ids.values[row]!, numbers.nulls?.[row] ? null : numbers.values[row]!)
  return held
}

type Waiting = Map<string, { micros: number; sequence: bigint | null }>

/** The symbol's records from the lake's offset to the log's end, and those that the lake has passed over for now. */
async function idsInLog(ports: HeldPorts, symbol: string | null): Promise<Waiting> {
  const { log, table, topic } = ports
  const only = symbol === null ? null : partitionOf(Buffer.from(symbol), topic.partitions)
  const { progress } = await table.head()
  const ours = (range: { readonly partition: number }): boolean => only === null || range.partition === only
  const behind = (await log.ranges([topic.name])).filter(ours).map((range) => {
    const landed = progress.offsets.get(topicPartition(topic.name, range.partition)) ?? range.from
    return { ...range, from: landed > range.from ? landed : range.from }
  })
  const deferred = progress.holes.filter(
    (hole) => hole.topic === topic.name && ours(hole) && hole.reason === 'deferred',
  )
  const ranges: OffsetRange[] = [...deferred, ...behind]
  const held: Waiting = new Map()
  for (const { partition, from, to } of ranges) {
    if (from >= to) continue
    for await (const batch of log.readRange({ topic: topic.name, partition, from, to })) {
      const { columns, rows } = decodeBatch(topic, batch, await schemasOf(ports.registry, [batch])).batch
      collect(held, columns, rows, symbol)
    }
  }
  return held
}

function collect(
  held: Waiting,
  columns: ReturnType<typeof decodeBatch>['batch']['columns'],
  rows: number,
  symbol: string | null,
): void {
  const [ids, symbols, times, numbers] = ['message_id', 'symbol', 'timestamp', 'source_sequence'].map((name) =>
    columns.get(name),
  )
  if (ids?.kind !== 'uuid') throw new Error('a decoded batch has the columns of its table')
  const bytes = Buffer.from(ids.bytes.buffer, ids.bytes.byteOffset, ids.bytes.byteLength)
  for (let row = 0; row < rows; row++) {
    const isOurs =
      symbol === null ||
      (symbols?.kind === 'dictionary'
        ? symbols.dictionary[symbols.codes[row]!] === symbol
        : symbols?.kind === 'text' && symbols.values[row] === symbol)
    if (!isOurs) continue
    const hex = bytes.toString('hex', row * 16, row * 16 + 16)
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    // Records without an event time (reference data) are of no day, and are found on every one.
    held.set(id, {
      micros: times?.kind === 'int64' ? Number(times.values[row]!) : EVER,
      sequence: int64At(numbers, row),
    })
  }
}

function int64At(column: ColumnData | undefined, row: number): bigint | null {
  return column?.kind === 'int64' && !column.nulls?.[row] ? column.values[row]! : null
}
