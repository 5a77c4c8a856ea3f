/**
 * What is held of a symbol already: ids and numbers in the lake, in the log behind it, and in log ranges that the lake
 * has deferred. So the answer is exact however far the sink is behind.
 */
import { decodeBatch } from '@k2/contracts/records/decode.ts'
import { TRADES } from '@k2/contracts/tables.ts'
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

export function heldRows(ports: HeldPorts): HeldRows {
  return {
    async of(symbol) {
      const inLog = await idsInLog(ports, symbol)
      return {
        async day(from, to) {
          const held = await idsInLake(ports, symbol, from, to)
          for (const [id, { micros, sequence }] of inLog) if (micros >= from && micros < to) held.set(id, sequence)
          return held
        },
      }
    },
  }
}

async function idsInLake(
  { table, topic, query }: HeldPorts,
  symbol: string,
  fromMicros: number,
  toMicros: number,
): Promise<Ids> {
  const plan = await table.plan({ symbols: [symbol], exchanges: [topic.exchange], fromMicros, toMicros })
  const held: Ids = new Map()
  const files = plan.files.map(({ path }) => path)
  if (files.length === 0) return held
  const sql = `SELECT message_id::VARCHAR AS id, source_sequence FROM ${scanSql(TRADES, files)}
    WHERE symbol = $1 AND exchange = $2 AND timestamp >= $3 AND timestamp < $4`
  const params = [symbol, topic.exchange, { micros: BigInt(fromMicros) }, { micros: BigInt(toMicros) }]
  const { rows, columns } = await query(sql, params, files)
  const ids = columns.get('id')
  const numbers = columns.get('source_sequence')
  if (ids?.kind !== 'text' || numbers?.kind !== 'int64') throw new Error('ids are text and numbers int64')
  for (let row = 0; row < rows; row++) held.set(ids.values[row]!, numbers.nulls?.[row] ? null : numbers.values[row]!)
  return held
}

/** The symbol's records from the lake's offset to the log's end, and those that the lake has passed over for now. */
async function idsInLog(
  ports: HeldPorts,
  symbol: string,
): Promise<Map<string, { micros: number; sequence: bigint | null }>> {
  const { log, table, topic } = ports
  const partition = partitionOf(Buffer.from(symbol), topic.partitions)
  const { progress } = await table.head()
  const range = (await log.ranges([topic.name])).find((one) => one.partition === partition)!
  const landed = progress.offsets.get(topicPartition(topic.name, partition)) ?? range.from
  const deferred = progress.holes.filter(
    (hole) => hole.topic === topic.name && hole.partition === partition && hole.reason === 'deferred',
  )
  const ranges: OffsetRange[] = [...deferred, { ...range, from: landed > range.from ? landed : range.from }]
  const held = new Map<string, { micros: number; sequence: bigint | null }>()
  for (const one of ranges) {
    for await (const batch of log.readRange({ topic: topic.name, partition, from: one.from, to: one.to })) {
      const { columns, rows } = decodeBatch(topic, batch, await schemasOf(ports.registry, [batch])).batch
      collect(held, columns, rows, symbol)
    }
  }
  return held
}

function collect(
  held: Map<string, { micros: number; sequence: bigint | null }>,
  columns: ReturnType<typeof decodeBatch>['batch']['columns'],
  rows: number,
  symbol: string,
): void {
  const [ids, symbols, times, numbers] = ['message_id', 'symbol', 'timestamp', 'source_sequence'].map((name) =>
    columns.get(name),
  )
  if (ids?.kind !== 'uuid' || times?.kind !== 'int64' || numbers?.kind !== 'int64')
    throw new Error('a decoded batch has the columns of its table')
  const bytes = Buffer.from(ids.bytes.buffer, ids.bytes.byteOffset, ids.bytes.byteLength)
  for (let row = 0; row < rows; row++) {
    const isOurs =
      symbols?.kind === 'dictionary'
        ? symbols.dictionary[symbols.codes[row]!] === symbol
        : symbols?.kind === 'text' && symbols.values[row] === symbol
    if (!isOurs) continue
    const hex = bytes.toString('hex', row * 16, row * 16 + 16)
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    held.set(id, { micros: Number(times.values[row]!), sequence: numbers.nulls?.[row] ? null : numbers.values[row]! })
  }
}
