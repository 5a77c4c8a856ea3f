/** What the lake holds: DuckDB over the data files that the newest snapshot names, columns by their names. */
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { inPlace, type LocalFiles, overFiles } from '@k2/lake/store/files.ts'
import type { Table } from '@k2/lake/table.ts'
import { isoOf, plain, type Seen, seen, type TradeJson } from './trade.ts'

const TEXTS = [
  'message_id',
  'trade_id',
  'symbol',
  'exchange',
  'asset_class',
  'price',
  'quantity',
  'currency',
  'side',
  'source_sequence',
  'platform_sequence',
  'vendor_data',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
]

export async function readLake(table: Table, tempFolder: string, local: LocalFiles = inPlace): Promise<Seen[]> {
  const { files } = await table.plan({})
  if (files.length === 0) return []
  return overFiles(local, files, undefined, (paths) => readFiles(paths, tempFolder))
}

async function readFiles(files: readonly string[], tempFolder: string): Promise<Seen[]> {
  const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder })
  try {
    const paths = files.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')
    const texts = TEXTS.map((name) => `${name}::VARCHAR AS ${name}`).join(', ')
    const { rows, columns } = await engine.query(
      `SELECT ${texts}, array_to_string(trade_conditions, chr(0)) AS conditions,
        epoch_us(timestamp)::VARCHAR AS micros, epoch_us(ingestion_timestamp)::VARCHAR AS ingested
        FROM read_parquet([${paths}])`,
    )
    const cell = (name: string, row: number): string | null => {
      const column = columns.get(name)
      if (column?.kind !== 'text') throw new Error(`${name} is not text`)
      return column.values[row] ?? null
    }
    return Array.from({ length: rows }, (_, row) => tradeOf((name) => cell(name, row)))
  } finally {
    await engine.close()
  }
}

function tradeOf(cell: (name: string) => string | null): Seen {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, cell(name)]))
  const conditions = cell('conditions')!
  const micros = BigInt(cell('micros')!)
  const trade = {
    ...texts,
    timestamp: isoOf(micros),
    ingestion_timestamp: isoOf(BigInt(cell('ingested')!)),
    price: plain(cell('price')!),
    quantity: plain(cell('quantity')!),
    trade_conditions: conditions === '' ? [] : conditions.split('\0'),
    vendor_data: texts.vendor_data ? JSON.parse(texts.vendor_data) : null,
    kafka_partition: Number(texts.kafka_partition),
  }
  return seen(trade as unknown as TradeJson, micros)
}
