/**
 * The files of a folder against the tables that they became, by DuckDB alone: it reads the CSV files and the Parquet
 * files, and says which rows are on one side only, as often as they are.
 *
 *   units   their days lie in Sydney's summer of 2014: UTC+11
 */
import { join } from 'node:path'
import { QUOTES, REFERENCE_DATA, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'

export interface Difference {
  readonly table: string
  readonly rows: number
  /** Rows of the files that the table lacks, rows of the table that no file has. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  /** Of messages, and of numbers within a symbol's day. */
  readonly doubledIds: number
  readonly wrongNumbers: readonly string[]
}

const LOCAL = `strftime(make_timestamp(epoch_us(timestamp) + 39_600_000_000), '%m/%d/%Y|%H:%M:%S.%g')`
const decimal = (text: string): string => `CAST(${text} AS DECIMAL(18,8))`
const side = (price: string, quantity: string): string =>
  `CASE WHEN ${decimal(price)} = 0 AND ${decimal(quantity)} = 0 THEN '|' ELSE ${decimal(price)} || '|' || ${decimal(quantity)} END`
const stored = (price: string, quantity: string): string => `coalesce(${price} || '|' || ${quantity}, '|')`

interface Sides {
  readonly spec: TableSpec
  readonly folder: string
  /** A row of the files as text, and which rows are good; a row of the table as text. */
  readonly file: string
  readonly isGood: string
  readonly table: string
  /** What numbers count within; null: they have none. */
  readonly numbered: string | null
}

const IS_DAY = `c0 LIKE '03/%/2014'`
// biome-ignore format: a table reads by its columns
const SIDES: readonly Sides[] = [
  { spec: TRADES, folder: 'trades', isGood: IS_DAY, numbered: `symbol || left(${LOCAL}, 10)`,
    file: `concat_ws('|', symbol, c0, c1, ${decimal('c2')}, ${decimal('c3')}, coalesce(c4, ''))`,
    table: `concat_ws('|', symbol, ${LOCAL}, price, quantity, array_to_string(trade_conditions, ' '))` },
  { spec: QUOTES, folder: 'quotes', isGood: IS_DAY, numbered: `symbol || left(${LOCAL}, 10)`,
    file: `concat_ws('|', symbol, c0, c1, ${side('c2', 'c4')}, ${side('c3', 'c5')})`,
    table: `concat_ws('|', symbol, ${LOCAL}, ${stored('bid_price', 'bid_quantity')}, ${stored('ask_price', 'ask_quantity')})` },
  { spec: REFERENCE_DATA, folder: 'reference-data', isGood: `c1 <> 'symbol' AND regexp_matches(c1, '^[A-Z0-9]+$')`, numbered: null,
    file: `concat_ws('|', c0, c1, c2, c3, c4, c5)`,
    table: `concat_ws('|', company_id, symbol, company_name, isin, strftime(make_timestamp(epoch_us(listing_date)), '%m/%d/%Y'), strftime(make_timestamp(epoch_us(delisting_date)), '%m/%d/%Y'))` },
]

const COLUMNS = 7
const SHOWN_MAX = 5

/** One a kind. The folder is as the vendor's is, K2's below `data`. */
export async function differences(files: string, data: string): Promise<Difference[]> {
  const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(data, 'oracle') })
  const texts = async (sql: string): Promise<string[]> => {
    const column = (await engine.query(sql)).columns.get('line')
    if (column?.kind !== 'text') throw new Error('a line is text')
    return column.values.map(String)
  }
  const number = async (sql: string): Promise<number> => Number((await texts(sql))[0])
  const names = Array.from({ length: COLUMNS }, (_, i) => `'c${i}': 'VARCHAR'`).join(', ')
  const csv = (path: string): string =>
    `read_csv('${join(files, path)}', header = false, auto_detect = false, null_padding = true, columns = {${names}}, filename = true)`
  const companies = `(SELECT c0 AS company, c1 AS symbol FROM ${csv('reference-data/company_info.csv')})`
  try {
    const found: Difference[] = []
    for (const { spec, folder, file, isGood, table, numbered } of SIDES) {
      const parquet = await parquetOf(spec, data)
      const rows =
        folder === 'reference-data'
          ? csv('reference-data/company_info.csv')
          : `${csv(`${folder}/*.csv`)} JOIN ${companies} ON company = parse_filename(filename, true)`
      const wanted = `SELECT ${file} AS line FROM ${rows} WHERE ${isGood}`
      const landed = `SELECT ${table} AS line FROM ${parquet}`
      found.push({
        table: spec.name,
        rows: await number(`SELECT count(*)::VARCHAR AS line FROM ${parquet}`),
        missing: await texts(`(${wanted}) EXCEPT ALL (${landed}) LIMIT ${SHOWN_MAX}`),
        extra: await texts(`(${landed}) EXCEPT ALL (${wanted}) LIMIT ${SHOWN_MAX}`),
        doubledIds: await number(`SELECT (count(*) - count(DISTINCT message_id))::VARCHAR AS line FROM ${parquet}`),
        wrongNumbers: numbered === null ? [] : await texts(misnumbered(numbered, parquet)),
      })
    }
    return found
  } finally {
    await engine.close()
  }
}

/** Days whose numbers are not 1, 2, 3 … */
const misnumbered = (day: string, parquet: string): string =>
  `SELECT ${day} AS line FROM ${parquet} GROUP BY 1
    HAVING min(source_sequence) <> 1 OR max(source_sequence) <> count(*) OR count(DISTINCT source_sequence) <> count(*)`

async function parquetOf(spec: TableSpec, data: string): Promise<string> {
  const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
  const table = await openTable({ spec, catalog, store: directoryStore(), now: Date.now, random: Math.random })
  const { files } = await table.plan({})
  return `read_parquet([${files.map(({ path }) => `'${path}'`).join(', ')}])`
}
