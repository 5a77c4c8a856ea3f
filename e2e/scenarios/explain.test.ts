/** What an answer says it reads, on a table of several days, symbols and row groups in each file: at both doors. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TRADES } from '@k2/contracts/tables.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { batchOf, type Row } from '@k2/lake/duckdb/rows.fixture.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { askingOpen } from '../worlds/asking.ts'
import { tradeOf } from '../worlds/market.ts'

const DAYS = ['2014-03-10', '2014-03-11', '2014-03-12']
/** DuckDB's smallest. */
const GROUP_ROWS = 2048
/** Of a symbol and day, each ten seconds behind the one before: so three row groups. */
const ROWS = 3 * GROUP_ROWS
const GAP_MS = 10_000

/** The first two share a bucket, in this order; the third has another. */
const SYMBOLS = (() => {
  const names = Array.from({ length: 26 }, (_, i) => `S${String.fromCharCode(65 + i)}`)
  const [a, b] = names
    .flatMap((one, i) => names.slice(i + 1).map((two) => [one, two] as const))
    .find(([one, two]) => bucketOf(one) === bucketOf(two))!
  return [a, b, names.find((name) => bucketOf(name) !== bucketOf(a))!] as const
})()
const BUCKET = bucketOf(SYMBOLS[0])

let world: Awaited<ReturnType<typeof askingOpen>>
let bytes: Map<string, number>

before(async () => {
  world = await askingOpen(async (folder) => {
    bytes = await writeLake(folder)
  })
  const random = seeded(5)
  await world.append('trades', [tradeOf(SYMBOLS[0], random), tradeOf(SYMBOLS[0], random)])
})

after(() => world.end())

/** Answers each file's bytes by day and bucket. */
async function writeLake(data: string): Promise<Map<string, number>> {
  const store = directoryStore()
  const catalog = localCatalog({ warehouse: join(data, 'warehouse'), now: Date.now })
  const table = await openTable({ spec: TRADES, catalog, store, now: Date.now, random: Math.random })
  const rows = DAYS.flatMap((day) => SYMBOLS.flatMap((symbol) => rowsOf(symbol, day)))
  const staging = join(data, 'written')
  const writing = { folder: staging, name: 'part', bucketOf, rowGroupRows: GROUP_ROWS }
  const written = writeDataFiles(TRADES, [batchOf(TRADES, rows, false)], writing)
  const files = written.map((file) => ({ ...file, path: `${table.location}/data/${file.path}` }))
  for (const [i, { path }] of files.entries()) await store.publish(join(staging, written[i]!.path), path)
  const nothing = { advances: [], holesRead: [], holesAdded: [], holesStruck: [] }
  await table.commit({ commitId: 'all', files, ...nothing })
  return new Map(files.map(({ day, bucket, sizeBytes }) => [`${day}/${bucket}`, sizeBytes]))
}

const rowsOf = (symbol: string, day: string): Row[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const micros = BigInt(Date.parse(day) + i * GAP_MS) * 1000n
    return {
      ...{ message_id: '00000000-0000-8000-8000-000000000000', trade_id: `${i}`, symbol, exchange: 'ASX' },
      ...{ asset_class: 'equities', timestamp: micros, price: 1n, quantity: 1n, currency: 'AUD', side: 'UNKNOWN' },
      ...{ trade_conditions: [], source_sequence: BigInt(i), ingestion_timestamp: micros, platform_sequence: 0n },
      ...{ vendor_data: null, kafka_topic: 'market.equities.trades.asx', kafka_partition: 0, kafka_offset: 0n },
    }
  })

const at = (day: string, row: number): string => new Date(Date.parse(day) + row * GAP_MS).toISOString()
const [A, B, C] = SYMBOLS
const OTHER = bucketOf(C)
const DAY = `start_time=${DAYS[1]}&end_time=${DAYS[2]}`

type Told = readonly [partitions: readonly (readonly [day: string, bucket: number])[], groups: number, read: number]
const each = (days: readonly string[], ...buckets: number[]) =>
  days.flatMap((day) => buckets.toSorted((a, b) => a - b).map((bucket) => [day, bucket] as const))

// biome-ignore format: a table reads by its columns
const questions: [name: string, path: string, told: Told][] = [
  ['everything',                      '/v1/trades',                                            [each(DAYS, BUCKET, OTHER), 27, 27]],
  ['a symbol and day',                `/v1/trades?symbol=${A}&${DAY}`,                         [each([DAYS[1]!], BUCKET), 6, 3]],
  ['its neighbour in the bucket',     `/v1/ohlcv/1h?symbol=${B}&${DAY}`,                       [each([DAYS[1]!], BUCKET), 6, 3]],
  ['a symbol of a bucket of its own', `/v1/trades?symbol=${C}&${DAY}`,                         [each([DAYS[1]!], OTHER), 3, 3]],
  ['a few minutes of a symbol',       `/v1/trades?symbol=${A}&start_time=${at(DAYS[0]!, 3000)}&end_time=${at(DAYS[0]!, 3010)}`, [each([DAYS[0]!], BUCKET), 6, 1]],
  ['across two row groups',           `/v1/trades?symbol=${A}&start_time=${at(DAYS[0]!, 2047)}&end_time=${at(DAYS[0]!, 2049)}`, [each([DAYS[0]!], BUCKET), 6, 2]],
  ['up to a row group, not into it',  `/v1/trades?symbol=${A}&start_time=${at(DAYS[0]!, 2040)}&end_time=${at(DAYS[0]!, 2048)}`, [each([DAYS[0]!], BUCKET), 6, 1]],
  ['two symbols of all days',         `/v1/ohlcv/1d?symbol=${A},${C}`,                         [each(DAYS, BUCKET, OTHER), 27, 18]],
  ['another venue',                   '/v1/trades?exchange=BINANCE',                           [[], 0, 0]],
  ['a symbol that is not there',      `/v1/trades?symbol=NONE&${DAY}`,                         [[], 0, 0]],
  ['the log alone',                   `/v1/trades?symbol=${A}&source=tail`,                    [[], 0, 0]],
  ['symbols',                         '/v1/symbols',                                           [each(DAYS, BUCKET, OTHER), 27, 27]],
]

interface Plan {
  readonly [name: string]: unknown
  readonly partitions: readonly { exchange_date: string; symbol_bucket: number; files: number }[]
}

async function planOf(path: string): Promise<Plan> {
  const answer = await fetch(`${world.url}${path}${path.includes('?') ? '&' : '?'}explain=true`)
  assert.equal(answer.status, 200, await answer.clone().text())
  return ((await answer.json()) as { meta: { plan: Plan } }).meta.plan
}

for (const [name, path, [partitions, groups, read]] of questions) {
  test(`${name}: ${partitions.length} files, ${read} of ${groups} row groups`, async () => {
    const isOther = path.includes('BINANCE')
    const { bytes_skipped: skipped, bytes_expected: expected, bytes_max: _, ...plan } = await planOf(path)
    const all = [...bytes.values()].reduce((sum, of) => sum + of, 0)
    // Of a manifest that is passed over as a whole nobody knows what its files measure.
    assert.equal(skipped, partitions.length === 0 ? skipped && all : all - Number(plan.bytes))
    // A page is looked for in some of the files alone.
    assert.ok(path.includes('/v1/trades') ? Number(expected) <= Number(plan.bytes) : expected === plan.bytes)
    assert.deepEqual(plan, {
      files_in_table: path.includes('source=tail') ? 0 : 6,
      files: partitions.length,
      files_from_bars: 0,
      bytes: partitions.reduce(
        (sum, [day, bucket]) => sum + bytes.get(`${Date.parse(day) / 86_400_000}/${bucket}`)!,
        0,
      ),
      partitions: partitions.map(([exchange_date, symbol_bucket]) => ({ exchange_date, symbol_bucket, files: 1 })),
      row_groups: groups,
      row_groups_read: read,
      rows_read: read * GROUP_ROWS,
      tail_records: isOther ? 0 : 2,
    })
  })
}

test('it is told only where it is asked for, and the same at both doors', async () => {
  const { meta } = (await (await fetch(`${world.url}/v1/trades?symbol=${A}`)).json()) as { meta: object }
  assert.equal('plan' in meta, false)
  const plan = await planOf(`/v1/trades?symbol=${A}&${DAY}`)
  const request = { symbols: [A], startTime: DAYS[1]!, endTime: DAYS[2]! }
  const grpc = (await world.rpc.call('GetTrades', { ...request, explain: true })).meta!.plan!
  const numbers = [grpc.filesInTable, grpc.files, Number(grpc.bytes), Number(grpc.bytesSkipped)]
  assert.deepEqual(numbers, [plan.files_in_table, plan.files, plan.bytes, plan.bytes_skipped])
  assert.deepEqual([grpc.rowGroups, grpc.rowGroupsRead], [plan.row_groups, plan.row_groups_read])
  assert.deepEqual([grpc.bytesExpected, grpc.bytesMax].map(Number), [plan.bytes_expected, plan.bytes_max])
  assert.deepEqual([Number(grpc.rowsRead), Number(grpc.tailRecords)], [plan.rows_read, plan.tail_records])
  const [partition] = grpc.partitions
  assert.deepEqual([partition!.exchangeDate, partition!.symbolBucket, partition!.files], [DAYS[1], BUCKET, 1])
  assert.equal((await world.rpc.call('GetTrades', request)).meta!.plan, null)
})

test('a later page reads less, and its cursor is of the question whether it explains or not', async () => {
  const order = `symbol=${A}&start_time=${DAYS[0]}&end_time=${DAYS[1]}&order=asc`
  const first = (await (await fetch(`${world.url}/v1/trades?${order}&limit=5000`)).json()) as {
    meta: { next_cursor: string }
  }
  const plan = await planOf(`/v1/trades?${order}&cursor=${first.meta.next_cursor}`)
  assert.deepEqual([plan.row_groups, plan.row_groups_read], [6, 1])
})

test('a format without meta has no place for it', async () => {
  const answer = await fetch(`${world.url}/v1/trades?format=csv&explain=true`)
  assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [400, 'INVALID_ARGUMENT'])
})

test('a file that kept bars stand for is told, and none of its rows is read', async () => {
  const path = `/v1/ohlcv/1h?symbol=${A}&${DAY}`
  let plan = await planOf(path)
  // They are made in the background, of files that are asked about again.
  for (let n = 0; n < 200 && plan.files_from_bars === 0; n++) {
    await sleep(50)
    plan = await planOf(path)
  }
  const { files, files_from_bars: fromBars, row_groups: groups, rows_read: rows } = plan
  assert.deepEqual({ files, fromBars, groups, rows }, { files: 1, fromBars: 1, groups: 0, rows: 0 })
  const request = { timeframe: '1h', symbols: [A], startTime: DAYS[1]!, endTime: DAYS[2]!, explain: true }
  assert.equal((await world.rpc.call('GetOhlcv', request)).meta!.plan!.filesFromBars, 1)
})
