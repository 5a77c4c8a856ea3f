/**
 * What is held of a symbol already: ids and numbers in the lake, in the log behind it, and in log ranges that the lake
 * has deferred. So the answer is exact however far the sink is behind.
 */
import type { ColumnData } from '@k2/contracts/columns.ts'
import { decodeBatch } from '@k2/contracts/records/decode.ts'
import type { MarketTopic } from '@k2/contracts/topics.ts'
import type { Param } from '@k2/lake/duckdb/engine.ts'
import { scanSql } from '@k2/lake/duckdb/read.ts'
import type { Result, ResultColumn } from '@k2/lake/duckdb/result.ts'
import { type LocalFiles, overFiles } from '@k2/lake/store/files.ts'
import { type Table, topicPartition } from '@k2/lake/table.ts'
import type { Log, OffsetRange, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import type { HeldRows } from '../compose.ts'
import { Ids } from '../core/ids.ts'

export interface HeldPorts {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly table: Table
  readonly topic: MarketTopic
  readonly files: LocalFiles
  /** DuckDB in a worker. */
  readonly query: (sql: string, params: readonly Param[], files: readonly string[]) => Promise<Result>
}

const EVER = Number.NEGATIVE_INFINITY
/** In the place of a record's number where it has none. */
const NO_NUMBER = 0

export function heldRows(ports: HeldPorts): HeldRows {
  return {
    async of(symbol) {
      const inLog = await idsInLog(ports, symbol)
      return {
        async day(from, to) {
          const held = await idsInLake(ports, symbol, from, to)
          inLog.addTo(held, from, to)
          return held
        },
      }
    },
  }
}

async function idsInLake(
  { table, topic, files, query }: HeldPorts,
  symbol: string | null,
  fromMicros: number,
  toMicros: number,
): Promise<Ids> {
  // A table without event times (reference data) is small, and asked as a whole.
  const isTimed = topic.table.dayOf !== null
  const symbols = symbol === null ? {} : { symbols: [symbol] }
  const plan = await table.plan({ ...symbols, exchanges: [topic.exchange], ...(isTimed && { fromMicros, toMicros }) })
  const held = new Ids()
  if (plan.files.length === 0) return held
  const params: Param[] = [topic.exchange]
  const given = (value: Param): string => `$${params.push(value)}`
  const conditions = ['exchange = $1']
  if (symbol !== null) conditions.push(`symbol = ${given(symbol)}`)
  if (isTimed)
    conditions.push(
      `timestamp >= ${given({ micros: BigInt(fromMicros) })} AND timestamp < ${given({ micros: BigInt(toMicros) })}`,
    )
  const number = isTimed ? 'source_sequence' : 'kafka_offset'
  const { rows, columns } = await overFiles(files, plan.files, undefined, (paths) => {
    const sql = `SELECT message_id AS id, ${number} AS number FROM ${scanSql(topic.table, paths)}
      WHERE ${conditions.join(' AND ')}`
    return query(sql, params, paths)
  })
  const ids = columns.get('id')
  const numbers = columns.get('number')
  if (ids?.kind !== 'uuid' || numbers?.kind !== 'int64') throw new Error('ids are UUIDs and numbers int64')
  const id = new Uint32Array(4)
  for (let row = 0; row < rows; row++) {
    wordsAt(ids.bytes, row, id)
    held.set(id, numberAt(numbers, row))
  }
  return held
}

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
  const held = new Waiting()
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
  for (let row = 0; row < rows; row++) {
    const isOurs =
      symbol === null ||
      (symbols?.kind === 'dictionary'
        ? symbols.dictionary[symbols.codes[row]!] === symbol
        : symbols?.kind === 'text' && symbols.values[row] === symbol)
    if (!isOurs) continue
    // Records without an event time (reference data) are of no day, and are found on every one.
    held.add(ids.bytes, row, times?.kind === 'int64' ? Number(times.values[row]!) : EVER, numberAt(numbers, row))
  }
}

/** Records of the log by the time of their event: columns, since a log may hold millions that no lake has yet. */
class Waiting {
  #count = 0
  #words = new Uint32Array(4 * 1_024)
  #micros = new Float64Array(1_024)
  #numbers = new Float64Array(1_024)

  add(bytes: Uint8Array, row: number, micros: number, number: number): void {
    if (this.#count === this.#micros.length) this.#grow()
    wordsAt(bytes, row, this.#words.subarray(this.#count * 4, this.#count * 4 + 4))
    this.#micros[this.#count] = micros
    this.#numbers[this.#count++] = number
  }

  addTo(held: Ids, from: number, to: number): void {
    for (let i = 0; i < this.#count; i++) {
      const micros = this.#micros[i]!
      if (micros !== EVER && (micros < from || micros >= to)) continue
      held.set(this.#words.subarray(i * 4, i * 4 + 4), this.#numbers[i]!)
    }
  }

  #grow(): void {
    const [words, micros, numbers] = [this.#words, this.#micros, this.#numbers]
    this.#words = new Uint32Array(words.length * 2)
    this.#micros = new Float64Array(micros.length * 2)
    this.#numbers = new Float64Array(numbers.length * 2)
    this.#words.set(words)
    this.#micros.set(micros)
    this.#numbers.set(numbers)
  }
}

function wordsAt(bytes: Uint8Array, row: number, target: Uint32Array): void {
  for (let word = 0, at = row * 16; word < 4; word++, at += 4) {
    target[word] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }
}

function numberAt(column: ColumnData | ResultColumn | undefined, row: number): number {
  return column?.kind === 'int64' && !column.nulls?.[row] ? Number(column.values[row]!) : NO_NUMBER
}
