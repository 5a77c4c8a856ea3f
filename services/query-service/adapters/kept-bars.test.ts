/** Kept bars say to the byte what the trades themselves say: random trades, files, questions; and what is let go of. */
import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Engine } from '@k2/lake/duckdb/engine.ts'
import { createTable, fill } from '@k2/lake/duckdb/fill.ts'
import { batchOf, opened, type Row, rowsOf } from '@k2/lake/duckdb/rows.fixture.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { TIMEFRAMES, type Timeframe } from '@k2/market/bar.ts'
import { formatInstant } from '@k2/market/instant.ts'
import { VENUES } from '@k2/market/instrument.ts'
import { stretches } from '@k2/market/zone.ts'
import { type OhlcvQuestion, ohlcvBatchQuestion } from '../core/bars.ts'
import { type SummaryQuestion, summaryQuestion } from '../core/question.ts'
import { barsSql, summarySql } from './bars-sql.ts'
import { type Kept, KeptBars } from './kept-bars.ts'
import { isOfMinutes, MINUTE_MICROS } from './minutes-sql.ts'
import type { Reading } from './sql.ts'

const seed = Date.now() % 1e6
let state = seed
const random = (): number => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31
  return state / 2 ** 31
}
const below = (limit: number): number => Math.floor(random() * limit)
const oneOf = <T>(of: readonly T[]): T => of[below(of.length)]!

const { folder, engine, end } = await opened()
after(end)

/** Sydney's clock is set back within these hours. */
const FROM_MICROS = Date.UTC(2014, 3, 5, 12) * 1000
const SPAN_MICROS = 8 * 3_600_000_000
const BUSY_MICROS = 5 * MINUTE_MICROS
const SYMBOLS = ['AAA', 'BBB', 'CCC']
const EXCHANGES = ['ASX', 'BINANCE', 'OTHER']
/** Mostly where much happens: at both ends. */
const place = (): number => oneOf([below(SPAN_MICROS), below(BUSY_MICROS), SPAN_MICROS - below(BUSY_MICROS)])
let lastOffset = 0n

/** Few times, so that many trades share one, and minutes that are of several files; half of them without a number. */
function trade(): Row {
  const exchange = oneOf(EXCHANGES)
  const step = oneOf([1, 500_000, MINUTE_MICROS, 977_000_000])
  const offset = ++lastOffset
  return {
    message_id: `00000000-0000-8000-8000-${String(offset).padStart(12, '0')}`,
    trade_id: String(offset),
    symbol: oneOf(SYMBOLS),
    exchange,
    asset_class: 'equities',
    timestamp: BigInt(FROM_MICROS + Math.floor(place() / step) * step),
    price: BigInt(1 + below(10 ** 6)) * oneOf([1n, 10n ** 6n, 10n ** 10n]),
    quantity: BigInt(below(10 ** 6)) * oneOf([1n, 10n ** 4n, 10n ** 8n]),
    currency: 'AUD',
    side: 'UNKNOWN',
    trade_conditions: [],
    source_sequence: oneOf([null, BigInt(below(5))]),
    ingestion_timestamp: 0n,
    platform_sequence: offset,
    vendor_data: null,
    kafka_topic: `market.equities.trades.${oneOf(['asx', 'bsx'])}`,
    kafka_partition: below(2),
    kafka_offset: offset,
  }
}

let lastFile = 0

/** In one file a bucket, or several. */
function filesOf(rows: readonly Row[]): string[] {
  const writing = { folder, name: `part-${++lastFile}`, bucketOf }
  return writeDataFiles(TRADES, [batchOf(TRADES, rows)], writing).map(({ path }) => join(folder, path))
}

let nowMs = 0
const dropped: string[] = []

function keeping(bytesMax = 2 ** 24): KeptBars {
  return new KeptBars({
    engine,
    bytesMax,
    inTurn: (work) => work(),
    drop: (name) => dropped.push(name),
    room: async () => {},
    nowMs: () => nowMs,
  })
}

const instant = (): string => formatInstant(FROM_MICROS + place())
const minute = (): string => formatInstant(FROM_MICROS + below(8 * 60 + 1) * MINUTE_MICROS)

function question(): OhlcvQuestion | SummaryQuestion {
  if (random() < 0.2) return summaryQuestion({ symbol: oneOf(SYMBOLS), date: oneOf(['2014-04-05', '2014-04-06']) }, 0)
  const [from, to] = [oneOf([instant, minute])(), oneOf([instant, minute])()].sort()
  const timeframes = (Object.keys(TIMEFRAMES) as Timeframe[]).filter(
    (name) => TIMEFRAMES[name] >= MINUTE_MICROS && random() < 0.3,
  )
  return ohlcvBatchQuestion(
    {
      symbol: SYMBOLS.slice(0, 1 + below(3)).join(),
      timeframe: (timeframes.length === 0 ? ['5m'] : timeframes).join(),
      start_time: random() < 0.8 ? from : undefined,
      end_time: random() < 0.8 && from !== to ? to : undefined,
      exchange: oneOf([undefined, 'ASX']),
      calendar: oneOf([undefined, 'utc']),
      fill: oneOf([undefined, 'true']),
      order: oneOf([undefined, 'desc']),
      limit: oneOf(['7', '10000']),
    },
    FROM_MICROS + 2 * SPAN_MICROS,
  )
}

async function answers(asked: OhlcvQuestion | SummaryQuestion, reading: Reading, kept: Kept | undefined) {
  const { sql, params } =
    asked.kind === 'summary' ? summarySql(asked, reading, ['tail'], kept) : barsSql(asked, reading, ['tail'], kept)
  const result = await engine.query(sql, params)
  return { rows: rowsOf(result), types: [...result.types] }
}

test(`kept bars are plain bars, seed ${seed}`, { timeout: 120_000 }, async (t) => {
  const tail = Array.from({ length: 40 }, trade)
  await createTable(engine, 'tail', TRADES)
  await fill(engine, 'tail', TRADES, batchOf(TRADES, tail))
  const bounds = ['asx', 'bsx'].flatMap((venue) =>
    [0, 1].map((partition) => ({ partition: `market.equities.trades.${venue}/${partition}`, from: 0n, to: 1n << 40n })),
  ) as Reading['bounds'][number][]
  const files = Array.from({ length: 5 }, () => filesOf(Array.from({ length: 1 + below(200) }, trade))).flat()
  const kept = keeping()
  const used = { all: 0, some: 0, cut: 0 }
  for (let n = 0; n < 50; n++) {
    // More of them as it goes on, so that some have no bars yet.
    const some = files.slice(0, 3 + Math.floor(n / 3)).filter(() => random() < 0.7)
    const asked = question()
    const standing = kept.standing(asked.filter, some)
    const taken = kept.take(asked.filter, some)
    const read = taken ? [...taken.left, ...taken.cut] : some
    assert.deepEqual(
      standing,
      [...some].filter((path) => !read.includes(path)),
      'what is told before',
    )
    await kept.settled()
    const reading = { files: some, cuts: [], bounds: oneOf([[], bounds]) }
    const plain = await answers(asked, reading, undefined)
    assert.deepEqual(await answers(asked, reading, taken), plain, `question ${n}: ${JSON.stringify(asked.filter)}`)
    if (taken === undefined) continue
    used[taken.left.length === 0 ? 'all' : 'some']++
    if (taken.cut.length > 0) used.cut++
  }
  t.diagnostic(JSON.stringify({ files: files.length, ...used }))
  assert.ok(used.all > 0 && used.some > 0 && used.cut > 0, JSON.stringify(used))
})

const ALL = {}

/** Asked for twice, so that they are made. */
async function made(kept: KeptBars, files: readonly string[]): Promise<Kept | undefined> {
  kept.take(ALL, files)
  kept.take(ALL, files)
  await kept.settled()
  return kept.take(ALL, files)
}

test('bars are made of a file that is asked for again, and never while that is paused', async () => {
  const files = filesOf([trade(), trade(), trade()])
  const kept = keeping()
  assert.equal(kept.take(ALL, files), undefined)
  await kept.settled()
  assert.equal(kept.take(ALL, files), undefined, 'once is not again')
  await kept.settled()
  assert.deepEqual(kept.take(ALL, files)?.left, [])
  const paused = keeping()
  paused.pause(true)
  assert.equal(await made(paused, files), undefined)
  paused.pause(false)
  await paused.settled()
  assert.deepEqual(paused.take(ALL, files)?.left, [])
})

test('a table that nobody asks for makes room for newer bars, one in use does not', async () => {
  const [old, young] = [filesOf([trade()]), filesOf([trade()])]
  const kept = keeping(1)
  const before = await made(kept, old)
  assert.deepEqual(before?.left, [])
  nowMs += 59_000
  assert.equal(await made(kept, young), undefined)
  assert.deepEqual(dropped, [])
  nowMs += 2_000
  assert.deepEqual((await made(kept, young))?.left, [])
  assert.deepEqual(dropped, [before?.tables[0]?.name])
  assert.equal(kept.take(ALL, old), undefined)
})

// biome-ignore format: a table reads by its columns
const never: [name: string, bytesMax: number, path: () => Promise<string>][] = [
  ['without room for any',            0,       async () => filesOf([trade()])[0]!],
  ['of a file that is damaged',       2 ** 20, async () => damaged()],
  ['of a file that is not there',     2 ** 20, async () => join(folder, 'gone-crc32-00000000.parquet')],
  ['of a file without its checksum',  2 ** 20, async () => plainFile(engine)],
]
for (const [name, bytesMax, path] of never)
  test(`no bars are kept ${name}`, async () => {
    assert.equal(await made(keeping(bytesMax), [await path()]), undefined)
  })

async function damaged(): Promise<string> {
  const [path] = filesOf([trade()])
  await appendFile(path!, 'x')
  return path!
}

async function plainFile({ copying }: Engine): Promise<string> {
  const path = join(folder, 'foreign.parquet')
  await copying.run(`COPY (SELECT * FROM read_parquet('${filesOf([trade()])[0]}')) TO '${path}'`)
  return path
}

// biome-ignore format: a table reads by its columns
const questions: [name: string, asked: Record<string, string>, is: boolean][] = [
  ['minutes',             { timeframe: '1m,1d' },                                    true],
  ['seconds',             { timeframe: '1m,1s' },                                    false],
  ['some trades',         { timeframe: '1m', exclude_trade_conditions: 'XT' },       false],
  ['told what is read',   { timeframe: '1m', explain: 'true' },                      true],
]
for (const [name, asked, is] of questions)
  test(`a question about ${name} may ${is ? '' : 'not '}be answered of minutes`, () => {
    assert.equal(isOfMinutes(ohlcvBatchQuestion({ symbol: 'AAA', ...asked }, 0)), is)
  })

test('no clock of a venue is away from UTC by a part of a minute, so a minute is of one interval', () => {
  const offsets = VENUES.flatMap(({ zone }) => stretches(zone, 0, Date.UTC(2101, 0) * 1000).map(({ offset }) => offset))
  assert.deepEqual(
    offsets.filter((offset) => offset % MINUTE_MICROS !== 0),
    [],
  )
})
