/** Pages from our own files, against DuckDB's answer to the same questions: random rows, files, filters, pages and cuts. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { QUOTES, TRADES } from '@k2/contracts/tables.ts'
import { below, seed } from '@k2/lake/duckdb/random.fixture.ts'
import type { Result } from '@k2/lake/duckdb/result.ts'
import { batchOf, opened, type Row } from '@k2/lake/duckdb/rows.fixture.ts'
import { namedBy } from '@k2/lake/duckdb/whole.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { type Filter, topicPartition } from '@k2/lake/table.ts'
import { tableFromIPC } from 'apache-arrow'
import { KEY } from '../core/pages.ts'
import type { RecordsQuestion } from '../core/question.ts'
import { microsWith, OwnPages } from './own-pages.ts'
import { type Reading, recordsSql } from './sql.ts'
import { batchesOf, toldOf } from './told.ts'
import { isColumnar } from './written.ts'

const ROUNDS = 12
const KEPT_BYTES = 2 ** 26
const { folder, engine, end } = await opened()
after(end)
const signal = new AbortController().signal
const SPECS = { trades: TRADES, quotes: QUOTES }
type Kind = keyof typeof SPECS
const namesOf = (kind: Kind) => SPECS[kind].columns.map(({ name }) => name)
const SYMBOLS = ['BHP', 'CBA', 'é', '\u{1F600}', '\uFFFD', 'A']
const DAY = 86_400_000_000
const BEGIN = 16_000 * DAY + DAY - 500
const TOPICS = ['market.equities.trades.asx', 'market.crypto.trades.binance']

const some = <T>(values: readonly T[]): T => values[below(values.length)]!
const half = (): boolean => below(2) === 0
const subset = <T>(values: readonly T[]): T[] => values.filter(half)
const id = (n: number): string => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`

let offset = 0
/** Few times, over midnight, so that many rows are told apart by what stands behind the time alone. */
function anyRow(kind: Kind, spanMicros: number): Row {
  offset++
  return {
    message_id: id(below(2 ** 31)),
    symbol: some(SYMBOLS),
    exchange: below(9) === 0 ? 'CHIX' : 'ASX',
    asset_class: 'equities',
    timestamp: BigInt(BEGIN + below(spanMicros)),
    currency: 'AUD',
    source_sequence: below(4) === 0 ? null : BigInt(below(3) - 1),
    ingestion_timestamp: BigInt(BEGIN),
    platform_sequence: BigInt(offset),
    vendor_data: some([null, '{"venue":"T"}', `{"n":"${below(50)}"}`, 'é'.repeat(below(80))]),
    kafka_topic: some(TOPICS).replace('trades', kind),
    kafka_partition: below(3),
    kafka_offset: BigInt(offset),
    ...(kind === 'trades' ? ofTrade() : ofQuote()),
  }
}

const ofTrade = (): Row => ({
  trade_id: `${below(3)}-${offset}`,
  price: anyPrice(),
  quantity: BigInt(below(1_000)),
  side: some(['BUY', 'SELL', 'UNKNOWN']),
  trade_conditions: subset(['XT', 'é', '']),
})

/** A side with no order is null. */
const ofQuote = (): Row => {
  const [hasBid, hasAsk] = [below(4) > 0, below(4) > 0]
  return {
    quote_id: `${below(3)}-${offset}`,
    bid_price: hasBid ? anyPrice() : null,
    bid_quantity: hasBid ? BigInt(below(1_000)) : null,
    ask_price: hasAsk ? anyPrice() : null,
    ask_quantity: hasAsk ? BigInt(below(1_000)) : null,
  }
}

const anyPrice = (): bigint => BigInt(below(2 ** 31)) * 1_000n - 10n ** 9n

function landed(kind: Kind, name: string, rows: readonly Row[]): string[] {
  const rowGroupRows = some([7, 64, 16_384])
  const batch = batchOf(SPECS[kind], rows, half())
  const files = writeDataFiles(SPECS[kind], [batch], { folder, name, bucketOf, rowGroupRows })
  return files.map(({ path }) => join(folder, path))
}

function anyFilter(rows: readonly Row[]): Filter {
  const [a, b] = [some(rows), some(rows)].map(({ timestamp }) => Number(timestamp)).sort((x, y) => x - y)
  return {
    ...(half() && { symbols: [...subset(SYMBOLS), ...(half() ? ['none'] : [])] }),
    ...(below(4) === 0 && { exchanges: subset(['ASX', 'CHIX']) }),
    ...(half() && { fromMicros: a! }),
    ...(half() && { toMicros: b! + below(2) }),
  }
}

const keyOf = (row: Row): (string | null)[] => KEY.map((name) => (row[name] === null ? null : String(row[name])))

function anyQuestion(kind: Kind, rows: readonly Row[]): RecordsQuestion {
  const names = namesOf(kind)
  const format = some(['json', 'ndjson', 'csv', 'arrow', 'parquet'] as const)
  const fields = half() ? names : names.filter((_, i) => i === 0 || half())
  const wire = { rows: 1, fields: Object.fromEntries(names.map((name, i) => [name, i + 2])) }
  return {
    kind,
    filter: anyFilter(rows),
    fields,
    conditions: {},
    limit: some([1, 10, 100, 10_000]),
    order: some(['asc', 'desc']),
    source: 'lake',
    explain: false,
    digest: '',
    format,
    ...(below(6) === 0 && { wire }),
    ...(below(3) === 0 && { after: keyOf(some(rows)) }),
    ...(below(5) === 0 && { offset: below(5) }),
  }
}

function anyCuts(rows: readonly Row[]): Reading['cuts'] {
  if (half()) return []
  const cuts = [0, 1].map(() => {
    const [at, other] = [some(rows), some(rows)]
    const [from, to] = [at.kafka_offset as bigint, other.kafka_offset as bigint].sort((x, y) => Number(x - y))
    return { partition: topicPartition(at.kafka_topic as string, at.kafka_partition as number), from: from!, to: to! }
  })
  // Of a partition there is one.
  return [...new Map(cuts.map((cut) => [cut.partition, cut])).values()]
}

/** What stands between Arrow's buffers is nobody's value. */
const readable =
  ({ format, wire }: RecordsQuestion) =>
  <T extends { readonly body: Uint8Array }>(told: T) => {
    if (format !== 'arrow' || wire !== undefined) return told
    const table = tableFromIPC(told.body)
    const cell = (value: unknown) => (typeof value === 'object' && value !== null ? [...(value as [])] : value)
    const columns = table.schema.fields.map(({ name, type }, i) => ({
      name: `${name} ${type}`,
      nulls: table.getChildAt(i)!.nullCount,
      cells: Array.from(table.getChildAt(i)!, cell),
    }))
    return { ...told, body: columns }
  }

async function assertSame(own: OwnPages, question: RecordsQuestion, reading: Reading, what: string): Promise<void> {
  const { sql, params } = recordsSql(question, reading, [])
  const ask = () => engine.query(sql, params, { files: reading.files, isUtf8: isColumnar(question) })
  const read = async () => {
    const result = await own.page(question, reading, [], signal)
    assert.ok(result, `${what}: left to DuckDB`)
    return result
  }
  const asRead = readable(question)
  const told = async (result: Result) => asRead(await toldOf(question, result))
  assert.deepEqual(await told(await read()), await told(await ask()), what)
  const limits = { rows: 1 + below(20) }
  const batches = async (result: Result) => (await batchesOf(question, result, limits)).map(asRead)
  assert.deepEqual(await batches(await read()), await batches(await ask()), `${what}, in batches`)
}

for (const kind of ['trades', 'quotes'] as const) {
  test(`a page of ${kind} is DuckDB's to the byte, seed ${seed}`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const spanMicros = some([3, 1_000, 3 * DAY])
      const parts = Array.from({ length: 1 + below(4) }, (_, part) => {
        const rows = Array.from({ length: 1 + below(300) }, () => anyRow(kind, spanMicros))
        return { rows, files: landed(kind, `${kind}-${round}-${part}`, rows) }
      })
      const rows = parts.flatMap((part) => part.rows)
      const files = parts.flatMap((part) => part.files)
      const own = new OwnPages(engine, [folder], some([1, 100_000, KEPT_BYTES]))
      for (let n = 0; n < 4; n++) {
        const question = anyQuestion(kind, rows)
        const reading = { files, cuts: anyCuts(rows), bounds: [] }
        const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
        await assertSame(
          own,
          question,
          reading,
          `seed ${seed}, round ${round}: ${JSON.stringify({ question, cuts: reading.cuts }, text)}`,
        )
      }
    }
  })
}

const question: RecordsQuestion = {
  kind: 'trades',
  filter: {},
  fields: namesOf('trades'),
  conditions: {},
  limit: 10,
  order: 'asc',
  source: 'hybrid',
  explain: false,
  digest: '',
  format: 'json',
}
const rows = Array.from({ length: 20 }, () => anyRow('trades', 1_000))
const files = landed('trades', 'plain', rows)
const plain: Reading = { files, cuts: [], bounds: [] }
const bounds = [{ partition: `${TOPICS[0]!}/0` as const, from: 0n, to: 9n }]
const foreign = join(folder, 'foreign.parquet')
await engine.run(`COPY (SELECT * FROM read_parquet('${files[0]}')) TO '${foreign}' (FORMAT parquet)`)
const later = { least: BEGIN + 1_000, most: BEGIN + 2_000 }

// biome-ignore format: a table reads by its columns
const turns: [what: string, isOwn: boolean, question: Partial<RecordsQuestion>, reading: Partial<Reading>, tail?: typeof later][] = [
  ['a page of all',                   true,  {},                                                {}],
  ['sides',                           false, { conditions: { sides: ['BUY'] } },                {}],
  ['ranges of times',                 false, { conditions: { ranges: [] } },                    {}],
  ['the order of the log',            false, { inLogOrder: true },                              {}],
  ['no file',                         false, {},                                                { files: [] }],
  ['a file of another writer',        false, {},                                                { files: [...files, foreign] }],
  ['a file elsewhere',                false, {},                                                { files: [...files, join(folder, '..', 'x.parquet')] }],
  ['a tail of later times',           true,  { filter: { toMicros: BEGIN + 1_000 } },           { bounds }, later],
  ['a tail of the same time',         false, { filter: { toMicros: BEGIN + 1_001 } },           { bounds }, later],
  ['a tail of earlier times',         true,  { filter: { fromMicros: BEGIN + 2_001 } },         { bounds }, later],
  ['a tail whose last row is in it',  false, { filter: { fromMicros: BEGIN + 2_000 } },         { bounds }, later],
  ['a tail of which nothing is asked', true, {},                                                {},         later],
]
for (const [what, isOwn, asked, reading, tail] of turns) {
  test(`${what}: ${isOwn ? 'ours' : "DuckDB's turn"}`, async () => {
    const own = new OwnPages(engine, [folder], KEPT_BYTES)
    const page = await own.page({ ...question, ...asked }, { ...plain, ...reading }, [undefined, tail], signal)
    assert.equal(page !== undefined, isOwn)
  })
}

test('a file that is not what its name says is damaged, whoever reads it', async () => {
  const bytes = await readFile(files[0]!)
  bytes[100]! ^= 1
  const path = namedBy(join(folder, 'damaged.parquet'), 1)
  await writeFile(path, bytes)
  const own = new OwnPages(engine, undefined, KEPT_BYTES)
  const asked = own.page(question, { ...plain, files: [path] }, [], signal)
  await assert.rejects(asked, { code: 'LAKE_DAMAGED' })
})

test('a page whose checksum is another is left to DuckDB, also without one in the name', async () => {
  const path = join(folder, 'unnamed.parquet')
  // So many that the byte is within the values of the first page.
  const many = Array.from({ length: 200 }, () => ({ ...anyRow('trades', 1), symbol: 'A' }))
  const [file] = writeDataFiles(TRADES, [batchOf(TRADES, many)], { folder, name: 'many', bucketOf })
  const bytes = await readFile(join(folder, file!.path))
  bytes[100]! ^= 1
  await writeFile(path, bytes)
  const own = new OwnPages(engine, undefined, KEPT_BYTES)
  assert.equal(await own.page(question, { ...plain, files: [path] }, [], signal), undefined)
})

test('a page without rows has the columns of one with rows', async () => {
  const own = new OwnPages(engine, [folder], KEPT_BYTES)
  for (const format of ['json', 'arrow'] as const)
    await assertSame(own, { ...question, format, filter: { symbols: ['none'] } }, plain, format)
})

test('who is gone is not answered', async () => {
  const own = new OwnPages(engine, undefined, KEPT_BYTES)
  const asked = own.page(question, plain, [], AbortSignal.abort())
  await assert.rejects(asked, { code: 'DEADLINE_EXCEEDED' })
})

test('times of a tail grow with its rows', () => {
  const times = (...of: bigint[]) =>
    batchOf(
      TRADES,
      of.map((timestamp) => ({ ...rows[0]!, timestamp })),
    )
  const first = microsWith(undefined, times(5n, -7n))
  assert.deepEqual(first, { least: -7, most: 5 })
  assert.deepEqual(microsWith(first, times(6n)), { least: -7, most: 6 })
  assert.deepEqual(microsWith(first, { rows: 0, columns: times().columns }), first)
  assert.equal(microsWith(undefined, { rows: 1, columns: new Map() }), undefined)
})
