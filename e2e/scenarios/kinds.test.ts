/**
 * Quotes and reference data, held in the lake against a second, simpler reading of their files. The generated sample
 * always; the real files where they are.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { QUOTES, REFERENCE_DATA, type TableSpec } from '@k2/contracts/tables.ts'
import { filesIn } from '@k2/csv-loader/paths.ts'
import { writeSample } from '@k2/embedded/sample.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { differences } from '../oracle/csv.ts'
import { sydneyHours } from '../oracle/files.ts'
import { plain } from '../oracle/trade.ts'
import { inFolder } from '../worlds/folder.ts'
import { runOnce } from '../worlds/once.ts'
import { ofRealFiles } from '../worlds/samples.ts'

/** mergers.csv and stock_splits.csv: without rows, there is nothing to know them by. */
const EMPTY_LISTS = 2

type Dataset = [
  name: string,
  folder: (made: string) => Promise<string>,
  rows: readonly [trades: number, quotes: number, companies: number] | null,
  rejected: number,
]

// biome-ignore format: a table reads by its columns
const datasets: Dataset[] = [
  ['a generated sample', async (made) => { await writeSample(made, 5); return made }, null,               0],
  // Of its dividends nobody has a table.
  ...ofRealFiles((real): Dataset[] => [
    ['real ASX files',   async () => join(real, 'asx'),                               [91_874, 78_458, 4], 2],
  ]),
]

for (const [name, folderOf, rows, rejected] of datasets) {
  test(`${name}: a folder of all kinds lands as its files say, once`, { timeout: 120_000 }, () =>
    inFolder(async (temp) => {
      const folder = await folderOf(join(temp, 'files'))
      const data = join(temp, 'data')
      const first = await runOnce(['--csv', folder, '--data', data])
      const again = await runOnce(['--csv', folder, '--data', data])
      const known = first.files - EMPTY_LISTS
      assert.deepEqual([first.rejected, first.failed, again.read, again.known_files], [rejected, [], 0, known])
      const found = await differences(folder, data)
      for (const { table, rows: _, ...wrong } of found)
        assert.deepEqual(wrong, { missing: [], extra: [], doubledIds: 0, wrongNumbers: [] }, table)
      if (rows !== null)
        assert.deepEqual(
          found.map((one) => one.rows),
          rows,
        )
      assert.deepEqual(
        found.map((one) => first.landed[one.table]),
        found.map((one) => one.rows),
      )

      const list = await readFile(join(folder, 'reference-data', 'company_info.csv'), 'utf8')
      const lines = list
        .split(/\r?\n/)
        .slice(1)
        .filter((line) => line !== '')
      assert.deepEqual(
        await rowsOf(data, REFERENCE_DATA, COMPANY),
        lines
          .map((line) => `${companyOf(line)}|{"end_date":"${line.split(',')[5]}","start_date":"${line.split(',')[4]}"}`)
          .sort(),
      )
      assert.deepEqual(await rowsOf(data, QUOTES, QUOTE), await quotesIn(folder, lines))
      checkNumbers(await rowsOf(data, QUOTES, NUMBER))
    }),
  )
}

const QUOTE = `concat_ws('|', symbol, epoch_us(timestamp), coalesce(bid_price::DOUBLE::VARCHAR, ''),
  coalesce(bid_quantity::HUGEINT::VARCHAR, ''), coalesce(ask_price::DOUBLE::VARCHAR, ''),
  coalesce(ask_quantity::HUGEINT::VARCHAR, ''))`
const COMPANY = `concat_ws('|', company_id, symbol, company_name, isin, strftime(listing_date AT TIME ZONE 'UTC', '%m/%d/%Y'),
  strftime(delisting_date AT TIME ZONE 'UTC', '%m/%d/%Y'), is_active, currency, vendor_data)`
const NUMBER = `quote_id || '|' || symbol || '|' || source_sequence`

/** One text a row, in order. */
async function rowsOf(data: string, spec: TableSpec, expression: string): Promise<string[]> {
  const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
  const table = await openTable({ spec, catalog, store: directoryStore(), now: Date.now, random: Math.random })
  const { files } = await table.plan({})
  const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(data, 'oracle') })
  try {
    const paths = files.map(({ path }) => `'${path}'`).join(', ')
    const { columns } = await engine.query(`SELECT ${expression} AS row FROM read_parquet([${paths}])`)
    const column = columns.get('row')
    assert.ok(column?.kind === 'text')
    return column.values.map(String).sort()
  } finally {
    await engine.close()
  }
}

const companyOf = (line: string): string => [...line.split(','), 'true', 'AUD'].join('|')

const side = (price: string, quantity: string): string[] =>
  Number(price) === 0 && quantity === '0' ? ['', ''] : [decimalText(price), plain(quantity)]
/** As DuckDB writes a double: with a point. */
const decimalText = (text: string): string => (plain(text).includes('.') ? plain(text) : `${plain(text)}.0`)

async function quotesIn(folder: string, companies: readonly string[]): Promise<string[]> {
  const symbols = new Map(
    companies.map((line) => line.split(',') as [string, string, ...string[]]).map(([id, symbol]) => [id, symbol]),
  )
  const rows: string[] = []
  for (const path of await filesIn(join(folder, 'quotes'), undefined)) {
    for (const line of (await readFile(path, 'utf8')).split('\r\n')) {
      if (line === '') continue
      const [date, time, bid, ask, bidQuantity, askQuantity] = line.split(',') as [
        string,
        string,
        string,
        string,
        string,
        string,
      ]
      const local = Date.parse(`${date.slice(6)}-${date.slice(0, 2)}-${date.slice(3, 5)}T${time}Z`)
      const micros = (local - sydneyHours(local)! * 3_600_000) * 1_000
      const symbol = symbols.get(basename(path).split('.')[0]!)!
      rows.push([symbol, micros, ...side(bid, bidQuantity), ...side(ask, askQuantity)].join('|'))
    }
  }
  assert.ok(
    rows.some((row) => row.endsWith('||')),
    'the input has quotes without an ask',
  )
  return rows.sort()
}

/** quote_id is the day and the number, and numbers run 1..n in each symbol's day. */
function checkNumbers(rows: readonly string[]): void {
  const days = Map.groupBy(rows, (row) => row.replace(/-.*?\|/, ' ').replace(/\|.*/, ''))
  for (const [day, ofDay] of days) {
    const numbers = ofDay.map((row) => Number(row.split('|')[2])).sort((a, b) => a - b)
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => i + 1),
      day,
    )
    assert.ok(ofDay.every((row) => row.split('|')[0]!.endsWith(`-${row.split('|')[2]}`)))
  }
}
